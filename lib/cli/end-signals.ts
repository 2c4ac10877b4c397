import { constants } from 'node:os';

/** The signals by which a person, a terminal that is closed, or what runs the command asks it to end. */
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type EndSignal = (typeof endSignals)[number];

/**
 * Calls a function at the first signal to end, so that connections are closed in good order; a second signal ends the process.
 *
 * @returns A function after which the signals have their own way again.
 */
export function onEndSignal(act: (signal: EndSignal) => void): () => void {
  const listener = (signal: NodeJS.Signals) => {
    stop();
    act(signal as EndSignal);
  };
  const stop = () => {
    for (const signal of endSignals) {
      process.removeListener(signal, listener);
    }
  };
  for (const signal of endSignals) {
    process.on(signal, listener);
  }
  return stop;
}

/** The exit status of a command that a signal has ended, as a shell would say it. */
export function statusAfter(signal: EndSignal): number {
  return 128 + constants.signals[signal];
}

/** Whether an exit status is that of a command which a signal has ended. */
export function isAfterSignal(status: number): boolean {
  return status > 128;
}

/** How a command calls a signal that has ended it. */
export function wordFor(signal: EndSignal): string {
  return signal === 'SIGINT' ? 'interrupted' : `ended by ${signal}`;
}
