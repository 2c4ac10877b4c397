import { axes, type ComparisonOperator } from '../../../lib/xpath/ast';
import { type Choices, onceIn, oneOf, weighted } from './choices';
import { variables } from './names';
import { languages, randomLocalName, randomPiece, targets } from './random-document';
import { joinTokens } from './tokens';

/** An expression of which the types fit, over the names of random documents, with random white space. */
export function randomExpression(choices: Choices): string {
  return new ExpressionWriter(choices).expression();
}

type Type = 'node-set' | 'boolean' | 'string' | 'number';

/** A part of an expression, in tokens, and how tightly it holds together. */
interface Piece {
  readonly tokens: readonly string[];
  readonly level: number;
}

const level = {
  /** `/` alone, which swallows what follows it. */
  root: 0,
  or: 1,
  and: 2,
  equality: 3,
  relation: 4,
  sum: 5,
  product: 6,
  sign: 7,
  union: 8,
  path: 9,
  filter: 10,
  primary: 11,
} as const;

const comparisons: readonly (readonly [ComparisonOperator, number])[] = [
  ['=', level.equality],
  ['!=', level.equality],
  ['<', level.relation],
  ['<=', level.relation],
  ['>', level.relation],
  ['>=', level.relation],
];

const numbers = ['1', '2', '1', '2', '3', '0', '10', '1.5', '.5', '2.', '4', '0.25', '007', '1.50'] as const;

/** With these the quotients of small numbers stay exact, and short in decimal. */
const divisors = ['2', '1', '0', '4', '.5', '10 mod 2'] as const;

/** Paths that lead to nodes of which some have values to compare. */
const valued = [
  ['.'],
  ['//', '@', '*'],
  ['//', 'text', '(', ')'],
  ['//', '*'],
  ['*'],
  ['@', '*'],
  ['..', '/', '*'],
  ['following-sibling', '::', '*'],
] as const;

class ExpressionWriter {
  readonly #choices: Choices;

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  expression(): string {
    const type = this.#pick<Type>([
      [5, 'node-set'],
      [3, 'boolean'],
      [2, 'string'],
      [2, 'number'],
    ]);
    let { tokens } = this.#of(type, this.#pick([...[2, 3, 1, 2, 3, 4, 6].map((depth) => [1, depth] as const)]), false);
    if (onceIn(this.#choices, 50)) {
      const depth = this.#choices.below(60);
      tokens = [...Array(depth).fill('('), ...tokens, ...Array(depth).fill(')')];
    }
    return joinTokens(this.#choices, tokens);
  }

  #pick<T>(several: readonly (readonly [number, T])[]): T {
    return weighted(this.#choices, several);
  }

  /**
   * @param depth How many more levels there may be.
   * @param ordered Whether it matters which node is the first, so that there must be no choice of namespace nodes: their
   *   order among themselves is not defined (§5.4).
   */
  #of(type: Type, depth: number, ordered: boolean): Piece {
    switch (type) {
      case 'node-set':
        return this.#nodes(depth, ordered);
      case 'boolean':
        return this.#boolean(depth);
      case 'string':
        return this.#string(depth);
      case 'number':
        return this.#number(depth);
    }
  }

  /** Usually of the type that is wanted, sometimes of one that is converted. */
  #argument(type: Type, depth: number): Piece {
    const given = onceIn(this.#choices, 3)
      ? oneOf(this.#choices, ['node-set', 'number', 'boolean', 'string'] as const)
      : type;
    return this.#of(given, depth - 1, true);
  }

  /** A string, twice out of three times a literal. */
  #text(depth: number): Piece {
    return onceIn(this.#choices, 3) ? this.#argument('string', depth) : this.#literal(randomPiece(this.#choices));
  }

  #any(depth: number, ordered: boolean): Piece {
    return this.#of(oneOf(this.#choices, ['node-set', 'string', 'number', 'boolean'] as const), depth - 1, ordered);
  }

  #boolean(depth: number): Piece {
    if (depth <= 0) {
      return this.#call(oneOf(this.#choices, ['true', 'false']));
    }
    return this.#pick<() => Piece>([
      [6, () => this.#comparison(depth)],
      [3, () => this.#logic(depth)],
      [1, () => this.#call('not', this.#any(depth, false))],
      [1, () => this.#call('boolean', this.#any(depth, false))],
      [1, () => this.#call(oneOf(this.#choices, ['true', 'false']))],
      [1, () => this.#call('contains', this.#argument('string', depth), this.#text(depth))],
      [1, () => this.#call('starts-with', this.#argument('string', depth), this.#text(depth))],
      [1, () => this.#call('lang', this.#language(depth))],
    ])();
  }

  #language(depth: number): Piece {
    return onceIn(this.#choices, 8) ? this.#argument('string', depth) : this.#literal(oneOf(this.#choices, languages));
  }

  #comparison(depth: number): Piece {
    const [operator, own] = oneOf(this.#choices, comparisons);
    return this.#binary(operator, own, this.#comparand(depth), this.#comparand(depth));
  }

  #comparand(depth: number): Piece {
    return this.#pick<() => Piece>([
      [4, () => ({ tokens: oneOf(this.#choices, valued), level: level.path })],
      [2, () => this.#number(0)],
      [4, () => this.#nodes(depth - 1, false)],
      [2, () => this.#string(depth - 1)],
      [2, () => this.#number(depth - 1)],
      [1, () => this.#boolean(depth - 1)],
      [1, () => (depth > 1 ? this.#comparison(depth - 1) : this.#string(0))],
    ])();
  }

  #logic(depth: number): Piece {
    const operator = oneOf(this.#choices, ['and', 'or'] as const);
    let piece = this.#binary(operator, level[operator], this.#any(depth, false), this.#any(depth, false));
    while (onceIn(this.#choices, 5)) {
      piece = this.#binary(operator, level[operator], piece, this.#any(depth, false));
    }
    return piece;
  }

  #string(depth: number): Piece {
    if (depth <= 0) {
      return this.#literal(randomPiece(this.#choices));
    }
    const text = () => this.#text(depth);
    return this.#pick<() => Piece>([
      [4, () => this.#literal(randomPiece(this.#choices))],
      [1, () => this.#variable('string')],
      [2, () => this.#call('string', ...this.#optional(() => this.#any(depth, true)))],
      [2, () => this.#call(this.#nameFunction(), ...this.#optional(() => this.#nodes(depth - 1, true)))],
      [1, () => this.#call('concat', text(), text(), ...this.#optional(text))],
      [1, () => this.#call('substring-before', text(), text())],
      [1, () => this.#call('substring-after', text(), text())],
      [2, () => this.#substring(depth)],
      [1, () => this.#call('normalize-space', ...this.#optional(text))],
      [1, () => this.#call('translate', text(), text(), text())],
    ])();
  }

  #nameFunction(): string {
    return oneOf(this.#choices, ['name', 'local-name', 'namespace-uri']);
  }

  #substring(depth: number): Piece {
    const number = () => (onceIn(this.#choices, 3) ? this.#argument('number', depth) : this.#number(0));
    return this.#call('substring', this.#text(depth), number(), ...this.#optional(number));
  }

  #number(depth: number): Piece {
    if (depth <= 0) {
      return { tokens: [oneOf(this.#choices, numbers)], level: level.primary };
    }
    return this.#pick<() => Piece>([
      [4, () => ({ tokens: [oneOf(this.#choices, numbers)], level: level.primary })],
      [1, () => this.#variable('number')],
      [2, () => this.#call(oneOf(this.#choices, ['position', 'last']))],
      [3, () => this.#call('count', this.#nodes(depth - 1, false))],
      [1, () => this.#call('sum', this.#nodes(depth - 1, false))],
      [3, () => this.#arithmetic(depth)],
      [1, () => this.#negation(depth)],
      [1, () => this.#call('string-length', ...this.#optional(() => this.#argument('string', depth)))],
      [2, () => this.#call('number', ...this.#optional(() => this.#any(depth, true)))],
      [2, () => this.#call(oneOf(this.#choices, ['round', 'floor', 'ceiling']), this.#argument('number', depth))],
    ])();
  }

  #arithmetic(depth: number): Piece {
    const operator = oneOf(this.#choices, ['+', '-', '*', 'mod', 'div'] as const);
    const left = this.#argument('number', depth);
    if (operator === '+' || operator === '-') {
      return this.#binary(operator, level.sum, left, this.#argument('number', depth));
    }
    const right =
      operator === 'div' && !onceIn(this.#choices, 20)
        ? { tokens: oneOf(this.#choices, divisors).split(' '), level: level.primary }
        : this.#argument('number', depth);
    // Among the divisors one is a product itself.
    const isProduct = right.tokens.length === 3 && right.tokens[1] === 'mod' && right.level === level.primary;
    return this.#binary(operator, level.product, left, isProduct ? { ...right, level: level.product } : right);
  }

  #negation(depth: number): Piece {
    const operand = this.#argument('number', depth);
    return { tokens: ['-', ...this.#atLeast(level.sign, operand)], level: level.sign };
  }

  #nodes(depth: number, ordered: boolean): Piece {
    if (depth <= 0) {
      return this.#path(0, ordered);
    }
    return this.#pick<() => Piece>([
      [12, () => this.#path(depth, ordered)],
      [2, () => this.#union(depth, ordered)],
      [2, () => this.#filtered(depth)],
      [2, () => this.#pathFrom(depth, ordered)],
    ])();
  }

  #union(depth: number, ordered: boolean): Piece {
    let piece = this.#binary('|', level.union, this.#nodes(depth - 1, ordered), this.#nodes(depth - 1, ordered));
    while (onceIn(this.#choices, 4)) {
      piece = this.#binary('|', level.union, piece, this.#nodes(depth - 1, ordered));
    }
    return piece;
  }

  #filtered(depth: number): Piece {
    const base = this.#base(depth);
    return { tokens: [...base, ...this.#predicates(depth, 1)], level: level.filter };
  }

  #base(depth: number): readonly string[] {
    return onceIn(this.#choices, 12)
      ? this.#call('id', this.#any(depth, true)).tokens
      : ['(', ...this.#nodes(depth - 1, true).tokens, ')'];
  }

  #pathFrom(depth: number, ordered: boolean): Piece {
    const from = onceIn(this.#choices, 2) ? this.#filtered(depth).tokens : this.#base(depth);
    return { tokens: [...from, this.#slash(), ...this.#steps(depth, ordered)], level: level.path };
  }

  #path(depth: number, ordered: boolean): Piece {
    if (onceIn(this.#choices, 30)) {
      return { tokens: ['/'], level: level.root };
    }
    const start = this.#pick([
      [4, []],
      [4, ['//']],
      [2, ['/']],
    ]);
    return { tokens: [...start, ...this.#steps(depth, ordered)], level: level.path };
  }

  #steps(depth: number, ordered: boolean): string[] {
    const tokens = this.#step(depth, ordered);
    while (onceIn(this.#choices, 3)) {
      tokens.push(this.#slash(), ...this.#step(depth, ordered));
    }
    return tokens;
  }

  #slash(): string {
    return this.#pick([
      [4, '/'],
      [1, '//'],
    ]);
  }

  #step(depth: number, ordered: boolean): string[] {
    const axis = this.#pick([[8, ''], [3, '@'], [3, '.'], [2, '..'], ...axes.map((name) => [1, name] as const)]);
    if (axis === '.' || axis === '..') {
      return [axis];
    }
    if (axis === 'namespace') {
      return this.#namespaceStep(depth, ordered);
    }
    const sideways = !['', '@', 'child', 'descendant'].includes(axis);
    // What these axes lead to is scarce.
    const test =
      sideways && onceIn(this.#choices, 2) ? ['node', '(', ')'] : this.#nodeTest(axis === '@' || axis === 'attribute');
    const start = axis === '' || axis === '@' ? [axis].filter(Boolean) : [axis, '::'];
    return [...start, ...test, ...this.#predicates(depth, 0)];
  }

  #namespaceStep(depth: number, ordered: boolean): string[] {
    if (ordered || onceIn(this.#choices, 2)) {
      const prefix = oneOf(this.#choices, ['p', 'q', 'xml', 'nothing']);
      return ['namespace', '::', prefix, ...this.#predicates(depth, 0)];
    }
    const test = oneOf(this.#choices, [['*'], ['node', '(', ')'], ['text', '(', ')']]);
    const filter = oneOf(this.#choices, [
      '',
      '. = "urn:1"',
      'name() = "p"',
      'name() = ""',
      '.. = "a"',
      'not(. = ../@*)',
    ]);
    return ['namespace', '::', ...test, ...(filter === '' ? [] : ['[', filter, ']'])];
  }

  #nodeTest(ofAttributes: boolean): readonly string[] {
    return this.#pick<() => readonly string[]>([
      [6, () => [randomLocalName(this.#choices)]],
      [6, () => ['*']],
      [2, () => [`${oneOf(this.#choices, ['p', 'o'])}:${randomLocalName(this.#choices)}`]],
      [1, () => (ofAttributes ? ['xml:lang'] : ['xml:*'])],
      [1, () => [`${oneOf(this.#choices, ['p', 'o'])}:*`]],
      [5, () => ['node', '(', ')']],
      [2, () => ['text', '(', ')']],
      [1, () => ['comment', '(', ')']],
      [1, () => ['processing-instruction', '(', ')']],
      [1, () => ['processing-instruction', '(', `'${oneOf(this.#choices, targets)}'`, ')']],
    ])();
  }

  #predicates(depth: number, least: number): string[] {
    const tokens: string[] = [];
    for (let number = 0; depth > 0 && (number < least || onceIn(this.#choices, 4)); number++) {
      tokens.push('[', ...this.#predicate(depth).tokens, ']');
    }
    return tokens.length === 0 && least > 0 ? ['[', '1', ']'] : tokens;
  }

  #predicate(depth: number): Piece {
    return this.#pick<() => Piece>([
      [3, () => ({ tokens: [oneOf(this.#choices, ['1', '2', '3'])], level: level.primary })],
      [2, () => this.#call('last')],
      [2, () => this.#position(depth)],
      [4, () => this.#nodes(depth - 1, false)],
      [6, () => this.#boolean(depth - 1)],
      [2, () => this.#number(depth - 1)],
      [1, () => this.#string(depth - 1)],
    ])();
  }

  #position(depth: number): Piece {
    const [operator, own] = oneOf(this.#choices, comparisons);
    const right = oneOf(this.#choices, [
      () => this.#number(0),
      () => this.#call('last'),
      () => this.#binary('-', level.sum, this.#call('last'), this.#number(0)),
      () => this.#number(depth - 1),
    ])();
    const position = this.#call('position');
    return onceIn(this.#choices, 3)
      ? this.#binary(operator, own, this.#binary('mod', level.product, position, this.#number(0)), right)
      : this.#binary(operator, own, position, right);
  }

  #call(name: string, ...args: readonly Piece[]): Piece {
    const tokens = args.flatMap((argument, index) => (index === 0 ? argument.tokens : [',', ...argument.tokens]));
    return { tokens: [name, '(', ...tokens, ')'], level: level.primary };
  }

  #optional(argument: () => Piece): Piece[] {
    return onceIn(this.#choices, 3) ? [] : [argument()];
  }

  #binary(operator: string, own: number, left: Piece, right: Piece): Piece {
    return { tokens: [...this.#atLeast(own, left), operator, ...this.#atLeast(own + 1, right)], level: own };
  }

  /** In parentheses where it is too loose, and sometimes where it is not. */
  #atLeast(least: number, { tokens, level: own }: Piece): readonly string[] {
    return own < least || onceIn(this.#choices, 30) ? ['(', ...tokens, ')'] : tokens;
  }

  #variable(type: 'string' | 'number'): Piece {
    const names = Object.keys(variables).filter((name) => typeof variables[name] === type);
    return { tokens: [`$${oneOf(this.#choices, names)}`], level: level.primary };
  }

  #literal(value: string): Piece {
    const quote = value.includes("'") || onceIn(this.#choices, 2) ? '"' : "'";
    return { tokens: [`${quote}${value.replaceAll(quote, '')}${quote}`], level: level.primary };
  }
}
