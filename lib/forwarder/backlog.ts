import { pathToFileURL } from 'node:url';
import { systemClock } from '../clock';
import { type ConnectionCore, coreOf } from '../delivery/connection-core';
import type { EntryPlace, JournalBehind, StoredEntry } from '../drivers/driver';
import { addEventHandler, type Connection, deliverEvents, openConnection } from '../index';
import type { Beginning } from './beginning';
import type { PublishableEvent, PublishableEvents } from './message';

/** How many events are passed on before it is looked at the time. */
const BATCH = 64;

/** The events of a journal from a place up to that of its reader, which has completed them. */
export class Backlog implements PublishableEvents {
  readonly #conn: Connection;
  readonly #core: ConnectionCore;
  readonly #place: EntryPlace;
  readonly #end: number;
  #pass: (event: PublishableEvent) => void = () => {};
  #problem: unknown;
  #isDone = false;

  /** @param end The number before which they end. */
  constructor({ clock, eventLimits: limits }: ConnectionCore, folder: string, beginning: Beginning, end: number) {
    const from = typeof beginning === 'object' ? beginning.after + 1 : beginning;
    const path = pathToFileURL(folder).pathname;
    this.#conn = openConnection(`journal:${path}?from=${from}&follow=no`, { clock, limits });
    this.#end = end;
    this.#core = coreOf(this.#conn);
    this.#place = (this.#core.driver.journal as JournalBehind).place;
    addEventHandler(this.#conn, null, (_, event) => this.#take(event));
  }

  /** Whether all of them were passed on. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * Passes them on for a while, one after the other.
   *
   * @param pass Passes one on; if it throws, the same one is next.
   * @throws what `pass` throws.
   */
  pass(milliseconds: number, pass: (event: PublishableEvent) => void): void {
    this.#pass = pass;
    const deadline = systemClock.monotonic() + milliseconds;
    do {
      const { stoppedBy } = deliverEvents(this.#conn, { limit: BATCH });
      if (this.#problem !== undefined) {
        const problem = this.#problem;
        this.#problem = undefined;
        throw problem;
      }
      this.#isDone ||= stoppedBy === 'ended';
    } while (!this.#isDone && systemClock.monotonic() < deadline);
  }

  entryOf(sequence: number): StoredEntry | undefined {
    return this.#place.entryOf(sequence);
  }

  *eventsAfter(sequence: number): IterableIterator<PublishableEvent> {
    for (const event of this.#core.queue.eventsAfter(sequence)) {
      if (event.sequence >= this.#end) {
        return;
      }
      yield event;
    }
  }

  close(): void {
    this.#conn.close();
  }

  #take(event: PublishableEvent): 'retry' | 'break' | undefined {
    const { xml, type, timestamp, sequence } = event;
    const isLast = sequence >= this.#end - 1;
    // What was deleted since is told of as one gap, perhaps together with what the reader has before it yet.
    if (sequence < this.#end || this.entryOf(sequence) === undefined) {
      try {
        this.#pass({ xml, type, timestamp, sequence: Math.min(sequence, this.#end - 1) });
      } catch (problem) {
        this.#problem = problem;
        return 'retry';
      }
    }
    this.#isDone = isLast;
    return isLast ? 'break' : undefined;
  }
}
