import { FilterEvaluationError } from '../errors';
import type { Expression } from '../xpath/ast';
import { checkExpression } from '../xpath/checker';
import { dependence, dependsOn } from '../xpath/dependence';
import { type EvaluatedDocument, OperationBudgetError } from '../xpath/evaluation/evaluation';
import { LightExpression, type Results } from '../xpath/evaluation/light-expression';
import { KeptTree } from '../xpath/kept-tree';
import type { FilterLimits } from '../xpath/limits';
import { parseExpression } from '../xpath/parser';
import type { Scope } from '../xpath/scope';

/** An XPath expression, parsed and checked, that is ready to be evaluated. */
export class CompiledExpression {
  readonly source: string;
  /** What the names in it stand for. */
  readonly scope: Scope;
  /** The cap on the operations of one evaluation. */
  readonly operations: number;
  readonly #tree: KeptTree;
  readonly #light: LightExpression;

  /** @throws {FilterError} with the code that says why the expression is refused. */
  constructor(source: string, scope: Scope, limits: FilterLimits) {
    this.source = source;
    this.scope = scope;
    this.operations = limits.evaluationOperations;
    this.#tree = new KeptTree(() => parseExpression(source, limits));
    const { ast } = this;
    checkExpression(source, ast, scope);
    const callsProgram = (dependence(ast) & dependsOn.program) !== 0;
    this.#light = new LightExpression(() => this.ast, scope, this.operations, callsProgram);
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
    try {
      return this.#light.evaluate(type, event);
    } catch (error) {
      if (error instanceof OperationBudgetError) {
        const problem = `it takes more operations than the cap 'evaluationOperations', ${this.operations}`;
        throw new FilterEvaluationError(this.source, new Error(problem), 'ERR_FILTER_BUDGET');
      }
      throw new FilterEvaluationError(this.source, error);
    }
  }
}
