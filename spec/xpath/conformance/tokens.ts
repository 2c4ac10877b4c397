import { type Choices, oneOf } from './choices';

const spaces = ['', '', '', '', '', '', '', '', '', '', ' ', ' ', '\n', '\t ', '\r'] as const;

/** Writes tokens one after another, with white space (XPath 1.0 [39]) where it is needed, and sometimes where it is not. */
export function joinTokens(choices: Choices, tokens: readonly string[]): string {
  let text = oneOf(choices, spaces);
  let previous = '';
  for (const token of tokens) {
    const space = oneOf(choices, spaces);
    text += (space === '' && wouldRunOn(previous, token) ? ' ' : space) + token;
    previous = token;
  }
  return text + oneOf(choices, spaces);
}

const nameEnd = /[\w.\-\u0080-\u{10FFFF}]$/u;
const nameContinued = /^[\w.\-\u0080-\u{10FFFF}]/u;
const numberToken = /^[\d.]/;

/** Whether a name, without a space after it, would go on with what comes next; a number ends by itself. */
function wouldRunOn(previous: string, next: string): boolean {
  return nameEnd.test(previous) && nameContinued.test(next) && !(numberToken.test(previous) && /^[a-z-]/.test(next));
}
