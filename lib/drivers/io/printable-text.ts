/** What can't be part of a message: it would act upon a terminal, or make the text look like another. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFD]+/gu;

/** How much of a foreign text a message shows, in UTF-16 code units. */
export const LONGEST_SHOWN = 1024;

/**
 * Makes a text that came from outside fit for the message of an error: one line without anything that a terminal would act
 * upon, and no longer than a message should be.
 *
 * Every message of the library's that repeats what a daemon, a certificate or a child process has said repeats it in this
 * form.
 */
export function printableText(text: string, longest: number = LONGEST_SHOWN): string {
  // Twice as much is looked at, since what is taken out may be long.
  const line = text
    .slice(0, 2 * longest)
    .replaceAll(UNPRINTABLE, ' ')
    .trim();
  const isCut = line.length > longest || text.length > 2 * longest;
  // Half a character may stand at the cut. And a piece of a text would keep all of it in memory, so it is copied.
  return isCut
    ? `${Buffer.from(line.slice(0, longest))
        .toString()
        .replace(/\uFFFD$/, '')}…`
    : line;
}
