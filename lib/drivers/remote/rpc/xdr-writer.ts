import { formatValue } from '../../../arguments';
import { InvalidArgumentError } from '../../../errors';
import { LONGEST_STRING } from './xdr-reader';

/** How many bytes a writer has room for at first: more than most calls take. */
const FIRST_ROOM = 128;

/**
 * Writes values in the External Data Representation (RFC 4506), one after another.
 *
 * A number out of its type's range is refused with Node's own `RangeError`.
 *
 * ```
 * const payload = new XdrWriter().string('qemu:///system').uint(0).finish();
 * ```
 */
export class XdrWriter {
  #bytes = Buffer.alloc(FIRST_ROOM);
  #length = 0;

  /** A signed integer of 32 bits, or an enumeration (RFC 4506 §4.1, §4.3). */
  int(value: number): this {
    const at = this.#grow(4);
    this.#bytes.writeInt32BE(value, at);
    return this;
  }

  /** An unsigned integer of 32 bits (RFC 4506 §4.2). */
  uint(value: number): this {
    const at = this.#grow(4);
    this.#bytes.writeUInt32BE(value, at);
    return this;
  }

  /** A signed integer of 64 bits (RFC 4506 §4.5). */
  hyper(value: bigint): this {
    const at = this.#grow(8);
    this.#bytes.writeBigInt64BE(value, at);
    return this;
  }

  /** An unsigned integer of 64 bits (RFC 4506 §4.5). */
  unsignedHyper(value: bigint): this {
    const at = this.#grow(8);
    this.#bytes.writeBigUInt64BE(value, at);
    return this;
  }

  /** A number in double precision (RFC 4506 §4.7). */
  double(value: number): this {
    const at = this.#grow(8);
    this.#bytes.writeDoubleBE(value, at);
    return this;
  }

  /** 0 or 1 (RFC 4506 §4.4). */
  bool(value: boolean): this {
    return this.uint(value ? 1 : 0);
  }

  /**
   * A string (RFC 4506 §4.11), in UTF-8.
   *
   * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it is longer than the protocol allows, or has a NUL, at
   *   which the daemon would take it to end.
   */
  string(value: string): this {
    const bytes = Buffer.from(value);
    if (bytes.length > LONGEST_STRING) {
      throw new InvalidArgumentError('value', `must have at most ${LONGEST_STRING} bytes, but has ${bytes.length}`);
    }
    if (bytes.includes(0)) {
      throw new InvalidArgumentError('value', `must not have a NUL, but is ${formatValue(value)}`);
    }
    return this.uint(bytes.length).opaque(bytes);
  }

  /** Bytes as they are, whose number the other end knows (RFC 4506 §4.9). */
  opaque(value: Uint8Array): this {
    // What pads them to a whole unit is zero already.
    const at = this.#grow(Math.ceil(value.length / 4) * 4);
    this.#bytes.set(value, at);
    return this;
  }

  /**
   * A UUID, 16 bytes, from its text.
   *
   * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it isn't one.
   */
  uuid(value: string): this {
    if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)) {
      throw new InvalidArgumentError('value', `must be a UUID, but is ${formatValue(value)}`);
    }
    return this.opaque(Buffer.from(value.replaceAll('-', ''), 'hex'));
  }

  /** A value that may be absent (RFC 4506 §4.19). */
  optional<T>(value: T | undefined, write: (writer: this, value: T) => void): this {
    this.bool(value !== undefined);
    if (value !== undefined) {
      write(this, value);
    }
    return this;
  }

  /** A counted sequence of values (RFC 4506 §4.13). */
  array<T>(values: readonly T[], write: (writer: this, value: T) => void): this {
    this.uint(values.length);
    for (const value of values) {
      write(this, value);
    }
    return this;
  }

  /** What was written: a view that holds until more is written. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room for so many bytes more and says where they begin. */
  #grow(length: number): number {
    const start = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(2 * this.#bytes.length, this.#length));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
    }
    return start;
  }
}
