import type { ReaderPlace } from '../drivers/driver';
import type { QueueEntry } from './queue/queued-event';

/** Who keeps what its handler is given, as the writer of a journal does. */
export interface Durable {
  /**
   * Says that a delivery is over: what the handler was given in it must be safe now.
   *
   * @throws {Error} if it is not; a source that keeps its events then offers them again.
   */
  settle(): void;
}

/**
 * The account of what a program has completed, for a source that keeps its events.
 *
 * The source hears of an event when nobody can need it any more: it has left the queue, no consumer holds it or one that came before
 * it, and whoever keeps events has it safe.
 */
export class Completion {
  readonly #place: ReaderPlace;
  readonly #durables: ReadonlySet<Durable>;
  /** The numbers of the events that consumers hold, in order; one that two of them hold stands there twice. */
  readonly #held: number[] = [];
  /** The last event that has left the queue, and up to where the source knows of it. */
  #last = 0;
  #told = 0;
  /** Whether what has left the queue may not be safe yet with who keeps it. */
  #isUnsettled = false;
  #earlierThrows = 0;
  #throws = 0;
  #problem: Error | undefined;

  /** @param durables Those who keep events; they may come and go. */
  constructor(place: ReaderPlace, durables: ReadonlySet<Durable>) {
    this.#place = place;
    this.#durables = durables;
  }

  /** How many times a handler has thrown on the event in hand before this process. */
  get earlierThrows(): number {
    return this.#earlierThrows;
  }

  /** Takes up an event that is offered for the first time here; another process may have offered it before. */
  offer(event: QueueEntry): void {
    const { attempts, throws } = this.#place.offered(event.sequence);
    event.attempt = attempts + 1;
    this.#earlierThrows = throws;
    this.#throws = throws;
  }

  /** Notes how many times by now a handler has thrown on the event in hand. */
  noteThrow(throws: number): void {
    this.#throws = Math.max(this.#throws, throws);
  }

  /** Notes that the event in hand is to be offered again. */
  putOff(event: QueueEntry): void {
    this.#place.putOff(event.attempt, this.#throws);
  }

  /** Notes that an event has left the queue. */
  complete(event: QueueEntry, isHandled: boolean): void {
    this.#last = event.sequence;
    this.#isUnsettled = true;
    this.#tell(isHandled);
  }

  /** Notes that a consumer has an event in hand, or holds it, from within its handler. */
  hold(event: { readonly sequence: number }): void {
    this.#held.push(event.sequence);
  }

  /** Notes that a consumer is done with an event that it had. */
  release(event: { readonly sequence: number }): void {
    const place = this.#held.indexOf(event.sequence);
    if (place !== -1) {
      this.#held.splice(place, 1);
      this.#tell(true);
    }
  }

  /** Says that a delivery is over, and that who keeps events has them safe. */
  settle(): void {
    this.#isUnsettled = false;
    // What couldn't be written down just now is tried again by the next delivery, when the program knows of it.
    if (this.problem === undefined) {
      this.#place.settle();
    }
  }

  /** Why the source could not write the account down, until it is taken. */
  get problem(): Error | undefined {
    this.#problem ??= this.#place.takeProblem();
    return this.#problem;
  }

  takeProblem(): Error | undefined {
    const { problem } = this;
    this.#problem = undefined;
    return problem;
  }

  #tell(isHandled: boolean): void {
    const oldest = this.#held[0];
    const through = oldest === undefined ? this.#last : Math.min(oldest - 1, this.#last);
    if (through > this.#told) {
      this.#told = through;
      const isSafe = this.#durables.size === 0 || !this.#isUnsettled;
      this.#place.completed(through, isHandled && isSafe);
    }
  }
}
