import { type Clock, formatTimestamp } from '../../clock';
import { Deque } from '../../deque';
import type { EventOrigin, MissingEvents } from '../../drivers/driver';
import { type InvalidEventError, type ProtocolError, QueueFullError } from '../../errors';
import type { ReadEvent } from '../../event/read-event';
import { Gap, type LossCause } from './gap';
import { GapRun } from './gap-run';
import { type EventDecoder, QueueEntry } from './queued-event';

/** Told of each event that a queue had no room for, by its type, or that could not be read, by the reason. */
export type LossListener = (
  sequence: number,
  type: string | undefined,
  error?: InvalidEventError | ProtocolError,
) => void;

/** What a full queue does with an event that arrives. */
export type Overflow = 'refuse' | 'drop-oldest' | 'drop-newest';

/** How much a connection's queue holds, and what it does when it is full. */
export interface QueueBounds {
  /** The most events. */
  readonly maxEvents: number;
  /** The most bytes of the events' XML, in UTF-8. */
  readonly maxBytes: number;
  readonly overflow: Overflow;
}

/** So many gaps may stand wherever causes alternate; beyond that, each cause has one gap between two events. */
const MOST_GAPS = 1024;

/**
 * The events of one connection that wait for their delivery, first in, first out.
 *
 * Every arrival takes a sequence number, whether it is kept or not; what is not kept becomes part of a gap in its place.
 * Gaps use no room. The head can be pinned: an event that was offered to handlers is never dropped.
 */
export class EventQueue {
  readonly #bounds: QueueBounds;
  readonly #clock: Clock;
  readonly #onLoss: LossListener;
  readonly #decoders: ReadonlyMap<string, EventDecoder> | undefined;
  readonly #entries = new Deque<QueueEntry | GapRun>();
  #events = 0;
  #gaps = 0;
  #bytes = 0;
  #highWater = 0;
  #lastSequence = 0;
  /** How many numbers no arrival has had, since its source numbers them. */
  #skipped = 0;
  #headIsPinned = false;

  /**
   * @param onLoss Told of each event that is dropped, or could not be read.
   * @param decoders What decodes the program's own types.
   */
  constructor(
    bounds: QueueBounds,
    clock: Clock,
    onLoss: LossListener = () => {},
    decoders?: ReadonlyMap<string, EventDecoder>,
  ) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#onLoss = onLoss;
    this.#decoders = decoders;
  }

  /** How many events are queued, gaps included. */
  get length(): number {
    return this.#events + this.#gaps;
  }

  get bounds(): QueueBounds {
    return this.#bounds;
  }

  /** The most events that it holds. */
  get capacity(): number {
    return this.#bounds.maxEvents;
  }

  /** How many bytes of XML are queued. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The most events that were ever queued at once, gaps not counted. */
  get highWater(): number {
    return this.#highWater;
  }

  /** The sequence number of the newest arrival; 0 before the first. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** How many have arrived, dropped events included. */
  get arrived(): number {
    return this.#lastSequence - this.#skipped;
  }

  /** Whether the head was offered to handlers and has not left the queue since. */
  get headIsPinned(): boolean {
    return this.#headIsPinned;
  }

  /** Whether so many events of so many bytes in all fit without anything being dropped. */
  fits(bytes: number, events = 1): boolean {
    return this.#events + events <= this.#bounds.maxEvents && this.#bytes + bytes <= this.#bounds.maxBytes;
  }

  /** Whether so many events may be put in: they fit, or the queue drops what does not. */
  accepts(bytes: number, events = 1): boolean {
    return this.#bounds.overflow !== 'refuse' || this.fits(bytes, events);
  }

  /**
   * Makes sure that so many events may be put in.
   *
   * @throws {QueueFullError} `ERR_QUEUE_FULL` if they do not fit and nothing may be dropped.
   */
  requireRoomFor(bytes: number, events = 1): void {
    if (this.accepts(bytes, events)) {
      return;
    }
    const { maxEvents, maxBytes } = this.#bounds;
    throw new QueueFullError(
      `${this.#events} events of ${this.#bytes} bytes`,
      `${maxEvents} events and ${maxBytes} bytes`,
    );
  }

  /**
   * Queues an event, or counts it into a gap; with `overflow: 'refuse'` it is queued even if there is no room.
   *
   * @param origin Its number and name, if the source has given it one.
   * @returns The event as it is queued; nothing if it is lost.
   */
  push(event: ReadEvent, origin?: EventOrigin): QueueEntry | undefined {
    const sequence = this.#number(origin?.sequence);
    if (this.#bounds.overflow === 'refuse' || this.fits(event.bytes) || this.#makeRoomFor(event.bytes)) {
      const entry = new QueueEntry(event, sequence, event.bytes, origin, this.#decoders);
      this.#entries.push(entry);
      this.#events += 1;
      this.#bytes += event.bytes;
      this.#highWater = Math.max(this.#highWater, this.#events);
      return entry;
    }
    this.#gapAtEnd('overflow').addOverflowed(sequence, event.type);
    this.#onLoss(sequence, event.type);
    return undefined;
  }

  /** Queues a gap instead of an event that could not be read. */
  pushInvalid(error: InvalidEventError | ProtocolError, number?: number): void {
    const sequence = this.#number(number);
    this.#gapAtEnd('invalid').addInvalid(sequence, error);
    this.#onLoss(sequence, undefined, error);
  }

  /** Queues a gap in the place of events that their source has not got any more. */
  pushMissing({ cause, first, last, count, host }: MissingEvents): void {
    // They haven't arrived.
    this.#skipped += last - this.#lastSequence;
    this.#lastSequence = last;
    this.#gapAtEnd(cause, first, host).addMissing(last, count);
  }

  /** Takes the number of an arrival: the next one, or the one that its source has given it. */
  #number(given = this.#lastSequence + 1): number {
    this.#skipped += given - this.#lastSequence - 1;
    this.#lastSequence = given;
    return given;
  }

  /** The sequence number of the oldest entry, a gap's being its last; infinite if nothing is queued. */
  get headSequence(): number {
    const first = this.#entries.first;
    if (first === undefined) {
      return Number.POSITIVE_INFINITY;
    }
    return first instanceof GapRun ? first.firstLast : first.sequence;
  }

  /**
   * The oldest entry, to be offered to handlers: it stays in the queue, and is not dropped until it leaves by `take()`.
   *
   * A gap becomes an event by this, and grows no more.
   */
  pinHead(): QueueEntry | undefined {
    const first = this.#entries.first;
    this.#headIsPinned = first !== undefined;
    if (!(first instanceof GapRun)) {
      return first;
    }
    const entry = entryOfGap(first.shift());
    if (first.length === 0) {
      this.#entries.shift();
    }
    this.#entries.unshift(entry);
    return entry;
  }

  /** Everything that is queued, the oldest first; it stays as it is, and a gap in it goes on growing. */
  peek(): QueueEntry[] {
    return [...this.#entries].flatMap((entry) => (entry instanceof GapRun ? [...entry].map(entryOfGap) : entry));
  }

  /** The events behind that of a number, up to the next gap. */
  *eventsAfter(sequence: number): IterableIterator<QueueEntry> {
    for (const entry of this.#entries) {
      if (entry instanceof GapRun) {
        return;
      }
      if (entry.sequence > sequence) {
        yield entry;
      }
    }
  }

  /** Takes the oldest entry off the queue. */
  take(): QueueEntry | undefined {
    if (!this.#headIsPinned) {
      this.pinHead();
    }
    const entry = this.#entries.shift() as QueueEntry | undefined;
    this.#headIsPinned = false;
    if (entry === undefined) {
      return undefined;
    }
    if (entry.isGap) {
      this.#gaps -= 1;
    } else {
      this.#events -= 1;
      this.#bytes -= entry.bytes;
    }
    return entry;
  }

  /** Drops everything, without a trace. */
  clear(): void {
    this.#entries.clear();
    this.#events = 0;
    this.#gaps = 0;
    this.#bytes = 0;
    this.#headIsPinned = false;
  }

  /** Drops the oldest events until one of so many bytes fits; no, if the queue drops the newest or none is left. */
  #makeRoomFor(bytes: number): boolean {
    if (this.#bounds.overflow !== 'drop-oldest') {
      return false;
    }
    const pinned = this.#headIsPinned ? (this.#entries.first as QueueEntry) : undefined;
    if (pinned !== undefined && pinned.bytes + bytes > this.#bounds.maxBytes) {
      return false;
    }
    while (!this.fits(bytes)) {
      if (!this.#dropOldest()) {
        return false;
      }
    }
    return true;
  }

  /** Moves the oldest event that is not pinned into the gap that stands, or comes to stand, in its place. */
  #dropOldest(): boolean {
    const entries = this.#entries;
    const pinned = this.#headIsPinned ? (entries.first as QueueEntry) : undefined;
    if (this.#events === (pinned?.isGap === false ? 1 : 0)) {
      return false;
    }
    if (pinned !== undefined) {
      entries.shift();
    }
    let run = entries.first;
    if (run instanceof GapRun) {
      entries.shift();
    } else {
      run = new GapRun();
    }
    const oldest = entries.shift() as QueueEntry;
    this.#events -= 1;
    this.#bytes -= oldest.bytes;
    this.#gapIn(run, 'overflow', oldest.sequence).addOverflowed(oldest.sequence, oldest.type);
    const next = entries.first;
    if (next instanceof GapRun) {
      const before = run.length + next.length;
      run.merge(next, this.#isCrowded);
      this.#gaps += run.length - before;
      entries.shift();
    }
    entries.unshift(run);
    if (pinned !== undefined) {
      entries.unshift(pinned);
    }
    this.#onLoss(oldest.sequence, oldest.type);
    return true;
  }

  /** The gap at the end of the queue that counts the newest arrivals, from a number on. */
  #gapAtEnd(cause: LossCause, sequence = this.#lastSequence, host?: string): Gap {
    let run = this.#entries.last;
    if (!(run instanceof GapRun)) {
      run = new GapRun();
      this.#entries.push(run);
    }
    return this.#gapIn(run, cause, sequence, host);
  }

  #gapIn(run: GapRun, cause: LossCause, sequence: number, host?: string): Gap {
    const before = run.length;
    let gap = run.growing(cause, this.#isCrowded);
    if (gap === undefined) {
      gap = new Gap(cause, sequence, formatTimestamp(this.#clock.now()), host);
      run.push(gap);
    }
    this.#gaps += run.length - before;
    return gap;
  }

  get #isCrowded(): boolean {
    return this.#gaps >= MOST_GAPS;
  }
}

/** The event that a gap becomes. */
export function entryOfGap(gap: Gap): QueueEntry {
  return new QueueEntry(gap.toEvent(), gap.last, 0, { lost: gap.count });
}
