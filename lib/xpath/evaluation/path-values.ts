import type { LightTree } from '../../xml/light-tree';
import type { Path } from '../ast';
import { defaultFilterLimits } from '../limits';
import type { Scope } from '../scope';
import { Compiler } from './compiler';
import { Evaluation, OperationBudgetError } from './evaluation';
import { stringValue } from './node';

/** Reads the string-values of nodes of a tree; false if it ended because that took too many operations. */
export type ReadValues = (tree: LightTree, visit: (value: string, node: number) => void) => boolean;

/**
 * Compiles a path without predicates to a reader of the string-values of its nodes; the context node is the root element.
 *
 * Each node is read once, in no certain order, so values may repeat. The reader must not be called by its own visitor.
 */
export function compilePathValues(path: Path, scope: Scope): ReadValues {
  const evaluation = new Evaluation();
  let visitor: (value: string, node: number) => void;
  const walk = new Compiler(scope).nodes(path).into((_, node) => {
    visitor(stringValue(evaluation, node), node);
    return false;
  });
  return (tree, visit) => {
    visitor = visit;
    evaluation.begin(tree, defaultFilterLimits.evaluationOperations);
    try {
      walk(evaluation, tree.rootElement);
      return true;
    } catch (error) {
      if (error instanceof OperationBudgetError) {
        return false;
      }
      throw error;
    } finally {
      evaluation.end();
    }
  };
}
