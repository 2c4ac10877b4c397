/** From where a generator takes its decisions. */
export interface Choices {
  /** A whole number from 0 to `bound - 1`; what is simplest should be made of 0. */
  below(bound: number): number;
}

/** Decisions by a small generator of pseudo-random numbers (mulberry32), which are recorded. */
export class RandomChoices implements Choices {
  /** The decisions so far. */
  readonly made: number[] = [];
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const choice = ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
    this.made.push(choice);
    return choice;
  }
}

/** From a seed that somebody has chosen, a number to count on from: those of neighbouring seeds are far apart. */
export function firstSeed(seed: number): number {
  return Math.imul(seed, 0x9e3779b1);
}

/** Decisions that were recorded, perhaps changed since; 0 where they have run out. */
export class RecordedChoices implements Choices {
  readonly #recorded: readonly number[];
  #next = 0;

  constructor(recorded: readonly number[]) {
    this.#recorded = recorded;
  }

  below(bound: number): number {
    return Math.min(this.#recorded[this.#next++] ?? 0, bound - 1);
  }
}

/** One of several. */
export function oneOf<T>(choices: Choices, several: readonly T[]): T {
  return several[choices.below(several.length)]!;
}

/** True once in so many times. */
export function onceIn(choices: Choices, times: number): boolean {
  return choices.below(times) === times - 1;
}

/** One of several, each of which has a weight. */
export function weighted<T>(choices: Choices, several: readonly (readonly [number, T])[]): T {
  let at = choices.below(several.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, one] of several) {
    if (at < weight) {
      return one;
    }
    at -= weight;
  }
  throw new Error('the weights have no sum');
}
