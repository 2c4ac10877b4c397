import type { Reading } from './byte-source';
import type { Wait } from './dialogue';
import { TimeIsUp, type TimeLimit, within } from './time-limit';
import type { Transport } from './transport';

/** Waits for what comes from the other end, if anything, in time; otherwise it is `nothing`. */
export function nextReading(transport: Transport, limit: TimeLimit): Wait<Reading> {
  return {
    now: () => {
      let reading = transport.read();
      while (reading.kind === 'nothing' && limit.left > 0) {
        transport.wait(limit.left);
        reading = transport.read();
      }
      return reading;
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
