import { NC_NAME } from '../xml/chars';
import { nodeTypes } from './ast';
import { filterError } from './filter-error';

/** What a piece of an expression is (XPath 1.0 §3.7, production [28]). */
export type TokenKind =
  | 'punctuation'
  | 'operator'
  | 'number'
  | 'literal'
  | 'variable'
  | 'name'
  | 'wildcard'
  | 'function-name'
  | 'node-type'
  | 'axis-name'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** The text as written; without the quotes of a literal and the `$` of a variable. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const whiteSpace = /[\t\n\r ]*/y;
const number = /\d+(?:\.\d*)?|\.\d+/y;
const qualifiedName = new RegExp(`${NC_NAME}(?::(?!:)(?:\\*|${NC_NAME}))?`, 'uy');
const variableName = new RegExp(`\\$(${NC_NAME}(?::(?!:)${NC_NAME})?)`, 'uy');
const symbol = /\.\.|::|\/\/|!=|<=|>=|[()[\].@,/|+\-=<>*]/y;

const operatorSymbols = new Set(['|', '+', '-', '=', '!=', '<', '<=', '>', '>=']);
const operatorNames = new Set(['and', 'or', 'mod', 'div']);
/** After these (and after operators, and at the start) an operand stands, and `*` and `and` are names. */
const beforeOperand = new Set(['@', '::', '(', '[', ',', '/', '//']);

/** Common mistakes, and what to write instead; each is looked for before the symbols are. */
const misspelt: readonly (readonly [RegExp, string])[] = [
  [/==/y, "'==' is no operator of XPath; equality is written '='"],
  [/&(?:lt|gt|amp|quot|apos);/y, 'an XPath expression is not XML; write the character itself'],
  [/&&/y, "'&&' is no operator of XPath; write 'and'"],
  [/&/y, "'&' is no operator of XPath; write 'and'"],
  [/\|\|/y, "'||' is no operator of XPath; write 'or' (and '|' joins node-sets)"],
  [/<>/y, "'<>' is no operator of XPath; write '!='"],
  [/=</y, "'=<' is no operator of XPath; write '<='"],
  [/=>/y, "'=>' is no operator of XPath; write '>='"],
  [/=~|~=?/y, 'XPath 1.0 has no regular expressions; look at contains() and starts-with()'],
  [/!(?!=)/y, "'!' is no operator of XPath; write 'not(…)', or '!=' for 'is not equal'"],
  [/:=/y, "':=' is no operator of XPath; equality is written '='"],
  [/%/y, "'%' is no operator of XPath; the remainder of a division is 'mod'"],
  [
    /[\u2018\u2019\u201A\u201B\u201C\u201D\u201E\u201F\u00AB\u00BB\u2039\u203A`]/y,
    'this is a typographic quote; write \' or "',
  ],
  [/[\u2010-\u2015\u2212]/y, "this is a dash; the minus sign is '-'"],
  [/\u00A0|[\u2000-\u200A\u202F\u205F\u3000]/y, 'this is a special space; write an ordinary one'],
  [/\$/y, "after '$' stands a variable's name, without a space"],
  [/:(?!:)/y, "a ':' stands only inside a name, with no space around it, and '::' after an axis"],
];

/** Any of these: mostly there is none, and one look is enough. */
const anyMisspelt = new RegExp(misspelt.map(([{ source }]) => source).join('|'), 'y');

/**
 * Cuts an expression into tokens, the last of which is of kind `end`.
 *
 * @throws {FilterError} `ERR_FILTER_SYNTAX` at a place where no token can begin.
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let position = skipWhiteSpace(source, 0);
  while (position < source.length) {
    const token = tokenAt(source, position, operandStandsAfter(tokens.at(-1)));
    tokens.push(token);
    position = skipWhiteSpace(source, token.end);
  }
  tokens.push({ kind: 'end', text: '', start: source.length, end: source.length });
  return tokens;
}

function skipWhiteSpace(source: string, position: number): number {
  return position + matchAt(whiteSpace, source, position)![0].length;
}

/** The rule of §3.7 by which `*`, `and`, `or`, `mod` and `div` are names in one place and operators in another. */
function operandStandsAfter(previous: Token | undefined): boolean {
  return (
    previous === undefined ||
    previous.kind === 'operator' ||
    (previous.kind === 'punctuation' && beforeOperand.has(previous.text))
  );
}

function tokenAt(source: string, start: number, operandExpected: boolean): Token {
  return (
    (marks.has(source[start]!) ? undefined : wordAt(source, start, operandExpected)) ??
    markAt(source, start, operandExpected)
  );
}

/** No number, string, name or variable begins with one of these. */
const marks = new Set('/@[](),|=*+-<>!:');

function token(kind: TokenKind, text: string, start: number, end = start + text.length): Token {
  return { kind, text, start, end };
}

function wordAt(source: string, start: number, operandExpected: boolean): Token | undefined {
  const quote = source[start]!;
  if (quote === '"' || quote === "'") {
    const close = source.indexOf(quote, start + 1);
    if (close < 0) {
      throw filterError(
        'ERR_FILTER_SYNTAX',
        source,
        start,
        `the string that begins with ${quote} here has no closing ${quote}`,
      );
    }
    return token('literal', source.slice(start + 1, close), start, close + 1);
  }
  const name = matchAt(qualifiedName, source, start);
  if (name !== null) {
    const isOperator = !operandExpected && operatorNames.has(name[0]);
    return token(isOperator ? 'operator' : kindOfName(source, start, name[0]), name[0], start);
  }
  const digits = matchAt(number, source, start);
  if (digits !== null) {
    return token('number', digits[0], start);
  }
  const variable = matchAt(variableName, source, start);
  return variable === null ? undefined : token('variable', variable[1]!, start, start + variable[0].length);
}

function markAt(source: string, start: number, operandExpected: boolean): Token {
  if (matchAt(anyMisspelt, source, start) !== null) {
    const [, problem] = misspelt.find(([pattern]) => matchAt(pattern, source, start) !== null)!;
    throw filterError('ERR_FILTER_SYNTAX', source, start, problem);
  }
  const mark = matchAt(symbol, source, start)?.[0];
  if (mark === undefined) {
    const character = String.fromCodePoint(source.codePointAt(start)!);
    throw filterError(
      'ERR_FILTER_SYNTAX',
      source,
      start,
      `the character ${JSON.stringify(character)} has no meaning in XPath`,
    );
  }
  if (mark === '*') {
    return token(operandExpected ? 'wildcard' : 'operator', mark, start);
  }
  return token(operatorSymbols.has(mark) ? 'operator' : 'punctuation', mark, start);
}

/** What a name is shows in what follows it (§3.7). */
function kindOfName(source: string, start: number, name: string): TokenKind {
  if (name.endsWith('*')) {
    return 'wildcard';
  }
  const next = skipWhiteSpace(source, start + name.length);
  if (source.startsWith('::', next)) {
    return 'axis-name';
  }
  if (source[next] !== '(') {
    return 'name';
  }
  return (nodeTypes as readonly string[]).includes(name) ? 'node-type' : 'function-name';
}

function matchAt(pattern: RegExp, source: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(source);
}
