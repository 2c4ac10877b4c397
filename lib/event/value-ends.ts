/** The most values that an event of a known shape has. */
export const MOST_VALUES = 128;

/** How many ends are kept: a queue's default length of events with 15 values; pages not needed yet take no memory. */
const ROOM = 2 ** 20;

/** Where values end in the texts of the newest events of known shapes, one event's behind the other's. */
export const sharedEnds: Uint16Array = new Uint16Array(ROOM + MOST_VALUES);

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
