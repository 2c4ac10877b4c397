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
      const all = expression.operands.map((operand) => typesWhere(operand, scope));
      return all.includes(undefined) ? undefined : new Set(all.flatMap((types) => [...(types ?? [])]));
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
