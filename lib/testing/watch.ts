import {
  addEventHandler,
  type Connection,
  ConnectionLostError,
  deliverEvents,
  type Filter,
  ManualClock,
  type QueuedEvent,
} from '../index';

/** How many of the events that came are kept for a message. */
const KEPT_EVENTS = 100;

/** How many deliveries follow each other at once, should handlers send ever new events. */
const MOST_ROUNDS = 10_000;

/** After how many milliseconds of a clock that is moved an event is offered again to a handler that wants that. */
const RETRY_PAUSE = 100;

/** Why a watch was over: enough events came, the time was up, or the connection can bring no more. */
export type WatchEnd = 'enough' | 'time' | 'ended' | 'closed' | 'lost' | ConnectionLostError;

/** What came while a connection was watched. */
export interface Watch {
  /** The events that the filter matches. */
  readonly matched: readonly QueuedEvent[];
  /** The last of all events that came, matched or not. */
  readonly last: readonly QueuedEvent[];
  /** How many came. */
  readonly count: number;
  readonly end: WatchEnd;
  /** How many events are in the queue that were not looked at, behind one that a handler wants again. */
  readonly behind: number;
}

/**
 * Delivers the events of a connection, to all of its handlers, until so many have come that a filter matches, or a time has passed.
 *
 * The last event that is delivered is the last one that was needed; what follows it stays in the queue. A `ManualClock`
 * is moved from one scheduled call, or end of a pause after a `'retry'`, to the next, to the end of the time even if the connection has ended
 * before; on any other clock that is moved by hand no time passes.
 */
export function watch(conn: Connection, filter: Filter, most: number, within: number): Watch {
  const { clock } = conn;
  const isMoved = clock instanceof ManualClock;
  const matched: QueuedEvent[] = [];
  const last: QueuedEvent[] = [];
  let count = 0;
  let behind = 0;
  const registration = addEventHandler(conn, null, function expectation(_, event) {
    count += 1;
    last.push(event);
    if (last.length > KEPT_EVENTS) {
      last.shift();
    }
    if (filter.matches(event)) {
      matched.push(event);
    }
    return matched.length >= most ? 'break' : undefined;
  });
  const deadline = clock.monotonic() + within;
  const left = () => Math.max(deadline - clock.monotonic(), 0);
  const seen = (end: WatchEnd): Watch => ({ matched, last, count, end, behind });
  try {
    for (let rounds = 1; ; rounds += 1) {
      if (conn.state === 'closed') {
        if (isMoved) {
          clock.advance(left());
        }
        return seen('closed');
      }
      const waitMs = left();
      const { stoppedBy, remaining } = deliverEvents(conn, { waitMs: clock.manual ? 0 : waitMs });
      if (matched.length >= most) {
        return seen('enough');
      }
      const isPaused = stoppedBy === 'retry';
      behind = isPaused ? remaining - 1 : 0;
      // On a clock that the test moves, the time passes to its end all the same: the script goes on meanwhile.
      if (conn.state === 'ended' || conn.state === 'lost') {
        if (waitMs === 0 || !isMoved) {
          return seen(conn.state);
        }
      }
      // What handlers have sent, or have left behind by 'break', has come in time, too.
      const hasMore = remaining > 0 && !isPaused && rounds < MOST_ROUNDS;
      if (!hasMore) {
        if (waitMs === 0 || (clock.manual && !isMoved)) {
          return seen('time');
        }
        if (isMoved) {
          clock.advanceToNext(isPaused ? Math.min(RETRY_PAUSE, waitMs) : waitMs);
        }
        rounds = 0;
      }
    }
  } catch (error) {
    if (error instanceof ConnectionLostError) {
      return seen(error);
    }
    throw error;
  } finally {
    registration[Symbol.dispose]();
  }
}
