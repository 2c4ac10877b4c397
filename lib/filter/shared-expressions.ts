import { CompiledExpression } from '../xpath/evaluation/compiled-expression';
import { defaultFilterLimits, type FilterLimits } from '../xpath/limits';
import { emptyScope, type Scope } from '../xpath/scope';

/** How many expressions are shared, and how long they may be, in UTF-16 code units: what is compiled is larger by far. */
const MOST = 256;
const LONGEST = 1024;

/** In the order of their last use. */
const shared = new Map<string, CompiledExpression>();

/**
 * Compiles an expression, unless one of the same text was compiled lately: handlers that are registered for the same, and
 * handlers that ask each event for the same, share it. Only what names nothing of the program's, under the default caps, is shared.
 *
 * @throws {FilterError} with the code that says why the expression is refused.
 */
export function compileExpression(source: string, scope: Scope, limits: FilterLimits): CompiledExpression {
  if (scope !== emptyScope || limits !== defaultFilterLimits || source.length > LONGEST) {
    return new CompiledExpression(source, scope, limits);
  }
  const known = shared.get(source);
  if (known !== undefined) {
    shared.delete(source);
    shared.set(source, known);
    return known;
  }
  const expression = new CompiledExpression(source, scope, limits);
  shared.set(source, expression);
  if (shared.size > MOST) {
    shared.delete(shared.keys().next().value as string);
  }
  return expression;
}
