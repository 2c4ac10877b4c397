import { type Comparison, type Expression, type NodeTest, nameText, type Path, type Step } from '../xpath/ast';
import type { Scope } from '../xpath/scope';
import { indexPath, type Trail } from './index-path';
import { constantText, longestTrail, noRequirements, oneOf, type Requirements } from './required-matches';

/**
 * What decides an expression by the values of paths alone, so that it needn't be evaluated; `undefined` for most expressions.
 *
 * These are equalities of paths with strings, joined by `and` and `or`, also in predicates unless two of them have to be
 * true of the same node among several: `/event[@type = 'a' and transition/@to = 'b']/domain[name = 'c']`, but not
 * `domain[name = 'c' and uuid = 'u']`.
 */
export function exactMatch(expression: Expression, scope: Scope): Requirements | undefined {
  return decide(expression, rootElement, scope);
}

/** The nodes that an expression is asked about: whether it is true of one of them. */
interface Origin extends Trail {
  /** Whether it is one node, the root element. */
  readonly isOne: boolean;
}

const rootElement: Origin = { from: 'context', steps: [], isOne: true };

function decide(expression: Expression, origin: Origin, scope: Scope): Requirements | undefined {
  switch (expression.kind) {
    case 'and':
      // Each operand may be true of another node.
      return origin.isOne ? allExact(expression.operands.map((operand) => decide(operand, origin, scope))) : undefined;
    case 'or':
      return anyExact(expression.operands.map((operand) => decide(operand, origin, scope)));
    case 'comparison':
      return decideComparison(expression, origin, scope);
    case 'call':
      return nameText(expression.name) === 'boolean' ? decide(expression.arguments[0]!, origin, scope) : undefined;
    case 'path':
      return decidePath(expression, undefined, origin, scope);
    default:
      return undefined;
  }
}

/** What decides that all of some parts are true. */
function allExact(parts: readonly (Requirements | undefined)[]): Requirements | undefined {
  if (parts.includes(undefined)) {
    return undefined;
  }
  return {
    required: parts.flatMap((part) => part!.required),
    isExact: true,
    needsEventName: parts.some((part) => part!.needsEventName),
  };
}

/** What decides that one of some parts is true: one of their values, if each of them asks for no more than one. */
export function anyExact(parts: readonly (Requirements | undefined)[]): Requirements | undefined {
  const isSimple = parts.every((part) => part?.isExact && part.required.length === 1 && !part.needsEventName);
  return isSimple ? { ...noRequirements, required: [oneOf(parts.map((part) => part!.required[0]!))] } : undefined;
}

function decideComparison(
  { operator, left, right }: Comparison,
  origin: Origin,
  scope: Scope,
): Requirements | undefined {
  if (operator !== '=') {
    return undefined;
  }
  const [path, value] = left.kind === 'path' ? [left, constantText(right, scope)] : [right, constantText(left, scope)];
  return path.kind === 'path' && value !== undefined ? decidePath(path, value, origin, scope) : undefined;
}

/** @param value The string-value that one of the path's nodes must have; any will do if there is none. */
function decidePath(
  { from, steps }: Path,
  value: string | undefined,
  origin: Origin,
  scope: Scope,
): Requirements | undefined {
  if (from === 'context') {
    return decideSteps(steps, value, origin, scope);
  }
  // A path from the root doesn't depend on the origin, at which there must be a node all the same.
  if (from !== 'root' || !origin.isOne) {
    return undefined;
  }
  const [first, ...others] = steps;
  if (first?.axis === 'descendant' || first?.axis === 'descendant-or-self') {
    return decideSteps(steps, value, { from: 'root', steps: [], isOne: false }, scope);
  }
  if (first?.axis !== 'child' || !isRootElementTest(first.test)) {
    return undefined;
  }
  const parts = first.predicates.map((predicate) => decide(predicate, origin, scope));
  if (others.length > 0 || value !== undefined) {
    parts.push(decideSteps(others, value, origin, scope));
  }
  const all = allExact(parts);
  return all && { ...all, needsEventName: all.needsEventName || first.test.kind === 'name' };
}

/** Of several predicates, each may be true of another node; so there may be one, on the last step. */
function decideSteps(
  steps: readonly Step[],
  value: string | undefined,
  origin: Origin,
  scope: Scope,
): Requirements | undefined {
  const conditions = steps.reduce((count, step) => count + step.predicates.length, value === undefined ? 0 : 1);
  if (conditions !== 1 || !steps.every(leadsDown) || origin.steps.length + steps.length > longestTrail) {
    return undefined;
  }
  const end: Origin = { from: origin.from, steps: [...origin.steps, ...steps], isOne: false };
  if (value === undefined) {
    const predicate = steps.at(-1)!.predicates[0];
    return predicate && decide(predicate, end, scope);
  }
  const path = indexPath(end, scope);
  return path && { ...noRequirements, required: [[{ path, values: [value] }]] };
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
