import { systemClock } from '../../../clock';

/** What has more time than this by itself is a step in which a person may be asked for something, in milliseconds. */
const LONGEST_COUNTED = 30_000;

/**
 * How long a daemon may take for all of its answers in a dialogue together: each may come just in time, or piece by piece, but
 * not all of them.
 *
 * A step in which a person may be asked for something has its own time, and does not count.
 */
export class Patience {
  #left: number;

  constructor(milliseconds: number) {
    this.#left = milliseconds;
  }

  /** Gives a step its time, of which it has so much by itself; it is to be told when the step is over. */
  begin(timeoutMs: number): { readonly timeoutMs: number; readonly end: () => void } {
    if (timeoutMs > LONGEST_COUNTED) {
      return { timeoutMs, end: () => {} };
    }
    const start = systemClock.monotonic();
    return {
      timeoutMs: Math.min(timeoutMs, Math.max(Math.ceil(this.#left), 1)),
      end: () => {
        this.#left -= systemClock.monotonic() - start;
      },
    };
  }
}
