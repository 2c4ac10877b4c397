import { byteClasses, NAME, SPACE } from '../../xml/chars';

/** What begins with a `<` in a stream, as far as its first bytes tell. */
export type StreamToken =
  | 'event'
  | 'events'
  | 'event-end'
  | 'events-end'
  | 'xml-declaration'
  | 'instruction'
  | 'comment'
  | 'cdata'
  | 'doctype'
  /** A tag of any other element, or something that is no markup at all. */
  | 'other';

interface Opening {
  readonly token: StreamToken;
  readonly bytes: Uint8Array;
  /** Whether the byte that follows ends it: no other name begins with these bytes. */
  readonly ends: (byte: number) => boolean;
}

const SLASH = 0x2f;
const LOWER_E = 0x65;

const endsName = (byte: number): boolean => byte < 0x80 && byte !== 0x3a && (byteClasses[byte]! & NAME) === 0;
const endsTarget = (byte: number): boolean => byte === 0x3f || (byteClasses[byte]! & SPACE) !== 0;
const ends = (): boolean => true;

const openings: readonly Opening[] = [
  { token: 'event', bytes: Buffer.from('<event'), ends: endsName },
  { token: 'events', bytes: Buffer.from('<events'), ends: endsName },
  { token: 'event-end', bytes: Buffer.from('</event'), ends: endsName },
  { token: 'events-end', bytes: Buffer.from('</events'), ends: endsName },
  { token: 'comment', bytes: Buffer.from('<!--'), ends },
  { token: 'cdata', bytes: Buffer.from('<![CDATA['), ends },
  { token: 'doctype', bytes: Buffer.from('<!DOCTYPE'), ends },
  { token: 'xml-declaration', bytes: Buffer.from('<?xml'), ends: endsTarget },
  { token: 'instruction', bytes: Buffer.from('<?'), ends },
];

/**
 * Tells what begins at a `<`.
 *
 * @param end Where the bytes end that have come so far.
 * @param complete Whether no more will come.
 * @returns `undefined` if more bytes are needed.
 */
export function tokenAt(bytes: Uint8Array, index: number, end: number, complete: boolean): StreamToken | undefined {
  const second = bytes[index + 1]!;
  // Most tags are of other elements.
  const nameStart = second === SLASH ? index + 2 : index + 1;
  if (nameStart < end && bytes[nameStart] !== LOWER_E && (byteClasses[bytes[nameStart]!]! & NAME) !== 0) {
    return 'other';
  }
  for (const opening of openings) {
    if (index + 1 < end && second !== opening.bytes[1]) {
      continue;
    }
    const { length } = opening.bytes;
    let at = 0;
    while (at < length && index + at < end && bytes[index + at] === opening.bytes[at]) {
      at++;
    }
    if (index + at === end) {
      if (!complete) {
        return undefined;
      }
      if (at === length) {
        return opening.token;
      }
    } else if (at === length && opening.ends(bytes[index + at]!)) {
      return opening.token;
    }
  }
  return 'other';
}
