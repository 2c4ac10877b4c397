// The string functions of XPath 1.0 §4.2 on plain strings. Characters are Unicode's, not UTF-16 code units.

/** Cut out and compared as a whole: JavaScript's own `startsWith` looks at one character after the other. */
export function startsWith(text: string, start: string): boolean {
  return text.slice(0, start.length) === start;
}

export function contains(text: string, part: string): boolean {
  return indexOf(text, part) >= 0;
}

export function substringBefore(text: string, part: string): string {
  return text.slice(0, Math.max(0, indexOf(text, part)));
}

export function substringAfter(text: string, part: string): string {
  const at = indexOf(text, part);
  return at < 0 ? '' : text.slice(at + part.length);
}

/** V8 looks for parts up to this length in linear time; of longer ones it knows only the end, and may take time by the product. */
export const SHORT_PART = 250;

function indexOf(text: string, part: string): number {
  if (part.length > text.length) {
    return -1;
  }
  return part.length <= SHORT_PART ? text.indexOf(part) : indexOfLong(text, part);
}

/** By Knuth, Morris and Pratt: linear whatever the texts are. */
function indexOfLong(text: string, part: string): number {
  // How much of the part's beginning stands, once more, at the end of its first so many characters.
  const borders = new Int32Array(part.length);
  for (let index = 1, border = 0; index < part.length; index += 1) {
    border = extended(part, borders, border, part.charCodeAt(index));
    borders[index] = border;
  }
  for (let index = 0, found = 0; index < text.length; index += 1) {
    found = extended(part, borders, found, text.charCodeAt(index));
    if (found === part.length) {
      return index - found + 1;
    }
  }
  return -1;
}

/** How much of a part has been found after one more character, of which so much had been found before. */
function extended(part: string, borders: Int32Array, found: number, code: number): number {
  let length = found;
  while (length > 0 && part.charCodeAt(length) !== code) {
    length = borders[length - 1]!;
  }
  return part.charCodeAt(length) === code ? length + 1 : 0;
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
  if (!hasSurrogates.test(text)) {
    return text.slice(first, end);
  }
  const start16 = offsetOf(text, first, 0);
  return text.slice(start16, offsetOf(text, end - first, start16));
}

/** The offset in UTF-16 code units that is so many characters after another. */
function offsetOf(text: string, characters: number, from: number): number {
  let offset = from;
  for (let count = 0; count < characters && offset < text.length; count += 1) {
    offset += isPair(text, offset) ? 2 : 1;
  }
  return offset;
}

const hasSurrogates = /[\uD800-\uDFFF]/;

function isPair(text: string, offset: number): boolean {
  return (text.charCodeAt(offset) & 0xfc00) === 0xd800 && (text.charCodeAt(offset + 1) & 0xfc00) === 0xdc00;
}

export function characterCount(text: string): number {
  let count = text.length;
  if (hasSurrogates.test(text)) {
    for (let offset = 0; offset < text.length; offset += 1) {
      if (isPair(text, offset)) {
        count -= 1;
      }
    }
  }
  return count;
}

export function normalizeSpace(text: string): string {
  const single = text.replace(/[\t\n\r ]+/g, ' ');
  const start = single.startsWith(' ') ? 1 : 0;
  return single.slice(start, single.endsWith(' ') ? Math.max(start, single.length - 1) : single.length);
}

/** What characters, by their code points, are replaced by; those that are taken out, by nothing. */
export type Replacements = ReadonlyMap<number, string>;

/** What translate() does to characters with its second and third argument. */
export function replacementsFor(from: string, to: string): Replacements {
  const replacements = [...to];
  const replaced = new Map<number, string>();
  [...from].forEach((character, index) => {
    const point = character.codePointAt(0)!;
    if (!replaced.has(point)) {
      replaced.set(point, replacements[index] ?? '');
    }
  });
  return replaced;
}

export function translate(text: string, replacements: Replacements): string {
  let translated = '';
  let done = 0;
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at)!;
    const next = at + (point > 0xffff ? 2 : 1);
    const replacement = replacements.get(point);
    if (replacement !== undefined) {
      translated += text.slice(done, at) + replacement;
      done = next;
    }
    at = next;
  }
  return translated + text.slice(done);
}

/** Whether a language, as `xml:lang` names it if there is one, is the one wanted or a variety of it (§4.3). */
export function isLanguage(language: string | undefined, wanted: string): boolean {
  if (language === undefined) {
    return false;
  }
  const named = language.toLowerCase();
  const prefix = wanted.toLowerCase();
  return named === prefix || named.startsWith(`${prefix}-`);
}
