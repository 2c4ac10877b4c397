import { byPlace, type OneOrList } from '../filter/router/route';
import type { QueueEntry } from './queue/queued-event';
import { Registration } from './registration';

const nobody: readonly Registration[] = [];

/**
 * How far a connection's event at the head of the queue has got with its handlers.
 *
 * The handlers that match are called in a round. Those that want the event again make up the next round, which belongs
 * to the next attempt. A round that was cut short by a budget is gone on with by the next delivery.
 */
export class HeadProgress {
  #entry: QueueEntry | undefined;
  /** Who matches, filter by filter, while that is found out. */
  readonly #matching: OneOrList<Registration>[] = [];
  #round = nobody;
  #next = 0;
  #again: Registration[] = [];
  #isUnmatched = true;

  /** Whether this event has been offered already, and is not completed. */
  holds(entry: QueueEntry): boolean {
    return this.#entry === entry;
  }

  /** Takes up a new event when nothing is held; its handlers are then added, and their round begun. */
  begin(entry: QueueEntry): void {
    this.#entry = entry;
    this.#isUnmatched = true;
  }

  /** Adds the handlers of a filter that matches the event, in the order of their registration; a list is not copied. */
  add(registrations: OneOrList<Registration>): void {
    this.#isUnmatched = false;
    this.#matching.push(registrations);
  }

  /** Puts all handlers that were added in the order of their registration. */
  beginRound(): void {
    const matching = this.#matching;
    // Mostly one filter has matched, and the handlers that share it are not looked at before they are called.
    const first = matching[0] ?? nobody;
    this.#round = matching.length > 1 ? byRegistration(matching) : first instanceof Registration ? [first] : first;
    while (matching.length > 0) {
      matching.pop();
    }
  }

  /** Whether no handler's filter matched the event, and none failed on it. */
  get wasUnmatched(): boolean {
    return this.#isUnmatched;
  }

  /** The next handler that is to be called in this round, without those that were removed meanwhile. */
  nextHandler(): Registration | undefined {
    while (this.#next < this.#round.length) {
      const registration = this.#round[this.#next] as Registration;
      if (registration.active) {
        return registration;
      }
      this.#next += 1;
    }
    return undefined;
  }

  /** Goes on to the handler after the next one. */
  advance(): void {
    this.#next += 1;
  }

  /** Says that the event is not to be counted as unmatched, though no handler receives it. */
  noteFailure(): void {
    this.#isUnmatched = false;
  }

  /** Puts a handler into the next round. */
  requeueFor(registration: Registration): void {
    registration.noteRetry();
    this.#again.push(registration);
  }

  /** Whether a handler is left that was not called yet, or wants the event again. */
  get isWaitedFor(): boolean {
    return this.nextHandler() !== undefined || this.isWantedAgain;
  }

  /** Whether a handler that is still registered wants the event again. */
  get isWantedAgain(): boolean {
    return this.#again.some((registration) => registration.active);
  }

  /** For how long waits may leave the event alone: as long as one of the handlers that want it again allows. */
  get longestPause(): number {
    let longest = 0;
    for (const registration of this.#again) {
      if (registration.active) {
        longest = Math.max(longest, registration.longestPause);
      }
    }
    return longest;
  }

  /** Begins the next attempt at the event that is held, if this round is over. */
  resume(): void {
    if (this.#again.length > 0 && this.nextHandler() === undefined) {
      this.#round = this.#again;
      this.#again = [];
      this.#next = 0;
      (this.#entry as QueueEntry).attempt += 1;
    }
  }

  /** Forgets the event, so that nothing of it is held. */
  end(): void {
    this.#entry = undefined;
    this.#next = 0;
    this.#round = nobody;
    // To set the length of an array takes longer than all the rest, also of an empty one.
    if (this.#again.length > 0) {
      this.#again = [];
    }
  }
}

/** All of several handlers and lists, each of which is in the order of registration, in that order. */
function byRegistration(several: readonly OneOrList<Registration>[]): Registration[] {
  const all: Registration[] = [];
  for (const one of several) {
    if (one instanceof Registration) {
      all.push(one);
    } else {
      for (const registration of one) {
        all.push(registration);
      }
    }
  }
  return isInOrder(all) ? all : all.sort(byPlace);
}

function isInOrder(registrations: readonly Registration[]): boolean {
  for (let index = 1; index < registrations.length; index += 1) {
    // Stryker disable next-line ConditionalExpression,EqualityOperator: a list that is sorted without need comes to the same.
    if (registrations[index - 1]!.place > registrations[index]!.place) {
      return false;
    }
  }
  return true;
}
