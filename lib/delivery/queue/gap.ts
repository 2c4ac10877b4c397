import { InvalidEventError, type ProtocolError } from '../../errors';
import { EventText } from '../../event/event-text';
import type { ReadEvent } from '../../event/read-event';
import { defaultEventLimits } from '../../xml/limits';

/** How many event types a gap counts one by one; events of other types are counted in one sum. */
const COUNTED_TYPES = 64;

/** The longest type name that a gap repeats, in UTF-16 code units, so that its text stays short. */
const LONGEST_TYPE = 256;

/**
 * Why events are lost: the queue had no room for them, they could not be read, their source has not got them any more, or the disk of a
 * journal had no room.
 */
export type LossCause = 'overflow' | 'invalid' | 'corrupt' | 'expired' | 'full';

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
  readonly #host: string | undefined;
  #count = 0;
  #ofOtherType = 0;
  readonly #byType = new Map<string, number>();
  #error: InvalidEventError | ProtocolError | undefined;
  /** Whether more are lost than were counted, perhaps. */
  #isUnknown = false;

  /** @param host The host whose events were lost, if the source tells hosts apart. */
  constructor(cause: LossCause, sequence: number, timestamp: string, host?: string) {
    this.cause = cause;
    this.first = sequence;
    this.last = sequence;
    this.timestamp = timestamp;
    this.#host = host;
  }

  /** How many events are lost in it, as far as that is known. */
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

  /** Counts events up to a number that their source has not got any more; how many they are may be unknown. */
  addMissing(last: number, count: number | undefined): void {
    this.last = last;
    this.#count += count ?? 0;
    this.#isUnknown ||= count === undefined;
  }

  /** Takes in a later gap of the same cause. */
  merge(next: Gap): void {
    this.last = next.last;
    this.#count += next.#count;
    this.#ofOtherType += next.#ofOtherType;
    this.#error ??= next.#error;
    this.#isUnknown ||= next.#isUnknown;
    for (const [type, count] of next.#byType) {
      this.#addType(type, count);
    }
  }

  /** Writes the gap as an event; the form is described in `docs/events.md`. */
  toEvent(): ReadEvent {
    const event = new EventText('events-lost');
    if (this.#isUnknown) {
      event.attribute('unknown', true);
    } else {
      event.attribute('count', this.count).attribute('first', this.first).attribute('last', this.last);
    }
    event.attribute('cause', this.cause);
    if (this.#host !== undefined) {
      event.attribute('host', this.#host);
    }
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
