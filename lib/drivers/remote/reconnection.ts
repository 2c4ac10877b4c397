import type { Clock } from '../../clock';
import type { Reconnecting } from '../driver';

/** The pauses before the attempts to reconnect, in milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 30_000;

/**
 * When to try again to reach a daemon that went away: at growing intervals, each between a half and the whole of its length by
 * chance, so that many clients of one daemon do not all come back at the same moment.
 */
export class Reconnection {
  readonly #clock: Clock;
  #pause = FIRST_PAUSE;
  #due: number;

  readonly #random: () => number;
  #attempts = 0;
  #problem: string | undefined;

  /** @param random A source of numbers from 0 to 1. */
  constructor(clock: Clock, random: () => number = Math.random) {
    this.#clock = clock;
    this.#random = random;
    this.#due = this.#nextDue();
  }

  /** In how many milliseconds the next attempt is due; 0 or less where it is now. */
  untilDue(): number {
    return this.#due - this.#clock.monotonic();
  }

  /** How it has gone until now. */
  get progress(): Reconnecting {
    return { attempts: this.#attempts, problem: this.#problem };
  }

  /** Says that an attempt has failed, and why. */
  failed(cause: Error): void {
    this.#attempts += 1;
    this.#problem = cause.message;
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    this.#due = this.#nextDue();
  }

  #nextDue(): number {
    return this.#clock.monotonic() + this.#pause * (1 - this.#random() / 2);
  }
}
