import { formatValue } from '../arguments';
import { InvalidArgumentError } from '../errors';
import type { Connection } from './connection';
import { type ConnectionCore, coreOf } from './connection-core';
import { Delivery } from './delivery';
import { type DeliveryOptions, type DeliveryPlan, readDeliveryOptions } from './delivery-options';
import type { DeliveryResult } from './delivery-result';
import { reportFailures } from './failures';
import type { Registration } from './registration';

/**
 * Runs the handlers for the events that have arrived: the only place where handlers run.
 *
 * It pumps the driver, which takes what the transport holds at that moment, and then shows each queued event to the
 * handlers that match it, in order, on the caller's stack. Events that are queued meanwhile wait for the next call. It
 * does not wait for events, unless `waitMs` says so, and it returns to the event loop in no case.
 *
 * Several connections take turns, one event from each, the one served longest ago first.
 *
 * @throws {DeliveryError} `ERR_DELIVERY` at the end, if handlers failed and `throwOnError` is not `false`.
 * @throws {NestedDeliveryError} `ERR_NESTED_DELIVERY` at once, inside a delivery of the same connection.
 * @throws {ConnectionLostError} `ERR_CONNECTION_LOST` once, when all that came before the loss is delivered.
 * @throws {JournalError} `ERR_BOOKMARK_WRITE` after the event in hand if it can't be written down that it is completed;
 *   `ERR_JOURNAL_WRITE` if what `journalEvents` has written isn't safe. What of that isn't safe is delivered again.
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { addEventHandler, closeConnection, deliverEvents, openConnection } from 'virdeliver';
 *
 * const conn = openConnection('test:///default', { seed: 42 });
 * addEventHandler(conn, null, () => closeConnection(conn));
 * while (conn.state === 'open') {
 *   deliverEvents(conn, { waitMs: 1000 });
 * }
 * ```
 */
export function deliverEvents(
  connections: Connection | readonly Connection[],
  options?: DeliveryOptions,
): DeliveryResult {
  return deliver(connections, readDeliveryOptions(options), 'deliverEvents');
}

/**
 * Delivers by a plan, on behalf of the public function that is named in errors.
 *
 * @param consumer The handler of the iteration that delivers, if it is one.
 */
export function deliver(
  connections: Connection | readonly Connection[],
  plan: DeliveryPlan,
  caller: string,
  consumer?: Registration,
): DeliveryResult {
  const list = Array.isArray(connections) ? (connections as readonly Connection[]) : undefined;
  const cores = list === undefined ? [coreOf(connections as Connection)] : list.map(coreOf);
  requireDeliverable(cores, caller);
  const delivery = new Delivery(cores, plan);
  for (const core of cores) {
    core.delivering = true;
  }
  const problems: unknown[] = [];
  try {
    delivery.run();
  } finally {
    for (const core of cores) {
      problems.push(...core.settle());
      core.delivering = false;
      core.afterDelivery();
    }
  }
  const result =
    list === undefined
      ? delivery.result
      : {
          ...delivery.result,
          connections: delivery.results.map((part, place) => ({ ...part, connection: list[place] as Connection })),
        };
  if (delivery.failures.length > 0) {
    const error = reportFailures(delivery.failures, result, { consumer, throwOnError: plan.throwOnError });
    if (error !== undefined) {
      throw error;
    }
  }
  if (problems.length > 0) {
    throw problems[0];
  }
  for (const core of cores) {
    core.requireWritten();
  }
  const loss = delivery.lost?.reportLoss(result);
  if (loss !== undefined) {
    throw loss;
  }
  return result;
}

/**
 * Makes sure that a delivery may cover these connections, before anything is changed.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if one is given twice.
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @throws {NestedDeliveryError} `ERR_NESTED_DELIVERY`
 */
function requireDeliverable(cores: readonly ConnectionCore[], caller: string): void {
  for (const core of cores) {
    core.requireOpen();
    core.requireNoDelivery(caller);
  }
  requireDifferent(cores);
  for (const core of cores) {
    core.requireWritten();
  }
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if a connection is given twice. */
export function requireDifferent(cores: readonly ConnectionCore[]): void {
  if (new Set(cores).size < cores.length) {
    const twice = cores.find((core, place) => cores.indexOf(core) !== place) as ConnectionCore;
    throw new InvalidArgumentError('connections', `must not hold the same connection twice: ${formatValue(twice.uri)}`);
  }
}
