import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../clock';
import {
  addEventHandler,
  type Connection,
  connectionStats,
  type DomainListing,
  deliverEvents,
  InvalidArgumentError,
  listDomains,
} from '../index';
import { DEFAULT_URI, readArguments, readNumber, readWord, requireAtMost, UsageError } from './command-line';
import { notesOf } from './connection-messages';
import { CONNECTION_OPTIONS, openSource } from './connection-options';
import { EndWatch } from './end-watch';
import type { Output } from './output';
import { Screen } from './screen';
import { waitUnlessStopped } from './show-events';
import { reportLine, reportMetrics, reportScreen, type Sample } from './stats-report';

/** How many events are delivered before the clock is looked at again. */
const BATCH = 256;

const OPTIONS = {
  interval: { type: 'string', short: 'i', default: '1' },
  count: { type: 'string', short: 'n' },
  format: { type: 'string', default: 'text' },
  ...CONNECTION_OPTIONS,
} as const;

/** `virdeliver stats`: how many events of which types come, how long the queue is, and how the domains are, again and again. */
export async function statsCommand(args: readonly string[], output: Output, messages: Output): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS);
  requireAtMost(positionals, 1);
  const interval = readNumber('interval', values.interval, { whole: false }) as number;
  if (interval === 0) {
    throw new UsageError('--interval takes a number greater than 0');
  }
  const format = readWord('format', values.format, ['text', 'openmetrics'] as const);
  const count = readNumber('count', values.count, { whole: true }) ?? Number.POSITIVE_INFINITY;
  const uri = positionals[0] ?? DEFAULT_URI;
  const conn = await openSource(uri, values, notesOf(values, messages));
  let gapsOfUnknownSize = 0;
  addEventHandler(conn, "@type = 'events-lost' and @unknown = 'true'", () => {
    gapsOfUnknownSize += 1;
  });
  const read = (): Sample => ({
    at: systemClock.monotonic(),
    stats: connectionStats(conn),
    domains: domainsOf(conn),
    gapsOfUnknownSize,
  });
  const report = reporter(uri === DEFAULT_URI ? "libvirt's default" : conn.uri, format, output);
  const end = new EndWatch(output);
  try {
    let before = read();
    if (output.screen !== undefined && format === 'text') {
      report(before, before);
    }
    for (let reports = 0; reports < count && conn.state === 'open' && !output.isClosed; reports += 1) {
      try {
        await deliverFor(conn, interval * 1000, end.signal);
      } finally {
        const now = read();
        report(before, now);
        before = now;
      }
      if (output.isClosed) {
        break;
      }
      if (end.ending !== undefined) {
        messages.line(end.ending.word);
        return end.ending.status;
      }
      await output.drained(end.signal);
    }
    const { arrived, lost } = before.stats;
    return before.stats.state === 'ended' && lost > 0 && lost === arrived ? 1 : 0;
  } finally {
    end[Symbol.dispose]();
    conn[Symbol.dispose]();
  }
}

/** A picture that replaces the one before on a terminal, elsewhere a line. */
function reporter(uri: string, format: 'text' | 'openmetrics', output: Output): (before: Sample, now: Sample) => void {
  if (format === 'openmetrics') {
    return (_, now) => output.text(reportMetrics(uri, now));
  }
  if (output.screen === undefined) {
    return (before, now) => output.line(reportLine(before, now));
  }
  const screen = new Screen(output);
  return (before, now) => screen.draw(reportScreen(uri, before, now));
}

function domainsOf(conn: Connection): DomainListing[] | undefined {
  try {
    return listDomains(conn);
  } catch (error) {
    if (error instanceof InvalidArgumentError) {
      return undefined;
    }
    throw error;
  }
}

/** Delivers what comes, until the time is up, the connection has ended, or the signal aborts. */
async function deliverFor(conn: Connection, milliseconds: number, signal: AbortSignal): Promise<void> {
  const end = systemClock.monotonic() + milliseconds;
  for (let left = milliseconds; left > 0 && !signal.aborted; left = end - systemClock.monotonic()) {
    const found = await waitUnlessStopped(conn, signal, left);
    if (!found) {
      return;
    }
    deliverEvents(conn, { limit: BATCH });
    await setImmediate();
  }
}
