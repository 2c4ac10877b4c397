/** The most values that an event of a known shape has. */
export const MOST_VALUES = 128;

/** How many ends are kept, those of some 58,000 events with nine values; pages not needed yet take no memory. */
const ROOM = 2 ** 19;

/**
 * Where values end in the texts of the newest events of known shapes, one event's behind the other's: in the lower 16 bits. The
 * upper ones hold the number of the value if it is a known word, else 0.
 */
export const sharedEnds: Uint32Array = new Uint32Array(ROOM + MOST_VALUES);

/** Gives out places in the shared array, round and round, so that an event in the queue holds two numbers of its own. */
class ValueEnds {
  /** Where the next event's go. What stands behind it, up to the most that an event has, may be overwritten already. */
  next = 0;
  #generation = 1;

  /**
   * Keeps as many as were written at `next`, until their place is needed again.
   *
   * @returns The generation, which with the place tells whether they are still there.
   */
  keep(count: number): number {
    const generation = this.#generation;
    this.next += count;
    if (this.next >= ROOM) {
      this.#generation = generation + 1;
      this.next = 0;
    }
    return generation;
  }

  /** Whether those that were kept at a place are still there. */
  holds(generation: number, place: number): boolean {
    return generation === this.#generation || (generation === this.#generation - 1 && place >= this.next + MOST_VALUES);
  }
}

export const valueEnds: ValueEnds = new ValueEnds();
