import { InvalidEventError, type ProtocolError } from '../../errors';
import { EventText } from '../../event/event-text';
import type { ReadEvent } from '../../event/read-event';
import { defaultEventLimits } from '../../xml/limits';

/** How many event types a gap counts one by one; events of other types are counted in one sum. */
const COUNTED_TYPES = 64;

/** The longest type name that a gap repeats, in UTF-16 code units, so that its text stays short. */
const LONGEST_TYPE = 256;

/** Why events are lost: the queue had no room for them, or they could not be read. */
export type LossCause = 'overflow' | 'invalid';

/**
 * Events known to be lost for one cause, counted, in their place in the queue.
 *
 * A gap grows while it waits: adjacent losses of one cause are one gap, so that gaps use no room however many events are
 * lost. It becomes an event of type `events-lost` when it comes to the head of the queue.
 */
export class Gap {
  readonly cause: LossCause;
  /** The sequence number of the first lost event. */
  first: number;
  /** The sequence number of the last lost event. */
  last: number;
  /** When the first loss happened, as a time stamp. */
  readonly timestamp: string;
  #count = 0;
  #ofOtherType = 0;
  readonly #byType = new Map<string, number>();
  #error: InvalidEventError | ProtocolError | undefined;

  constructor(cause: LossCause, sequence: number, timestamp: string) {
    this.cause = cause;
    this.first = sequence;
    this.last = sequence;
    this.timestamp = timestamp;
  }

  /** How many events are lost in it. */
  get count(): number {
    return this.#count;
  }

  /** Counts an event that the queue had no room for. */
  addOverflowed(sequence: number, type: string): void {
    this.last = sequence;
    this.#count += 1;
    this.#addType(type, 1);
  }

  /** Counts an event that could not be read. */
  addInvalid(sequence: number, error: InvalidEventError | ProtocolError): void {
    this.last = sequence;
    this.#count += 1;
    this.#error ??= error;
  }

  /** Takes in a later gap of the same cause. */
  merge(next: Gap): void {
    this.last = next.last;
    this.#count += next.#count;
    this.#ofOtherType += next.#ofOtherType;
    this.#error ??= next.#error;
    for (const [type, count] of next.#byType) {
      this.#addType(type, count);
    }
  }

  /** Writes the gap as an event; the form is described in `docs/events.md`. */
  toEvent(): ReadEvent {
    const event = new EventText('events-lost').attribute('count', this.count);
    event.attribute('first', this.first).attribute('last', this.last).attribute('cause', this.cause);
    for (const [type, count] of this.#byType) {
      event.open('lost').attribute('type', type).attribute('count', count).close('lost');
    }
    if (this.#ofOtherType > 0) {
      event.open('lost').attribute('count', this.#ofOtherType).close('lost');
    }
    if (this.#error !== undefined) {
      writeError(event, this.#error);
    }
    // The program's caps guard against input; this text is bounded by what a gap counts.
    return event.finish(this.timestamp, defaultEventLimits);
  }

  #addType(type: string, count: number): void {
    const known = this.#byType.get(type);
    if (known === undefined && (this.#byType.size >= COUNTED_TYPES || type.length > LONGEST_TYPE)) {
      this.#ofOtherType += count;
    } else {
      this.#byType.set(type, (known ?? 0) + count);
    }
  }
}

/** Writes what was wrong with the first event that could not be read; what a daemon sent has no lines and columns. */
function writeError(event: EventText, error: InvalidEventError | ProtocolError): void {
  event.open('error').attribute('code', error.code);
  if (error instanceof InvalidEventError) {
    event.attribute('line', error.line).attribute('column', error.column).text(error.problem);
  } else {
    event.text(error.message);
  }
  event.close('error');
}
