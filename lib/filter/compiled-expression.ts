import type { Document } from '@xmldom/xmldom';
import { FilterEvaluationError } from '../errors';
import type { Expression } from '../xpath/ast';
import { checkExpression } from '../xpath/checker';
import { dependence, dependsOn } from '../xpath/dependence';
import { OperationBudgetError } from '../xpath/evaluation/evaluation';
import { type EvaluatedDocument, LightExpression } from '../xpath/evaluation/light-expression';
import { KeptTree } from '../xpath/kept-tree';
import type { FilterLimits } from '../xpath/limits';
import { parseExpression } from '../xpath/parser';
import { printExpression } from '../xpath/print';
import type { Scope } from '../xpath/scope';
import type { StaticType } from '../xpath/signatures';
import { staticType } from '../xpath/static-type';
import { type CostClass, costOf } from './cost';
import { DomExpression } from './dom/dom-expression';
import type { Value } from './dom/value';
import { type FilterWarning, findWarnings } from './warnings';

/** An XPath expression, parsed and checked, that is ready to be evaluated. */
export class CompiledExpression {
  readonly source: string;
  readonly #scope: Scope;
  readonly #limits: FilterLimits;
  readonly #tree: KeptTree;
  readonly #light: LightExpression;
  #dom: DomExpression | undefined;

  /** @throws {FilterError} with the code that says why the expression is refused. */
  constructor(source: string, scope: Scope, limits: FilterLimits) {
    this.source = source;
    this.#scope = scope;
    this.#limits = limits;
    this.#tree = new KeptTree(() => parseExpression(source, limits));
    const { ast } = this;
    checkExpression(source, ast, scope);
    const callsProgram = (dependence(ast) & dependsOn.program) !== 0;
    this.#light = new LightExpression(() => this.ast, scope, limits.evaluationOperations, callsProgram);
  }

  /** Its syntax tree, parsed again if it has been given up. */
  get ast(): Expression {
    return this.#tree.get();
  }

  /** What the names in it stand for. */
  get scope(): Scope {
    return this.#scope;
  }

  /** The cap on the operations of one evaluation. */
  get operations(): number {
    return this.#limits.evaluationOperations;
  }

  /** What it evaluates to, as far as is known beforehand. */
  get type(): StaticType {
    return staticType(this.ast, this.#scope);
  }

  /** Every axis named, every abbreviation expanded. */
  get parsed(): string {
    return printExpression(this.ast);
  }

  get cost(): CostClass {
    return costOf(this.ast, this.#scope);
  }

  get warnings(): FilterWarning[] {
    return findWarnings(this.ast, this.#scope);
  }

  /**
   * Its value as if by boolean().
   *
   * @throws {FilterEvaluationError} `ERR_FILTER_EVALUATION` where a function of the program's own throws,
   *   `ERR_FILTER_BUDGET` where evaluating takes more operations than its cap.
   */
  boolean(event: EvaluatedDocument): boolean {
    try {
      return this.#light.boolean(event);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * Its value as if by number().
   *
   * @throws what `boolean` throws.
   */
  number(event: EvaluatedDocument): number {
    try {
      return this.#light.number(event);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * Its value as if by string().
   *
   * @throws what `boolean` throws.
   */
  text(event: EvaluatedDocument): string {
    try {
      return this.#light.text(event);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * Its value as it is, over DOM nodes, by the `xpath` package; it must call no functions of the program's own.
   *
   * There is no bound on the time.
   */
  evaluate(document: Document): Value {
    this.#dom ??= new DomExpression(this.ast, this.#scope);
    return this.#dom.evaluate(document);
  }

  #failure(error: unknown): unknown {
    return error instanceof OperationBudgetError
      ? new FilterEvaluationError(
          this.source,
          new Error(
            `it takes more operations than the cap 'evaluationOperations', ${this.#limits.evaluationOperations}`,
          ),
          'ERR_FILTER_BUDGET',
        )
      : new FilterEvaluationError(this.source, error);
  }
}
