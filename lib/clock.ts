import { performance } from 'node:perf_hooks';
import { InvalidArgumentError } from './errors';
import { timeIn } from './time-stamps';

/**
 * Where a connection takes the time from: the time stamps of the events it makes, and how long its waits, pauses and
 * budgets last.
 */
export interface Clock {
  /** The time of day in milliseconds since 1970-01-01T00:00:00Z; fractions count, down to the microsecond. */
  now(): number;
  /** A time that only ever grows, in milliseconds from an arbitrary start: what waits and budgets are measured with. */
  monotonic(): number;
  /** Whether a program moves this clock by hand; a wait on such a clock never sleeps. */
  readonly manual: boolean;
  /**
   * Calls a function once, from the event loop or from whoever moves the clock, when so many milliseconds have passed; at once if they are below 0.
   *
   * @returns A function that calls it off; calling it later does nothing.
   */
  schedule(milliseconds: number, callback: () => void): () => void;
}

// Taken at import, so that a test runner's fake timers, which replace the globals, freeze neither waits nor budgets.
const wallTime = Date.now;
const uptime = performance.now.bind(performance);
const startTimer = setTimeout;
const stopTimer = clearTimeout;

/** `setImmediate`, also for what is loaded later than a test runner's fake timers are put in. */
export const setImmediateNow: typeof setImmediate = setImmediate;

/** Resolves in the event loop's next turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediateNow(resolve));

/** The longest time that one timer of Node's can last, in milliseconds. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/** How far the computed time of day may be off the system's before it is set right, in milliseconds. */
const TOLERATED_DRIFT = 2;

const neverNotified = new Int32Array(new SharedArrayBuffer(4));

/**
 * Blocks the thread for the whole of a time, without using the processor; no JavaScript runs meanwhile.
 *
 * @param milliseconds A finite number from 0 on; fractions count.
 */
export function sleep(milliseconds: number): void {
  Atomics.wait(neverNotified, 0, 0, milliseconds);
}

class SystemClock implements Clock {
  readonly manual = false;
  /** The system's time of day when `monotonic()` was 0: it adds the microseconds that `Date.now()` lacks. */
  #origin = wallTime() - uptime();

  now(): number {
    const wall = wallTime();
    const precise = this.#origin + uptime();
    if (Math.abs(precise - wall) <= TOLERATED_DRIFT) {
      return precise;
    }
    this.#origin = wall - uptime();
    return wall;
  }

  monotonic(): number {
    return uptime();
  }

  schedule(milliseconds: number, callback: () => void): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const start = (left: number) => {
      // Rounded up, since a timer that fires early would find that it is not yet time; Node warns of a negative time.
      const part = Math.min(Math.ceil(Math.max(left, 0)), LONGEST_TIMER);
      timer = startTimer(() => (left > part ? start(left - part) : callback()), part);
    };
    start(milliseconds);
    return () => stopTimer(timer);
  }
}

/** The machine's own clock, the default of every connection. */
export const systemClock: Clock = new SystemClock();

/**
 * A clock that stands still until the program moves it, for tests.
 *
 * A synchronous wait on it never sleeps: it ends at once, as if its time had passed without an event. `waitForEvents` waits
 * until the clock is moved as far as its `timeoutMs`.
 *
 * @example
 * ```js
 * import { ManualClock, openConnection, takeEvents, testDomains } from 'virdeliver';
 *
 * const clock = new ManualClock('2026-01-01T00:00:00Z');
 * const conn = openConnection('test:///default', { clock });
 * clock.advance(1500);
 * testDomains(conn).get('test').suspend();
 * console.log(takeEvents(conn)[0]?.timestamp); // 2026-01-01T00:00:01.500000Z
 * conn.close();
 * ```
 */
export class ManualClock implements Clock {
  readonly manual = true;
  readonly #start: number;
  #elapsed = 0;
  readonly #scheduled = new Set<{ readonly due: number; readonly callback: () => void }>();

  /**
   * @param start The time of day it shows at first: a date, ISO 8601 text, which is in UTC if it names no offset, or milliseconds since 1970.
   * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if `start` isn't a time.
   */
  constructor(start: Date | string | number = 0) {
    this.#start = typeof start === 'string' ? (timeIn(start)?.getTime() ?? Number.NaN) : new Date(start).getTime();
    if (Number.isNaN(this.#start)) {
      throw new InvalidArgumentError(
        'start',
        `must be a time, but is ${typeof start === 'string' ? JSON.stringify(start) : String(start)}`,
      );
    }
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  schedule(milliseconds: number, callback: () => void): () => void {
    const call = { due: this.#elapsed + Math.max(milliseconds, 0), callback };
    this.#scheduled.add(call);
    return () => {
      this.#scheduled.delete(call);
    };
  }

  /**
   * Moves the clock forward, and makes the calls that fall due on the way, each at its own time.
   *
   * @param milliseconds How far; fractions count.
   * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if that is not a finite number from 0 on.
   */
  advance(milliseconds: number): void {
    if (!(milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY)) {
      throw new InvalidArgumentError('milliseconds', `must be a finite number from 0 on, but is ${milliseconds}`);
    }
    const target = this.#elapsed + milliseconds;
    for (let call = this.#nextDue(target); call !== undefined; call = this.#nextDue(target)) {
      this.#scheduled.delete(call);
      this.#elapsed = Math.max(this.#elapsed, call.due);
      call.callback();
    }
    this.#elapsed = Math.max(this.#elapsed, target);
  }

  /**
   * Moves the clock forward to where the next call falls due and makes it, or all of the way where none does.
   *
   * @param milliseconds How far at most; fractions count.
   * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if that isn't a number from 0 on, or infinite with nothing due.
   */
  advanceToNext(milliseconds: number): void {
    const next = this.#nextDue(this.#elapsed + milliseconds);
    this.advance(next === undefined ? milliseconds : Math.max(next.due - this.#elapsed, 0));
  }

  #nextDue(target: number): { readonly due: number; readonly callback: () => void } | undefined {
    let next: { readonly due: number; readonly callback: () => void } | undefined;
    for (const call of this.#scheduled) {
      if (call.due <= target && (next === undefined || call.due < next.due)) {
        next = call;
      }
    }
    return next;
  }
}

let cachedSecond = Number.NaN;
let cachedText = '';

/**
 * Writes a time of day as the library's events carry it: ISO 8601, UTC, with microseconds.
 *
 * @param time Milliseconds since 1970-01-01T00:00:00Z.
 */
export function formatTimestamp(time: number): string {
  const microseconds = Math.floor(time * 1000);
  const second = Math.floor(microseconds / 1_000_000);
  if (second !== cachedSecond) {
    cachedText = new Date(second * 1000).toISOString().slice(0, -4);
    cachedSecond = second;
  }
  return `${cachedText}${String(microseconds - second * 1_000_000).padStart(6, '0')}Z`;
}
