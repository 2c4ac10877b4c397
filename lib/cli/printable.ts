/**
 * What acts upon a terminal, or upon the reader of a line, instead of being shown: control characters (C0, DEL, C1), line and
 * paragraph separators, what changes the direction of writing (UAX #9), and halves of surrogate pairs.
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The characters that are shown by a letter, as JSON does. */
const LETTERS: { readonly [character: string]: string } = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Text that is shown as it is, on one line: what would act is shown as JSON writes it, `\u001b` for one. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => LETTERS[character] ?? escaped(character));
}

/** A value as JSON on one line, in which nothing acts upon a terminal; a parser reads the same. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, escaped);
}

/** XML as a terminal may see it: what would act is shown as a character reference; tabs and line feeds stay. */
export function printableXml(xml: string): string {
  return xml.replace(UNSAFE, (character) =>
    character === '\t' || character === '\n' ? character : `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
