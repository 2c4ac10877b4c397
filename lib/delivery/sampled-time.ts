import { systemClock } from '../clock';

/** So many spans are measured to begin with, one by one. */
const MEASURED_FIRST = 64;

/** How many spans one stands for afterwards: at least `SHORTEST_STRIDE`, and less than `SPREAD` more. */
const SHORTEST_STRIDE = 33;
const SPREAD = 64;

/**
 * Adds up how long many short spans take, at hardly any cost.
 *
 * Reading a clock twice takes about as long as such a span, so after the first ones only one in 64 or so is measured,
 * and counted for all since the one before. The distances vary, so that no rhythm in the work meets that of the samples.
 */
export class SampledTime {
  #milliseconds = 0;
  #samples = 0;
  /** How many spans the next sample stands for, and how many of them are still to come, itself included. */
  #stride = 1;
  #left = 1;
  #start = 0;
  #random = 1;

  /** Says that a span begins. */
  begin(): void {
    this.#left -= 1;
    if (this.#left === 0) {
      this.#start = systemClock.monotonic();
    }
  }

  /** Says that the span is over. */
  end(): void {
    if (this.#left === 0) {
      this.#milliseconds += (systemClock.monotonic() - this.#start) * this.#stride;
      this.#samples += 1;
      this.#stride = this.#samples < MEASURED_FIRST ? 1 : SHORTEST_STRIDE + this.#nextRandom();
      this.#left = this.#stride;
    }
  }

  /** The sum of all spans so far, in milliseconds: exact for the first ones, estimated for all. */
  get milliseconds(): number {
    return this.#milliseconds;
  }

  /** A linear congruential generator, of which the upper bits are good. */
  #nextRandom(): number {
    this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) >>> 0;
    return (this.#random >>> 16) % SPREAD;
  }
}
