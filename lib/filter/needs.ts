import type { Expression } from '../xpath/ast';
import type { Scope } from '../xpath/scope';
import { typePath } from './index-path';
import { either, merged, type Necessity, necessitiesOf } from './necessities';
import { decisionOf } from './sufficiency';

/** What can be said of a filter's decision before it is made. */
export interface Needs {
  /** What an event must have for the filter to match it: all of them. */
  readonly necessities: readonly Necessity[];
  /** Whether the filter matches every event that has them. */
  readonly isSufficient: boolean;
  /** Whether that holds only of events whose name, `event`, is in no namespace; others it does not match. */
  readonly needsEventName: boolean;
}

/** Of a filter that matches every event. */
export const noNeeds: Needs = { necessities: [], isSufficient: true, needsEventName: false };

/** Of a filter that asks for one of some types. */
export function needsOfTypes(types: readonly string[]): Needs {
  return { ...noNeeds, necessities: [[{ path: typePath, values: [...new Set(types)] }]] };
}

export function needsOfExpression(expression: Expression, scope: Scope): Needs {
  const decision = decisionOf(expression, scope);
  return decision === undefined
    ? { necessities: necessitiesOf(expression, scope), isSufficient: false, needsEventName: false }
    : { ...decision, isSufficient: true };
}

/** Of a filter that matches what at least one of some filters matches. */
export function needsOfAny(alternatives: readonly Needs[]): Needs {
  if (alternatives.some(({ necessities, isSufficient }) => isSufficient && necessities.length === 0)) {
    return noNeeds;
  }
  const isSufficient = alternatives.every(
    (needs) => needs.isSufficient && needs.necessities.length === 1 && !needs.needsEventName,
  );
  return isSufficient
    ? { ...noNeeds, necessities: [merged(alternatives.map(({ necessities }) => necessities[0]!))] }
    : { ...noNeeds, necessities: either(alternatives.map(({ necessities }) => necessities)), isSufficient: false };
}
