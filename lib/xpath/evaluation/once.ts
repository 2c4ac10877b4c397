import { parentOf } from './node';
import type { Computation } from './operands';

/** Computes a value once an evaluation: it is the same for all context nodes. */
export function oncePerEvaluation<T>(compute: Computation<T>): Computation<T> {
  let known: { readonly value: T } | undefined;
  const forget = (): void => {
    known = undefined;
  };
  return (evaluation, node) => {
    if (known === undefined) {
      known = { value: compute(evaluation, node) };
      evaluation.untilEnd(forget);
    }
    return known.value;
  };
}

/** Computations that take no more operations aren't worth remembering. */
const fewOperations = 16;

/** Computes a value once for all context nodes with the same parent. */
export function oncePerParent<T>(compute: Computation<T>): Computation<T> {
  const values = new Map<number, T>();
  const forget = (): void => values.clear();
  return (evaluation, node) => {
    evaluation.spend(1);
    const parent = parentOf(evaluation, node);
    const known = values.size === 0 ? undefined : values.get(parent);
    if (known !== undefined) {
      return known;
    }
    const before = evaluation.remaining;
    const value = compute(evaluation, node);
    if (before - evaluation.remaining > fewOperations) {
      if (values.size === 0) {
        evaluation.untilEnd(forget);
      }
      evaluation.spend(4);
      values.set(parent, value);
    }
    return value;
  };
}
