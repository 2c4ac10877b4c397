/** How many bytes a packet's length takes, which is what it begins with, in network order. */
const LENGTH_SIZE = 4;

/**
 * Cuts a stream of libvirt's packets wherever one ends, in whatever pieces its bytes come, and keeps none of them.
 *
 * By TLS no record may hold bytes of two packets: a daemon reads one packet and then asks the system whether there are more
 * bytes, which doesn't know of those that are decrypted already.
 */
export class PacketCutter {
  /** How many bytes of the length have come, and what they say. */
  #lengthBytes = 0;
  #length = 0;
  /** How many bytes of the packet are still to come, once its length is known. */
  #left = 0;

  /** The bytes in pieces, each of one packet. */
  *cut(bytes: Uint8Array): Generator<Uint8Array> {
    let start = 0;
    for (let place = 0; place < bytes.length; ) {
      place +=
        this.#lengthBytes < LENGTH_SIZE ? this.#takeLength(bytes[place] as number) : this.#takeRest(bytes, place);
      if (this.#lengthBytes === LENGTH_SIZE && this.#left <= 0) {
        yield bytes.subarray(start, place);
        start = place;
        this.#lengthBytes = 0;
        this.#length = 0;
      }
    }
    if (start < bytes.length) {
      yield bytes.subarray(start);
    }
  }

  #takeLength(byte: number): number {
    this.#length = this.#length * 256 + byte;
    this.#lengthBytes += 1;
    // The length counts itself.
    this.#left = this.#length - LENGTH_SIZE;
    return 1;
  }

  #takeRest(bytes: Uint8Array, place: number): number {
    const count = Math.min(this.#left, bytes.length - place);
    this.#left -= count;
    return count;
  }
}
