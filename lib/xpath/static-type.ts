import { type Expression, nameText } from './ast';
import type { Scope } from './scope';
import { builtInFunctions, type StaticType } from './signatures';

/** What an expression evaluates to, as far as that shows without evaluating it. */
export function staticType(expression: Expression, scope: Scope): StaticType {
  switch (expression.kind) {
    case 'or':
    case 'and':
    case 'comparison':
      return 'boolean';
    case 'arithmetic':
    case 'negation':
    case 'number':
      return 'number';
    case 'string':
      return 'string';
    case 'union':
    case 'filtered':
    case 'path':
      return 'node-set';
    case 'variable':
      return typeof scope.variables.get(nameText(expression.name)) as StaticType;
    case 'call':
      return builtInFunctions.get(nameText(expression.name))?.result ?? 'any';
  }
}
