import { systemClock } from '../../clock';
import { Deque } from '../../deque';
import { type Bookmark, type BookmarkRecord, type CompletedEntry, notOffered } from '../../journal/bookmark';
import type { Position } from '../../journal/journal-reader';
import type { EarlierOffers, EntryPlace, JournalPlace, ReaderPlace, StoredEntry } from '../driver';
import { Offers } from '../reader/offers';

/** A place that a reader comes to when it has completed what was read up to a number. */
export interface Milestone extends Position {
  /** The number of the entry, or of the last one that is missing. */
  readonly last: number;
  /** The entry, unless it is missing. */
  readonly completed: CompletedEntry | undefined;
  /** When the entry was appended; empty if it is missing. */
  readonly time: string;
}

/**
 * A reader's place in a journal, and the bookmark that remembers it, if there is one.
 *
 * The bookmark is written after each handled event, and reaches the disk once in a while and when the connection closes: what a loss
 * of power undoes of it only repeats events.
 */
export class BookmarkedPlace implements ReaderPlace, EntryPlace {
  readonly #syncIntervalMs: number;
  readonly #findEnd: () => Position | undefined;
  #bookmark: Bookmark | undefined;
  /** What was read, and isn't completed. */
  readonly #ahead = new Deque<Milestone>();
  /** What is completed, and whether the bookmark is to learn of it. */
  #record: BookmarkRecord = { next: 1, ordinal: 0, ...notOffered };
  #isDirty = false;
  readonly #offers = new Offers();
  #isSynced = true;
  #syncedAt = systemClock.monotonic();
  #problem: Error | undefined;

  /** @param findEnd Finds the end of the journal. */
  constructor(syncIntervalMs: number, findEnd: () => Position | undefined) {
    this.#syncIntervalMs = syncIntervalMs;
    this.#findEnd = findEnd;
  }

  /** Takes up a place, once, before anything is read. */
  begin(record: BookmarkRecord, bookmark: Bookmark | undefined): void {
    this.#record = record;
    this.#bookmark = bookmark;
    this.#offers.begin(record);
  }

  /** Takes note of what was read next. */
  read(milestone: Milestone): void {
    this.#offers.read(milestone.completed?.sequence);
    this.#ahead.push(milestone);
  }

  offered(sequence: number): EarlierOffers {
    const { earlier, record } = this.#offers.offered(sequence);
    if (record !== undefined) {
      this.#record = { ...this.#record, ...record };
      this.#write();
    }
    return earlier;
  }

  putOff(attempt: number, throws: number): void {
    this.#record = { ...this.#record, attempt, throws, isOffered: false };
    this.#isDirty = true;
  }

  completed(sequence: number, isHandled: boolean): void {
    for (let place = this.#ahead.first; place !== undefined && place.last <= sequence; place = this.#ahead.first) {
      const { next, ordinal, completed = this.#record.completed } = place;
      const { note } = this.#record;
      this.#record = { next, ordinal, completed, ...notOffered, note };
      this.#isDirty = true;
      this.#ahead.shift();
    }
    if (isHandled) {
      this.#write();
      this.#syncOnceInAWhile();
    }
  }

  settle(): void {
    if (this.#isDirty) {
      this.#write();
    }
    this.#syncOnceInAWhile();
  }

  takeProblem(): Error | undefined {
    const problem = this.#problem;
    this.#problem = undefined;
    return problem;
  }

  get stats(): JournalPlace {
    const { next, ordinal } = this.#record;
    const end = this.#findEnd() ?? { next, ordinal };
    return { next, end: end.next, behind: Math.max(0, end.ordinal - ordinal) };
  }

  get next(): number {
    return this.#record.next;
  }

  get note(): string | undefined {
    return this.#record.note;
  }

  set note(note: string) {
    this.#record = { ...this.#record, note };
    this.#isDirty = true;
  }

  entryOf(sequence: number): StoredEntry | undefined {
    for (const { last, completed, time } of this.#ahead) {
      if (last >= sequence) {
        return completed && { journal: completed.id, sequence, crc: completed.crc, time };
      }
    }
    return undefined;
  }

  close(): void {
    this.#ahead.clear();
    this.#sync();
    this.#bookmark?.close();
  }

  #write(): void {
    this.#isDirty = true;
    this.#try(() => {
      this.#bookmark?.write(this.#record);
      this.#isSynced = this.#bookmark === undefined;
      this.#isDirty = false;
    });
  }

  #syncOnceInAWhile(): void {
    if (!this.#isSynced && systemClock.monotonic() - this.#syncedAt >= this.#syncIntervalMs) {
      this.#sync();
    }
  }

  #sync(): void {
    if (!this.#isSynced) {
      this.#try(() => this.#bookmark?.sync());
      this.#isSynced = true;
      this.#syncedAt = systemClock.monotonic();
    }
  }

  #try(step: () => void): void {
    try {
      step();
    } catch (problem) {
      this.#problem ??= problem as Error;
    }
  }
}
