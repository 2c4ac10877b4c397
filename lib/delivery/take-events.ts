import { optionNames, readNumber, requireOptions } from '../arguments';
import type { Connection } from './connection';
import { type ConnectionCore, coreOf } from './connection-core';
import type { QueuedEvent, QueueEntry } from './queue/queued-event';
import { waitSynchronously } from './synchronous-wait';

/** The options of `takeEvents`. */
export interface TakeOptions {
  /** The most events to take; default no limit. */
  readonly limit?: number | undefined;
  /** How many milliseconds to wait for the first event if nothing is queued; default 0. No JavaScript runs meanwhile. */
  readonly waitMs?: number | undefined;
}

const OPTIONS = optionNames<TakeOptions>({ limit: true, waitMs: true });

const UNLIMITED = Number.POSITIVE_INFINITY;

/**
 * Takes the next events off the queue, without any handler: what it returns, handlers never see.
 *
 * It pumps the driver first, as `deliverEvents` does. An event that handlers were offered and are not done with is
 * theirs: while it is at the head of the queue nothing can be taken. Events of a journal are completed by being taken: a program
 * that ends before it has acted on them does not get them again.
 *
 * @throws {NestedDeliveryError} `ERR_NESTED_DELIVERY` at once, inside a delivery of the same connection.
 * @throws {ConnectionLostError} `ERR_CONNECTION_LOST` once, when all that came before the loss is taken.
 * @throws {JournalError} `ERR_BOOKMARK_WRITE` if it couldn't be written down that the events before are completed.
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { openConnection, takeEvents } from 'virdeliver';
 *
 * const conn = openConnection('test:///default', { seed: 42 });
 * for (const event of takeEvents(conn, { limit: 10, waitMs: 1000 })) {
 *   console.log(event.type);
 * }
 * conn.close();
 * ```
 */
export function takeEvents(conn: Connection, options: TakeOptions = {}): QueuedEvent[] {
  const core = coreOf(conn);
  requireOptions('options', options, OPTIONS);
  const limit = readNumber('options.limit', options.limit, UNLIMITED, { least: 0, whole: true });
  const waitMs = readNumber('options.waitMs', options.waitMs, 0, { least: 0, whole: false });
  core.requireOpen();
  core.requireNoDelivery('takeEvents');
  core.requireWritten();
  core.pump(always, limit);
  if (waitMs > 0) {
    const isOver = (waiting: ConnectionCore) => isTakeable(waiting) || waiting.hasLossToReport;
    waitSynchronously([core], waitMs, { wanted: limit, isOver, shouldContinue: always, onSlept: () => {} });
  }
  const loss = core.reportLoss();
  if (loss !== undefined) {
    throw loss;
  }
  const events: QueuedEvent[] = [];
  const { lastSequence } = core.queue;
  while (events.length < limit && isTakeable(core) && core.queue.headSequence <= lastSequence) {
    const entry = core.queue.take() as QueueEntry;
    events.push(entry.asQueuedEvent());
    core.monitor.taken(entry);
    core.completion?.complete(entry, false);
  }
  // A problem of that is for the next call to tell: what was taken must reach the program.
  core.completion?.settle();
  core.afterDelivery();
  return events;
}

const always = () => true;

function isTakeable({ queue }: ConnectionCore): boolean {
  return queue.length > 0 && !queue.headIsPinned;
}
