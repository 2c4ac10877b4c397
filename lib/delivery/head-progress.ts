import { byPlace, type Found } from '../filter/router/route';
import type { Connection } from './connection';
import type { QueueEntry } from './queue/queued-event';
import { Registration } from './registration';
import { Round } from './round';

const nobody: Round = new Round([]);

/**
 * How far a connection's event at the head of the queue has got with its handlers.
 *
 * The handlers that match are called in a round. Those that want the event again make up the next round, which belongs
 * to the next attempt. A round that was cut short by a budget is gone on with by the next delivery.
 */
export class HeadProgress {
  /** The connection's handlers: how often they have changed. */
  readonly #handlers: { readonly changes: number };
  #entry: QueueEntry | undefined;
  /** What `changes` was when the event was taken up: as long as it is that, no handler of the round is gone. */
  #changes = 0;
  /** What matches, filter by filter, while that is found out. */
  readonly #matching: Found<Registration>[] = [];
  #round: Round = nobody;
  #next = 0;
  /** How many of the round know that they were called. */
  #counted = 0;
  /** The filter whose handlers are the round, if it is one alone. */
  #shared: Found<Registration> | undefined;
  #again: Registration[] = [];
  #isUnmatched = true;
  /** The round of the handler that runs, its place there, and that of the first one of the run. */
  #running: Round | undefined;
  #place = 0;
  #first = 0;

  constructor(handlers: { readonly changes: number }) {
    this.#handlers = handlers;
  }

  /** Whether this event has been offered already, and is not completed. */
  holds(entry: QueueEntry): boolean {
    return this.#entry === entry;
  }

  /** Takes up a new event when nothing is held; its handlers are then added, and their round begun. */
  begin(entry: QueueEntry): void {
    this.#entry = entry;
    this.#isUnmatched = true;
    this.#changes = this.#handlers.changes;
  }

  /** Adds the handlers of a filter that matches the event, in the order of their registration. */
  add(found: Found<Registration>): void {
    this.#isUnmatched = false;
    this.#matching.push(found);
  }

  /** Puts all handlers that were added in the order of their registration. */
  beginRound(): void {
    const matching = this.#matching;
    if (matching.length === 1) {
      // As it mostly is. What is made for one event serves the next ones, until a handler of the filter comes or goes.
      const only = matching[0] as Found<Registration>;
      only.made ??= new Round(only.entries);
      this.#round = only.made as Round;
      this.#shared = only;
    } else if (matching.length > 0) {
      this.#round = new Round(byRegistration(matching));
    }
    while (matching.length > 0) {
      matching.pop();
    }
  }

  /** Whether no handler's filter matched the event, and none failed on it. */
  get wasUnmatched(): boolean {
    return this.#isUnmatched;
  }

  /** Whether there is a handler that is to be called in this round; those that were removed meanwhile are passed over. */
  get hasNext(): boolean {
    const { registrations } = this.#round;
    while (this.#next < registrations.length) {
      if (registrations[this.#next]!.active) {
        return true;
      }
      this.#next += 1;
    }
    return false;
  }

  /**
   * Calls the next handler, and those after it as long as they just return: until one returns something, or handlers have come
   * or gone.
   *
   * @param isOne Whether to call no more than one.
   * @returns What the last one has returned; whatever comes of it, `endRun` is to be called next.
   */
  run(conn: Connection, isOne: boolean): unknown {
    const event = (this.#entry as QueueEntry).asQueuedEvent();
    const round = this.#round;
    const { handlers, args } = round;
    const isStepwise = isOne || round.hasOnce;
    this.#running = round;
    this.#first = this.#next;
    for (let place = this.#next; ; place += 1) {
      this.#place = place;
      this.#next = place + 1;
      const handler = handlers[place]!;
      const result = handler(conn, event, args[place]);
      const isAlone = isStepwise || this.#handlers.changes !== this.#changes;
      if (result !== undefined || isAlone || this.#next === handlers.length) {
        return result;
      }
    }
  }

  /** The handler that runs, or has run last, until `endRun`. */
  get last(): Registration {
    return (this.#running as Round).registrations[this.#place] as Registration;
  }

  /** Says that no handler runs any more; returns how many did. */
  endRun(): number {
    this.#running = undefined;
    return this.#place + 1 - this.#first;
  }

  /** Whether it is this handler that runs at this moment. */
  isRunning(registration: Registration): boolean {
    return this.#running?.registrations[this.#place] === registration;
  }

  /** Has each handler that was called know that; nobody asks those that were removed. */
  countCalls(): void {
    const { registrations } = this.#round;
    for (; this.#counted < this.#next; this.#counted += 1) {
      registrations[this.#counted]!.noteCall();
    }
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
    return this.hasNext || this.isWantedAgain;
  }

  /** Whether a handler that is still registered wants the event again. */
  get isWantedAgain(): boolean {
    return this.#again.length > 0 && this.#again.some((registration) => registration.active);
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
    if (this.#again.length > 0 && !this.hasNext) {
      this.#endRound();
      this.#round = new Round(this.#again);
      this.#again = [];
      (this.#entry as QueueEntry).attempt += 1;
    }
  }

  /** Forgets the event, so that nothing of it is held. */
  end(): void {
    this.#endRound();
    this.#entry = undefined;
    // To set the length of an array takes longer than all the rest, also of an empty one.
    if (this.#again.length > 0) {
      this.#again = [];
    }
  }

  #endRound(): void {
    const isWhole = this.#counted === 0 && this.#next === this.#round.registrations.length;
    if (this.#shared !== undefined && isWhole && this.#handlers.changes === this.#changes) {
      this.#shared.called += 1;
    } else {
      this.countCalls();
    }
    this.#round = nobody;
    this.#shared = undefined;
    this.#next = 0;
    this.#counted = 0;
  }
}

/** The handlers of several filters in the order of their registration; those of each are in that order. */
function byRegistration(several: readonly Found<Registration>[]): Registration[] {
  const all: Registration[] = [];
  for (const { holders } of several) {
    if (holders instanceof Registration) {
      all.push(holders);
    } else {
      for (const registration of holders) {
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
