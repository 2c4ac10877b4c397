import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../clock';
import {
  addEventHandler,
  type Connection,
  deliverEvents,
  openConnection,
  type QueuedEvent,
  waitForEvents,
} from '../index';
import { DEFAULT_URI, readArguments, readFilter, readNumber, readWord, requireAtMost } from './command-line';
import { eventJson } from './event-json';
import { EventText } from './event-text';
import { printDomains } from './list-command';
import type { Output } from './output';

/** How many events are delivered before the output gets the time to go out. */
const BATCH = 256;

const OPTIONS = {
  type: { type: 'string', short: 't', multiple: true },
  filter: { type: 'string', short: 'f', multiple: true },
  suppress: { type: 'string', short: 's', multiple: true },
  namespace: { type: 'string', multiple: true },
  variable: { type: 'string', multiple: true },
  format: { type: 'string', default: 'text' },
  count: { type: 'string', short: 'n' },
  timeout: { type: 'string' },
  state: { type: 'boolean', default: false },
  seed: { type: 'string' },
  events: { type: 'string', multiple: true },
  'read-only': { type: 'boolean', default: false },
  'no-reconnect': { type: 'boolean', default: false },
} as const;

/** `virdeliver watch`: the events of a connection as they come. */
export async function watchCommand(args: readonly string[], output: Output, messages: Output): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS);
  requireAtMost(positionals, 1);
  const format = readWord('format', values.format, ['text', 'xml', 'json']);
  const count = readNumber('count', values.count, { whole: true });
  const timeout = readNumber('timeout', values.timeout, { whole: false });
  const seed = readNumber('seed', values.seed, { whole: true });
  const filter = readFilter(values);
  const conn = openConnection(positionals[0] ?? DEFAULT_URI, {
    seed,
    events: values.events,
    readOnly: values['read-only'],
    reconnect: !values['no-reconnect'],
  });
  const print = printer(format, output);
  let shown = 0;
  addEventHandler(conn, filter, (_, event) => {
    shown += 1;
    output.line(print(event));
    return shown === count ? 'break' : undefined;
  });
  if (values.state) {
    printDomains(conn, output);
  }
  const stop = new AbortController();
  const interrupt = () => stop.abort('interrupted');
  process.once('SIGINT', interrupt);
  const stopTimer =
    timeout === undefined ? () => {} : systemClock.schedule(timeout * 1000, () => stop.abort('the time is up'));
  try {
    let found = count !== 0;
    while (found && shown !== count && !output.isClosed) {
      found = await waitUnlessStopped(conn, stop.signal);
      if (found) {
        deliverEvents(conn, { limit: BATCH });
        await output.drained(stop.signal);
        await setImmediate();
      }
    }
  } finally {
    stopTimer();
    process.removeListener('SIGINT', interrupt);
    conn[Symbol.dispose]();
  }
  if (stop.signal.reason === 'interrupted') {
    messages.line(`interrupted; ${events(shown)} shown`);
    return 130;
  }
  if (count !== undefined && shown < count && !output.isClosed) {
    const why = stop.signal.aborted ? 'the time was up' : 'the connection ended';
    messages.line(`${why} after ${events(shown)} of ${count}`);
    return 1;
  }
  return 0;
}

function printer(format: 'text' | 'xml' | 'json', output: Output): (event: QueuedEvent) => string {
  if (format === 'text') {
    const text = new EventText(output);
    return (event) => text.of(event);
  }
  return format === 'json' ? eventJson : (event) => event.xml;
}

/** Waits for events; says no where the connection has ended, or the wait was stopped. */
async function waitUnlessStopped(conn: Connection, signal: AbortSignal): Promise<boolean> {
  try {
    return await waitForEvents(conn, { signal });
  } catch (error) {
    if (signal.aborted) {
      return false;
    }
    throw error;
  }
}

function events(count: number): string {
  return count === 1 ? '1 event' : `${count} events`;
}
