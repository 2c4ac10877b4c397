import { formatValue } from '../arguments';
import { formatTimestamp } from '../clock';
import { InvalidArgumentError } from '../errors';
import { EventRecord } from '../event/event-record';
import { readEvent } from '../event/read-event';
import { type StructuredEvent, writeEvent } from '../event/write-event';
import type { Connection } from './connection';
import { coreOf } from './connection-core';

/**
 * Queues an event of the program's own: the producers' side.
 *
 * It calls no handler; the event is delivered by a later `deliverEvents`. A structured event without a `timestamp` gets
 * the time of the connection's clock.
 *
 * @param event The event's XML, or its structure, which becomes well-formed XML whatever its strings hold.
 * @throws {InvalidEventError} with the code that says why the XML is refused, and the place.
 * @throws {UnwritableEventError} `ERR_EVENT_UNWRITABLE` if the structure holds what XML cannot carry.
 * @throws {QueueFullError} `ERR_QUEUE_FULL` if the queue is full and its `overflow` is `'refuse'`.
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { openConnection, sendEvent } from 'virdeliver';
 *
 * const conn = openConnection();
 * sendEvent(conn, '<event type="backup-done" timestamp="2026-01-02T03:04:05Z"><disk>vda</disk></event>');
 * sendEvent(conn, { type: 'backup-done', content: [{ name: 'disk', content: ['vda'] }] });
 * conn.close();
 * ```
 */
export function sendEvent(conn: Connection, event: string | StructuredEvent): void {
  const core = coreOf(conn);
  core.requireOpen();
  requireEvent(event);
  if (core.driver.place !== undefined) {
    const problem =
      'must be one of another kind: it reads a journal or a stream, whose events are those that were written to it';
    throw new InvalidArgumentError('conn', problem);
  }
  const read =
    typeof event === 'string'
      ? readEvent(event, core.eventLimits)
      : writeEvent(event, formatTimestamp(core.clock.now()), core.eventLimits);
  core.queue.requireRoomFor(read.bytes);
  core.receive(read);
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it can be neither text nor the structure of an event. */
function requireEvent(event: unknown): void {
  if (typeof event === 'string') {
    return;
  }
  const isBytes = ArrayBuffer.isView(event);
  const isQueued = event instanceof EventRecord;
  const isObject = typeof event === 'object' && event !== null && !Array.isArray(event);
  if (isObject && !isBytes && !isQueued) {
    return;
  }
  const hint = isBytes ? '; decode the bytes first, as with buffer.toString()' : isQueued ? '; send its xml' : '';
  throw new InvalidArgumentError(
    'event',
    `must be XML text or a structured event, but is ${formatValue(event)}${hint}`,
  );
}
