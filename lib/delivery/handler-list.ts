import type { Found } from '../filter/router/route';
import { Router } from '../filter/router/router';
import type { QueueEntry } from './queue/queued-event';
import type { Registration } from './registration';

/**
 * The handlers of one connection, in the order of their registration.
 *
 * Adding one, removing one and changing the filter of one take the same time however many there are; which of them an
 * event may match is found without a look at most of the others.
 */
export class HandlerList {
  readonly #registrations = new Set<Registration>();
  readonly #router = new Router<Registration>();
  #lastPlace = 0;
  #changes = 0;

  get size(): number {
    return this.#registrations.size;
  }

  /** How often a handler has come or gone, or has got another filter. */
  get changes(): number {
    return this.#changes;
  }

  add(registration: Registration): void {
    this.#changes += 1;
    this.#lastPlace += 1;
    this.#registrations.add(registration);
    this.#router.add(registration, registration.filter, this.#lastPlace);
  }

  delete(registration: Registration): void {
    this.#changes += 1;
    this.#registrations.delete(registration);
    this.#router.remove(registration);
  }

  /** Takes note of a handler's new filter; its place among the others stays. */
  filterChanged(registration: Registration): void {
    if (this.#registrations.has(registration)) {
      this.#changes += 1;
      this.#router.remove(registration);
      this.#router.add(registration, registration.filter, registration.place);
    }
  }

  /**
   * The filters that an event may match, each with its handlers, in the order of the first handlers' registration.
   *
   * The list holds until the next call.
   */
  find(event: QueueEntry): readonly Found<Registration>[] {
    return this.#router.find(event);
  }

  [Symbol.iterator](): IterableIterator<Registration> {
    return this.#registrations.keys();
  }
}
