import { clearTimeout, setTimeout } from 'node:timers';
import { type Clock, formatTimestamp, sleep } from '../../clock';
import { EventText } from '../../event/event-text';
import type { ReadEvent } from '../../event/read-event';
import { EventSplitter, type SplitItem } from '../../event/stream/splitter';
import { defaultEventLimits, type EventLimits } from '../../xml/limits';
import type { Driver, DriverContext, EventSink } from '../driver';
import type { ByteSource, Reading } from '../io/byte-source';
import type { FileIdentity } from '../io/file-identity';
import { BackOff } from '../io/readiness';
import { Pacing } from './pacing';

// Taken at import, so that a test runner's fake timers don't freeze a connection.
const startTimer = setTimeout;
const stopTimer = clearTimeout;

/** The longest time between two looks from the event loop if it can't tell of readiness, in milliseconds. */
const LONGEST_PAUSE = 20;

const once = () => false;

/** What the end of a splitter's bytes means, once all of its items are in the sink. */
type Conclusion = Exclude<Reading, { kind: 'bytes' | 'nothing' }>;

/**
 * Feeds a connection from a stream of bytes.
 *
 * While the sink has no room for the next event, that event and the rest of the chunk it came in are kept and nothing
 * more is read, so that the writer is blocked by its own full pipe.
 */
export class StreamDriver implements Driver {
  readonly input: FileIdentity | undefined;
  readonly keepsUnread: boolean;
  readonly #source: ByteSource;
  readonly #sink: EventSink;
  readonly #limits: EventLimits;
  readonly #clock: Clock;
  readonly #pacing: Pacing | undefined;
  readonly #backOff = new BackOff(LONGEST_PAUSE);
  #splitter: EventSplitter;
  /** The event that the sink had no room for. */
  #kept: SplitItem | undefined;
  #conclusion: Conclusion | undefined;
  #sourceIsOpen = true;
  #over = false;
  #listening = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param input The file that the bytes come from, if it is one.
   * @param speed Waits out the pauses that are recorded in it, this many times as fast.
   */
  constructor(source: ByteSource, context: DriverContext, input?: FileIdentity, speed?: number) {
    this.input = input;
    this.#pacing = speed === undefined ? undefined : new Pacing(context.clock, speed);
    this.keepsUnread = source.keepsUnread === true && speed === undefined;
    this.#source = source;
    this.#sink = context.sink;
    this.#limits = context.limits;
    this.#clock = context.clock;
    this.#splitter = new EventSplitter(context.limits, speed !== undefined);
  }

  pump(shouldContinue: () => boolean): void {
    if (this.#settle()) {
      while (this.#take(this.#source.read()) && shouldContinue()) {
        // Chunk after chunk.
      }
    }
    this.#attend();
  }

  wait(milliseconds: number): void {
    const untilDue = this.#pacing?.untilDue ?? 0;
    if (untilDue > 0) {
      sleep(Math.min(milliseconds, untilDue));
    } else if (this.#sourceIsOpen && this.#kept === undefined) {
      this.#source.wait(milliseconds);
    }
  }

  listen(): void {
    this.#listening = true;
    this.#backOff.reset();
    this.#attend();
  }

  unlisten(): void {
    this.#listening = false;
    stopTimer(this.#timer);
    if (this.#sourceIsOpen) {
      this.#source.unwatch();
    }
  }

  close(): void {
    this.unlisten();
    this.#closeSource();
    this.#pacing?.close();
    this.#over = true;
    this.#kept = undefined;
  }

  /** Takes in what a look at the source brought; says whether another look may bring more and there is room for it. */
  #take(reading: Reading): boolean {
    switch (reading.kind) {
      case 'nothing':
        return false;
      case 'bytes':
        this.#backOff.reset();
        this.#splitter.push(reading.bytes);
        break;
      case 'restarted':
        this.#splitter.end();
        this.#conclusion = reading;
        break;
      case 'ended':
      case 'failed':
        this.#closeSource();
        this.#splitter.end();
        this.#conclusion = reading;
    }
    return this.#settle();
  }

  /** Puts the items that are complete into the sink, in order; says whether all found room and more may come. */
  #settle(): boolean {
    while (!this.#over) {
      if (this.#pacing !== undefined && this.#pacing.untilDue > 0) {
        return false;
      }
      const item = this.#kept ?? this.#splitter.next();
      this.#kept = undefined;
      if (item === undefined) {
        return this.#conclude();
      }
      if (item.kind === 'invalid') {
        this.#sink.invalid(item.error);
      } else if (item.kind === 'instruction') {
        this.#pause(item.text);
      } else if (this.#sink.hasRoomFor(item.event.bytes)) {
        this.#sink.event(item.event);
      } else {
        this.#kept = item;
        return false;
      }
    }
    return false;
  }

  /** Takes an instruction, which is a pause or none; one that can't be read ends the stream. */
  #pause(instruction: string): void {
    try {
      this.#pacing?.take(instruction);
    } catch (error) {
      this.#closeSource();
      this.#over = true;
      this.#sink.lost(error as Error);
    }
  }

  #conclude(): boolean {
    const conclusion = this.#conclusion;
    this.#conclusion = undefined;
    switch (conclusion?.kind) {
      case 'restarted':
        this.#splitter = new EventSplitter(this.#limits);
        if (conclusion.missed) {
          this.#sink.event(this.#gap());
        }
        break;
      case 'ended':
        this.#over = true;
        this.#sink.ended();
        break;
      case 'failed':
        this.#over = true;
        this.#sink.lost(conclusion.error);
    }
    return !this.#over;
  }

  /** The event that tells that nobody knows what else stood in a file that was truncated. */
  #gap(): ReadEvent {
    const event = new EventText('events-lost').attribute('unknown', true).attribute('cause', 'expired');
    return event.finish(formatTimestamp(this.#clock.now()), defaultEventLimits);
  }

  /** While listening: has the event loop bring what comes next, or looks again after a pause if it can't. */
  #attend(): void {
    stopTimer(this.#timer);
    if (!this.#listening || this.#over) {
      return;
    }
    if (this.#kept === undefined && this.#source.watch((reading) => this.#onReading(reading))) {
      return;
    }
    if (this.#sourceIsOpen) {
      this.#source.unwatch();
    }
    this.#timer = startTimer(() => this.pump(once), this.#backOff.next()).unref();
  }

  #onReading(reading: Reading): void {
    if (!this.#take(reading)) {
      this.#attend();
    }
  }

  #closeSource(): void {
    if (this.#sourceIsOpen) {
      this.#sourceIsOpen = false;
      this.#source.close();
    }
  }
}
