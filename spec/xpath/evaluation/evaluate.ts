import { EventRecord } from '../../../lib/event/event-record';
import { type FilterOptions, readFilterOptions } from '../../../lib/filter/compile-filter';
import { queryBoolean, queryNumber, queryString } from '../../../lib/filter/queries';
import type { LightTree } from '../../../lib/xml/light-tree';
import { CompiledExpression } from '../../../lib/xpath/evaluation/compiled-expression';
import { Compiler } from '../../../lib/xpath/evaluation/compiler';
import { Evaluation } from '../../../lib/xpath/evaluation/evaluation';
import { inDocumentOrder } from '../../../lib/xpath/evaluation/source';

/** A document, as queries take it. */
export function documentOf(xml: string): EventRecord {
  return new EventRecord({ xml, type: '', timestamp: '', bytes: 0 });
}

/** The value of an expression by string(), number() and boolean(), each of which is computed in its own way. */
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
export function nodesOf(tree: LightTree, xpath: string, options: FilterOptions = {}): number[] {
  const { scope, limits } = readFilterOptions(options);
  const nodes: number[] = [];
  const source = inDocumentOrder(new Compiler(scope).nodes(new CompiledExpression(xpath, scope, limits).ast));
  const walk = source.into((_, node) => {
    nodes.push(node);
    return false;
  });
  const evaluation = new Evaluation();
  evaluation.begin(tree, Number.MAX_SAFE_INTEGER);
  walk(evaluation, tree.rootElement);
  return nodes;
}

/** How many operations it takes to decide whether an expression is true of a document. */
export function operationsFor(document: EventRecord, xpath: string, options: FilterOptions = {}): number {
  const { scope, limits } = readFilterOptions(options);
  const { tree } = document;
  const test = new Compiler(scope).boolean(new CompiledExpression(xpath, scope, limits).ast);
  const evaluation = new Evaluation();
  evaluation.begin(tree, Number.MAX_SAFE_INTEGER);
  test(evaluation, tree.rootElement);
  return Number.MAX_SAFE_INTEGER - evaluation.remaining;
}
