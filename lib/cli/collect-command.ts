import { pathToFileURL } from 'node:url';
import { type Journal, type JournalOptions, journalEvents } from '../collector/index';
import {
  type Connection,
  connectionStats,
  deliverEvents,
  InvalidArgumentError,
  openConnectionAsync,
  runDelivery,
} from '../index';
import { DEFAULT_URI, readArguments, readWord, requireAtMost, requireTypes, UsageError } from './command-line';
import { notesOf, QUIET_OPTION, reportLosses } from './connection-messages';
import { openSource } from './connection-options';
import { EndWatch } from './end-watch';
import { warnAboutTypes } from './filter-warnings';
import type { Output } from './output';
import { readDuration, readShare, readSize } from './quantities';

const OPTIONS = {
  journal: { type: 'string' },
  'max-size': { type: 'string' },
  'max-age': { type: 'string' },
  'keep-free': { type: 'string' },
  host: { type: 'string' },
  fifo: { type: 'string', multiple: true },
  'leave-out': { type: 'string', multiple: true },
  sync: { type: 'string', default: 'delivery' },
  alive: { type: 'string' },
  events: { type: 'string', multiple: true },
  'read-only': { type: 'boolean', default: false },
  seed: { type: 'string' },
  ...QUIET_OPTION,
} as const;

/** How many events are delivered before the event loop has its turn; what they bring reaches the disk together. */
const BATCH = 1024;

/** For how long what has come is still written when the command is to end, in milliseconds; a stop has its own limit. */
const LAST_DELIVERY = 5000;

/** What every journal must have: the states of the domains are known by it. */
const TRANSITION = 'domain-state-transition';

/** What options are called that the library knows by another name. */
const OPTION_OF: { readonly [argument: string]: string } = { folder: '--journal', 'options.leaveOut': '--leave-out' };

type Values = ReturnType<typeof readArguments<typeof OPTIONS>>['values'];

/** `virdeliver collect`: the events of a daemon into a journal, for as long as the machine runs. */
export async function collectCommand(args: readonly string[], messages: Output): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS);
  requireAtMost(positionals, 1);
  const { journal: folder } = values;
  if (folder === undefined || folder === '') {
    throw new UsageError('no journal given: --journal DIR says where the events are kept');
  }
  const options = readOptions(values);
  const notes = notesOf(values, messages);
  requireTypes('leave-out', options.leaveOut);
  warnAboutTypes(options.leaveOut, notes);
  if (values.events !== undefined && !values.events.includes(TRANSITION)) {
    throw new UsageError(`a journal needs the states of the domains; add --events ${TRANSITION}`);
  }
  const uri = positionals[0] ?? DEFAULT_URI;
  const connections: Connection[] = [];
  try {
    const conn = await openSource(uri, { ...values, 'no-reconnect': false, wait: true }, notes);
    connections.push(conn);
    for (const path of values.fifo ?? []) {
      connections.push(await openConnectionAsync(`fifo:${pathToFileURL(path).pathname}?follow`));
    }
    const journal = openJournal(connections, folder, options);
    const isThere = connectionStats(conn).reconnecting === undefined;
    const what = `the events of ${uri === DEFAULT_URI ? "libvirt's default" : conn.uri} in ${journal.folder}`;
    notes.line(`virdeliver: ${isThere ? 'collects' : 'will collect'} ${what}`);
    return await collect(connections, journal, notes);
  } finally {
    for (const conn of connections) {
      conn[Symbol.dispose]();
    }
  }
}

/** Writes what comes until a signal ends the command, or nothing will come any more; returns the exit status. */
async function collect(connections: readonly Connection[], journal: Journal, notes: Output): Promise<number> {
  const end = new EndWatch();
  const stopReports = reportLosses(connections[0] as Connection, notes);
  try {
    await runDelivery(connections, { signal: end.signal, limit: BATCH });
    const open = connections.filter(({ state }) => state === 'open');
    if (open.length > 0) {
      deliverEvents(open, { budgetMs: LAST_DELIVERY });
    }
    journal.close();
  } finally {
    stopReports();
    end[Symbol.dispose]();
  }
  const { ending } = end;
  const count = `${journal.events} ${journal.events === 1 ? 'event' : 'events'}`;
  notes.line(`virdeliver: ${ending === undefined ? 'the connection ended' : ending.word}; ${count} collected`);
  // Whoever runs a service ends it by this signal: that isn't a failure.
  return ending === undefined || ending.signal === 'SIGTERM' ? 0 : ending.status;
}

function readOptions(values: Values): JournalOptions {
  return {
    host: values.host,
    leaveOut: values['leave-out']?.flatMap((types) => types.split(',')),
    sync: readWord('sync', values.sync, ['delivery', 'never'] as const),
    maxBytes: readSize('max-size', values['max-size']),
    maxAgeMs: readDuration('max-age', values['max-age']),
    keepFree: readShare('keep-free', values['keep-free']),
    aliveMs: readDuration('alive', values.alive),
  };
}

function openJournal(connections: readonly Connection[], folder: string, options: JournalOptions): Journal {
  try {
    return journalEvents(connections, folder, options);
  } catch (error) {
    const option = error instanceof InvalidArgumentError ? OPTION_OF[error.argument] : undefined;
    throw option === undefined ? error : new UsageError((error as Error).message.replace(/^[\w.]+/, option));
  }
}
