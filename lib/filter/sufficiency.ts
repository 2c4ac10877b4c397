import { type Comparison, type Expression, type NodeTest, nameText, type Path, type Step } from '../xpath/ast';
import type { Scope } from '../xpath/scope';
import { indexPath, type Trail } from './index-path';
import { constantText, longestTrail, merged, type Necessity } from './necessities';

/** What decides an expression: it is true of exactly those events that have all of this. */
export interface Decision {
  readonly necessities: readonly Necessity[];
  /** Whether the name of the root element has to be `event`, in no namespace. */
  readonly needsEventName: boolean;
}

/**
 * What decides an expression by the values of paths alone, so that it need not be evaluated; `undefined` for most expressions.
 *
 * These are equalities of paths with strings, joined by `and` and `or`, also in predicates where none of them have to be
 * true of the same node among several: `/event[@type = 'a' and transition/@to = 'b']/domain[name = 'c']`, but not
 * `domain[name = 'c' and uuid = 'u']`.
 */
export function decisionOf(expression: Expression, scope: Scope): Decision | undefined {
  return decide(expression, rootElement, scope);
}

/** The nodes that an expression is asked about: whether it is true of one of them. */
interface Place extends Trail {
  /** Whether it is one node, the root element. */
  readonly isOne: boolean;
}

const rootElement: Place = { from: 'context', steps: [], isOne: true };

function decide(expression: Expression, place: Place, scope: Scope): Decision | undefined {
  switch (expression.kind) {
    case 'and':
      // Each operand may be true of another node.
      return place.isOne ? all(expression.operands.map((operand) => decide(operand, place, scope))) : undefined;
    case 'or':
      return any(expression.operands.map((operand) => decide(operand, place, scope)));
    case 'comparison':
      return decideComparison(expression, place, scope);
    case 'call':
      return nameText(expression.name) === 'boolean' ? decide(expression.arguments[0]!, place, scope) : undefined;
    case 'path':
      return decidePath(expression, undefined, place, scope);
    default:
      return undefined;
  }
}

function all(decisions: readonly (Decision | undefined)[]): Decision | undefined {
  if (decisions.includes(undefined)) {
    return undefined;
  }
  return {
    necessities: decisions.flatMap((decision) => decision!.necessities),
    needsEventName: decisions.some((decision) => decision!.needsEventName),
  };
}

function any(decisions: readonly (Decision | undefined)[]): Decision | undefined {
  const isSimple = decisions.every((decision) => decision?.necessities.length === 1 && !decision.needsEventName);
  return isSimple
    ? { necessities: [merged(decisions.map((decision) => decision!.necessities[0]!))], needsEventName: false }
    : undefined;
}

function decideComparison({ operator, left, right }: Comparison, place: Place, scope: Scope): Decision | undefined {
  if (operator !== '=') {
    return undefined;
  }
  const [path, value] = left.kind === 'path' ? [left, constantText(right, scope)] : [right, constantText(left, scope)];
  return path.kind === 'path' && value !== undefined ? decidePath(path, value, place, scope) : undefined;
}

/** @param value The string-value that one of the path's nodes must have; any will do where there is none. */
function decidePath(
  { from, steps }: Path,
  value: string | undefined,
  place: Place,
  scope: Scope,
): Decision | undefined {
  if (from === 'context') {
    return decideSteps(steps, value, place, scope);
  }
  // A path from the root does not depend on the place, at which there must be a node all the same.
  if (from !== 'root' || !place.isOne) {
    return undefined;
  }
  const [first, ...others] = steps;
  if (first?.axis === 'descendant' || first?.axis === 'descendant-or-self') {
    return decideSteps(steps, value, { from: 'root', steps: [], isOne: false }, scope);
  }
  if (first?.axis !== 'child' || !isRootElementTest(first.test)) {
    return undefined;
  }
  const decisions = first.predicates.map((predicate) => decide(predicate, place, scope));
  if (others.length > 0 || value !== undefined) {
    decisions.push(decideSteps(others, value, place, scope));
  }
  const decision = all(decisions);
  return decision && { ...decision, needsEventName: decision.needsEventName || first.test.kind === 'name' };
}

/** Of several predicates, each may be true of another node; so there may be one, on the last step. */
function decideSteps(
  steps: readonly Step[],
  value: string | undefined,
  place: Place,
  scope: Scope,
): Decision | undefined {
  const conditions = steps.reduce((count, step) => count + step.predicates.length, value === undefined ? 0 : 1);
  if (conditions !== 1 || !steps.every(leadsDown) || place.steps.length + steps.length > longestTrail) {
    return undefined;
  }
  const end: Place = { from: place.from, steps: [...place.steps, ...steps], isOne: false };
  if (value === undefined) {
    const predicate = steps.at(-1)!.predicates[0];
    return predicate && decide(predicate, end, scope);
  }
  const path = indexPath(end, scope);
  return path && { necessities: [[{ path, values: [value] }]], needsEventName: false };
}

/** Whether a step stays as it is in the path that is indexed. */
function leadsDown({ axis, test }: Step): boolean {
  switch (axis) {
    case 'child':
    case 'attribute':
    case 'descendant':
    case 'descendant-or-self':
      return true;
    case 'self':
      return test.kind === 'type' && test.type === 'node';
    default:
      return false;
  }
}

/** Whether the root element of an event passes, its name being `event`, in whatever namespace. */
function isRootElementTest(test: NodeTest): boolean {
  return test.kind === 'any' || (test.kind === 'name' && nameText(test.name) === 'event');
}
