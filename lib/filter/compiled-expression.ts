import type { Document } from '@xmldom/xmldom';
import { FilterEvaluationError } from '../errors';
import type { Expression } from './ast';
import { checkExpression } from './checker';
import { DomExpression } from './dom-engine';
import type { FilterLimits } from './limits';
import { parseExpression } from './parser';
import { printExpression } from './print';
import type { Scope } from './scope';
import type { StaticType } from './signatures';
import { staticType } from './static-type';
import type { Value } from './value';
import { type FilterWarning, findWarnings } from './warnings';

/** An XPath expression, parsed and checked, that is ready to be evaluated. */
export class CompiledExpression {
  readonly source: string;
  readonly #expression: Expression;
  readonly #scope: Scope;
  readonly #dom: DomExpression;

  /** @throws {FilterError} with the code that says why the expression is refused. */
  constructor(source: string, scope: Scope, limits: FilterLimits) {
    this.source = source;
    this.#expression = parseExpression(source, limits);
    checkExpression(source, this.#expression, scope);
    this.#scope = scope;
    this.#dom = new DomExpression(this.#expression, scope);
  }

  /** What it evaluates to, as far as is known beforehand. */
  get type(): StaticType {
    return staticType(this.#expression, this.#scope);
  }

  /** Every axis named, every abbreviation expanded. */
  get parsed(): string {
    return printExpression(this.#expression);
  }

  get warnings(): FilterWarning[] {
    return findWarnings(this.#expression, this.#scope);
  }

  /** @throws {FilterEvaluationError} `ERR_FILTER_EVALUATION` where a function of the program's own throws. */
  evaluate(document: Document): Value {
    try {
      return this.#dom.evaluate(document);
    } catch (error) {
      throw new FilterEvaluationError(this.source, error);
    }
  }
}
