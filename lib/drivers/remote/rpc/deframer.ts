import { decodeLength, decodePacket, type Packet } from './packet';

/** How many bytes are kept room for at least: as many as one look at a transport may bring. */
const ROOM = 64 * 1024;

/** A buffer of more bytes than this, made for one large packet, is given up as soon as it is empty. */
const LARGEST_KEPT = 4 * ROOM;

/**
 * Cuts a stream of bytes into packets, however the bytes come in.
 *
 * Memory follows what has arrived, never what a length word promises. Bytes that are in aren't
 * moved under a packet that was handed out, so that its payload holds for as long as anybody keeps it.
 *
 * ```
 * deframer.push(chunk);
 * for (let packet = deframer.next(); packet !== undefined; packet = deframer.next()) {
 *   receive(packet);
 * }
 * ```
 */
export class Deframer {
  /** Bytes come in at `#end` and go out at `#start`; what lies before belongs to the packets handed out. */
  #bytes = Buffer.allocUnsafeSlow(ROOM);
  #start = 0;
  #end = 0;

  /** How many bytes are in that belong to no packet handed out. */
  get pending(): number {
    return this.#end - this.#start;
  }

  push(chunk: Uint8Array): void {
    const isOversized = this.pending === 0 && this.#bytes.length > LARGEST_KEPT;
    if (isOversized || chunk.length > this.#bytes.length - this.#end) {
      this.#makeRoom(chunk.length);
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * Takes out the next packet, or nothing if it isn't complete.
   *
   * @throws {ProtocolError} `ERR_PROTOCOL` as soon as a length word is in that can't be one; where the packet after it
   *   would begin can't be known, so it throws again whenever it is called.
   */
  next(): Packet | undefined {
    if (this.pending < 4) {
      return undefined;
    }
    const length = decodeLength(this.#bytes.readUInt32BE(this.#start));
    if (this.pending < length) {
      return undefined;
    }
    const start = this.#start;
    this.#start += length;
    return decodePacket(this.#bytes, start, this.#start);
  }

  /** Goes on in another buffer that has room for so many bytes, with the beginning of a packet that is in. */
  #makeRoom(length: number): void {
    const begun = this.#bytes.subarray(this.#start, this.#end);
    // Twice as much as is needed now, so that a large packet in many pieces isn't copied at each of them.
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(ROOM, 2 * (begun.length + length)));
    this.#bytes.set(begun);
    this.#start = 0;
    this.#end = begun.length;
  }
}
