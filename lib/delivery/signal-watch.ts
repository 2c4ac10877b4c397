import { removeEach } from './handler-list';
import type { Registration } from './handlers';

/**
 * Removes the handlers of one connection when their signals abort.
 *
 * It listens once to each signal, however many handlers share it: Node takes many listeners on one signal for a leak.
 */
export class SignalWatch {
  readonly #registrations = new Map<AbortSignal, Set<Registration>>();
  readonly #onAbort = (event: Event) => {
    removeEach(this.#registrations.get(event.target as AbortSignal) ?? []);
  };

  add(signal: AbortSignal, registration: Registration): void {
    const sharing = this.#registrations.get(signal);
    if (sharing === undefined) {
      this.#registrations.set(signal, new Set([registration]));
      signal.addEventListener('abort', this.#onAbort);
    } else {
      sharing.add(registration);
    }
  }

  delete(signal: AbortSignal, registration: Registration): void {
    const sharing = this.#registrations.get(signal);
    if (sharing?.delete(registration) && sharing.size === 0) {
      this.#registrations.delete(signal);
      signal.removeEventListener('abort', this.#onAbort);
    }
  }
}
