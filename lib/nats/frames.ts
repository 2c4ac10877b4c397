/** What one process says to the other: an object that JSON can hold, and bytes that needn't be put into it. */
export interface Frame {
  readonly head: object;
  readonly body: Buffer;
}

/** A frame begins with the lengths of its head and of its body, four bytes each, in network order. */
const PREFIX = 8;

/** The longest part of a frame: what is longer is none. It is beyond the longest message that any server takes. */
const LONGEST_PART = 2 ** 27;

const NOTHING = Buffer.alloc(0);

/** The bytes of a frame. */
export function encodeFrame(head: object, body: Uint8Array = NOTHING): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const bytes = Buffer.allocUnsafe(PREFIX + text.length + body.length);
  bytes.writeUInt32BE(text.length, 0);
  bytes.writeUInt32BE(body.length, 4);
  text.copy(bytes, PREFIX);
  bytes.set(body, PREFIX + text.length);
  return bytes;
}

/** Puts frames together from bytes that come in whatever pieces. */
export class FrameReader {
  /** What has come and isn't taken, and from where on. */
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** Takes in what has come; it is copied, so that it may be overwritten. */
  push(bytes: Uint8Array): void {
    this.#pieces.push(Buffer.from(bytes));
    this.#bytes += bytes.length;
  }

  /**
   * Takes the next frame off; nothing if it hasn't come as a whole.
   *
   * @throws {Error} if what has come is no frame.
   */
  next(): Frame | undefined {
    if (this.#bytes < PREFIX) {
      return undefined;
    }
    const start = this.#first(PREFIX);
    const [head, body] = [start.readUInt32BE(0), start.readUInt32BE(4)];
    if (head > LONGEST_PART || body > LONGEST_PART) {
      throw new Error(`this is no frame: ${JSON.stringify(this.#first(Math.min(this.#bytes, 100)).toString())}`);
    }
    const length = PREFIX + head + body;
    if (this.#bytes < length) {
      return undefined;
    }
    const frame = this.#first(length);
    const rest = (this.#pieces[0] as Buffer).subarray(length);
    this.#pieces.splice(0, 1, ...(rest.length > 0 ? [rest] : []));
    this.#bytes -= length;
    return {
      head: JSON.parse(frame.toString('utf8', PREFIX, PREFIX + head)) as object,
      body: frame.subarray(PREFIX + head, length),
    };
  }

  /** The first so many bytes, in one piece. */
  #first(length: number): Buffer {
    let [first = NOTHING] = this.#pieces;
    if (first.length < length) {
      first = Buffer.concat(this.#pieces);
      this.#pieces = [first];
    }
    return first.subarray(0, length);
  }
}
