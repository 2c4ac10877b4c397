/** The characters of XML 1.0 (fifth edition), as classes of bytes in UTF-8 and as tests on code points. */

/** May begin a name: production [4] of Namespaces in XML, hence without the colon. */
export const NAME_START = 1;
/** May stand in a name. */
export const NAME = 2;
/** White space, production [3]. */
export const SPACE = 4;
/** Needs no attention in character data; a carriage return does, since line ends are normalized. */
export const TEXT = 8;
/** Needs no attention in an attribute value; white space other than the space does, since it is normalized. */
export const VALUE = 16;
/** Needs no attention in a comment, a processing instruction or a CDATA section. */
export const CHAR = 32;

/** The first byte of U+F000 to U+FFFF, among them all that valid UTF-8 can hold and XML cannot: U+FFFE and U+FFFF. */
export const SUSPECT_LEAD = 0xef;

/**
 * The classes of each byte of UTF-8.
 *
 * Of the bytes of characters beyond ASCII only `SUSPECT_LEAD` needs attention in text; in names all of them do. The
 * byte 0 has no class, so that a 0 after the last byte ends every loop over a class.
 */
export const byteClasses: Uint8Array = new Uint8Array(256);

// What is exported is looked up anew at every use in CommonJS; a name of the file's own is not.
const allClasses = byteClasses;

for (let byte = 0x20; byte < 0x100; byte++) {
  allClasses[byte] = byte === SUSPECT_LEAD ? 0 : TEXT | VALUE | CHAR;
}
for (const character of '<&]') {
  allClasses[character.charCodeAt(0)]! &= ~TEXT;
}
for (const character of '<&"\'') {
  allClasses[character.charCodeAt(0)]! &= ~VALUE;
}
for (const character of '\t\n\r') {
  allClasses[character.charCodeAt(0)] = character === '\r' ? SPACE | CHAR : SPACE | TEXT | CHAR;
}
allClasses[0x20]! |= SPACE;

// NameStartChar and NameChar, productions [4] and [4a], without the colon, as the classes of regular expressions.
const nameStartChars =
  '_A-Za-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F' +
  '\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const nameChars = `${nameStartChars}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040`;
const nameStartChar = new RegExp(`[${nameStartChars}]`, 'u');
const nameChar = new RegExp(`[${nameChars}]`, 'u');

/** An NCName, a name without a colon: production [4] of Namespaces in XML, as the source of a regular expression with the flag `u`. */
export const NC_NAME: string = `[${nameStartChars}][${nameChars}]*`;

for (let byte = 0; byte < 0x80; byte++) {
  const character = String.fromCharCode(byte);
  allClasses[byte]! |= (nameStartChar.test(character) ? NAME_START : 0) | (nameChar.test(character) ? NAME : 0);
}

/** Passes over the bytes of certain classes, which end at the latest with a 0. */
export function skipClass(bytes: Uint8Array, position: number, wanted: number): number {
  const classes = allClasses;
  let pos = position;
  // Most of the library's time on an event is spent here; several steps a round make it a good deal quicker.
  for (;;) {
    if ((classes[bytes[pos]!]! & wanted) === 0) {
      return pos;
    }
    if ((classes[bytes[pos + 1]!]! & wanted) === 0) {
      return pos + 1;
    }
    if ((classes[bytes[pos + 2]!]! & wanted) === 0) {
      return pos + 2;
    }
    if ((classes[bytes[pos + 3]!]! & wanted) === 0) {
      return pos + 3;
    }
    pos += 4;
  }
}

/** What isn't a Char, production [2]. */
const NO_CHAR = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** Whether a code point, or any higher number, is a Char. */
export function isChar(point: number): boolean {
  return point <= 0x10ffff && String.fromCodePoint(point).search(NO_CHAR) === -1;
}

/** Where in a text the first character is that XML cannot carry, as an index; -1 if it can carry all of them. */
export function indexOfUncarryable(text: string): number {
  return text.search(NO_CHAR);
}

/** Makes any text one that XML can carry: the characters that it cannot, most control characters, become U+FFFD. */
export function carryableText(text: string): string {
  return text.replace(NO_CHAR, '\uFFFD');
}

/** Whether a code point is a NameStartChar other than the colon. */
export function isNameStartChar(point: number): boolean {
  return point < 0x80 ? (allClasses[point]! & NAME_START) !== 0 : nameStartChar.test(String.fromCodePoint(point));
}

/** Whether a code point is a NameChar other than the colon. */
export function isNameChar(point: number): boolean {
  return point < 0x80 ? (allClasses[point]! & NAME) !== 0 : nameChar.test(String.fromCodePoint(point));
}

const wholeNCName = new RegExp(`^${NC_NAME}$`, 'u');

/** Whether a string is an NCName. */
export function isNCName(text: string): boolean {
  return wholeNCName.test(text);
}

/** Names a character for a message: itself where it can be seen, and its code point where that tells more. */
export function describeCharacter(point: number): string {
  const number = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  const character = String.fromCodePoint(point);
  if (/[\p{C}\p{Z}\p{M}]/u.test(character)) {
    return point === 0x20 ? 'a space' : number;
  }
  const quoted = character === "'" ? `"'"` : `'${character}'`;
  return point < 0x80 ? quoted : `${quoted} (${number})`;
}
