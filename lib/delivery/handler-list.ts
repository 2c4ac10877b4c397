import type { Registration } from './handlers';

/** The handlers of one connection, in the order of their registration; adding and removing one is O(1). */
export class HandlerList {
  readonly #registrations = new Set<Registration>();

  get size(): number {
    return this.#registrations.size;
  }

  add(registration: Registration): void {
    this.#registrations.add(registration);
  }

  delete(registration: Registration): void {
    this.#registrations.delete(registration);
  }

  [Symbol.iterator](): IterableIterator<Registration> {
    return this.#registrations.values();
  }

  /** Removes every handler; what their `onRelease` functions throw is thrown when all of them were called. */
  removeAll(): void {
    const errors: unknown[] = [];
    for (const registration of this) {
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
}
