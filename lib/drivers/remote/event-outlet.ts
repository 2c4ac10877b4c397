import type { InvalidEventError, ProtocolError } from '../../errors';
import type { ReadEvent } from '../../event/read-event';
import type { EventSink } from '../driver';
import { BacklogCap } from './backlog-cap';

/** An event, or why one could not be read. */
export type EventOrError = ReadEvent | InvalidEventError | ProtocolError;

/** Puts events into the queue of a connection, in order; what has no room there yet is held. */
export class EventOutlet {
  readonly #sink: EventSink;
  readonly #cap: BacklogCap;
  #held: EventOrError[] = [];
  #isClosed = false;

  constructor(sink: EventSink) {
    this.#sink = sink;
    this.#cap = new BacklogCap(sink.bounds);
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /** Puts an item behind all that is held, and into the queue if there is room. */
  put(item: EventOrError): void {
    // Who is told of an event on a diagnostics channel may have closed the connection.
    if (this.#isClosed) {
      return;
    }
    if (this.#held.length > 0 || !this.#queue(item)) {
      this.#held.push(item);
      this.#cap.add(sizeOf(item));
    }
  }

  /** Puts what is held into the queue, as far as there is room. */
  flush(): void {
    let taken = 0;
    while (taken < this.#held.length && this.#queue(this.#held[taken] as EventOrError)) {
      taken += 1;
    }
    for (const item of this.#held.splice(0, taken)) {
      this.#cap.remove(sizeOf(item));
    }
  }

  /**
   * Makes sure that not too much is held.
   *
   * @throws {ProtocolError} `ERR_PROTOCOL`
   */
  requireBounded(): void {
    this.#cap.require('while the queue was full');
  }

  /** Drops what is held, and takes nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#held = [];
  }

  /** Puts something into the queue; no, if there is no room for it. */
  #queue(item: EventOrError): boolean {
    if (item instanceof Error) {
      this.#sink.invalid(item);
      return true;
    }
    if (!this.#sink.hasRoomFor(item.bytes)) {
      return false;
    }
    this.#sink.event(item);
    return true;
  }
}

function sizeOf(item: EventOrError): number {
  return item instanceof Error ? 0 : item.bytes;
}
