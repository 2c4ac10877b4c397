import { FilterEvaluationError } from '../../errors';
import type { Expression } from '../ast';
import { checkExpression } from '../checker';
import { keptTree } from '../kept-tree';
import type { FilterLimits } from '../limits';
import { parseExpression } from '../parser';
import type { Scope } from '../scope';
import { type EvaluatedDocument, OperationBudgetError } from './evaluation';
import { type Constants, type Instance, type Results, Template } from './template';

/** An XPath expression, parsed and checked, that is ready to be evaluated; the context node is the root element. */
export class CompiledExpression implements Instance {
  readonly source: string;
  /** What it may share with others. */
  readonly template: Template;
  /** The values of the free literals, once they are wanted. */
  #constants: Constants | undefined;

  /**
   * @param template What another expression, found good, has in common with this one, but for the free literals; they are
   *   alike in `scope` and `limits`, too.
   * @throws {FilterError} with the code that says why the expression is refused.
   */
  constructor(source: string, scope: Scope, limits: FilterLimits, template?: Template) {
    this.source = source;
    if (template === undefined) {
      const tree = keptTree(this, () => parseExpression(source, limits));
      checkExpression(source, tree, scope);
      this.template = new Template(tree, scope, limits);
    } else {
      this.template = template;
    }
  }

  /** What the names in it stand for. */
  get scope(): Scope {
    return this.template.scope;
  }

  /** The cap on the operations of one evaluation. */
  get operations(): number {
    return this.template.limits.evaluationOperations;
  }

  /** Its syntax tree, parsed again if it has been given up. */
  get ast(): Expression {
    return keptTree(this, () => parseExpression(this.source, this.template.limits));
  }

  /** The same as `ast` except for the positions, and quicker to be had; good until another expression is looked at or evaluated. */
  get outline(): Expression {
    return this.template.treeOf(this);
  }

  get constants(): Constants {
    this.#constants ??= this.template.constantsOf(this.source);
    return this.#constants;
  }

  /**
   * Its value on an event, as if by boolean(), number() or string(), or the nodes that it selects.
   *
   * @throws {FilterEvaluationError} `ERR_FILTER_EVALUATION` if a function of the program's own throws,
   *   `ERR_FILTER_BUDGET` if evaluating takes more operations than its cap.
   */
  evaluate<Type extends keyof Results>(type: Type, event: EvaluatedDocument): Results[Type] {
    try {
      return this.template.evaluate(type, this, event);
    } catch (error) {
      if (error instanceof OperationBudgetError) {
        const problem = `it takes more operations than the cap 'evaluationOperations', ${this.operations}`;
        throw new FilterEvaluationError(this.source, new Error(problem), 'ERR_FILTER_BUDGET');
      }
      throw new FilterEvaluationError(this.source, error);
    }
  }
}
