import { FilterError } from '../../../lib/errors';
import { EventRecord } from '../../../lib/event/event-record';
import { compileFilter } from '../../../lib/filter/compile-filter';
import type { LightTree } from '../../../lib/xml/light-tree';
import type { Expression } from '../../../lib/xpath/ast';
import { CompiledExpression } from '../../../lib/xpath/evaluation/compiled-expression';
import { Compiler } from '../../../lib/xpath/evaluation/compiler';
import { Evaluation } from '../../../lib/xpath/evaluation/evaluation';
import { defaultFilterLimits } from '../../../lib/xpath/limits';
import { staticType } from '../../../lib/xpath/static-type';
import type { Answer, Judgement } from './answer';
import { options, scope } from './names';
import { TreeNodes } from './tree-nodes';

/** The library's own judgement. */
export function judge(xml: string, expressions: readonly string[]): Judgement {
  const event = new EventRecord({ xml, type: '', timestamp: '', bytes: 0 });
  const answers = expressions.map((expression) => answer(event, expression));
  return { nodes: new TreeNodes(event.tree).judged, answers };
}

function answer(event: EventRecord, source: string): Answer | null {
  try {
    const filter = compileFilter(source, options);
    const expression = new CompiledExpression(source, scope, defaultFilterLimits);
    return {
      string: expression.evaluate('text', event),
      number: expression.evaluate('number', event),
      boolean: filter.matches(event.xml),
      ...(staticType(expression.ast, scope) === 'node-set' && { nodes: selected(event.tree, expression.ast) }),
    };
  } catch (error) {
    // What fails is shown beside the other judge's answer.
    return error instanceof FilterError ? null : { string: `(throws ${String(error)})`, boolean: false };
  }
}

/** The places of the nodes that an expression selects; a node selected twice is there twice. */
function selected(tree: LightTree, expression: Expression): string[] {
  const nodes: number[] = [];
  const walk = new Compiler(scope).nodes(expression).into((_, node) => {
    nodes.push(node);
    return false;
  });
  const evaluation = new Evaluation();
  evaluation.begin(tree, Number.MAX_SAFE_INTEGER);
  walk(evaluation, tree.rootElement);
  return new TreeNodes(tree).places(nodes);
}
