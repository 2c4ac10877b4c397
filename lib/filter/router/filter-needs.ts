import { defaultFilterLimits } from '../../xpath/limits';
import { CompiledFilter, ExpressionFilter, TypesFilter } from '../compiled-filter';
import type { Filter } from '../filter';
import { type Needs, noNeeds } from '../needs';

/** What a filter needs; nothing is known of one that is not the library's own. */
export function needsOf(filter: Filter): Needs {
  return filter instanceof CompiledFilter ? filter.needs : { ...noNeeds, isSufficient: false };
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
