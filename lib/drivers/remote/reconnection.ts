import type { Clock } from '../../clock';

/** The pauses before the attempts to reconnect, in milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 30_000;

/** When to try again to reach a daemon that went away: at growing intervals. */
export class Reconnection {
  readonly #clock: Clock;
  #pause = FIRST_PAUSE;
  #due: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#due = clock.monotonic() + FIRST_PAUSE;
  }

  /** In how many milliseconds the next attempt is due; 0 or less where it is now. */
  untilDue(): number {
    return this.#due - this.#clock.monotonic();
  }

  /** Says that an attempt has failed. */
  failed(): void {
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    this.#due = this.#clock.monotonic() + this.#pause;
  }
}
