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
for (let byte = 0; byte < 0x80; byte++) {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z_]/.test(character)) {
    allClasses[byte]! |= NAME_START | NAME;
  } else if (/[-.0-9]/.test(character)) {
    allClasses[byte]! |= NAME;
  }
}

/** Passes over the bytes of certain classes, which end at the latest with a 0. */
export function passClass(bytes: Uint8Array, position: number, wanted: number): number {
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

/** Whether a code point is a Char, production [2]. */
export function isChar(point: number): boolean {
  return (
    (point >= 0x20 && point <= 0xd7ff) ||
    point === 0x9 ||
    point === 0xa ||
    point === 0xd ||
    (point >= 0xe000 && point <= 0xfffd) ||
    (point >= 0x10000 && point <= 0x10ffff)
  );
}

/** Whether a code point is a NameStartChar, production [4], other than the colon. */
export function isNameStartChar(point: number): boolean {
  if (point < 0x80) {
    return (byteClasses[point]! & NAME_START) !== 0;
  }
  return (
    (point >= 0xc0 && point <= 0x2ff && point !== 0xd7 && point !== 0xf7) ||
    (point >= 0x370 && point <= 0x1fff && point !== 0x37e) ||
    point === 0x200c ||
    point === 0x200d ||
    (point >= 0x2070 && point <= 0x218f) ||
    (point >= 0x2c00 && point <= 0x2fef) ||
    (point >= 0x3001 && point <= 0xd7ff) ||
    (point >= 0xf900 && point <= 0xfdcf) ||
    (point >= 0xfdf0 && point <= 0xfffd) ||
    (point >= 0x10000 && point <= 0xeffff)
  );
}

/** Whether a code point is a NameChar, production [4a], other than the colon. */
export function isNameChar(point: number): boolean {
  if (point < 0x80) {
    return (byteClasses[point]! & NAME) !== 0;
  }
  return (
    isNameStartChar(point) ||
    point === 0xb7 ||
    (point >= 0x300 && point <= 0x36f) ||
    point === 0x203f ||
    point === 0x2040
  );
}

/** Whether a string is an NCName: a name without a colon. */
export function isNCName(text: string): boolean {
  let first = true;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (!(first ? isNameStartChar(point) : isNameChar(point))) {
      return false;
    }
    first = false;
  }
  return !first;
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
