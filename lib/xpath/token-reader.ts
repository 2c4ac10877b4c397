import type { Span } from './ast';
import { filterError } from './filter-error';
import { hintAfterOperand } from './hints';
import { type Token, tokenize } from './lexer';
import type { FilterLimits } from './limits';

/** The tokens of an expression, one in hand at a time, with the caps and the errors that the parser needs reverseReachability. */
export class TokenReader {
  readonly #source: string;
  readonly #limits: FilterLimits;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #counted = 0;
  #chainedComparisons = 0;

  /** @throws {FilterError} `ERR_FILTER_SYNTAX` if there is something that isn't a token. */
  constructor(source: string, limits: FilterLimits) {
    this.#source = source;
    this.#limits = limits;
    this.#tokens = tokenize(source);
  }

  /** The token in hand. */
  get token(): Token {
    return this.#tokens[this.#next]!;
  }

  /** The token before the one in hand. */
  get previous(): Token | undefined {
    return this.#tokens[this.#next - 1];
  }

  get atEnd(): boolean {
    return this.token.kind === 'end';
  }

  /** Goes on to the next token, and returns the one that was in hand. */
  advance(): Token {
    return this.#tokens[this.#next++]!;
  }

  isPunctuation(text: string): boolean {
    return this.token.kind === 'punctuation' && this.token.text === text;
  }

  isOperator(texts: readonly string[]): boolean {
    return this.token.kind === 'operator' && texts.includes(this.token.text);
  }

  /** What has been read since a place. */
  since(start: number): Span {
    return { start, end: this.previous!.end };
  }

  /**
   * Reads the punctuation mark that answers an opening one.
   *
   * @param expected What else could have stood here.
   */
  close(open: Token, mark: string, expected?: string): void {
    if (this.isPunctuation(mark)) {
      this.advance();
    } else if (this.atEnd) {
      throw this.error(`'${mark}' is missing, for the '${open.text}' at position ${open.start}`);
    } else {
      const orElse = expected === undefined ? '' : `${expected} or `;
      throw this.unexpected(`${orElse}'${mark}'`, hintAfterOperand(this.previous, this.token));
    }
  }

  /** Reads something that lies one level deeper. */
  nested<T>(opening: Token, read: () => T): T {
    if (++this.#depth > this.#limits.filterDepth) {
      throw this.#tooDeep(opening);
    }
    const result = read();
    this.#depth--;
    return result;
  }

  /** Counts an operator, a step or a predicate. */
  count(token: Token): void {
    if (++this.#counted > this.#limits.filterOperators) {
      const cap = this.#limits.filterOperators;
      throw this.#tooComplex(token, `has more operators, steps and predicates than the cap 'filterOperators', ${cap}`);
    }
  }

  /** Counts the second comparison of `a = b = c` and all after it: each makes the tree a level deeper, on its left. */
  countChainedComparison(token: Token): void {
    if (++this.#chainedComparisons > this.#limits.filterDepth) {
      throw this.#tooDeep(token);
    }
  }

  /** The error for a token that can't stand here. */
  unexpected(expected: string, hint = ''): Error {
    const { kind, start, end } = this.token;
    if (kind === 'end') {
      return this.error(`${expected} is expected, but the expression ends here`);
    }
    const text = this.#source.slice(start, end);
    const found = text.includes("'") ? text : `'${text}'`;
    return this.error(`${expected} is expected, but ${found} stands here${hint === '' ? '' : `; ${hint}`}`);
  }

  /** The error for the token in hand. */
  error(problem: string): Error {
    return filterError('ERR_FILTER_SYNTAX', this.#source, this.token.start, problem);
  }

  #tooDeep(token: Token): Error {
    return this.#tooComplex(token, `is nested deeper than the cap 'filterDepth', ${this.#limits.filterDepth}`);
  }

  #tooComplex(token: Token, problem: string): Error {
    return filterError('ERR_FILTER_TOO_COMPLEX', this.#source, token.start, `it ${problem}`);
  }
}
