import { type Expression, nameText } from '../ast';
import { dependence, dependsOn, isPositional } from '../dependence';
import type { Test, Walk } from './evaluation';
import type { OperandCompiler } from './operands';
import { valueBoolean } from './program-call';
import { allOf } from './source';

/** A predicate that doesn't ask for the position. */
export interface ConditionPredicate {
  readonly kind: 'condition';
  readonly test: Test;
}

/** A compiled predicate (XPath 1.0 §2.4). */
export type Predicate =
  | ConditionPredicate
  /** `[3]`, `[position() = 3]` */
  | { readonly kind: 'nth'; readonly position: number }
  /** `[last()]`, `[position() = last()]` */
  | { readonly kind: 'last' }
  /** Any other condition that asks for the position, and for the size too or not. */
  | { readonly kind: 'positional'; readonly test: Test; readonly usesSize: boolean };

/** @param compiler The one for predicates on the nodes that these are tried on. */
export function compilePredicates(compiler: OperandCompiler, predicates: readonly Expression[]): Predicate[] {
  return predicates.map((predicate) => compilePredicate(compiler, predicate));
}

function compilePredicate(compiler: OperandCompiler, predicate: Expression): Predicate {
  const type = compiler.type(predicate);
  const number = type === 'number' ? predicate : comparedWithPosition(predicate);
  if (number?.kind === 'call' && nameText(number.name) === 'last') {
    return { kind: 'last' };
  }
  const constant = number && compiler.constant(number);
  if (typeof constant === 'number') {
    return Number.isInteger(constant) && constant > 0
      ? { kind: 'nth', position: constant }
      : { kind: 'condition', test: () => false };
  }
  if (!isPositional(predicate, compiler.scope)) {
    return { kind: 'condition', test: compiler.boolean(predicate) };
  }
  const usesSize = (dependence(predicate) & dependsOn.size) !== 0;
  const isOrMayBeNumber = type === 'number' || type === 'any';
  const test = isOrMayBeNumber ? isTrueOrPosition(compiler, predicate) : compiler.boolean(predicate);
  return { kind: 'positional', test, usesSize };
}

/** A number is compared with the position, another value is a condition; which it is may show only when it is computed. */
function isTrueOrPosition(compiler: OperandCompiler, predicate: Expression): Test {
  const value = compiler.value(predicate);
  return (evaluation, node) => {
    const { position } = evaluation;
    const found = value(evaluation, node);
    return typeof found === 'number' ? found === position : valueBoolean(found);
  };
}

/** What `position() = x` and `x = position()` compare the position with. */
function comparedWithPosition(predicate: Expression): Expression | undefined {
  if (predicate.kind !== 'comparison' || predicate.operator !== '=') {
    return undefined;
  }
  const isPosition = (side: Expression): boolean => side.kind === 'call' && nameText(side.name) === 'position';
  return isPosition(predicate.left) ? predicate.right : isPosition(predicate.right) ? predicate.left : undefined;
}

/**
 * Walks on only from those nodes of a walk that pass predicates, in the order of the walk.
 *
 * @param walkInto Makes the walk that is filtered, given its visitor.
 * @param walkFromEndInto Makes the same walk backward, if there is such a walk.
 */
export function filtered(
  predicates: readonly Predicate[],
  walkInto: (visit: Test) => Walk,
  visit: Test,
  walkFromEndInto?: (visit: Test) => Walk,
): Walk {
  const positionals = predicates.filter(({ kind }) => kind !== 'condition').length;
  const first = predicates.findIndex(({ kind }) => kind !== 'condition');
  if (positionals === 0) {
    return walkInto(guarded(predicates, visit));
  }
  const last = predicates.findLastIndex(({ kind }) => kind !== 'condition');
  const before = predicates.slice(0, first);
  const middle = predicates.slice(first, last + 1);
  const walkGuarded = (visitor: Test): Walk => walkInto(guarded(before, visitor));
  const visitGuarded = guarded(predicates.slice(last + 1), visit);
  const [only] = middle;
  if (middle.length === 1 && only!.kind === 'nth') {
    return nth(only!.position, walkGuarded, visitGuarded);
  }
  if (middle.length === 1 && only!.kind === 'last') {
    return walkFromEndInto === undefined
      ? lastOf(walkGuarded, visitGuarded)
      : nth(1, (visitor) => walkFromEndInto(guarded(before, visitor)), visitGuarded);
  }
  const usesSize = middle.some((one) => one.kind === 'last' || (one.kind === 'positional' && one.usesSize));
  return usesSize ? listed(middle, walkGuarded, visitGuarded) : counted(middle, walkGuarded, visitGuarded);
}

/** Visits a node only if it passes conditions. */
function guarded(conditions: readonly Predicate[], visit: Test): Test {
  if (conditions.length === 0) {
    return visit;
  }
  const test = allOf(conditions.map((condition) => (condition as ConditionPredicate).test));
  return (evaluation, node) => {
    evaluation.spend(1);
    return test(evaluation, node) && visit(evaluation, node);
  };
}

function nth(position: number, walkInto: (visit: Test) => Walk, visit: Test): Walk {
  let count = 0;
  let ended = false;
  const walk = walkInto((evaluation, node) => {
    if (++count < position) {
      return false;
    }
    ended = visit(evaluation, node);
    return true;
  });
  return (evaluation, node) => {
    count = 0;
    ended = false;
    walk(evaluation, node);
    return ended;
  };
}

function lastOf(walkInto: (visit: Test) => Walk, visit: Test): Walk {
  let last = -1;
  const walk = walkInto((_, node) => {
    last = node;
    return false;
  });
  return (evaluation, node) => {
    last = -1;
    walk(evaluation, node);
    return last !== -1 && visit(evaluation, last);
  };
}

/** Each predicate counts the nodes that have passed those before it. */
function counted(predicates: readonly Predicate[], walkInto: (visit: Test) => Walk, visit: Test): Walk {
  const tests = predicates.map(positionTest);
  const counts = tests.map(() => 0);
  let outerPosition = 1;
  let outerSize = 1;
  const walk = walkInto((evaluation, node) => {
    for (let index = 0; index < tests.length; index++) {
      evaluation.spend(1);
      evaluation.position = ++counts[index]!;
      if (!tests[index]!(evaluation, node)) {
        return false;
      }
    }
    evaluation.position = outerPosition;
    evaluation.size = outerSize;
    return visit(evaluation, node);
  });
  return (evaluation, node) => {
    evaluation.spend(1 + (counts.length >> 2));
    counts.fill(0);
    outerPosition = evaluation.position;
    outerSize = evaluation.size;
    const ended = walk(evaluation, node);
    evaluation.position = outerPosition;
    evaluation.size = outerSize;
    return ended;
  };
}

/** Each predicate is given the nodes that have passed those before it, so that it knows how many they are. */
function listed(predicates: readonly Predicate[], walkInto: (visit: Test) => Walk, visit: Test): Walk {
  const tests = predicates.map(positionTest);
  const nodes: number[] = [];
  const walk = walkInto((_, node) => {
    nodes.push(node);
    return false;
  });
  return (evaluation, node) => {
    const { position, size } = evaluation;
    nodes.length = 0;
    walk(evaluation, node);
    evaluation.spend(2 + nodes.length);
    for (const test of tests) {
      const count = nodes.length;
      evaluation.spend(1 + count);
      evaluation.size = count;
      let kept = 0;
      for (let index = 0; index < count; index++) {
        const candidate = nodes[index]!;
        evaluation.position = index + 1;
        if (test(evaluation, candidate)) {
          nodes[kept++] = candidate;
        }
      }
      nodes.length = kept;
    }
    evaluation.position = position;
    evaluation.size = size;
    const ended = nodes.some((candidate) => visit(evaluation, candidate));
    nodes.length = 0;
    return ended;
  };
}

function positionTest(predicate: Predicate): Test {
  switch (predicate.kind) {
    case 'nth': {
      const { position } = predicate;
      return (evaluation) => evaluation.position === position;
    }
    case 'last':
      return (evaluation) => evaluation.position === evaluation.size;
    default:
      return predicate.test;
  }
}
