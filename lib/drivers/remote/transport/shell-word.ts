/** Runs of characters that no shell gives a meaning to in single quotes, and the three that some shell does. */
const PIECES = /[^'!\\]+|'|[!\\]/g;

/** What means itself without quotes, wherever it stands in a word; `=` and `~` do not in zsh, `%` not in old fish. */
const PLAIN = /^[\w./:,@+-]+$/;

/**
 * Writes a word such that a shell reads it as it is: POSIX shells, zsh, csh and fish alike.
 *
 * In single quotes POSIX shells (XCU 2.2.2) take everything as it is, but fish takes a backslash for its escape there, and
 * csh an exclamation mark for its history; after a backslash all of them take both as they are.
 *
 * @param word Must not hold line breaks, which csh does not take in quotes, nor NUL.
 */
export function quoteForShell(word: string): string {
  if (PLAIN.test(word)) {
    return word;
  }
  return word === '' ? "''" : word.replaceAll(PIECES, quotePiece);
}

function quotePiece(piece: string): string {
  switch (piece) {
    case "'":
      return `"'"`;
    case '!':
    case '\\':
      return `\\${piece}`;
    default:
      return `'${piece}'`;
  }
}
