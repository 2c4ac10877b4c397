import type { Node } from '@xmldom/xmldom';
import { formatValue } from '../arguments';
import { InvalidArgumentError } from '../errors';
import type { CompiledExpression } from '../xpath/evaluation/compiled-expression';
import type { EvaluatedDocument } from '../xpath/evaluation/evaluation';
import { filterError } from '../xpath/filter-error';
import { staticType } from '../xpath/static-type';
import { type FilterOptions, readFilterOptions } from './compile-filter';
import { compileExpression } from './shared-expressions';
import { isStraightPath, selectStraight } from './xpath-package';

/**
 * Evaluates an XPath 1.0 expression on an event, as if by string(); the context node is the `event` element.
 *
 * @throws {FilterError} with the code that says why the expression is refused.
 * @throws {FilterEvaluationError} `ERR_FILTER_EVALUATION` if a function of the program's own throws,
 *   `ERR_FILTER_BUDGET` if evaluating takes more operations than its cap.
 */
export function queryString(event: EvaluatedDocument, xpath: string, options?: FilterOptions): string {
  return compiled(xpath, options).evaluate('text', event);
}

/**
 * Evaluates an XPath 1.0 expression on an event, as if by number().
 *
 * @throws what `queryString` throws.
 */
export function queryNumber(event: EvaluatedDocument, xpath: string, options?: FilterOptions): number {
  return compiled(xpath, options).evaluate('number', event);
}

/**
 * Evaluates an XPath 1.0 expression on an event, as if by boolean().
 *
 * @throws what `queryString` throws.
 */
export function queryBoolean(event: EvaluatedDocument, xpath: string, options?: FilterOptions): boolean {
  return compiled(xpath, options).evaluate('boolean', event);
}

/**
 * Selects nodes of an event, in document order; namespace nodes, which the DOM doesn't have, are left out.
 *
 * @throws {FilterError} with the code that says why the expression is refused; `ERR_FILTER_TYPE` if it is no node-set.
 * @throws {FilterEvaluationError} `ERR_FILTER_EVALUATION` if the document has been changed,
 *   `ERR_FILTER_BUDGET` if evaluating takes more operations than its cap.
 */
export function queryNodes(event: EvaluatedDocument, xpath: string): Node[] {
  const expression = compiled(xpath);
  const { ast, scope } = expression;
  const type = staticType(ast, scope);
  if (type !== 'node-set') {
    throw filterError('ERR_FILTER_TYPE', xpath, 0, `a node-set is wanted here, but this is a ${type}`);
  }
  return isStraightPath(ast)
    ? selectStraight(ast, event.document.documentElement!)
    : expression.evaluate('nodes', event);
}

function compiled(xpath: string, options: FilterOptions = {}): CompiledExpression {
  if (typeof xpath !== 'string') {
    throw new InvalidArgumentError('xpath', `must be an XPath expression, but is ${formatValue(xpath)}`);
  }
  const { scope, limits } = readFilterOptions(options);
  return compileExpression(xpath, scope, limits);
}
