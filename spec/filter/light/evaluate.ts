import { EventRecord } from '../../../lib/event/event-record';
import type { EventTree } from '../../../lib/event/event-tree';
import { type FilterOptions, readFilterOptions } from '../../../lib/filter/compile-filter';
import { CompiledExpression } from '../../../lib/filter/compiled-expression';
import { Compiler, outermost } from '../../../lib/filter/light/compiler';
import { Evaluation } from '../../../lib/filter/light/evaluation';
import { rootElement } from '../../../lib/filter/light/node';
import { inOrder } from '../../../lib/filter/light/source';
import { queryBoolean, queryNumber, queryString } from '../../../lib/filter/queries';

/** A document, as queries take it. */
export function documentOf(xml: string): EventRecord {
  return new EventRecord({ xml, type: '', timestamp: '', bytes: 0 });
}

/** The value of an expression by string(), number() and boolean(), which the light engine computes each in its own way. */
export function valuesOf(
  document: EventRecord,
  xpath: string,
  options?: FilterOptions,
): { readonly text: string; readonly number: number; readonly boolean: boolean } {
  return {
    text: queryString(document, xpath, options),
    number: queryNumber(document, xpath, options),
    boolean: queryBoolean(document, xpath, options),
  };
}

/** The nodes that an expression selects, in document order. */
export function nodesOf(tree: EventTree, xpath: string, options: FilterOptions = {}): number[] {
  const { scope, limits } = readFilterOptions(options);
  const nodes: number[] = [];
  const source = inOrder(new Compiler(scope).nodes(new CompiledExpression(xpath, scope, limits).ast, outermost));
  const walk = source.into((_, node) => {
    nodes.push(node);
    return false;
  });
  const evaluation = new Evaluation();
  evaluation.begin(tree, Number.MAX_SAFE_INTEGER);
  walk(evaluation, rootElement(tree));
  return nodes;
}

/** How many operations it takes to decide whether an expression is true of a document. */
export function operationsFor(document: EventRecord, xpath: string, options: FilterOptions = {}): number {
  const { scope, limits } = readFilterOptions(options);
  const { tree } = document;
  const test = new Compiler(scope).boolean(new CompiledExpression(xpath, scope, limits).ast, outermost);
  const evaluation = new Evaluation();
  evaluation.begin(tree, Number.MAX_SAFE_INTEGER);
  test(evaluation, rootElement(tree));
  return Number.MAX_SAFE_INTEGER - evaluation.remaining;
}
