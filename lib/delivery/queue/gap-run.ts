import type { Gap, LossCause } from './gap';

/**
 * The gaps that stand between two events of the queue, or at its ends, in the order of their last numbers.
 *
 * Neighbours are of different causes; those of one cause are one gap. If losses alternate between causes for long, a
 * crowded run counts a loss into the gap of its cause that came last, however many of other causes have come since.
 */
export class GapRun {
  readonly #gaps: Gap[] = [];

  get length(): number {
    return this.#gaps.length;
  }

  /** The number of the last event lost in the first gap. */
  get firstLast(): number {
    return (this.#gaps[0] as Gap).last;
  }

  /**
   * The gap into which a loss is counted that follows all others, at the end from now on; nothing if there has to be a new one.
   *
   * @param isCrowded Whether no further gap is to be made if there is one of this cause.
   */
  growing(cause: LossCause, isCrowded: boolean): Gap | undefined {
    const last = this.#gaps.at(-1);
    if (last?.cause === cause) {
      return last;
    }
    const gap = isCrowded ? this.#take(cause, true) : undefined;
    if (gap !== undefined) {
      this.#gaps.push(gap);
    }
    return gap;
  }

  /** Adds a gap of another cause than the last one has. */
  push(gap: Gap): void {
    this.#gaps.push(gap);
  }

  /** Takes in the run that follows; see `growing` for crowded runs. */
  merge(next: GapRun, isCrowded: boolean): void {
    for (const gap of next.#gaps) {
      const own = this.#take(gap.cause, isCrowded);
      own?.merge(gap);
      this.#gaps.push(own ?? gap);
    }
  }

  /** Takes the first gap off. */
  shift(): Gap {
    return this.#gaps.shift() as Gap;
  }

  [Symbol.iterator](): IterableIterator<Gap> {
    return this.#gaps.values();
  }

  /** Takes out the gap that is to grow at the end, if there is one; those that it has parted become one. */
  #take(cause: LossCause, isCrowded: boolean): Gap | undefined {
    const gaps = this.#gaps;
    const place = isCrowded ? gaps.findLastIndex((gap) => gap.cause === cause) : gaps.length - 1;
    if (gaps[place]?.cause !== cause) {
      return undefined;
    }
    const [taken] = gaps.splice(place, 1);
    const [before, after] = [gaps[place - 1], gaps[place]];
    if (before !== undefined && after !== undefined && before.cause === after.cause) {
      before.merge(after);
      gaps.splice(place, 1);
    }
    return taken;
  }
}
