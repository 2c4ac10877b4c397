import type { Node } from '@xmldom/xmldom';
import { FilterEvaluationError } from '../../errors';
import type { LightTree } from '../../xml/light-tree';
import type { Expression } from '../ast';
import { checkExpression } from '../checker';
import { dependence, dependsOn } from '../dependence';
import { KeptTree } from '../kept-tree';
import type { FilterLimits } from '../limits';
import { parseExpression } from '../parser';
import type { Scope } from '../scope';
import { Compiler } from './compiler';
import { type EvaluatedDocument, Evaluation, OperationBudgetError, TreeOverwrittenError } from './evaluation';
import type { Computation } from './operands';

/** What an expression can be evaluated as: by boolean(), number(), string(), or as the nodes that it selects. */
interface Results {
  boolean: boolean;
  number: number;
  text: string;
  /** In document order, without namespace nodes, which the DOM doesn't have. */
  nodes: Node[];
}

type Compilers = {
  readonly [Type in keyof Results]: (compiler: Compiler, of: Expression) => Computation<Results[Type]>;
};

const compilers: Compilers = {
  boolean: (compiler, expression) => compiler.boolean(expression),
  number: (compiler, expression) => compiler.number(expression),
  text: (compiler, expression) => compiler.text(expression),
  nodes: (compiler, expression) => {
    const list = compiler.list(expression);
    return (evaluation, node) => evaluation.toDom(list(evaluation, node));
  },
};

/** For everything that calls no function of the program's: no evaluation begins inside another of these. */
const sharedEvaluation = new Evaluation();

/**
 * An XPath expression, parsed and checked, that is ready to be evaluated; the context node is the root element.
 *
 * It is compiled when its value is first wanted, for the type in which it is wanted.
 */
export class CompiledExpression {
  readonly source: string;
  /** What the names in it stand for. */
  readonly scope: Scope;
  /** The cap on the operations of one evaluation. */
  readonly operations: number;
  readonly #tree: KeptTree;
  readonly #callsProgram: boolean;
  readonly #compiled: { [Type in keyof Results]?: Computation<Results[keyof Results]> | undefined } = {};

  /** @throws {FilterError} with the code that says why the expression is refused. */
  constructor(source: string, scope: Scope, limits: FilterLimits) {
    this.source = source;
    this.scope = scope;
    this.operations = limits.evaluationOperations;
    this.#tree = new KeptTree(() => parseExpression(source, limits));
    const { ast } = this;
    checkExpression(source, ast, scope);
    this.#callsProgram = (dependence(ast) & dependsOn.program) !== 0;
  }

  /** Its syntax tree, parsed again if it has been given up. */
  get ast(): Expression {
    return this.#tree.get();
  }

  /**
   * Its value on an event, as if by boolean(), number() or string(), or the nodes that it selects.
   *
   * @throws {FilterEvaluationError} `ERR_FILTER_EVALUATION` if a function of the program's own throws,
   *   `ERR_FILTER_BUDGET` if evaluating takes more operations than its cap.
   */
  evaluate<Type extends keyof Results>(type: Type, event: EvaluatedDocument): Results[Type] {
    this.#compiled[type] ??= compilers[type](new Compiler(this.scope), this.ast);
    const compiled: Computation<Results[keyof Results]> = this.#compiled[type]!;
    try {
      const value = this.#callsProgram
        ? this.#evaluateCalling(type, compiled, event)
        : this.#run(sharedEvaluation, compiled, event, event.tree);
      return value as Results[Type];
    } catch (error) {
      if (error instanceof OperationBudgetError) {
        const problem = `it takes more operations than the cap 'evaluationOperations', ${this.operations}`;
        throw new FilterEvaluationError(this.source, new Error(problem), 'ERR_FILTER_BUDGET');
      }
      throw new FilterEvaluationError(this.source, error);
    }
  }

  #evaluateCalling(type: keyof Results, compiled: Computation<unknown>, event: EvaluatedDocument): unknown {
    const evaluation = new Evaluation();
    const kept = this.#compiled[type];
    // The closures keep the state of an evaluation, in which a function of the program's may begin another one.
    this.#compiled[type] = undefined;
    try {
      return this.#run(evaluation, compiled, event, event.tree);
    } catch (error) {
      if (error instanceof TreeOverwrittenError) {
        return this.#run(evaluation, compiled, event, event.tree.detached());
      }
      throw error;
    } finally {
      this.#compiled[type] = kept;
    }
  }

  #run<T>(evaluation: Evaluation, compiled: Computation<T>, event: EvaluatedDocument, tree: LightTree): T {
    evaluation.begin(tree, this.operations, event);
    try {
      return compiled(evaluation, tree.rootElement);
    } finally {
      evaluation.end();
    }
  }
}
