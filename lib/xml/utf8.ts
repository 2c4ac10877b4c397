import { isUtf8 } from 'node:buffer';

/** Decodes UTF-8; `undefined` if the bytes are not valid. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Decodes what can be shown of bytes that may be invalid, or cut off in the middle of a character. */
export function decodeForExcerpt(bytes: Uint8Array): string {
  const text = decoder.decode(bytes, { stream: true });
  // Forgets the beginning of a character at the end, if there is one.
  decoder.decode();
  return text;
}

/** Where the first fault of invalid UTF-8 lies, as an offset in the text that `bytes.toString()` makes of it. */
export function firstInvalidOffset(bytes: Buffer): number {
  const encodedAgain = Buffer.from(bytes.toString('utf8'));
  let same = 0;
  while (bytes[same] === encodedAgain[same]) {
    same++;
  }
  // The fault begins before that, if its first bytes happen to be those of U+FFFD.
  return decodeForExcerpt(bytes.subarray(0, same)).length;
}
