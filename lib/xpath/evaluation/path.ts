import type { Path, Step } from '../ast';
import { isPositional } from '../dependence';
import { type NodeKinds, reachedFrom, selectedBy } from '../node-kinds';
import type { Scope } from '../scope';
import { compileNodeTest, expandedName } from './node-tests';
import type { OperandCompiler } from './operands';
import { compilePredicates } from './predicates';
import { contextSource, rootSource, type Source } from './source';
import { type CompiledStep, stepFrom } from './step';

/** A compiled path: the nodes at its end, and the steps that lead there. */
export interface CompiledPath {
  readonly source: Source;
  readonly steps: readonly CompiledStep[];
}

/** Compiles a path (XPath 1.0 §2, §3.3). */
export function compilePath(compiler: OperandCompiler, { from, steps }: Path): CompiledPath {
  let source = from === 'root' ? rootSource : from === 'context' ? contextSource(compiler.kinds) : compiler.nodes(from);
  const compiled: CompiledStep[] = [];
  for (const one of simplified(steps, compiler.scope)) {
    const step = compileStep(compiler, one, source.kinds);
    source = stepFrom(source, step);
    compiled.push(step);
  }
  return { source, steps: compiled };
}

function compileStep(compiler: OperandCompiler, { axis, test, predicates }: Step, from: NodeKinds): CompiledStep {
  const { scope } = compiler;
  const kinds = selectedBy(test, axis, reachedFrom(from, axis));
  return {
    axis,
    test: compileNodeTest(test, axis, scope),
    name: expandedName(test, scope),
    predicates: compilePredicates(compiler.within(kinds), predicates),
    kinds,
  };
}

/** Leaves out `.`, and makes `descendant::a` of `//a` if no predicate counts the positions among siblings. */
function simplified(steps: readonly Step[], scope: Scope): Step[] {
  const result: Step[] = [];
  for (const step of steps) {
    const previous = result.at(-1);
    if (isAnyNode(step, 'self')) {
      continue;
    }
    if (
      step.axis === 'child' &&
      previous !== undefined &&
      isAnyNode(previous, 'descendant-or-self') &&
      !step.predicates.some((predicate) => isPositional(predicate, scope))
    ) {
      result[result.length - 1] = { ...step, axis: 'descendant' };
    } else {
      result.push(step);
    }
  }
  return result;
}

function isAnyNode({ axis, test, predicates }: Step, of: Step['axis']): boolean {
  return axis === of && test.kind === 'type' && test.type === 'node' && predicates.length === 0;
}
