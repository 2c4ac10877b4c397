import { type Clock, sleep, systemClock } from '../../clock';
import { type Dialogue, runInLoop, runNow } from './dialogue';
import { LoopTurns } from './loop-turns';

/** How a driver tries to reach an other end that is gone, or not there yet. */
export interface Reconnecting {
  /** How many attempts have failed. */
  readonly attempts: number;
  /** Why the last one has failed. */
  readonly problem: string | undefined;
}

/** The pauses before the attempts to reconnect, in milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 30_000;

/** How long a wait looks away from an attempt in the event loop, in milliseconds. */
const PAUSE_DURING_ATTEMPT = 20;

/** For how long the event loop may have no turn until a program is taken for one that never returns to it, in milliseconds. */
const LOOP_TIMEOUT = 5000;

/**
 * When to try again to reach an other end that went away: at growing intervals, each between a half and the whole of its length by
 * chance, so that many clients of one server don't all come back at the same moment.
 */
export class RetrySchedule {
  readonly #clock: Clock;
  readonly #random: () => number;
  #pause = FIRST_PAUSE;
  #due: number;
  #attempts = 0;
  #problem: string | undefined;

  /** @param random A source of numbers from 0 to 1. */
  constructor(clock: Clock, random: () => number = Math.random) {
    this.#clock = clock;
    this.#random = random;
    this.#due = this.#nextDue();
  }

  /** In how many milliseconds the next attempt is due; 0 or less if it is now. */
  untilDue(): number {
    return this.#due - this.#clock.monotonic();
  }

  get progress(): Reconnecting {
    return { attempts: this.#attempts, problem: this.#problem };
  }

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

/** An attempt to reconnect that is under way. */
export class Attempt {
  readonly #turns = new LoopTurns();
  readonly #end = new AbortController();
  #lastTurn = systemClock.monotonic();

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Whether it can't get on, since the event loop has had no turn for long; it is to be asked again and again. */
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

interface Closable {
  close(): void;
}

/** Opens a session to an other end that went away, or isn't there yet, in one attempt after another. */
export class Reconnection<Session extends Closable> {
  readonly #schedule: RetrySchedule;
  readonly #open: (signal: AbortSignal) => Dialogue<Session>;
  readonly #adopt: (session: Session) => void;
  /** One that is given up is forgotten. */
  #attempt: Attempt | undefined;

  /**
   * @param open Opens a session, unless the signal gives it up.
   * @param adopt Takes a session that was opened; what it throws makes the attempt fail.
   * @param failure Why the first attempt has failed, if there was one already.
   */
  constructor(
    clock: Clock,
    open: (signal: AbortSignal) => Dialogue<Session>,
    adopt: (session: Session) => void,
    failure?: Error,
  ) {
    this.#schedule = new RetrySchedule(clock);
    if (failure !== undefined) {
      this.#schedule.failed(failure);
    }
    this.#open = open;
    this.#adopt = adopt;
  }

  get progress(): Reconnecting {
    return this.#schedule.progress;
  }

  /** In how many milliseconds the next attempt is due; `undefined` while one is under way. */
  get untilDue(): number | undefined {
    return this.#attempt === undefined ? this.#schedule.untilDue() : undefined;
  }

  /**
   * Makes an attempt if it is time, and none is under way.
   *
   * @param inLoop Whether it is left to the event loop; otherwise it blocks the thread, also instead of one that is left to
   *   an event loop which has no turns.
   * @param onEnd Called when it is over, unless it was given up.
   */
  tryIfDue(inLoop: boolean, onEnd: () => void): void {
    if (!inLoop && this.#attempt?.isStuck()) {
      this.giveUp();
    }
    if ((this.untilDue ?? 1) > 0) {
      return;
    }
    this.#attempt = new Attempt();
    const course = this.#try(this.#attempt, onEnd);
    if (inLoop) {
      void runInLoop(course);
    } else {
      runNow(course);
    }
  }

  /** Blocks the thread until the next attempt is due, or the time is up; for a moment only while one is under way in the event loop. */
  wait(milliseconds: number): void {
    const { untilDue = PAUSE_DURING_ATTEMPT } = this;
    sleep(Math.max(Math.min(milliseconds, untilDue), 0));
  }

  giveUp(): void {
    this.#attempt?.giveUp();
    this.#attempt = undefined;
  }

  *#try(attempt: Attempt, onEnd: () => void): Dialogue<void> {
    let session: Session | undefined;
    let failure: Error | undefined;
    try {
      session = yield* this.#open(attempt.signal);
    } catch (error) {
      failure = asError(error);
    }
    if (this.#attempt !== attempt) {
      session?.close();
      return;
    }
    this.#attempt = undefined;
    try {
      if (session !== undefined) {
        this.#adopt(session);
      }
    } catch (error) {
      session?.close();
      failure = asError(error);
    }
    if (failure !== undefined) {
      this.#schedule.failed(failure);
    }
    onEnd();
  }
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
