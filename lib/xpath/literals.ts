import { type Expression, type Literal, nameText, partsOf } from './ast';
import { dependence, dependsOn } from './dependence';

/** An expression's text without its literals, and the literals. */
export interface CutText {
  /** The same for all expressions that have the same tokens and white space between their literals. */
  readonly outline: string;
  /** Strings as they are, numbers as numbers. */
  readonly literals: readonly Literal['value'][];
  /** Where they stood. */
  readonly starts: readonly number[];
}

/** What stands for a string, and for a number, in an outline; no expression has one of these outside its strings. */
const STRING = '"';
const NUMBER = '#';

const numberAfter = /[\t\n\r ]*(\d+(?:\.\d*)?|\.\d+)/y;

/**
 * Cuts the strings out of an expression, and the numbers that follow `=`, `<` or `>`; `undefined` if the text is no
 * expression: if a string isn't closed, or there is what stands for a number here.
 *
 * It is much quicker than to cut the expression into tokens. Two expressions of one outline differ in these literals alone; whether
 * it is one that can be parsed is another question.
 */
export function cutLiterals(source: string): CutText | undefined {
  const literals: Literal['value'][] = [];
  const starts: number[] = [];
  let outline = '';
  let from = 0;
  for (let at = 0; at < source.length; at += 1) {
    switch (source.charCodeAt(at)) {
      case 0x22:
      case 0x27: {
        const close = source.indexOf(source[at]!, at + 1);
        if (close === -1) {
          return undefined;
        }
        literals.push(source.slice(at + 1, close));
        starts.push(at);
        outline += source.slice(from, at) + STRING;
        from = close + 1;
        at = close;
        break;
      }
      case 0x23:
        return undefined;
      case 0x3c:
      case 0x3d:
      case 0x3e: {
        numberAfter.lastIndex = at + 1;
        const digits = numberAfter.exec(source)?.[1];
        if (digits !== undefined) {
          const start = numberAfter.lastIndex - digits.length;
          literals.push(Number(digits));
          starts.push(start);
          outline += source.slice(from, start) + NUMBER;
          from = numberAfter.lastIndex;
          at = from - 1;
        }
        break;
      }
    }
  }
  return { outline: outline + source.slice(from), literals, starts };
}

/**
 * The literals of an expression, of those that were cut out of its text, that may be others without a difference to how it is
 * compiled: what something that depends on the event is compared with, or searched for. They come in the order in which they stand.
 */
export function freeLiterals(expression: Expression, { starts }: CutText): Literal[] {
  const found: Literal[] = [];
  collect(expression, found);
  return found.filter(({ start }) => starts.includes(start)).sort((one, other) => one.start - other.start);
}

function collect(expression: Expression, found: Literal[]): void {
  if (expression.kind === 'comparison') {
    const { left, right } = expression;
    addIfFree(left, right, found);
    addIfFree(right, left, found);
  } else if (expression.kind === 'call' && searches.has(nameText(expression.name))) {
    const [text, part] = expression.arguments;
    addIfFree(part!, text!, found);
  }
  for (const part of partsOf(expression)) {
    collect(part, found);
  }
}

const searches = new Set(['contains', 'starts-with']);

/** A position that is asked for is found without counting the others, and what depends on nothing is computed beforehand. */
const excluded = dependsOn.position | dependsOn.size | dependsOn.program;

function addIfFree(literal: Expression, other: Expression, found: Literal[]): void {
  if (literal.kind === 'string' || literal.kind === 'number') {
    const on = dependence(other);
    if (on !== 0 && (on & excluded) === 0) {
      found.push(literal);
    }
  }
}
