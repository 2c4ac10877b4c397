import type { InvalidEventCode, InvalidEventError } from '../errors';
import { describeCharacter, isChar, SUSPECT_LEAD } from './chars';
import { invalidEvent, type Place } from './excerpt';
import type { EventLimits } from './limits';

/**
 * Holds the bytes of one text at a time; the few texts that are longer get a buffer of their own, which is let go with
 * them. Pages of it that no text has reached yet take no memory.
 */
export const sharedBytes: Buffer = Buffer.allocUnsafeSlow(2 * 1024 * 1024);
/** The same bytes, for reading several at a time. */
export const sharedView: DataView = new DataView(sharedBytes.buffer);
const encoder = new TextEncoder();

/** Puts a text, and a 0 after it, into the shared buffer if it certainly has room; returns how many bytes the text has, or -1. */
export function encodeShared(text: string): number {
  // A UTF-16 code unit takes three bytes at most, so that most texts need not be measured.
  if (text.length * 3 >= sharedBytes.length) {
    return -1;
  }
  const end = encoder.encodeInto(text, sharedBytes).written;
  sharedBytes[end] = 0;
  return end;
}

/** What surrounds a text that is part of a stream. */
export interface TextContext {
  /** Tells where in the stream the text begins; asked only when there is an error to report. */
  locate(): Place;
}

/**
 * A text in UTF-8, which the scanner walks over: bytes in an array are read several times as fast as the characters of
 * a string.
 *
 * Texts share one buffer, so that the bytes are good only until the next text is encoded.
 */
export class EncodedText {
  readonly text: string;
  /** The text, and a 0 after it. */
  readonly bytes: Buffer;
  /** How many bytes the text has. */
  readonly end: number;
  readonly #context: TextContext | undefined;
  #wellFormed = false;

  /** @param encoded What `encodeShared` returned, if it is to have come first. */
  constructor(text: string, context?: TextContext, encoded: number = encodeShared(text)) {
    this.text = text;
    this.#context = context;
    this.bytes = sharedBytes;
    this.end = encoded;
    if (encoded === -1) {
      const room = Buffer.byteLength(text) + 1;
      this.bytes = room <= sharedBytes.length ? sharedBytes : Buffer.allocUnsafeSlow(room);
      this.end = encoder.encodeInto(text, this.bytes).written;
      this.bytes[this.end] = 0;
    }
  }

  /** The text between two byte positions, as a string that does not hold on to the whole. */
  slice(start: number, end: number): string {
    return this.bytes.toString(this.end === this.text.length ? 'latin1' : 'utf8', start, end);
  }

  /** The same as `slice`, but quicker: the string may hold on to the whole. */
  piece(start: number, end: number): string {
    return this.end === this.text.length ? this.text.slice(start, end) : this.slice(start, end);
  }

  /**
   * Passes over the character at a position whose byte needs attention.
   *
   * @param inside What the text would end in, for the error.
   * @throws {InvalidEventError} if the text ends there, or XML does not allow the character.
   */
  skipCharacter(position: number, inside: string): number {
    if (position === this.end) {
      throw this.fault('ERR_EVENT_UNEXPECTED_END', position, `the text ends inside ${inside}`);
    }
    if (this.bytes[position] === SUSPECT_LEAD) {
      const second = this.bytes[position + 1]!;
      const third = this.bytes[position + 2]!;
      if (second !== 0xbf || third < 0xbd) {
        return position + 3;
      }
      if (third === 0xbd) {
        this.refuseLoneSurrogates();
        return position + 3;
      }
    }
    throw this.unexpected(position, 'a character');
  }

  /** Checks that each U+FFFD of the bytes is one of the text's own: encoding puts it in place of a lone surrogate, too. */
  refuseLoneSurrogates(): void {
    if (this.#wellFormed) {
      return;
    }
    const offset = this.text.search(/\p{Surrogate}/u);
    if (offset !== -1) {
      throw this.#faultAt('ERR_EVENT_CHARACTER', offset, problemOf(this.text.charCodeAt(offset)));
    }
    this.#wellFormed = true;
  }

  /** The error for something other than what was expected: the text's end, a forbidden character, or any other. */
  unexpected(position: number, expected: string, code: InvalidEventCode = 'ERR_EVENT_SYNTAX'): InvalidEventError {
    const point = this.text.codePointAt(this.#offsetOf(position));
    if (point === undefined) {
      return this.fault('ERR_EVENT_UNEXPECTED_END', position, `the text ends where ${expected} should stand`);
    }
    if (!isChar(point)) {
      return this.fault('ERR_EVENT_CHARACTER', position, problemOf(point));
    }
    return this.fault(code, position, `expected ${expected}, found ${describeCharacter(point)}`);
  }

  fault(code: InvalidEventCode, position: number, problem: string): InvalidEventError {
    return this.#faultAt(code, this.#offsetOf(position), problem);
  }

  #faultAt(code: InvalidEventCode, offset: number, problem: string): InvalidEventError {
    return invalidEvent(code, problem, this.text, offset, this.#context?.locate());
  }

  #offsetOf(position: number): number {
    return this.end === this.text.length ? position : this.bytes.toString('utf8', 0, position).length;
  }
}

function problemOf(point: number): string {
  return `${describeCharacter(point)} is not allowed in XML`;
}

/**
 * Makes sure that a text is within the cap on its bytes.
 *
 * @throws {InvalidEventError} `ERR_EVENT_TOO_LARGE`
 */
export function refuseTooLarge(text: string, limits: EventLimits, context?: TextContext): void {
  // A UTF-16 code unit takes three bytes at most, so that most texts need not be measured.
  if (text.length * 3 > limits.eventBytes) {
    const bytes = Buffer.byteLength(text);
    if (bytes > limits.eventBytes) {
      const problem = `the event has ${bytes} bytes; the cap is ${limits.eventBytes}`;
      throw invalidEvent('ERR_EVENT_TOO_LARGE', problem, text, 0, context?.locate());
    }
  }
}
