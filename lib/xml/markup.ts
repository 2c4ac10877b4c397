/**
 * The parts of markup that the scanner meets less often than tags: each function passes over one, from the position
 * where it begins, and returns the position after it.
 */

import type { InvalidEventCode } from '../errors';
import { byteClasses, CHAR, isChar, isNameChar, isNameStartChar, NAME, NAME_START, SPACE, skipClass } from './chars';
import type { EncodedText } from './encoded-text';

const QUESTION_MARK = 0x3f;
const COLON = 0x3a;
const DASH = 0x2d;
const GREATER = 0x3e;
const RIGHT_BRACKET = 0x5d;

const predefinedEntities: ReadonlySet<string> = new Set(['amp', 'lt', 'gt', 'apos', 'quot']);

/** Passes over white space, production [3], if there is any. */
export function skipSpace(bytes: Uint8Array, position: number): number {
  return skipClass(bytes, position, SPACE);
}

/** Whether certain ASCII characters stand at a position. */
export function isAt(bytes: Uint8Array, position: number, expected: string): boolean {
  for (let index = 0; index < expected.length; index++) {
    if (bytes[position + index] !== expected.charCodeAt(index)) {
      return false;
    }
  }
  return true;
}

/**
 * Passes over a name without a colon, NCName.
 *
 * @param what Whose name it is, for the error.
 */
export function skipName(
  doc: EncodedText,
  position: number,
  what: string,
  code: InvalidEventCode = 'ERR_EVENT_NAME',
): number {
  const { bytes } = doc;
  let pos = position;
  if ((byteClasses[bytes[pos]!]! & NAME_START) === 0) {
    const point = bytes[pos]! < 0x80 ? 0 : codePointAt(doc, pos);
    if (!isNameStartChar(point)) {
      throw bytes[pos] === COLON
        ? doc.fault('ERR_EVENT_NAMESPACE', pos, `${what} begins with a colon`)
        : doc.unexpected(pos, what, code);
    }
    pos += byteLength(point);
  }
  for (;;) {
    pos = skipClass(bytes, pos, NAME);
    if (bytes[pos]! < 0x80) {
      return pos;
    }
    const point = codePointAt(doc, pos);
    if (!isNameChar(point)) {
      return pos;
    }
    pos += byteLength(point);
  }
}

/** Passes over the colon of a name and what follows it, production [8] of Namespaces in XML. */
export function skipLocalPart(doc: EncodedText, colon: number): number {
  const end = skipName(doc, colon + 1, 'a name after the colon', 'ERR_EVENT_NAMESPACE');
  if (doc.bytes[end] === COLON) {
    throw doc.fault('ERR_EVENT_NAMESPACE', end, 'a name contains more than one colon');
  }
  return end;
}

/** Passes over a reference, productions [66] and [68]: a character's number, or one of the five entities. */
export function skipReference(doc: EncodedText, position: number): number {
  const { bytes } = doc;
  if (isAt(bytes, position, '&#')) {
    const hexadecimal = bytes[position + 2] === 0x78;
    const start = position + (hexadecimal ? 3 : 2);
    let pos = start;
    let point = 0;
    for (;;) {
      const digit = digitOf(bytes[pos]!, hexadecimal);
      if (digit === -1) {
        break;
      }
      point = Math.min(point * (hexadecimal ? 16 : 10) + digit, 0x110000);
      pos++;
    }
    if (pos === start || bytes[pos] !== 0x3b) {
      const expected = pos === start ? 'the number of a character' : `a digit or ';' in the character reference`;
      throw doc.unexpected(pos, expected, 'ERR_EVENT_REFERENCE');
    }
    if (!isChar(point)) {
      throw doc.fault('ERR_EVENT_REFERENCE', position, 'the character reference names no character that XML allows');
    }
    return pos + 1;
  }
  const what = `the name of an entity after '&' (a bare '&' is written '&amp;')`;
  const end = skipName(doc, position + 1, what, 'ERR_EVENT_REFERENCE');
  if (bytes[end] !== 0x3b) {
    throw doc.unexpected(end, `';' after the name of an entity (a bare '&' is written '&amp;')`, 'ERR_EVENT_REFERENCE');
  }
  const name = doc.slice(position + 1, Math.min(end, position + 40));
  if (!predefinedEntities.has(name)) {
    throw doc.fault('ERR_EVENT_REFERENCE', position, `the entity '${name}' is not one of amp, lt, gt, apos and quot`);
  }
  return end + 1;
}

/** Passes over a comment, production [15]. */
export function skipComment(doc: EncodedText, position: number): number {
  const end = find(doc, position + 4, DASH, DASH, 'a comment');
  if (doc.bytes[end + 2] !== GREATER) {
    throw doc.unexpected(end + 2, `'>' after the '--' in a comment`);
  }
  return end + 3;
}

/** Passes over a processing instruction, production [16]. */
export function skipInstruction(doc: EncodedText, position: number): number {
  const { bytes } = doc;
  const start = position + 2;
  const end = skipName(doc, start, 'the target of a processing instruction');
  if (/^xml$/i.test(doc.slice(start, end))) {
    throw isAt(bytes, start, 'xml')
      ? doc.fault('ERR_EVENT_SYNTAX', position, 'an XML declaration may stand only at the very beginning')
      : doc.fault('ERR_EVENT_NAME', start, `the target '${doc.slice(start, end)}' is reserved`);
  }
  if (bytes[end] === COLON) {
    throw doc.fault('ERR_EVENT_NAMESPACE', end, 'the target of a processing instruction contains a colon');
  }
  if (isAt(bytes, end, '?>')) {
    return end + 2;
  }
  if ((byteClasses[bytes[end]!]! & SPACE) === 0) {
    throw doc.unexpected(end, `white space or '?>' after the target of a processing instruction`);
  }
  return find(doc, end, QUESTION_MARK, GREATER, 'a processing instruction') + 2;
}

/** Passes over a CDATA section, production [18]. */
export function skipCData(doc: EncodedText, position: number): number {
  let pos = position + '<![CDATA['.length;
  for (;;) {
    pos = find(doc, pos, RIGHT_BRACKET, RIGHT_BRACKET, 'a CDATA section');
    if (doc.bytes[pos + 2] === GREATER) {
      return pos + 3;
    }
    pos++;
  }
}

/** Finds the next place of two bytes, and checks the characters before it. */
function find(doc: EncodedText, position: number, first: number, second: number, inside: string): number {
  const { bytes } = doc;
  let pos = position;
  for (;;) {
    const byte = bytes[pos]!;
    if (byte === first && bytes[pos + 1] === second) {
      return pos;
    }
    pos = (byteClasses[byte]! & CHAR) !== 0 ? pos + 1 : doc.skipCharacter(pos, inside);
  }
}

function digitOf(byte: number, hexadecimal: boolean): number {
  if (byte >= 0x30 && byte <= 0x39) {
    return byte - 0x30;
  }
  const letter = byte | 0x20;
  return hexadecimal && letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

/** The character of several bytes at a position. */
function codePointAt(doc: EncodedText, position: number): number {
  const { bytes } = doc;
  const lead = bytes[position]!;
  const second = bytes[position + 1]! & 0x3f;
  if (lead < 0xe0) {
    return ((lead & 0x1f) << 6) | second;
  }
  const third = bytes[position + 2]! & 0x3f;
  if (lead < 0xf0) {
    const point = ((lead & 0xf) << 12) | (second << 6) | third;
    if (point === 0xfffd) {
      doc.refuseLoneSurrogates();
    }
    return point;
  }
  return ((lead & 0x7) << 18) | (second << 12) | (third << 6) | (bytes[position + 3]! & 0x3f);
}

function byteLength(point: number): number {
  return point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}
