import { type AbortSignalLike, optionNames, readNumber, readSignal, requireOptions } from '../arguments';
import { LONGEST_TIMER } from '../clock';
import type { Connection } from './connection';
import { type ConnectionCore, coreOf } from './connection-core';
import { whenAborted } from './signal-watch';

/** The options of `waitForEvents`. */
export interface WaitOptions {
  /** How many milliseconds to wait at most; default without end. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
}

const OPTIONS = optionNames<WaitOptions>({ timeoutMs: true, signal: true });

/**
 * Waits in the event loop until an event can be delivered; it delivers nothing itself.
 *
 * It looks at the queue: while anything is queued it resolves at once, whoever queued it. Meanwhile the connection reads
 * its transport as data comes, and keeps the process alive. An event that a handler wants again counts as absent until
 * its pause has passed.
 *
 * @returns `true` when an event is queued; `false` when the time is up, or when none will ever come: the connection has
 *   ended, or was closed meanwhile.
 * @throws {ConnectionLostError} `ERR_CONNECTION_LOST` once, when all that came before the loss is delivered.
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { addEventHandler, closeConnection, deliverEvents, openConnection, waitForEvents } from 'virdeliver';
 *
 * const conn = openConnection('test:///default', { seed: 42 });
 * addEventHandler(conn, null, () => closeConnection(conn));
 * while (conn.state === 'open' && (await waitForEvents(conn))) {
 *   deliverEvents(conn);
 * }
 * ```
 */
export async function waitForEvents(conn: Connection, options: WaitOptions = {}): Promise<boolean> {
  const core = coreOf(conn);
  requireOptions('options', options, OPTIONS);
  const timeoutMs = readNumber('options.timeoutMs', options.timeoutMs, Number.POSITIVE_INFINITY, {
    least: 0,
    whole: false,
  });
  const signal = readSignal('options.signal', options.signal);
  core.requireOpen();
  const found = await waitUntilDeliverable([core], timeoutMs, signal);
  const loss = core.reportLoss();
  if (loss !== undefined) {
    throw loss;
  }
  // A loss that another has been told meanwhile isn't news any more.
  return found && !core.exhausted;
}

const startInterval = setInterval;
const stopInterval = clearInterval;

/**
 * Waits in the event loop until one of the connections has news: an event to deliver, or a loss to report.
 *
 * @returns Whether one has; not so if the time is up, or all of them are exhausted.
 * @throws the signal's reason, when it aborts.
 */
export function waitUntilDeliverable(
  cores: readonly ConnectionCore[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cleanUp: (() => void)[] = [];
    let settled = false;
    let stopPause = () => {};
    const settle = (action: () => void) => {
      settled = true;
      stopPause();
      for (const clean of cleanUp.splice(0)) {
        clean();
      }
      action();
    };
    const look = () => {
      // Before the look: a pause that passes in the midst of it would otherwise be seen neither as lasting nor as over.
      const pausing = cores.filter((core) => core.headIsDeferred);
      if (signal?.aborted) {
        settle(() => reject(signal.reason));
      } else if (cores.some((core) => core.isDeliverable)) {
        settle(() => resolve(true));
      } else if (cores.every((core) => core.exhausted)) {
        settle(() => resolve(false));
      } else {
        stopPause();
        stopPause = scheduleEndOfPause(pausing, look);
      }
    };
    look();
    if (!settled && timeoutMs === 0) {
      settle(() => resolve(false));
    }
    if (settled) {
      return;
    }
    // Drivers do not keep the process alive, and a connection that only the program feeds has nothing that could.
    const keepAlive = startInterval(() => {}, LONGEST_TIMER);
    cleanUp.push(() => stopInterval(keepAlive));
    if (signal !== undefined) {
      cleanUp.push(whenAborted(signal, look));
    }
    if (timeoutMs < Number.POSITIVE_INFINITY) {
      cleanUp.push((cores[0] as ConnectionCore).clock.schedule(timeoutMs, () => settle(() => resolve(false))));
    }
    for (const core of cores) {
      const stopListening = core.listen(look);
      // A driver may find an event as soon as it listens, and the wait be over.
      if (settled) {
        stopListening();
        return;
      }
      cleanUp.push(stopListening);
    }
  });
}

/** Calls back when the first of these connections' pauses after a `'retry'` has passed. */
function scheduleEndOfPause(pausing: readonly ConnectionCore[], callback: () => void): () => void {
  const stops = pausing.map((core) => core.clock.schedule(core.deferredUntil - core.clock.monotonic(), callback));
  return () => {
    for (const stop of stops) {
      stop();
    }
  };
}
