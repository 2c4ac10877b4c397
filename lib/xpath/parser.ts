import { didYouMean } from '../did-you-mean';
import {
  type ArithmeticOperator,
  type Axis,
  axes,
  type ComparisonOperator,
  type Expression,
  type NodeTest,
  type NodeType,
  type Path,
  type QualifiedName,
  type Span,
  type Step,
} from './ast';
import { filterError } from './filter-error';
import { hintAtEnd, hintForExpression, hintForStep } from './hints';
import { defaultFilterLimits, type FilterLimits } from './limits';
import { TokenReader } from './token-reader';

/**
 * Parses an XPath 1.0 expression, all of the recommendation's grammar.
 *
 * It doesn't know which functions, variables and prefixes exist; `checkExpression` does.
 *
 * @throws {FilterError} `ERR_FILTER_SYNTAX` if the expression isn't well-formed, `ERR_FILTER_TOO_COMPLEX` if it
 *   is over a cap.
 */
export function parseExpression(source: string, limits: FilterLimits = defaultFilterLimits): Expression {
  if (source.length > limits.filterLength) {
    throw filterError(
      'ERR_FILTER_TOO_COMPLEX',
      source,
      limits.filterLength,
      `it is ${source.length} characters long, the cap 'filterLength' is ${limits.filterLength}`,
    );
  }
  return new Parser(source, limits).parse();
}

const relationalOperators = ['<', '<=', '>', '>='] as const;
const stepStarts = new Set(['name', 'wildcard', 'node-type', 'axis-name']);
const stepPunctuation = new Set(['.', '..', '@']);

/**
 * Recursive descent, one method a production or two.
 *
 * It goes deeper only for what `filterDepth` counts: all that can be long without being nested (operators of one
 * precedence, steps, predicates, arguments) is read in loops, into lists.
 */
class Parser {
  readonly #tokens: TokenReader;

  constructor(source: string, limits: FilterLimits) {
    this.#tokens = new TokenReader(source, limits);
  }

  parse(): Expression {
    if (this.#tokens.atEnd) {
      throw this.#tokens.error('the expression is empty');
    }
    const expression = this.#or();
    if (!this.#tokens.atEnd) {
      const hint = hintAtEnd(this.#tokens.previous, this.#tokens.token);
      throw this.#tokens.unexpected('an operator or the end of the expression', hint);
    }
    return expression;
  }

  // Production [21]
  #or(): Expression {
    return this.#chain('or', ['or'], () => this.#and());
  }

  // [22]
  #and(): Expression {
    return this.#chain('and', ['and'], () => this.#equality());
  }

  // [23]
  #equality(): Expression {
    return this.#comparison(['=', '!='], () => this.#relational());
  }

  // [24]
  #relational(): Expression {
    return this.#comparison(relationalOperators, () => this.#additive());
  }

  // [25]
  #additive(): Expression {
    return this.#arithmetic(['+', '-'], () => this.#multiplicative());
  }

  // [26]
  #multiplicative(): Expression {
    return this.#arithmetic(['*', 'div', 'mod'], () => this.#unary());
  }

  // [27]
  #unary(): Expression {
    if (!this.#tokens.isOperator(['-'])) {
      return this.#union();
    }
    const sign = this.#tokens.advance();
    this.#tokens.count(sign);
    const operand = this.#tokens.nested(sign, () => this.#unary());
    return { kind: 'negation', operand, ...this.#tokens.since(sign.start) };
  }

  // [18]
  #union(): Expression {
    return this.#chain('union', ['|'], () => this.#path());
  }

  #chain(kind: 'or' | 'and' | 'union', operators: readonly string[], operand: () => Expression): Expression {
    const start = this.#tokens.token.start;
    const first = operand();
    if (!this.#tokens.isOperator(operators)) {
      return first;
    }
    const operands = [first];
    while (this.#tokens.isOperator(operators)) {
      this.#tokens.count(this.#tokens.advance());
      operands.push(operand());
    }
    return { kind, operands, ...this.#tokens.since(start) };
  }

  #arithmetic(symbols: readonly string[], operand: () => Expression): Expression {
    const start = this.#tokens.token.start;
    const first = operand();
    if (!this.#tokens.isOperator(symbols)) {
      return first;
    }
    const operands = [first];
    const operators: ArithmeticOperator[] = [];
    while (this.#tokens.isOperator(symbols)) {
      const operator = this.#tokens.advance();
      this.#tokens.count(operator);
      operators.push(operator.text as ArithmeticOperator);
      operands.push(operand());
    }
    return { kind: 'arithmetic', operands, operators, ...this.#tokens.since(start) };
  }

  #comparison(symbols: readonly string[], operand: () => Expression): Expression {
    const start = this.#tokens.token.start;
    let left = operand();
    for (let comparisons = 0; this.#tokens.isOperator(symbols); comparisons++) {
      const token = this.#tokens.advance();
      this.#tokens.count(token);
      if (comparisons > 0) {
        this.#tokens.countChainedComparison(token);
      }
      const right = operand();
      left = {
        kind: 'comparison',
        operator: token.text as ComparisonOperator,
        left,
        right,
        ...this.#tokens.since(start),
      };
    }
    return left;
  }

  // [1], [2], [19], [20]
  #path(): Expression {
    const start = this.#tokens.token.start;
    let from: Path['from'] = 'context';
    let steps: readonly Step[];
    if (this.#atStep()) {
      steps = [this.#step(), ...this.#moreSteps()];
    } else if (this.#tokens.isPunctuation('/') || this.#tokens.isPunctuation('//')) {
      from = 'root';
      steps = this.#stepsFromRoot();
    } else {
      from = this.#filtered();
      steps = this.#moreSteps();
      if (steps.length === 0) {
        return from;
      }
    }
    return { kind: 'path', from, steps, ...this.#tokens.since(start) };
  }

  #stepsFromRoot(): readonly Step[] {
    if (this.#tokens.isPunctuation('//')) {
      return this.#moreSteps();
    }
    this.#tokens.advance();
    if (this.#atStep()) {
      return [this.#step(), ...this.#moreSteps()];
    }
    if (this.#atPrimary()) {
      throw this.#stepExpected();
    }
    return [];
  }

  #filtered(): Expression {
    const start = this.#tokens.token.start;
    const base = this.#primary();
    const predicates = this.#predicates();
    return predicates.length === 0 ? base : { kind: 'filtered', base, predicates, ...this.#tokens.since(start) };
  }

  #atPrimary(): boolean {
    const { kind } = this.#tokens.token;
    return (
      kind === 'literal' ||
      kind === 'number' ||
      kind === 'variable' ||
      kind === 'function-name' ||
      this.#tokens.isPunctuation('(')
    );
  }

  // [15]
  #primary(): Expression {
    const token = this.#tokens.token;
    switch (token.kind) {
      case 'literal':
        this.#tokens.advance();
        return { kind: 'string', value: token.text, ...this.#tokens.since(token.start) };
      case 'number': {
        this.#tokens.advance();
        const digits = canonicalDigits(token.text);
        return { kind: 'number', digits, value: Number(digits), ...this.#tokens.since(token.start) };
      }
      case 'variable':
        this.#tokens.advance();
        return { kind: 'variable', name: qualifiedName(token.text), ...this.#tokens.since(token.start) };
      case 'function-name':
        return this.#call();
    }
    if (this.#tokens.isPunctuation('(')) {
      const open = this.#tokens.advance();
      if (this.#tokens.isPunctuation(')')) {
        throw this.#tokens.error("inside '( )' an expression is expected");
      }
      const expression = this.#tokens.nested(open, () => this.#or());
      this.#tokens.close(open, ')', 'an operator');
      return expression;
    }
    throw this.#tokens.unexpected('an expression', hintForExpression(this.#tokens.token));
  }

  // [16]
  #call(): Expression {
    const name = this.#tokens.advance();
    const open = this.#tokens.advance();
    const args: Expression[] = [];
    if (!this.#tokens.isPunctuation(')')) {
      do {
        args.push(this.#tokens.nested(open, () => this.#or()));
      } while (this.#tokens.isPunctuation(',') && this.#tokens.advance());
    }
    this.#tokens.close(open, ')', "an operator, ','");
    return { kind: 'call', name: qualifiedName(name.text), arguments: args, ...this.#tokens.since(name.start) };
  }

  #atStep(): boolean {
    const { kind, text } = this.#tokens.token;
    return stepStarts.has(kind) || (kind === 'punctuation' && stepPunctuation.has(text));
  }

  // [3]
  #moreSteps(): Step[] {
    const steps: Step[] = [];
    while (this.#tokens.isPunctuation('/') || this.#tokens.isPunctuation('//')) {
      const slash = this.#tokens.advance();
      if (slash.text === '//') {
        this.#tokens.count(slash);
        steps.push(anyNode('descendant-or-self', this.#tokens.since(slash.start)));
      }
      if (!this.#atStep()) {
        throw this.#stepExpected();
      }
      steps.push(this.#step());
    }
    return steps;
  }

  #stepExpected(): Error {
    return this.#tokens.unexpected(`a step after '${this.#tokens.previous!.text}'`, hintForStep(this.#tokens.token));
  }

  // [4], [12], [13]
  #step(): Step {
    const token = this.#tokens.token;
    this.#tokens.count(token);
    if (token.kind === 'punctuation' && token.text !== '@') {
      this.#tokens.advance();
      return anyNode(token.text === '.' ? 'self' : 'parent', this.#tokens.since(token.start));
    }
    const axis = this.#axis();
    const test = this.#nodeTest();
    const predicates = this.#predicates();
    return { axis, test, predicates, ...this.#tokens.since(token.start) };
  }

  // [5], [6]
  #axis(): Axis {
    const token = this.#tokens.token;
    if (this.#tokens.isPunctuation('@')) {
      this.#tokens.advance();
      return 'attribute';
    }
    if (token.kind !== 'axis-name') {
      return 'child';
    }
    if (!(axes as readonly string[]).includes(token.text)) {
      throw this.#tokens.error(`'${token.text}' is no axis of XPath 1.0${didYouMean(token.text, axes)}`);
    }
    this.#tokens.advance();
    this.#tokens.advance();
    return token.text as Axis;
  }

  // [7], [37]
  #nodeTest(): NodeTest {
    const token = this.#tokens.token;
    switch (token.kind) {
      case 'name':
        this.#tokens.advance();
        return { kind: 'name', name: qualifiedName(token.text), ...this.#tokens.since(token.start) };
      case 'wildcard':
        this.#tokens.advance();
        return token.text === '*'
          ? { kind: 'any', ...this.#tokens.since(token.start) }
          : { kind: 'namespace', prefix: token.text.slice(0, -2), ...this.#tokens.since(token.start) };
      case 'node-type':
        return this.#typeTest();
    }
    const before = this.#tokens.previous!.text;
    throw this.#tokens.unexpected(`a name, '*' or a node type such as text() after '${before}'`);
  }

  #typeTest(): NodeTest {
    const token = this.#tokens.advance();
    const open = this.#tokens.advance();
    let target: string | undefined;
    if (token.text === 'processing-instruction' && this.#tokens.token.kind === 'literal') {
      target = this.#tokens.advance().text;
    } else if (!this.#tokens.isPunctuation(')') && !this.#tokens.atEnd) {
      const taken = token.text === 'processing-instruction' ? 'a string or nothing' : 'nothing';
      throw this.#tokens.error(
        `${token.text}() is a test for a kind of node and takes ${taken} between its parentheses`,
      );
    }
    this.#tokens.close(open, ')');
    return { kind: 'type', type: token.text as NodeType, target, ...this.#tokens.since(token.start) };
  }

  // [8]
  #predicates(): Expression[] {
    const predicates: Expression[] = [];
    while (this.#tokens.isPunctuation('[')) {
      const open = this.#tokens.advance();
      this.#tokens.count(open);
      if (this.#tokens.isPunctuation(']')) {
        throw this.#tokens.error("inside '[ ]' an expression is expected");
      }
      predicates.push(this.#tokens.nested(open, () => this.#or()));
      this.#tokens.close(open, ']', 'an operator');
    }
    return predicates;
  }
}

function anyNode(axis: Axis, span: Span): Step {
  return { axis, test: { kind: 'type', type: 'node', target: undefined, ...span }, predicates: [], ...span };
}

function qualifiedName(text: string): QualifiedName {
  const colon = text.indexOf(':');
  return colon < 0
    ? { prefix: undefined, local: text }
    : { prefix: text.slice(0, colon), local: text.slice(colon + 1) };
}

function canonicalDigits(text: string): string {
  const withZero = text.startsWith('.') ? `0${text}` : text;
  return withZero.endsWith('.') ? withZero.slice(0, -1) : withZero;
}
