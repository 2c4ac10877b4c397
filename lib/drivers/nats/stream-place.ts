import { systemClock } from '../../clock';
import { Deque } from '../../deque';
import type { JournalError } from '../../errors';
import { notOffered } from '../../journal/bookmark';
import type { SeenMessage } from '../../nats/protocol';
import type { EarlierOffers, JournalPlace, ReaderPlace } from '../driver';
import { Offers } from '../reader/offers';
import type { StreamRecord } from './stream-bookmark';

/** How long it takes at least between two times that a bookmark is written within one delivery, in milliseconds. */
const INTERVAL = 1000;

/** Where the reader is in one feed. */
interface Track {
  record: StreamRecord;
  readonly offers: Offers;
  /** Whether the bookmark is to learn of the record. */
  isDirty: boolean;
  /** How many messages there are behind what was read last. */
  pending: number;
}

/** A place that a reader comes to when it has completed what was read up to a number. */
interface Milestone {
  /** The number on the connection of the event, or of the last one that is missing. */
  readonly last: number;
  /** The feed, and the number in the stream that is next there. */
  readonly track: Track;
  readonly next: number;
  /** The message, if it was one. */
  readonly seen?: SeenMessage;
}

/** Has the bookmark of a feed written, which is named by its place; no, if there is nobody now who could. */
export type WriteBookmark = (feed: number, record: StreamRecord) => boolean;

/**
 * A reader's place in a stream, and the bookmarks that remember it, one for each feed.
 *
 * They are written at the first offer, at the end of each delivery, and at most once a second within one: what a death between undoes
 * only repeats events. After a death with an event in hand they are written with each event, until a delivery has ended, so that it
 * shows which of them it is.
 */
export class StreamPlace implements ReaderPlace {
  readonly #write: WriteBookmark;
  readonly #tracks: readonly Track[];
  /** What was read, and isn't completed. */
  readonly #ahead = new Deque<Milestone>();
  /** The feed of the event that was offered last, unless that is one of the connection's own. */
  #inHand: Track | undefined;
  #isCareful: boolean;
  #writtenAt = systemClock.monotonic();
  /** The highest number in the stream that was read. */
  #end = 0;
  /** Why the reader may not go on, if it may not. */
  #fence: JournalError | undefined;
  #problem: Error | undefined;

  constructor(records: readonly StreamRecord[], write: WriteBookmark) {
    this.#write = write;
    this.#isCareful = records.some(({ isOffered }) => isOffered);
    this.#tracks = records.map((record) => {
      const offers = new Offers();
      offers.begin(record);
      return { record, offers, isDirty: false, pending: 0 };
    });
  }

  /** What is remembered of each feed. */
  get records(): StreamRecord[] {
    return this.#tracks.map(({ record }) => record);
  }

  /**
   * Takes note of a message that was read.
   *
   * @param number Its number on the connection.
   * @param pending How many of the feed are behind it.
   */
  read(number: number, feed: number, seen: SeenMessage, pending: number): void {
    const track = this.#trackOf(feed);
    track.pending = pending;
    track.offers.read(number);
    this.#push({ last: number, track, next: seen.at + 1, seen });
  }

  /** Takes note that messages are missing up to a number in the stream, which have the numbers up to `last` on the connection. */
  missed(last: number, feed: number, at: number): void {
    const track = this.#trackOf(feed);
    track.offers.read(undefined);
    this.#push({ last, track, next: at + 1 });
  }

  /** Takes note that there is nothing up to a number in the stream that anybody is given. */
  passed(feed: number, at: number, pending: number): void {
    const track = this.#trackOf(feed);
    track.pending = pending;
    const milestone = { last: this.#ahead.last?.last ?? 0, track, next: at + 1 };
    if (this.#ahead.length > 0) {
      this.#push(milestone);
    } else {
      this.#reach(milestone);
      this.#writeIfDue();
    }
  }

  offered(sequence: number): EarlierOffers {
    const track = this.#trackAt(sequence);
    this.#inHand = track;
    if (track === undefined) {
      return { attempts: 0, throws: 0 };
    }
    const { earlier, record } = track.offers.offered(sequence, this.#isCareful);
    if (record !== undefined) {
      track.record = { ...track.record, ...record };
      this.#writeOut(track);
    }
    return earlier;
  }

  putOff(attempt: number, throws: number): void {
    const track = this.#inHand;
    if (track !== undefined) {
      track.record = { ...track.record, attempt, throws, isOffered: false };
      track.isDirty = true;
    }
  }

  completed(sequence: number, isHandled: boolean): void {
    for (let place = this.#ahead.first; place !== undefined && place.last <= sequence; place = this.#ahead.first) {
      this.#reach(place);
      this.#ahead.shift();
    }
    if (isHandled) {
      this.#writeIfDue();
    }
  }

  settle(): void {
    this.#isCareful = false;
    this.#writeAll();
  }

  /** Whether all is written, or is being written, that the bookmarks are to say. */
  get isKept(): boolean {
    return !this.#tracks.some(({ isDirty }) => isDirty);
  }

  takeProblem(): Error | undefined {
    const problem = this.#problem;
    this.#problem = undefined;
    return problem;
  }

  get stats(): JournalPlace {
    const next = Math.min(...this.#tracks.map(({ record }) => record.next));
    const pending = this.#tracks.reduce((sum, track) => sum + track.pending, 0);
    return { next, end: Math.max(next, this.#end), behind: this.#ahead.length + pending };
  }

  /** Notes that another process reads under the same name: from now on nothing is written, and each delivery says so. */
  fence(error: JournalError): void {
    this.#fence ??= error;
    this.#problem ??= error;
    for (const track of this.#tracks) {
      track.isDirty = false;
    }
  }

  /** Notes that it could not be written down what is completed. */
  failed(problem: Error): void {
    this.#problem ??= problem;
  }

  /** Has all that the bookmarks don't say yet written; nothing comes any more. */
  close(): void {
    this.#ahead.clear();
    this.#writeAll();
  }

  #trackOf(feed: number): Track {
    return this.#tracks[feed] as Track;
  }

  /** The feed that an event came from; nothing if it is one of the connection's own. */
  #trackAt(sequence: number): Track | undefined {
    for (const { last, track } of this.#ahead) {
      if (last >= sequence) {
        return last === sequence ? track : undefined;
      }
    }
    return undefined;
  }

  #push(milestone: Milestone): void {
    this.#end = Math.max(this.#end, milestone.next);
    this.#ahead.push(milestone);
  }

  #reach({ track, next, seen = track.record.seen }: Milestone): void {
    this.#end = Math.max(this.#end, next);
    track.record = { next, seen, ...notOffered };
    track.isDirty = true;
  }

  #writeIfDue(): void {
    if (this.#isCareful || systemClock.monotonic() - this.#writtenAt >= INTERVAL) {
      this.#writeAll();
    }
  }

  #writeAll(): void {
    this.#writtenAt = systemClock.monotonic();
    for (const track of this.#tracks) {
      if (track.isDirty) {
        this.#writeOut(track);
      }
    }
  }

  #writeOut(track: Track): void {
    this.#problem ??= this.#fence;
    track.isDirty = this.#fence === undefined && !this.#write(this.#tracks.indexOf(track), track.record);
  }
}
