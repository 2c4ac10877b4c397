import { type InvalidEventCode, InvalidEventError } from '../errors';

/** A place in a text: line and column, counted from 1, the column in UTF-16 code units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** How much of a line an excerpt shows, in UTF-16 code units. */
const EXCERPT_WIDTH = 80;
/** How much of that stands before the place. */
const EXCERPT_LEAD = 50;

const LINE_END = /\r\n|\r|\n/g;
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Makes the error for a fault in a text.
 *
 * @param text The text that holds the fault; only this is shown.
 * @param offset Where in the text it lies, in UTF-16 code units; the text's length stands for its end.
 * @param origin Where the text itself begins, if it is part of a stream.
 */
export function invalidEvent(
  code: InvalidEventCode,
  problem: string,
  text: string,
  offset: number,
  origin?: Place,
): InvalidEventError {
  let lines = 0;
  let lineStart = 0;
  const before = text.slice(0, offset);
  for (const end of before.matchAll(LINE_END)) {
    lines++;
    lineStart = end.index + end[0].length;
  }
  const column = offset - lineStart + 1;
  return new InvalidEventError(
    code,
    problem,
    (origin?.line ?? 1) + lines,
    lines === 0 ? (origin?.column ?? 1) - 1 + column : column,
    excerpt(text, lineStart, offset),
  );
}

/** Shows the line around a place, and below it a marker. */
function excerpt(text: string, lineStart: number, offset: number): string {
  const start = Math.max(lineStart, offset - EXCERPT_LEAD);
  const window = text.slice(start, start + EXCERPT_WIDTH);
  const lineEnd = window.slice(offset - start).search(/[\r\n]/);
  const shown = lineEnd === -1 ? window : window.slice(0, offset - start + lineEnd);
  const lead = (start > lineStart ? '…' : '') + visible(shown.slice(0, offset - start));
  const isCut = lineEnd === -1 && /^[^\r\n]/.test(text.charAt(start + EXCERPT_WIDTH));
  return `${lead}${visible(shown.slice(offset - start))}${isCut ? '…' : ''}\n${' '.repeat([...lead].length)}^`;
}

/** Replaces what a terminal would not show, or would obey, by one visible character each. */
function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const point = character.codePointAt(0)!;
    return point < 0x20 ? String.fromCharCode(0x2400 + point) : point === 0x7f ? '\u2421' : '\ufffd';
  });
}
