import type { Socket } from 'node:net';
import { systemClock } from '../../../clock';
import type { TimeLimit } from './time-limit';

/** The time was up before a socket emitted what was waited for. */
export class TimeIsUp extends Error {}

/**
 * Waits until a socket emits one of some events.
 *
 * The socket needs a listener for `error` besides, for the time when nobody waits.
 *
 * @throws {TimeIsUp} where none of them comes within the time.
 * @throws {Error} where it is given up: the reason of the limit's signal.
 * @throws {Error} where the socket fails: its own error.
 */
export function socketEvent(socket: Socket, events: readonly string[], limit: TimeLimit): Promise<void> {
  const { signal } = limit;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const settle = (outcome: () => void) => {
      stopTimer();
      signal?.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      for (const event of events) {
        socket.removeListener(event, onEvent);
      }
      outcome();
    };
    const onEvent = () => settle(resolve);
    const onError = (error: Error) => settle(() => reject(error));
    const onAbort = () => settle(() => reject(signal?.reason));
    const stopTimer = systemClock.schedule(limit.left, () => settle(() => reject(new TimeIsUp())));
    signal?.addEventListener('abort', onAbort);
    socket.on('error', onError);
    for (const event of events) {
      socket.on(event, onEvent);
    }
  });
}
