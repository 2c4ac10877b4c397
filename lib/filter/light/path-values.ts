import type { EventTree } from '../../event/event-tree';
import type { Path } from '../ast';
import type { Scope } from '../scope';
import { Compiler, outermost } from './compiler';
import { Evaluation, mostOperations } from './evaluation';
import { rootElement, stringValue } from './node';

/**
 * Compiles a path without predicates to a reader of the string-values of its nodes; the context node is the root element.
 *
 * Each node is read once, in no certain order, so values may repeat. The reader must not be called by its own visitor.
 */
export function compilePathValues(path: Path, scope: Scope): (tree: EventTree, visit: (value: string) => void) => void {
  const evaluation = new Evaluation();
  let visitor: (value: string) => void;
  const walk = new Compiler(scope).nodes(path, outermost).into((_, node) => {
    visitor(stringValue(evaluation, node));
    return false;
  });
  return (tree, visit) => {
    visitor = visit;
    evaluation.begin(tree, mostOperations);
    try {
      walk(evaluation, rootElement(tree));
    } finally {
      evaluation.end();
    }
  };
}
