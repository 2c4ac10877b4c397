import { systemClock } from '../../clock';
import { LoopTurns } from './rpc/loop-turns';

/** For how long the event loop may have no turn until a program is taken for one that never returns to it, in milliseconds. */
const LOOP_TIMEOUT = 5000;

/** An attempt to reconnect that is under way in the event loop. */
export class Attempt {
  readonly #turns = new LoopTurns();
  readonly #end = new AbortController();
  #lastTurn = systemClock.monotonic();

  /** Aborts when the attempt is given up. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Whether it cannot get on, since the event loop has had no turn for long; it is to be asked again and again. */
  isStuck(): boolean {
    const now = systemClock.monotonic();
    if (this.#turns.hasTurned()) {
      this.#lastTurn = now;
    }
    return now - this.#lastTurn > LOOP_TIMEOUT;
  }

  giveUp(): void {
    this.#end.abort();
  }
}
