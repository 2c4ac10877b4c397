import { FilterError, type FilterErrorCode } from '../errors';

/** The most characters of the expression that an error shows on either side of the place. */
const shownAround = 60;

/**
 * Makes the error for a fault in an expression, with the expression and a caret under the place.
 *
 * @param part Which part of a filter the expression is, such as `any[2]`, if it is one.
 */
export function filterError(
  code: FilterErrorCode,
  expression: string,
  position: number,
  problem: string,
  part?: string,
): FilterError {
  return new FilterError(code, expression, position, problem, excerpt(expression, position), part);
}

function excerpt(expression: string, position: number): string {
  const lineStart = expression.lastIndexOf('\n', position - 1) + 1;
  const lineBreak = expression.indexOf('\n', position);
  const lineEnd = lineBreak < 0 ? expression.length : lineBreak;
  const start = Math.max(lineStart, position - shownAround);
  const end = Math.min(lineEnd, position + shownAround);
  const before = (start > lineStart ? '…' : '') + onePlaceEach(expression.slice(start, position));
  const after = onePlaceEach(expression.slice(position, end)) + (end < lineEnd ? '…' : '');
  return `  ${before}${after}\n  ${' '.repeat(Array.from(before).length)}^`;
}

/** Control characters (tabs, above all) would put the caret out of place. */
function onePlaceEach(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
