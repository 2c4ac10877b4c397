import { sleep, systemClock } from '../clock';
import type { ConnectionCore } from './connection-core';

/** How long one of several connections is waited on before all of them are pumped, in milliseconds. */
const SLICE = 2;

/** How much longer, at least, that is for each connection, so that pumping many takes little of a processor. */
const SLICE_EACH = 0.2;

/** How long a driver is asked to wait at once, in milliseconds, since a wait may be infinite. */
const LONGEST_WAIT = 3_600_000;

/** What a wait asks and tells the one who waits. */
export interface WaitListener {
  /** Whether what is waited for has come to a connection. */
  isOver(core: ConnectionCore): boolean;
  /** How many events are wanted at most. */
  readonly wanted: number;
  /** Whether the pumps between the sleeps may go on; asked after each chunk. */
  shouldContinue(): boolean;
  /** Told how long each sleep has lasted, in milliseconds. */
  onSlept(milliseconds: number): void;
}

/**
 * Blocks the thread until what is waited for has come to one of the connections, all of them are exhausted, or the time
 * is up.
 *
 * The connections are pumped after each sleep. If the clock is moved by hand it does not sleep at all. Several
 * connections are waited on in turn, each for a slice: a wait on two descriptors at once would end only when both are
 * readable. Those to which nothing can come while the thread is blocked are left out.
 *
 * @param waitMs How long to wait at most; may be infinite.
 */
export function waitSynchronously(cores: readonly ConnectionCore[], waitMs: number, listener: WaitListener): void {
  const { clock } = cores[0] as ConnectionCore;
  const deadline = clock.monotonic() + waitMs;
  for (let turn = 0; ; turn += 1) {
    const live = cores.filter((core) => !core.exhausted);
    // Before the look: a pause that passes in the midst of it would otherwise be seen neither as lasting nor as over.
    const pauses = live.map(untilRetry);
    if (cores.some(listener.isOver) || cores.some((core) => core.clock.manual)) {
      return;
    }
    const now = clock.monotonic();
    if (live.length === 0 || now >= deadline) {
      return;
    }
    const waking = live.filter(canWake);
    const left = Math.min(deadline - now, LONGEST_WAIT, sliceOf(waking.length), ...pauses);
    const served = waking[turn % waking.length];
    if (left > 0) {
      timed(listener, () => (served === undefined ? sleep(left) : served.driver.wait(left)));
    }
    for (const core of waking) {
      core.pump(listener.shouldContinue, listener.wanted);
      if (listener.isOver(core)) {
        return;
      }
    }
  }
}

/** How long a sleep may last if it is ended by one of so many connections only. */
function sliceOf(connections: number): number {
  return connections > 1 ? Math.max(SLICE, SLICE_EACH * connections) : Number.POSITIVE_INFINITY;
}

/** Whether something can come while the thread is blocked that could be delivered: not behind a head that is put off. */
function canWake({ driver, queue }: ConnectionCore): boolean {
  return driver.isSilentWhileBlocked !== true && queue.length === 0;
}

/** In how many milliseconds the head of the queue is no longer put off. */
function untilRetry(core: ConnectionCore): number {
  return core.headIsDeferred ? core.deferredUntil - core.clock.monotonic() : Number.POSITIVE_INFINITY;
}

function timed(listener: WaitListener, sleeping: () => void): void {
  const start = systemClock.monotonic();
  sleeping();
  listener.onSlept(systemClock.monotonic() - start);
}
