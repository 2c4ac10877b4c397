import { type AbortSignalLike, optionNames, readSignal, requireOptions } from '../arguments';
import { nextTurn } from '../clock';
import { InvalidArgumentError } from '../errors';
import type { Connection } from './connection';
import { coreOf } from './connection-core';
import { deliver, requireDifferent } from './deliver-events';
import { type DeliveryOptions, readDeliveryOptions } from './delivery-options';
import { waitUntilDeliverable } from './wait-for-events';

/** The options of `runDelivery`: those of each delivery, but for the wait, which is its own. */
export interface RunOptions extends Omit<DeliveryOptions, 'waitMs'> {
  /** Ends it, between two deliveries. */
  readonly signal?: AbortSignalLike | undefined;
}

const OPTIONS = optionNames<RunOptions>({
  signal: true,
  limit: true,
  budgetMs: true,
  retryDelayMs: true,
  throwOnError: true,
});

/**
 * Waits for events and delivers them, again and again, in the event loop: callbacks that come by themselves.
 *
 * Between two deliveries the event loop has its turn. `limit`, `budgetMs` and `'break'` end one delivery, not the run.
 *
 * @returns A promise that is fulfilled when the signal aborts, or when every connection has ended or is closed.
 * @throws {DeliveryError} `ERR_DELIVERY`, which ends the run, if handlers failed and `throwOnError` is not `false`.
 * @throws {ConnectionLostError} `ERR_CONNECTION_LOST`, which ends the run.
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED` if a connection is closed to begin with.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { addEventHandler, openConnection, runDelivery } from 'virdeliver';
 *
 * const conn = openConnection('test:///default', { seed: 42 });
 * const stop = new AbortController();
 * process.once('SIGINT', () => stop.abort());
 * addEventHandler(conn, null, () => stop.abort());
 * await runDelivery(conn, { signal: stop.signal });
 * ```
 */
export async function runDelivery(
  connections: Connection | readonly Connection[],
  options: RunOptions = {},
): Promise<void> {
  const conns = Array.isArray(connections) ? [...(connections as readonly Connection[])] : [connections as Connection];
  requireOptions('options', options, OPTIONS);
  const { signal: givenSignal, ...deliveryOptions } = options;
  const signal = readSignal('options.signal', givenSignal);
  const plan = { ...readDeliveryOptions(deliveryOptions), heedsRetryDelay: true };
  if (plan.limit === 0) {
    throw new InvalidArgumentError('options.limit', 'must be at least 1 here, or nothing would ever be delivered');
  }
  const cores = conns.map(coreOf);
  requireDifferent(cores);
  for (const core of cores) {
    core.requireOpen();
  }
  const missedLosses = cores.map((core) => core.watchLoss());
  while (!signal?.aborted) {
    const live = conns.filter((conn) => conn.state !== 'closed');
    const isDeliverable = await waitUnlessAborted(live, signal);
    const loss = missedLosses.map((missed) => missed()).find((missed) => missed !== undefined);
    if (loss !== undefined && !signal?.aborted) {
      throw loss;
    }
    if (!isDeliverable) {
      return;
    }
    const open = live.filter((conn) => conn.state !== 'closed');
    if (open.length > 0) {
      deliver(open, plan, 'runDelivery');
    }
    await nextTurn();
  }
}

/** Waits for news; says no if there will be none, or the signal aborts. */
async function waitUnlessAborted(conns: readonly Connection[], signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return await waitUntilDeliverable(conns.map(coreOf), Number.POSITIVE_INFINITY, signal);
  } catch (error) {
    if (signal?.aborted) {
      return false;
    }
    throw error;
  }
}
