import { type Expression, nameText } from '../xpath/ast';
import { type Atom, atomNumber, calculate } from '../xpath/atoms';
import type { Scope } from '../xpath/scope';

/** The value of what doesn't depend on the event: of literals, variables, and calculations with them. */
export function constantOf(expression: Expression, scope: Scope): Atom | undefined {
  switch (expression.kind) {
    case 'string':
      return expression.value;
    case 'number':
      return expression.value;
    case 'variable':
      return scope.variables.get(nameText(expression.name));
    case 'negation': {
      const value = constantOf(expression.operand, scope);
      return value === undefined ? undefined : -atomNumber(value);
    }
    case 'arithmetic': {
      const values = expression.operands.map((operand) => constantOf(operand, scope));
      return values.includes(undefined)
        ? undefined
        : values
            .map((value) => atomNumber(value!))
            .reduce((left, right, index) => calculate(expression.operators[index - 1]!, left, right));
    }
    default:
      return undefined;
  }
}

/** A text that doesn't depend on the event: a literal, or a variable that is a string. */
export function constantText(expression: Expression, scope: Scope): string | undefined {
  const value = constantOf(expression, scope);
  return typeof value === 'string' ? value : undefined;
}
