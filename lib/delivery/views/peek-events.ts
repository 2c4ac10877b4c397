import type { Connection } from '../connection';
import { coreOf } from '../connection-core';
import type { QueuedEvent } from '../queue/queued-event';

/**
 * Looks at the events that wait in the queue, the oldest first: nothing is taken, and no handler runs.
 *
 * It pumps the driver first, as `deliverEvents` does. A gap shows what it has counted so far. Asking an event for its
 * document, or by XPath, makes a tree of it that stays until the event is delivered.
 *
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { openConnection, peekEvents, testDomains } from 'virdeliver';
 *
 * const conn = openConnection('test:///default');
 * testDomains(conn).get('test').suspend();
 * console.log(peekEvents(conn).length, peekEvents(conn)[0]?.type); // 1 domain-state-transition
 * conn.close();
 * ```
 */
export function peekEvents(conn: Connection): QueuedEvent[] {
  const core = coreOf(conn);
  core.requireOpen();
  core.pump(() => true, Number.POSITIVE_INFINITY);
  return core.queue.peek().map((entry) => entry.asQueuedEvent());
}
