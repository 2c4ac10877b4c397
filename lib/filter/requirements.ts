import type { Expression } from '../xpath/ast';
import type { Scope } from '../xpath/scope';
import { anyExact, exactMatch } from './exact-match';
import { typePath } from './index-path';
import { either, noRequirements, type Requirements, requiredMatches } from './required-matches';

/** Of a filter that asks for one of some types. */
export function typeRequirements(types: readonly string[]): Requirements {
  return { ...noRequirements, required: [[{ path: typePath, values: [...new Set(types)] }]] };
}

/** Of a filter that is an expression. */
export function expressionRequirements(expression: Expression, scope: Scope): Requirements {
  return (
    exactMatch(expression, scope) ?? {
      required: requiredMatches(expression, scope),
      isExact: false,
      needsEventName: false,
    }
  );
}

/** Of a filter that matches what at least one of some filters matches. */
export function anyRequirements(alternatives: readonly Requirements[]): Requirements {
  if (
    alternatives.some(({ required, isExact, needsEventName }) => isExact && required.length === 0 && !needsEventName)
  ) {
    return noRequirements;
  }
  const required = either(alternatives.map((alternative) => alternative.required));
  return anyExact(alternatives) ?? { required, isExact: false, needsEventName: false };
}
