import { type Connection, type ConnectionState, coreOf } from './connection';

/** What a connection has done since it was opened, and how it stands. */
export interface ConnectionStats {
  readonly state: ConnectionState;
  /** Events in the queue, gaps included. */
  readonly queued: number;
  /** Bytes of the queued events' XML, in UTF-8. */
  readonly queuedBytes: number;
  /** The most events that were ever queued at once, gaps not counted. */
  readonly highWaterMark: number;
  /** Events that arrived, those included that were dropped or could not be read: the newest sequence number. */
  readonly arrived: number;
  /** Events, gaps included, whose delivery is completed. */
  readonly delivered: number;
  /** Events that `takeEvents` took. */
  readonly taken: number;
  /** Events, of those delivered, that no handler's filter matched. */
  readonly unmatched: number;
  /** How many times a handler, or its filter, failed. */
  readonly failed: number;
  /** How many times an event was put off because a handler wanted it again; it grows without end in an endless retry. */
  readonly retries: number;
  /** Events that were dropped, or could not be read. */
  readonly lost: number;
  /** Registered handlers. */
  readonly handlers: number;
  /** The types of events that a daemon was asked for, but does not have. */
  readonly unsupported: readonly string[];
}

/**
 * Tells what a connection has done since it was opened, and how it stands; it works on a closed one, too.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```ts
 * import { connectionStats, openConnection } from 'virdeliver';
 *
 * using conn = openConnection();
 * console.log(connectionStats(conn).queued);
 * ```
 */
export function connectionStats(conn: Connection): ConnectionStats {
  const { state, queue, counts, handlers, driver } = coreOf(conn);
  return {
    state,
    queued: queue.length,
    queuedBytes: queue.bytes,
    highWaterMark: queue.highWater,
    arrived: queue.lastSequence,
    ...counts,
    lost: queue.lost,
    handlers: handlers.size,
    unsupported: driver.unsupported ?? [],
  };
}
