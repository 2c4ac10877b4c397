// The string functions of XPath 1.0 §4.2 on plain strings. Characters are Unicode's, not UTF-16 code units.

export function substringBefore(text: string, part: string): string {
  return text.slice(0, Math.max(0, text.indexOf(part)));
}

export function substringAfter(text: string, part: string): string {
  const at = text.indexOf(part);
  return at < 0 ? '' : text.slice(at + part.length);
}

/** The characters from the place `start`, counted from 1, up to `start + length`, both rounded. */
export function substring(text: string, start: number, length?: number): string {
  const from = Math.round(start);
  const to = length === undefined ? Number.POSITIVE_INFINITY : from + Math.round(length);
  // No place is at or after NaN, or before it.
  if (Number.isNaN(from) || Number.isNaN(to)) {
    return '';
  }
  const first = Math.max(0, from - 1);
  const end = Math.max(first, to - 1);
  return hasSurrogates.test(text) ? [...text].slice(first, end).join('') : text.slice(first, end);
}

const hasSurrogates = /[\uD800-\uDFFF]/;

export function characterCount(text: string): number {
  let count = text.length;
  if (hasSurrogates.test(text)) {
    count = 0;
    for (const _ of text) {
      count++;
    }
  }
  return count;
}

export function normalizeSpace(text: string): string {
  return text.replace(/[\t\n\r ]+/g, ' ').replace(/^ | $/g, '');
}

/** What a character is replaced by; those that are taken out, by nothing. */
export type Replacements = ReadonlyMap<string, string>;

/** What translate() does to characters with its second and third argument. */
export function replacementsFor(from: string, to: string): Replacements {
  const replacements = [...to];
  const replaced = new Map<string, string>();
  [...from].forEach((character, index) => {
    if (!replaced.has(character)) {
      replaced.set(character, replacements[index] ?? '');
    }
  });
  return replaced;
}

export function translate(text: string, replacements: Replacements): string {
  let translated = '';
  for (const character of text) {
    translated += replacements.get(character) ?? character;
  }
  return translated;
}

/** Whether a language, as `xml:lang` names it where there is one, is the one wanted or a variety of it (§4.3). */
export function isLanguage(language: string | undefined, wanted: string): boolean {
  if (language === undefined) {
    return false;
  }
  const named = language.toLowerCase();
  const prefix = wanted.toLowerCase();
  return named === prefix || named.startsWith(`${prefix}-`);
}
