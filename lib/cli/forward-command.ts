import { clearInterval, setInterval } from 'node:timers';
import { type Publication, publishEvents, type StreamOptions } from '../forwarder/index';
import { type Connection, InvalidArgumentError, openConnectionAsync, runDelivery } from '../index';
import { readArguments, readNumber, requireAtMost, UsageError } from './command-line';
import { notesOf, QUIET_OPTION } from './connection-messages';
import { EndWatch } from './end-watch';
import type { Output } from './output';
import { readDuration, readSize } from './quantities';

const OPTIONS = {
  create: { type: 'boolean', default: false },
  replicas: { type: 'string' },
  'max-age': { type: 'string' },
  'max-size': { type: 'string' },
  ...QUIET_OPTION,
} as const;

/** How many events are published before the event loop has its turn. */
const BATCH = 256;

/** How often it is looked whether there is something to say, in milliseconds. */
const LOOK_INTERVAL = 250;

type Values = ReturnType<typeof readArguments<typeof OPTIONS>>['values'];

/** `virdeliver forward`: the events of a journal to a stream in NATS, for as long as the machine runs. */
export async function forwardCommand(args: readonly string[], messages: Output): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS);
  requireAtMost(positionals, 2);
  const [source, target] = positionals;
  if (source === undefined || target === undefined) {
    const form = "'journal:DIR?reader=NAME' and nats://HOST/STREAM";
    throw new UsageError(`no ${source === undefined ? 'journal and no stream' : 'stream'} given: it takes ${form}`);
  }
  const create = readCreate(values);
  using conn = await openConnectionAsync(source);
  return await forward(conn, publish(conn, target, create), notesOf(values, messages));
}

/** Publishes what comes until a signal ends the command, or nothing will come any more; returns the exit status. */
async function forward(conn: Connection, publication: Publication, notes: Output): Promise<number> {
  using end = new EndWatch();
  const report = reportWaits(publication, notes);
  if (publication.waitsFor === undefined) {
    notes.line(`virdeliver: publishes the events of ${conn.uri} to ${publication.uri}`);
  }
  report();
  const timer = setInterval(report, LOOK_INTERVAL);
  try {
    await runDelivery(conn, { signal: end.signal, limit: BATCH });
  } finally {
    clearInterval(timer);
  }
  publication.close();
  const { ending } = end;
  const count = `${publication.published} ${publication.published === 1 ? 'event' : 'events'}`;
  notes.line(`virdeliver: ${ending === undefined ? 'the connection ended' : ending.word}; ${count} published`);
  // Whoever runs a service ends it by this signal: that isn't a failure.
  return ending === undefined || ending.signal === 'SIGTERM' ? 0 : ending.status;
}

/** Says when the hub can't be published to, and why, and when it can again; each time that it is called, if that has changed. */
function reportWaits(publication: Publication, notes: Output): () => void {
  let before: string | undefined;
  return () => {
    const { waitsFor } = publication;
    if (waitsFor !== before) {
      notes.line(`virdeliver: ${waitsFor === undefined ? `publishes to ${publication.uri}` : `waits: ${waitsFor}`}`);
    }
    before = waitsFor;
  };
}

function publish(conn: Connection, target: string, create: StreamOptions | undefined): Publication {
  try {
    return publishEvents(conn, target, { create });
  } catch (error) {
    if (error instanceof InvalidArgumentError && error.argument === 'conn') {
      throw new UsageError(`what is published ${error.message.replace(/^conn /, '').replace('a connection to ', '')}`);
    }
    throw error;
  }
}

function readCreate(values: Values): StreamOptions | undefined {
  const { create, quiet: _, ...others } = values;
  const [other] = Object.keys(others);
  if (!create && other !== undefined) {
    throw new UsageError(`--${other} says how the stream is made; add --create`);
  }
  return create
    ? {
        replicas: readNumber('replicas', values.replicas, { whole: true }),
        maxAgeMs: readDuration('max-age', values['max-age']),
        maxBytes: readSize('max-size', values['max-size']),
      }
    : undefined;
}
