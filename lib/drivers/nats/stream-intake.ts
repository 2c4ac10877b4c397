import { isUtf8 } from 'node:buffer';
import { formatTimestamp } from '../../clock';
import { InvalidEventError, ProtocolError } from '../../errors';
import type { EventText } from '../../event/event-text';
import type { ReadEvent } from '../../event/read-event';
import type { EventNotice, FeedPlace } from '../../nats/protocol';
import { defaultEventLimits, type EventLimits } from '../../xml/limits';
import type { DriverContext, EventOrigin } from '../driver';
import { readStoredEvent, storedEventLimits } from '../reader/stored-event';
import type { NatsAddress } from './nats-uri';
import { Repeats } from './repeats';
import type { StreamPlace } from './stream-place';

/** An event that the queue has no room for yet, and what is to be noted when it has. */
interface Held {
  readonly event: ReadEvent;
  readonly origin: EventOrigin | undefined;
  readonly note: () => void;
}

/**
 * Puts what is read of a stream into the queue of its connection, with the connection's numbers, and notes it in the reader's place.
 *
 * One event is held back if the queue has no room for it; then nothing else may be put in before.
 */
export class StreamIntake {
  readonly #context: DriverContext;
  readonly #address: NatsAddress;
  readonly #place: StreamPlace;
  readonly #limits: EventLimits;
  readonly #repeats = new Repeats();
  /** How far each feed is read. */
  readonly #read: FeedPlace[];
  /** The number on the connection of what came last. */
  #number = 0;
  #held: Held | undefined;

  constructor(context: DriverContext, address: NatsAddress, place: StreamPlace) {
    this.#context = context;
    this.#address = address;
    this.#place = place;
    this.#read = place.records;
    this.#limits = storedEventLimits(context.limits, context.sink.bounds);
  }

  /** How far each feed is read; not all of that may be completed. */
  get read(): readonly FeedPlace[] {
    return this.#read;
  }

  /** Whether an event waits for room in the queue. */
  get isFull(): boolean {
    return this.#held !== undefined;
  }

  /** Takes a message: an event, or what is none. */
  event({ feed, at, time, pending, entry }: EventNotice, body: Buffer): void {
    const seen = { at, time };
    this.#reach(feed, at, seen);
    if (entry === undefined || !isUtf8(body)) {
      this.#number += 1;
      this.#place.read(this.#number, feed, seen, pending);
      const { stream } = this.#address;
      const problem = entry === undefined ? 'has not the headers of an entry of a journal' : 'is not in UTF-8';
      const error = new ProtocolError(`the message ${at} of the stream ${stream} ${problem}`);
      this.#context.sink.invalid(error, this.#number);
      return;
    }
    if (this.#repeats.isRepeated(entry)) {
      this.#place.passed(feed, at, pending);
      return;
    }
    this.#number += 1;
    const number = this.#number;
    const note = () => this.#place.read(number, feed, seen, pending);
    const { event, lost } = readStoredEvent(body.toString(), this.#limits);
    if (event instanceof InvalidEventError) {
      note();
      this.#context.sink.invalid(event, number);
      return;
    }
    this.#put({ event, note, origin: { sequence: number, key: `${entry.journal}:${entry.sequence}`, lost } });
  }

  /** Takes note that messages are missing up to a number in the stream, and how many, if that is known. */
  missing(feed: number, at: number, count: number | undefined): void {
    this.#reach(feed, at);
    const first = this.#number + 1;
    this.#number += count ?? 1;
    this.#place.missed(this.#number, feed, at);
    const { host } = this.#address;
    this.#context.sink.missing({ cause: 'expired', first, last: this.#number, count, host });
  }

  /** Takes note that there is nothing up to a number in the stream. */
  nothing(feed: number, at: number): void {
    this.#reach(feed, at);
    this.#place.passed(feed, at, 0);
  }

  /** Takes an event of the connection's own. */
  tell(text: EventText): void {
    this.#number += 1;
    const event = text.finish(formatTimestamp(this.#context.clock.now()), defaultEventLimits);
    this.#put({ event, origin: undefined, note: () => {} });
  }

  /** Queues what is held back, if anything; no, if there is no room for it. */
  putHeld(): boolean {
    const { sink } = this.#context;
    if (this.#held !== undefined) {
      const { event, origin, note } = this.#held;
      if (!sink.hasRoomFor(event.bytes)) {
        return false;
      }
      this.#held = undefined;
      note();
      sink.event(event, origin);
    }
    return true;
  }

  /** Forgets what is held back. */
  close(): void {
    this.#held = undefined;
  }

  #put(held: Held): void {
    this.#held = held;
    this.putHeld();
  }

  #reach(feed: number, at: number, seen = this.#read[feed]?.seen): void {
    this.#read[feed] = { next: at + 1, seen };
  }
}
