import type { EventHandler } from './event-handler';
import type { Registration } from './registration';

/**
 * Handlers that are called with an event one after another.
 *
 * An event may come to hundreds among many thousands, and then the time goes into fetching them from memory. What a call takes
 * therefore stands side by side here, so that a handler that just returns costs no look at its registration.
 */
export class Round {
  readonly registrations: readonly Registration[];
  readonly handlers: readonly EventHandler<unknown>[];
  readonly args: readonly unknown[];
  /** Whether one of them is called for a single event. */
  readonly hasOnce: boolean;

  constructor(registrations: readonly Registration[]) {
    this.registrations = registrations;
    this.handlers = registrations.map(({ handler }) => handler);
    this.args = registrations.map(({ arg }) => arg);
    this.hasOnce = registrations.some(({ once }) => once);
  }
}
