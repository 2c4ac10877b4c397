import type { Clock } from '../../../clock';

/** How a peer is watched that says nothing by itself. */
export interface KeepAliveOptions {
  /** After how many milliseconds of silence it is pinged, and pinged again. */
  readonly intervalMs: number;
  /** How many pings may stay without any answer. */
  readonly count: number;
}

/**
 * Says when to ping a peer, and when it has to be taken for dead.
 *
 * Time in which nobody listens does not count: a peer is only found dead by asking again and again, and each time it
 * had a whole interval to answer the ping before.
 */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #options: KeepAliveOptions;
  /** When it began anew or the peer was last pinged, on the clock's monotonic time. */
  #since: number;
  #unanswered = 0;

  constructor(clock: Clock, options: KeepAliveOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#since = clock.monotonic();
  }

  /** Begins anew: something came from the peer, whatever it was, or nobody listened to it. */
  restart(): void {
    this.#since = this.#clock.monotonic();
    this.#unanswered = 0;
  }

  /** In how many milliseconds something is to be done; 0 or less where it is now. */
  untilDue(): number {
    return this.#since + this.#options.intervalMs - this.#clock.monotonic();
  }

  /** What is to be done now, when all that has come from the peer is read. */
  judge(): 'nothing' | 'ping' | 'dead' {
    if (this.untilDue() > 0) {
      return 'nothing';
    }
    if (this.#unanswered >= this.#options.count) {
      return 'dead';
    }
    this.#since = this.#clock.monotonic();
    this.#unanswered += 1;
    return 'ping';
  }
}
