import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatValue } from '../arguments';
import { sleep, systemClock } from '../clock';
import { type ConnectionCore, coreOf } from '../delivery/connection-core';
import { requireDifferent } from '../delivery/deliver-events';
import { InvalidArgumentError, JournalError } from '../errors';
import { addEventHandler, type Connection, type HandlerRegistration, readsFrom } from '../index';
import type { JournalFiles } from '../journal/journal-files';
import { JournalWriter, type WriterOptions } from '../journal/journal-writer';
import { nodeFiles } from '../journal/node-files';
import { Collector } from './collector';
import { type JournalOptions, type JournalPlan, readJournalOptions } from './collector-options';

/** A journal that is being written. */
export interface Journal extends Disposable {
  /** Its folder, as an absolute path. */
  readonly folder: string;
  /** How many events it was given so far; those that are left out, and those that the disk had no room for, don't count. */
  readonly events: number;
  /**
   * Ends it in good order, so that another process may write it; closing the connection does so, too.
   *
   * @throws {JournalError} `ERR_JOURNAL_WRITE` if what was written last doesn't reach the disk.
   */
  close(): void;
  [Symbol.dispose](): void;
}

/** How long it takes until a lock is tried again, in milliseconds. */
const LOCK_PAUSE = 20;

/**
 * Writes the events of a connection to a journal, a folder from which any number of programs read them, each when it suits it:
 * `openConnection('journal:DIR?reader=NAME')`.
 *
 * It is a handler: each event is written when it is delivered, in order, and is on the disk when the delivery is over. While the disk is
 * full events stay in the connection's queue. If the journal can't be written any more they do, too, and each delivery throws the reason.
 * The folder is made if it isn't there.
 *
 * @param connections The connection whose events are written; or several, of which the first is that to the daemon. Nothing of theirs
 *   may have been delivered, or waited for, yet.
 * @throws {JournalError} `ERR_JOURNAL_BUSY` if another process writes the journal; `ERR_JOURNAL_WRITE` if it can't be written;
 *   `ERR_LOCK_UNAVAILABLE`.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @throws {NestedDeliveryError} `ERR_NESTED_DELIVERY` inside a delivery of such a connection.
 * @example
 * ```js
 * import { deliverEvents, openConnection, testDomains } from 'virdeliver';
 * import { journalEvents, journalStats } from 'virdeliver/journal';
 *
 * const conn = openConnection('test:///default');
 * const journal = journalEvents(conn, 'events', { maxBytes: 2 ** 30 });
 * testDomains(conn).get('test').suspend();
 * deliverEvents(conn);
 * console.log(journal.events, journalStats('events').newest?.sequence); // 1 1
 * journal.close();
 * conn.close();
 * ```
 */
export function journalEvents(
  connections: Connection | readonly Connection[],
  folder: string,
  options: JournalOptions = {},
): Journal {
  return openJournal(connections, folder, options, nodeFiles);
}

/** The same on any file system. */
export function openJournal(
  connections: Connection | readonly Connection[],
  folder: string,
  options: JournalOptions,
  files: JournalFiles,
): Journal {
  requireFolder(folder);
  const plan = readJournalOptions(options);
  const conns = Array.isArray(connections) ? [...(connections as readonly Connection[])] : [connections as Connection];
  const cores = conns.map(coreOf);
  const [core] = cores;
  if (core === undefined) {
    throw new InvalidArgumentError('connections', 'must not be an empty list');
  }
  requireDifferent(cores);
  cores.forEach(requireFresh);
  const absolute = resolve(folder);
  if (conns.some((conn) => readsFrom(conn, absolute))) {
    throw new InvalidArgumentError(
      'folder',
      `is the journal that the events are read from, ${absolute}; name another one`,
    );
  }
  const boot = readBootId();
  const writer = openWriter(files, absolute, core, plan, boot);
  tellDriver(core, writer, boot);
  const collector = new Collector(writer, core, plan);
  return new OpenedJournal(absolute, conns, collector, plan);
}

class OpenedJournal implements Journal {
  readonly folder: string;
  readonly #collector: Collector;
  readonly #cores: readonly ConnectionCore[];
  readonly #registrations: readonly HandlerRegistration[];

  constructor(folder: string, conns: readonly Connection[], collector: Collector, { leaveOut }: JournalPlan) {
    this.folder = folder;
    this.#collector = collector;
    this.#cores = conns.map(coreOf);
    const filter = leaveOut.length === 0 ? null : { suppress: leaveOut };
    const { take } = collector;
    this.#registrations = conns.map((conn, place) =>
      addEventHandler(conn, filter, (_, event) => take(event), undefined, {
        name: 'journalEvents',
        // When the connection to the daemon is closed, too.
        onRelease: place === 0 ? () => this.close() : undefined,
      }),
    );
    for (const core of this.#cores) {
      core.durables.add(collector);
    }
  }

  get events(): number {
    return this.#collector.events;
  }

  close(): void {
    try {
      this.#collector.close();
    } finally {
      for (const registration of this.#registrations) {
        registration.remove();
      }
      for (const core of this.#cores) {
        core.dismiss(this.#collector);
      }
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` */
export function requireFolder(folder: unknown): void {
  if (typeof folder !== 'string' || folder === '') {
    throw new InvalidArgumentError('folder', `must be the path of a folder, but is ${formatValue(folder)}`);
  }
}

/** Makes sure that nothing was read from a connection: what has left its queue the journal would lack, and its daemon has told states. */
function requireFresh(core: ConnectionCore): void {
  core.requireOpen();
  core.requireNoDelivery('journalEvents');
  core.requireUnread('journalEvents', 'connections');
}

function openWriter(
  files: JournalFiles,
  folder: string,
  { uri, clock, driver }: ConnectionCore,
  { host, retention, segmentBytes, segmentAgeMs, lockWaitMs }: JournalPlan,
  boot: string,
): JournalWriter {
  const options: WriterOptions = {
    host,
    source: driver.origin?.uri ?? uri,
    boot,
    now: () => clock.now(),
    ...retention,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
    ...(segmentAgeMs === undefined ? {} : { segmentAgeMs }),
  };
  return whenFree(lockWaitMs, () => {
    try {
      const writer = JournalWriter.open(files, folder, options);
      try {
        // Each start begins a file: if there are many, none ever grows so long that the writer prunes by itself.
        writer.prune();
        return writer;
      } catch (error) {
        writer.close();
        throw error;
      }
    } catch (cause) {
      if (cause instanceof JournalError) {
        throw cause;
      }
      const problem = `the journal ${folder} can't be written: ${(cause as Error).message}`;
      throw new JournalError('ERR_JOURNAL_WRITE', problem, { cause });
    }
  });
}

/** Does something that needs a lock, again and again until the time is up while somebody else has it. */
export function whenFree<Result>(waitMs: number, step: () => Result): Result {
  const end = systemClock.monotonic() + waitMs;
  for (;;) {
    try {
      return step();
    } catch (error) {
      const isBusy = error instanceof JournalError && error.code === 'ERR_JOURNAL_BUSY';
      const left = end - systemClock.monotonic();
      if (!isBusy || left <= 0) {
        throw error;
      }
      sleep(Math.min(left, LOCK_PAUSE));
    }
  }
}

/** Has the driver compare the domains as the journal knows them with those that its daemon is going to list. */
function tellDriver({ driver }: ConnectionCore, { before, domains }: JournalWriter, boot: string): void {
  if (before === undefined) {
    driver.resumeFrom?.(undefined);
    return;
  }
  driver.resumeFrom?.({
    origin: { uri: before.source ?? '', hostUuid: before.sourceUuid },
    domains,
    rebooted: boot === '' || before.boot === '' ? undefined : boot !== before.boot,
  });
}

/** The kernel's id of this boot; empty if it can't be read. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
