import type { RouterEntry } from '../filter/router/route';
import { Router } from '../filter/router/router';
import type { Registration } from './handlers';
import type { QueueEntry } from './queued-event';

/**
 * The handlers of one connection, in the order of their registration.
 *
 * Adding one, removing one and changing the filter of one take the same time however many there are; which of them an
 * event may match is found without a look at most of the others.
 */
export class HandlerList {
  readonly #entries = new Map<Registration, RouterEntry<Registration>>();
  readonly #router = new Router<Registration>();
  #lastPlace = 0;

  get size(): number {
    return this.#entries.size;
  }

  add(registration: Registration): void {
    this.#lastPlace += 1;
    this.#entries.set(registration, this.#router.add(registration.filter, registration, this.#lastPlace));
  }

  delete(registration: Registration): void {
    const entry = this.#entries.get(registration);
    if (entry !== undefined) {
      this.#entries.delete(registration);
      this.#router.remove(entry);
    }
  }

  /** Takes note of a handler's new filter; its place among the others stays. */
  filterChanged(registration: Registration): void {
    const entry = this.#entries.get(registration);
    if (entry !== undefined) {
      this.#router.remove(entry);
      this.#entries.set(registration, this.#router.add(registration.filter, registration, entry.place));
    }
  }

  /** Those that an event may match, in the order of their registration; the list holds until the next call. */
  candidates(event: QueueEntry): readonly RouterEntry<Registration>[] {
    return this.#router.candidates(event);
  }

  [Symbol.iterator](): IterableIterator<Registration> {
    return this.#entries.keys();
  }
}

/** Removes handlers; what their `onRelease` functions throw is thrown when all of them were called. */
export function removeEach(registrations: Iterable<Registration>): void {
  const errors: unknown[] = [];
  for (const registration of registrations) {
    try {
      registration.remove();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) {
    throw errors[0];
  }
  if (errors.length > 1) {
    throw new AggregateError(errors, `${errors.length} 'onRelease' functions failed`);
  }
}
