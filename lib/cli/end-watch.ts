import { constants } from 'node:os';
import type { Output } from './output';

/** The signals by which a person, a terminal that is closed, or what runs the command asks it to end. */
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Looks out for what ends a command early, so that its connection is closed in good order: a signal, or that nobody reads its output
 * any more. A second signal ends the process.
 */
export class EndWatch implements Disposable {
  readonly #stop = new AbortController();
  readonly #unwatchReader: () => void;
  #endedBy: (typeof endSignals)[number] | undefined;

  /** @param output Standard output, if the command is for whoever reads it. */
  constructor(output?: Output) {
    for (const signal of endSignals) {
      process.on(signal, this.#onSignal);
    }
    output?.closed.addEventListener('abort', () => this.stop());
    this.#unwatchReader = output?.watchReader() ?? (() => {});
  }

  /** Aborts when the command is to end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** How the command ends if a signal has asked for it: with a word for a message, and the exit status that a shell would give. */
  get ending(): { readonly signal: NodeJS.Signals; readonly word: string; readonly status: number } | undefined {
    const signal = this.#endedBy;
    if (signal === undefined) {
      return undefined;
    }
    const word = signal === 'SIGINT' ? 'interrupted' : `ended by ${signal}`;
    return { signal, word, status: 128 + constants.signals[signal] };
  }

  /** Ends the command for another reason. */
  stop(): void {
    this.#stop.abort();
  }

  [Symbol.dispose](): void {
    this.#ignoreSignals();
    this.#unwatchReader();
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#ignoreSignals();
    this.#endedBy = signal as (typeof endSignals)[number];
    this.stop();
  };

  #ignoreSignals(): void {
    for (const signal of endSignals) {
      process.removeListener(signal, this.#onSignal);
    }
  }
}

/** Whether an exit status is that of a command which a signal has ended. */
export function isAfterSignal(status: number): boolean {
  return status > 128;
}
