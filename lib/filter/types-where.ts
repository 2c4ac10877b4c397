import type { Expression } from '../xpath/ast';
import type { Scope } from '../xpath/scope';
import { constantText } from './constant';

/** The types of which an event must have one for an expression on its `event` element to be true; nothing if it may have any. */
export function typesWhere(expression: Expression, scope: Scope): ReadonlySet<string> | undefined {
  switch (expression.kind) {
    case 'comparison': {
      const { operator, left, right } = expression;
      const value = isTypeOfEvent(left)
        ? constantText(right, scope)
        : isTypeOfEvent(right)
          ? constantText(left, scope)
          : undefined;
      return operator === '=' && value !== undefined ? new Set([value]) : undefined;
    }
    case 'and':
      return expression.operands.map((operand) => typesWhere(operand, scope)).reduce(inBoth);
    case 'or': {
      return inEither(expression.operands.map((operand) => typesWhere(operand, scope)));
    }
    default:
      return undefined;
  }
}

/** The types that are in both sets, of which one that isn't there has all. */
export function inBoth(
  one: ReadonlySet<string> | undefined,
  other: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  if (one === undefined || other === undefined) {
    return one ?? other;
  }
  return new Set([...one].filter((type) => other.has(type)));
}

/** The types that are in any of the sets, of which one that isn't there has all. */
export function inEither(all: readonly (ReadonlySet<string> | undefined)[]): ReadonlySet<string> | undefined {
  return all.includes(undefined) ? undefined : new Set(all.flatMap((types) => [...(types ?? [])]));
}

/** Whether an expression is certain to be true of every event of a type: it says `@type = '…'`, or one of several such. */
export function isTrueOfAll(type: string, expression: Expression, scope: Scope): boolean {
  if (expression.kind === 'or') {
    return expression.operands.some((operand) => isTrueOfAll(type, operand, scope));
  }
  // `/event/@type` isn't there if the event is in a namespace.
  const isOwn = (operand: Expression) => operand.kind === 'path' && operand.from === 'context';
  return (
    expression.kind === 'comparison' &&
    (isOwn(expression.left) || isOwn(expression.right)) &&
    typesWhere(expression, scope)?.has(type) === true
  );
}

/** Whether it is `@type` or `/event/@type`. */
export function isTypeOfEvent(expression: Expression): boolean {
  if (expression.kind !== 'path' || typeof expression.from !== 'string') {
    return false;
  }
  const names = expression.steps.map(({ axis, test, predicates }) =>
    test.kind === 'name' && test.name.prefix === undefined && predicates.length === 0
      ? `${axis} ${test.name.local}`
      : '',
  );
  const expected = expression.from === 'root' ? ['child event', 'attribute type'] : ['attribute type'];
  return names.length === expected.length && names.every((name, index) => name === expected[index]);
}
