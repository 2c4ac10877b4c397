import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../clock';
import {
  addEventHandler,
  type Connection,
  connectionStats,
  deliverEvents,
  type Filter,
  type QueuedEvent,
  waitForEvents,
} from '../index';
import { readFilter, readNumber, readWord } from './command-line';
import { EndWatch } from './end-watch';
import { EventLines } from './event-lines';
import { warnAboutFilter } from './filter-warnings';
import type { Output } from './output';
import { printableJson } from './printable';

/** How many events are delivered before the output gets the time to go out. */
const BATCH = 256;

/** The options that choose events, and say when it is enough. */
export const CHOICE_OPTIONS = {
  type: { type: 'string', short: 't', multiple: true },
  filter: { type: 'string', short: 'f', multiple: true },
  suppress: { type: 'string', short: 's', multiple: true },
  namespace: { type: 'string', multiple: true },
  variable: { type: 'string', multiple: true },
  count: { type: 'string', short: 'n' },
  timeout: { type: 'string' },
} as const;

/** The options of a command that shows events. */
export const SHOW_OPTIONS = { ...CHOICE_OPTIONS, format: { type: 'string', default: 'text' } } as const;

/** Which events are wanted, and for how long. */
export interface Choice {
  readonly filter: Filter;
  readonly count: number | undefined;
  readonly timeout: number | undefined;
}

/** How an event is shown. */
export type Format = 'text' | 'xml' | 'json';

/**
 * Reads the values of `CHOICE_OPTIONS`, and warns of what in a filter can never match.
 *
 * @throws {UsageError} if one is not as it must be.
 * @throws {FilterError} with the code that says why an expression is refused.
 */
export function readChoice(
  values: Parameters<typeof readFilter>[0] & {
    readonly count?: string | undefined;
    readonly timeout?: string | undefined;
  },
  messages: Output,
): Choice {
  const count = readNumber('count', values.count, { whole: true });
  const timeout = readNumber('timeout', values.timeout, { whole: false });
  const filter = readFilter(values);
  warnAboutFilter(filter, messages);
  return { filter, count, timeout };
}

/** @throws {UsageError} if it is none. */
export function readFormat(format: string): Format {
  return readWord('format', format, ['text', 'xml', 'json']);
}

/** Makes what prints an event. */
export function printer(format: Format, output: Output): (event: QueuedEvent) => void {
  if (format === 'text') {
    const text = new EventLines();
    return (event) => {
      const day = text.dayBefore(event);
      if (day !== undefined) {
        output.line(...day);
      }
      output.line(...text.of(event));
    };
  }
  return format === 'json' ? (event) => output.line(printableJson(event)) : (event) => output.xml(event.xml);
}

/**
 * Takes a connection's events as they come, until it ends, enough have come, the time is up, or a signal says so; closes it then.
 *
 * @param take Does it; says `false` if it could not be done.
 * @param what What is done with an event, for the message after a signal, such as `shown`.
 * @returns The exit status.
 */
export async function followEvents(
  conn: Connection,
  { filter, count, timeout }: Choice,
  take: (event: QueuedEvent) => unknown,
  what: string,
  output: Output,
  messages: Output,
): Promise<number> {
  let taken = 0;
  let allIsLost = false;
  addEventHandler(conn, filter, (_, event) => {
    if (take(event) === false || output.isClosed) {
      // What could not be written stays: a reader of a journal meets it again the next time.
      return 'retry';
    }
    taken += 1;
    return taken === count ? 'break' : undefined;
  });
  const end = new EndWatch(output);
  const stopTimer = timeout === undefined ? () => {} : systemClock.schedule(timeout * 1000, () => end.stop());
  try {
    let found = count !== 0;
    while (found && taken !== count && !output.isClosed) {
      found = await waitUnlessStopped(conn, end.signal);
      if (found) {
        deliverEvents(conn, { limit: BATCH });
        await output.drained(end.signal);
        await setImmediate();
      }
    }
    const { arrived, lost } = connectionStats(conn);
    allIsLost = conn.state === 'ended' && lost > 0 && lost === arrived;
  } finally {
    stopTimer();
    end[Symbol.dispose]();
    conn[Symbol.dispose]();
  }
  if (end.ending !== undefined) {
    messages.line(`${end.ending.word}; ${eventCount(taken)} ${what}`);
    return end.ending.status;
  }
  if (count !== undefined && taken < count && !output.isClosed) {
    const why = end.signal.aborted ? 'the time was up' : 'the connection ended';
    messages.line(`${why} after ${eventCount(taken)} of ${count}`);
    return 1;
  }
  if (allIsLost) {
    messages.line('nothing that came could be read');
    return 1;
  }
  return 0;
}

/** Waits for events; says no if the connection has ended, or the wait was stopped. */
export async function waitUnlessStopped(conn: Connection, signal: AbortSignal, timeoutMs?: number): Promise<boolean> {
  try {
    return await waitForEvents(conn, { signal, timeoutMs });
  } catch (error) {
    if (signal.aborted) {
      return false;
    }
    throw error;
  }
}

function eventCount(count: number): string {
  return count === 1 ? '1 event' : `${count} events`;
}
