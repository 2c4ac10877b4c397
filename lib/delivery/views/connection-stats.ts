import type { JournalPlace, Reconnecting } from '../../drivers/driver';
import type { Connection, ConnectionState } from '../connection';
import { coreOf } from '../connection-core';
import type { EventCounts, HandlerCounts, TypeStats } from '../event-counts';
import type { HandlerRegistration } from '../event-handler';

/** What a connection has done since it was opened, and how it stands. */
export interface ConnectionStats extends EventCounts {
  readonly state: ConnectionState;
  /** Events in the queue, gaps included. */
  readonly queued: number;
  /** Bytes of the queued events' XML, in UTF-8. */
  readonly queuedBytes: number;
  /** The most events that were ever queued at once, gaps not counted. */
  readonly highWaterMark: number;
  /** Events that arrived, those included that were dropped or could not be read. */
  readonly arrived: number;
  /** Registered handlers. */
  readonly handlers: number;
  /** The types of events that a daemon was asked for, but does not have. */
  readonly unsupported: readonly string[];
  /** While a daemon that went away, or wasn't there at opening, is tried to be reached: how often that failed, and why it did last. */
  readonly reconnecting: Reconnecting | undefined;
  /** On a connection to a journal: where its reader is, and how far that is from the end. */
  readonly journal: JournalPlace | undefined;
  /**
   * The same by the type of the events, in the order in which the types came. The first 128 types have counts of their own;
   * the rest are counted together, at the end.
   */
  readonly byType: readonly TypeStats[];
  /** What each registered handler did, in the order of registration; what one that is removed did is only in the sums. */
  readonly byHandler: readonly HandlerStats[];
}

/** What a handler did since it was registered. */
export interface HandlerStats extends HandlerCounts {
  readonly handler: HandlerRegistration;
  /** The name of its function; empty if it has none. */
  readonly name: string;
}

/**
 * Tells what a connection has done since it was opened, and how it stands; it works on a closed one, too.
 *
 * It makes lists of all types and handlers: that takes some microseconds, and half of one more for each of them.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { connectionStats, openConnection } from 'virdeliver';
 *
 * const conn = openConnection();
 * console.log(connectionStats(conn).queued);
 * conn.close();
 * ```
 */
export function connectionStats(conn: Connection): ConnectionStats {
  const { state, queue, monitor, handlers, driver } = coreOf(conn);
  return {
    state,
    queued: queue.length,
    queuedBytes: queue.bytes,
    highWaterMark: queue.highWater,
    arrived: queue.arrived,
    ...monitor.counts.total(),
    handlers: handlers.size,
    unsupported: driver.unsupported ?? [],
    reconnecting: driver.reconnecting,
    journal: driver.place?.stats,
    byType: monitor.counts.list(),
    byHandler: Array.from(handlers, (handler) => ({ handler, name: handler.name, ...handler.counts })),
  };
}
