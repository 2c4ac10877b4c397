import type { Reading } from './byte-source';
import type { Wait } from './dialogue';
import { TimeIsUp, type TimeLimit, within } from './time-limit';
import type { Transport } from './transport';

/** Waits for what comes from the other end, if anything, in time; otherwise it is `nothing`. */
export function nextReading(transport: Transport, limit: TimeLimit): Wait<Reading> {
  return {
    now: () => {
      for (;;) {
        // Nothing is there yet, as a rule: that is found out while waiting.
        const { left } = limit;
        if (left > 0) {
          transport.wait(left);
        }
        const reading = transport.read();
        if (reading.kind !== 'nothing' || left <= 0) {
          return reading;
        }
      }
    },
    inLoop: () =>
      within<Reading>(limit, (resolve) => {
        const take = (reading: Reading): void => {
          // At once: another reading would have nobody to take it.
          transport.unwatch();
          resolve(reading);
        };
        if (!transport.watch(take)) {
          take(transport.read());
        }
        return () => transport.unwatch();
      }).catch((error: unknown) => {
        if (error instanceof TimeIsUp) {
          return { kind: 'nothing' };
        }
        throw error;
      }),
  };
}
