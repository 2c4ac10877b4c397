/** Texts are told apart by polynomials of their code units, so that the hash of a longer text comes of that of a shorter one. */
const FACTOR = 31;

/** The hash of a text with one more code unit. */
export function extendHash(hash: number, code: number): number {
  return (Math.imul(hash, FACTOR) + code) | 0;
}

/** What the first of so many code units counts in a hash. */
export function firstWeight(length: number): number {
  let weight = 1;
  for (let place = 1; place < length; place += 1) {
    weight = Math.imul(weight, FACTOR);
  }
  return weight;
}

/** The hash of the first code units of a text. */
export function hashOf(text: string, length: number): number {
  let hash = 0;
  for (let index = 0; index < length; index += 1) {
    hash = extendHash(hash, text.charCodeAt(index));
  }
  return hash;
}

/** So many bits for each text, so that few others are taken for one of them. */
const BITS_EACH = 16;
const FEWEST = 16;

/** Hashes, of which it says that they are there, and of few others. A hash isn't taken out: a new sieve is made in time. */
export class TextSieve {
  /** How many texts there is room for. */
  readonly room: number;
  readonly #bits: Int32Array;
  readonly #shift: number;

  /** @param texts How many are to be added at once; there is room for as many again. */
  constructor(texts: number) {
    this.room = 2 ** Math.ceil(Math.log2(Math.max(2 * texts, FEWEST)));
    this.#bits = new Int32Array((this.room * BITS_EACH) >> 5);
    this.#shift = 32 - Math.log2(this.room * BITS_EACH);
  }

  add(hash: number): void {
    const bit = this.#bitOf(hash);
    this.#bits[bit >> 5]! |= 1 << bit;
  }

  mayHave(hash: number): boolean {
    const bit = this.#bitOf(hash);
    return ((this.#bits[bit >> 5]! >>> bit) & 1) === 1;
  }

  #bitOf(hash: number): number {
    return Math.imul(hash ^ (hash >>> 16), 0x9e3779b1) >>> this.#shift;
  }
}
