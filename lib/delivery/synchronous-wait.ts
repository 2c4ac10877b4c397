import { sleep } from '../clock';
import type { ConnectionCore } from './connection';

/** How long one of several connections is waited on before the next has its turn, in milliseconds. */
const SLICE = 2;

/** How long a driver is asked to wait at once, in milliseconds, since a wait may be infinite. */
const LONGEST_WAIT = 3_600_000;

/**
 * Blocks the thread until one of the connections satisfies a condition, all of them are exhausted, or the time is up.
 *
 * Between two sleeps every connection is pumped. Where the clock is moved by hand it does not sleep at all. Of several
 * connections each is waited on in turn for a slice: a wait on two descriptors at once would end only when both are
 * readable.
 *
 * @param waitMs How long to wait at most; may be infinite.
 */
export function waitSynchronously(
  cores: readonly ConnectionCore[],
  waitMs: number,
  isOver: (core: ConnectionCore) => boolean,
): void {
  const clock = (cores[0] as ConnectionCore).clock;
  const deadline = clock.monotonic() + waitMs;
  while (!cores.some(isOver)) {
    const live = cores.filter((core) => !core.exhausted);
    const left = deadline - clock.monotonic();
    if (live.length === 0 || left <= 0 || clock.manual) {
      return;
    }
    for (const core of live) {
      const slice = Math.min(left, live.length === 1 ? LONGEST_WAIT : SLICE);
      if (core.queue.length > 0) {
        // What the driver could bring would have to stay behind the head, which is put off.
        const untilRetry = core.headIsAbsent ? core.retryDue - clock.monotonic() : slice;
        sleep(Math.max(Math.min(slice, untilRetry), 0));
      } else {
        core.driver.wait(slice);
      }
      core.driver.pump(always);
    }
  }
}

const always = () => true;
