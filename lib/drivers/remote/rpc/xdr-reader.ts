import { ProtocolError } from '../../../errors';
import { carryableText } from '../../../xml/chars';
import { LONGEST_SHOWN, printableText } from '../../io/printable-text';

/** The longest string of libvirt's protocol, in bytes (REMOTE_STRING_MAX of libvirt's remote_protocol.x). */
export const LONGEST_STRING = 4_194_304;

/** Everything in XDR takes a multiple of so many bytes (RFC 4506 §3). */
const UNIT = 4;

/** How many bytes so many take up, with the zeros that fill up their last unit. */
export function paddedLength(length: number): number {
  return Math.ceil(length / UNIT) * UNIT;
}

/**
 * Reads values in the External Data Representation (RFC 4506), one after another.
 *
 * Every length and count is held against what is left before anything is made of it. What follows the last value
 * is ignored, so that a message may grow in later versions of the protocol.
 *
 * Each value is read under the name of its field, which errors show.
 *
 * ```
 * const reader = new XdrReader(payload, 'the reply to connect_list_all_domains');
 * const names = reader.array('domains', 16384, (each) => each.text('name'));
 * ```
 */
export class XdrReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #offset = 0;

  /**
   * @param bytes What is read; it isn't copied, and mustn't change meanwhile.
   * @param what What the bytes are, for error messages.
   */
  constructor(bytes: Uint8Array, what: string) {
    // A packet's payload is a `Buffer` already; another one would be made for each message.
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#what = what;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** How many bytes have been read. */
  get offset(): number {
    return this.#offset;
  }

  /** The unsigned integer of 32 bits that is so many bytes ahead, without going on; 0 if the bytes end before. */
  peek(ahead: number): number {
    return ahead + 4 <= this.remaining ? this.#bytes.readUInt32BE(this.#offset + ahead) : 0;
  }

  /** Goes on past these bytes, if they are what comes next. */
  skip(bytes: Uint8Array): boolean {
    for (let place = 0; place < bytes.length; place += 1) {
      if (this.#bytes[this.#offset + place] !== bytes[place]) {
        return false;
      }
    }
    this.#offset += bytes.length;
    return true;
  }

  /** A copy of the bytes that were read since the offset was this. */
  since(offset: number): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(offset, this.#offset));
  }

  /** A signed integer of 32 bits, or an enumeration (RFC 4506 §4.1, §4.3). */
  int(field: string): number {
    return this.#bytes.readInt32BE(this.#take(field, 4));
  }

  /** An unsigned integer of 32 bits (RFC 4506 §4.2). */
  uint(field: string): number {
    return this.#bytes.readUInt32BE(this.#take(field, 4));
  }

  /** A signed integer of 64 bits (RFC 4506 §4.5). */
  hyper(field: string): bigint {
    return this.#bytes.readBigInt64BE(this.#take(field, 8));
  }

  /** An unsigned integer of 64 bits (RFC 4506 §4.5). */
  unsignedHyper(field: string): bigint {
    return this.#bytes.readBigUInt64BE(this.#take(field, 8));
  }

  /** A number in double precision (RFC 4506 §4.7). */
  double(field: string): number {
    return this.#bytes.readDoubleBE(this.#take(field, 8));
  }

  /** 0 or 1 (RFC 4506 §4.4). What libvirt declares as an int is to be read as one: any number is true but 0. */
  bool(field: string): boolean {
    const start = this.#offset;
    const value = this.uint(field);
    if (value > 1) {
      throw this.#error(field, start, `must be 0 or 1, but is ${value}`);
    }
    return value === 1;
  }

  /**
   * A string (RFC 4506 §4.11), which libvirt writes in UTF-8.
   *
   * What isn't UTF-8, as a file's path needn't be, becomes U+FFFD: one odd name mustn't make a message unreadable. It may
   * hold any other character: what a daemon says is read by `text` or `message`.
   */
  string(field: string, maxBytes: number = LONGEST_STRING): string {
    const { at, length } = this.#takeString(field, maxBytes);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** A string as XML can carry it: what it can't, U+0000 and most control characters, becomes U+FFFD. */
  text(field: string, maxBytes?: number): string {
    return carryableText(this.string(field, maxBytes));
  }

  /** A string that is to be part of an error's message: in one line, without control characters, and cut if it is long. */
  message(field: string): string {
    const { at, length } = this.#takeString(field, LONGEST_STRING);
    // A character takes 4 bytes at most. What is longer isn't even decoded.
    return printableText(this.#bytes.toString('utf8', at, at + Math.min(length, 8 * LONGEST_SHOWN)));
  }

  /** So many bytes as they are (RFC 4506 §4.9): a view of what is read, not a copy. */
  opaque(field: string, length: number): Uint8Array {
    const at = this.#takePadded(field, this.#offset, length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A UUID, 16 bytes, as text in lower case. */
  uuid(field: string): string {
    const at = this.#take(field, 16);
    const hex = this.#bytes.toString('hex', at, at + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** A value that may be absent (RFC 4506 §4.19). */
  optional<T>(field: string, read: (reader: this) => T): T | undefined {
    return this.bool(field) ? read(this) : undefined;
  }

  /**
   * A counted sequence of values (RFC 4506 §4.13).
   *
   * @param read Reads one value; each must take up at least 4 bytes.
   */
  array<T>(field: string, maxCount: number, read: (reader: this) => T): T[] {
    const start = this.#offset;
    const count = this.uint(field);
    if (count > maxCount) {
      throw this.#error(field, start, `has ${count} elements, more than the ${maxCount} allowed`);
    }
    if (count > this.remaining / UNIT) {
      throw this.#error(field, start, `has ${count} elements, which do not fit in the ${this.remaining} bytes left`);
    }
    const values: T[] = [];
    for (let number = 0; number < count; number += 1) {
      values.push(read(this));
    }
    return values;
  }

  /** Goes on by so many bytes and says where they begin. */
  #take(field: string, length: number): number {
    const start = this.#offset;
    if (length > this.remaining) {
      throw this.#error(field, start, `takes ${length} bytes, but ${this.remaining} are left`);
    }
    this.#offset += length;
    return start;
  }

  /** Goes on by a string and says where its bytes are. */
  #takeString(field: string, maxBytes: number): { readonly at: number; readonly length: number } {
    const start = this.#offset;
    const length = this.uint(field);
    if (length > maxBytes) {
      throw this.#error(field, start, `is a string of ${length} bytes, longer than the ${maxBytes} allowed`);
    }
    return { at: this.#takePadded(field, start, length), length };
  }

  /** Goes on by so many bytes and the zeros that fill up their last unit. */
  #takePadded(field: string, start: number, length: number): number {
    const padded = paddedLength(length);
    if (padded > this.remaining) {
      throw this.#error(field, start, `has ${length} bytes, padded to ${padded}, but ${this.remaining} are left`);
    }
    return this.#take(field, padded);
  }

  #error(field: string, offset: number, problem: string): ProtocolError {
    const place = `at byte ${offset} of ${this.#bytes.length}`;
    return new ProtocolError(`cannot read ${this.#what}: "${field}" ${place} ${problem}`, { field, offset });
  }
}
