import type { Place } from '../../xml/excerpt';

const SMALLEST = 16 * 1024;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/**
 * The bytes of a stream that are still needed, and the count of its lines.
 *
 * Positions count from the beginning of the stream. Appending and releasing cost a constant time for each byte,
 * however the stream is cut.
 */
export class StreamBuffer {
  #bytes = Buffer.allocUnsafeSlow(SMALLEST);
  /** The position of the first byte in the buffer. */
  #base = 0;
  /** The position after the last byte. */
  #end = 0;
  /** What lies before this position is not needed any more. */
  #needed = 0;

  // The place of a position: everything before it has been counted.
  #counted = 0;
  #line = 1;
  #column = 1;
  #lastCounted = 0;

  /** The position after the last byte that has come. */
  get end(): number {
    return this.#end;
  }

  /** The position of the first byte of `bytes`. It changes only when bytes are appended. */
  get base(): number {
    return this.#base;
  }

  /** The bytes themselves. Another buffer may take the place of this one when bytes are appended. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  append(chunk: Uint8Array): void {
    const used = this.#end - this.#base;
    if (used + chunk.length > this.#bytes.length) {
      this.#makeRoom(chunk.length);
    }
    this.#bytes.set(chunk, this.#end - this.#base);
    this.#end += chunk.length;
  }

  /** Says that what lies before a position is not needed any more. */
  release(position: number): void {
    this.#needed = position;
  }

  byteAt(position: number): number | undefined {
    return this.#bytes[position - this.#base];
  }

  /** The bytes between two positions, good until bytes are appended. */
  slice(start: number, end: number): Buffer {
    return this.#bytes.subarray(start - this.#base, end - this.#base);
  }

  /** The place of a position, which must not lie before the one that was asked for last. */
  locate(position: number): Place {
    this.#count(position);
    return { line: this.#line, column: this.#column };
  }

  #makeRoom(more: number): void {
    this.#count(this.#needed);
    const kept = this.slice(this.#needed, this.#end);
    const wanted = kept.length + more;
    // Room for half as much again, so that a byte is moved twice at most on the average.
    const size = Math.max(SMALLEST, wanted + (wanted >> 1));
    if (size > this.#bytes.length || size < this.#bytes.length / 8) {
      const other = Buffer.allocUnsafeSlow(size);
      other.set(kept);
      this.#bytes = other;
    } else {
      this.#bytes.set(kept);
    }
    this.#base = this.#needed;
  }

  /** Counts lines and columns up to a position; columns in UTF-16 code units. */
  #count(position: number): void {
    const bytes = this.#bytes;
    const end = position - this.#base;
    let line = this.#line;
    let column = this.#column;
    let previous = this.#lastCounted;
    for (let index = this.#counted - this.#base; index < end; index++) {
      const byte = bytes[index]!;
      if (byte >= 0x20) {
        // A character of four bytes takes two code units; continuation bytes take none.
        column += byte < 0x80 ? 1 : byte < 0xc0 ? 0 : byte < 0xf0 ? 1 : 2;
      } else if (byte === CARRIAGE_RETURN || byte === LINE_FEED) {
        line += byte === LINE_FEED && previous === CARRIAGE_RETURN ? 0 : 1;
        column = 1;
      } else {
        column++;
      }
      previous = byte;
    }
    this.#line = line;
    this.#column = column;
    this.#lastCounted = previous;
    this.#counted = Math.max(this.#counted, position);
  }
}
