import { clearInterval, setInterval } from 'node:timers';
import { formatTimestamp, systemClock } from '../clock';
import type { ConnectionCore } from '../delivery/connection-core';
import { Gap } from '../delivery/queue/gap';
import { EventText } from '../event/event-text';
import type { QueuedEvent } from '../index';
import type { JournalWriter } from '../journal/journal-writer';
import { noEventLimits } from '../xml/limits';
import { hostAttribute, storedText } from './stored-text';

/** How a collector works. */
export interface CollectorOptions {
  /** The host whose events these are. */
  readonly host: string;
  /** Whether what a delivery has brought is on the disk when it is over. */
  readonly syncs: boolean;
  /** How long events wait while the disk is full, in milliseconds, before they are counted as lost. */
  readonly holdMs: number;
  /** How often the journal is told that the collector lives, in milliseconds. */
  readonly aliveMs: number;
}

/** How often others are told that the collector lives, and whether its daemon can be reached, in milliseconds. */
const NOTE_INTERVAL = 10_000;

/**
 * What stands between the handlers of some connections and the one writer of a journal.
 *
 * An event that can't be written isn't lost: its handler wants it again. When the delivery is over the collector says why, if it is for good.
 */
export class Collector {
  readonly #writer: JournalWriter;
  /** The connection to the daemon. */
  readonly #core: ConnectionCore;
  readonly #options: CollectorOptions;
  readonly #stamp: string;
  readonly #timer: NodeJS.Timeout | undefined;
  #events = 0;
  /** Since when the disk is full, on the clock's monotonic time. */
  #fullSince: number | undefined;
  /** The events that the disk had no room for, until there is room for their number. */
  #missed: Gap | undefined;
  #failure: unknown;
  #isClosed = false;
  #failedEnd: unknown;
  #notedAt = Number.NEGATIVE_INFINITY;
  #wasConnected = false;
  #aliveAt: number;

  constructor(writer: JournalWriter, core: ConnectionCore, options: CollectorOptions) {
    this.#writer = writer;
    this.#core = core;
    this.#options = options;
    this.#stamp = hostAttribute(options.host);
    this.#aliveAt = core.clock.monotonic();
    // A program in the event loop may deliver nothing for hours, since nothing comes.
    this.#timer = core.clock.manual ? undefined : setInterval(() => this.#settleQuietly(), NOTE_INTERVAL).unref();
    this.#note();
  }

  /** How many events it has written. */
  get events(): number {
    return this.#events;
  }

  /** Writes an event: a handler's work. */
  readonly take = (event: QueuedEvent): 'retry' | undefined => {
    const isKept = this.#failure === undefined && this.#try(() => this.#keep(event));
    return isKept === true ? undefined : 'retry';
  };

  /**
   * Has what was written reach the disk, when a delivery is over.
   *
   * @throws {JournalError} `ERR_JOURNAL_WRITE`, each time, if the journal can't be written any more.
   */
  settle(): void {
    if (this.#isClosed) {
      this.#tellFailedEnd();
      return;
    }
    this.#note();
    this.#try(() => {
      this.#tellAlive();
      if (this.#options.syncs) {
        this.#writer.sync();
      }
    });
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }

  /** Ends the journal in good order. */
  close(): void {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#try(() => this.#appendMissed());
    this.#failedEnd = this.#failure;
    try {
      this.#writer.close();
    } catch (error) {
      this.#failedEnd = error;
      throw error;
    }
  }

  /** Throws why the journal couldn't be ended in good order, if so, to the one delivery that was under way. */
  #tellFailedEnd(): void {
    const error = this.#failedEnd;
    this.#failedEnd = undefined;
    if (error !== undefined) {
      throw error;
    }
  }

  /** Does something that needs the writer; what it throws is kept, and ends the collector's work. */
  #try<Result>(step: () => Result): Result | undefined {
    if (this.#failure === undefined) {
      try {
        return step();
      } catch (error) {
        this.#failure = error;
      }
    }
    return undefined;
  }

  /** What happens without a delivery: the next one says what has failed. */
  #settleQuietly(): void {
    try {
      this.settle();
    } catch {
      // It is kept.
    }
  }

  /** Whether an event needn't be offered again: it is written, or the disk is full for so long that it is counted as lost. */
  #keep(event: QueuedEvent): boolean {
    if (this.#tellSource() && this.#appendMissed() && this.#append(event.xml, event.type)) {
      this.#events += 1;
      this.#fullSince = undefined;
      return true;
    }
    const now = this.#core.clock.monotonic();
    this.#fullSince ??= now;
    if (now - this.#fullSince < this.#options.holdMs) {
      return false;
    }
    this.#missed ??= new Gap('full', event.sequence, this.#timestamp());
    this.#missed.addOverflowed(event.sequence, event.type);
    return true;
  }

  /** Tells of the events that the disk had no room for, if there are any; says whether none is left to be told of. */
  #appendMissed(): boolean {
    if (this.#missed !== undefined) {
      const { xml, type } = this.#missed.toEvent();
      if (!this.#append(xml, type)) {
        return false;
      }
      this.#missed = undefined;
    }
    return true;
  }

  #append(xml: string, type: string): boolean {
    return this.#writer.append(storedText(xml, type, this.#stamp)) !== undefined;
  }

  /** Says which host the daemon runs on, once that is known; says whether the journal has it. */
  #tellSource(): boolean {
    const hostUuid = this.#core.driver.origin?.hostUuid;
    return hostUuid === undefined || this.#writer.tellSource(hostUuid);
  }

  /** Tells readers that the collector lives, when it is time: without an event a quiet host would look like a dead one. */
  #tellAlive(): void {
    const now = this.#core.clock.monotonic();
    if (now - this.#aliveAt >= this.#options.aliveMs && this.#appendMissed()) {
      const event = new EventText('collector-alive').open('collector');
      event.attribute('interval-ms', Math.round(this.#options.aliveMs)).attribute('connected', this.#isConnected);
      const { xml } = event.close('collector').finish(this.#timestamp(), noEventLimits);
      if (this.#append(xml, 'collector-alive')) {
        this.#aliveAt = now;
      }
    }
  }

  /** Notes down, for those who look at the journal on this machine, that the collector lives. */
  #note(): void {
    const now = systemClock.monotonic();
    const isConnected = this.#isConnected;
    if (isConnected !== this.#wasConnected || now - this.#notedAt >= NOTE_INTERVAL) {
      this.#wasConnected = isConnected;
      this.#notedAt = now;
      try {
        this.#writer.note(isConnected);
      } catch {
        // It is for information only; a disk that takes nothing shows with the next event.
      }
    }
  }

  get #isConnected(): boolean {
    return this.#core.state === 'open' && this.#core.driver.reconnecting === undefined;
  }

  #timestamp(): string {
    return formatTimestamp(this.#core.clock.now());
  }
}
