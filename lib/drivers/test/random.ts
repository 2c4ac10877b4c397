/**
 * Numbers that look random and are always the same for the same seed: mulberry32, a generator with a state of 32 bits.
 *
 * Good enough for a demonstration; of no use against anyone who guesses.
 */
export class Random {
  #state: number;

  /** @param seed Any whole number; bits above the 32nd count, too. */
  constructor(seed: number) {
    this.#state = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b9)) >>> 0;
  }

  /** Where the generator stands; setting it back repeats the numbers that followed. */
  get state(): number {
    return this.#state;
  }

  set state(state: number) {
    this.#state = state;
  }

  /** A whole number from 0 up to, and not including, a bound. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * bound);
  }
}
