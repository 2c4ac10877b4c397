import { ExpressionFilter, SelectSuppressFilter, TypesFilter } from '../compile-filter';
import type { Filter } from '../filter';
import { defaultFilterLimits } from '../limits';
import { type Needs, needsOfExpression, needsOfTypes, noNeeds } from './needs';

/** What a filter needs; of `{ select, suppress }` it is what `select` needs, since `suppress` only takes away. */
export function needsOf(filter: Filter): Needs {
  if (filter.source === null) {
    return noNeeds;
  }
  if (filter instanceof TypesFilter) {
    return needsOfTypes(filter.source);
  }
  if (filter instanceof ExpressionFilter) {
    return needsOfExpression(filter.expression.ast, filter.expression.scope);
  }
  if (filter instanceof SelectSuppressFilter) {
    const select = filter.select === undefined ? noNeeds : needsOf(filter.select);
    return { ...select, isSufficient: select.isSufficient && filter.suppress === undefined };
  }
  return { ...noNeeds, isSufficient: false };
}

/** What is the same for filters that are written alike and mean the same; else the filter itself. */
export function identityOf(filter: Filter): unknown {
  if (filter.source === null) {
    return null;
  }
  if (filter instanceof TypesFilter) {
    return JSON.stringify(filter.source);
  }
  if (!(filter instanceof ExpressionFilter)) {
    return filter;
  }
  const { source, scope, operations } = filter.expression;
  // `xml` is declared always.
  if (scope.variables.size > 0 || scope.functions.size > 0 || scope.namespaces.size > 1) {
    return filter;
  }
  // No expression begins with an exclamation mark, and none with a string in brackets.
  return operations === defaultFilterLimits.evaluationOperations ? source : `!${operations} ${source}`;
}
