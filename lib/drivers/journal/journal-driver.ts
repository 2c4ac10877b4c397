import { type FSWatcher, watch } from 'node:fs';
import { clearTimeout, setTimeout } from 'node:timers';
import { sleep } from '../../clock';
import { InvalidEventError } from '../../errors';
import type { Bookmark, BookmarkRecord } from '../../journal/bookmark';
import type { JournalItem, JournalReader } from '../../journal/journal-reader';
import type { JournalLength } from '../../journal/places';
import type { EventLimits } from '../../xml/limits';
import type { Driver, DriverContext, EventOrigin, EventSink, JournalBehind } from '../driver';
import { type FileIdentity, identifyFile } from '../io/file-identity';
import { BackOff } from '../io/readiness';
import { readStoredEvent, type StoredEvent, storedEventLimits } from '../reader/stored-event';
import type { BookmarkedPlace, Milestone } from './bookmarked-place';

// Taken at import, so that a test runner's fake timers don't freeze a connection.
const startTimer = setTimeout;
const stopTimer = clearTimeout;

/** The longest time between two looks at a journal that is waited on, in milliseconds. */
const LONGEST_PAUSE = 20;

/** How many entries are taken at a time. */
const CHUNK = 64;

const once = () => false;

type EntryItem = Extract<JournalItem, { kind: 'entry' }>;

/** A reader of a journal that has somewhere to begin. */
export interface Beginning {
  readonly reader: JournalReader;
  readonly record: BookmarkRecord;
  readonly bookmark: Bookmark | undefined;
}

/** What a journal is opened with. */
export interface JournalSource {
  readonly folder: string;
  /** Where its reader's bookmark is, if it has one. */
  readonly bookmark: string | undefined;
  /** The place of its reader. */
  readonly place: BookmarkedPlace;
  /** Where the journal ended when it was opened, if what comes later isn't waited for. */
  readonly end: JournalLength | undefined;
  /** Begins to read; gives nothing as long as nothing was ever written. */
  begin(): Beginning | undefined;
}

/** Feeds a connection from a journal, which somebody else may write meanwhile. */
export class JournalDriver implements Driver {
  readonly keepsUnread = true;
  readonly input: FileIdentity | undefined;
  readonly place: BookmarkedPlace;
  readonly journal: JournalBehind;
  readonly #source: JournalSource;
  readonly #sink: EventSink;
  readonly #limits: EventLimits;
  readonly #backOff = new BackOff(LONGEST_PAUSE);
  #reader: JournalReader | undefined;
  /** The event that the sink had no room for. */
  #kept: TakenEntry | undefined;
  #isOver = false;
  #isListening = false;
  #timer: NodeJS.Timeout | undefined;
  #watcher: FSWatcher | undefined;

  /** @throws what `source.begin()` throws. */
  constructor(source: JournalSource, { sink, limits }: DriverContext) {
    this.#source = source;
    this.place = source.place;
    this.journal = source;
    this.input = identifyFile(source.folder);
    this.#sink = sink;
    this.#limits = storedEventLimits(limits, sink.bounds);
    this.#begin();
  }

  pump(shouldContinue: () => boolean): void {
    try {
      while (!this.#isOver && this.#takeChunk() && shouldContinue()) {
        // Chunk after chunk.
      }
    } catch (error) {
      this.#isOver = true;
      this.#sink.lost(error as Error);
    }
    this.#attend();
  }

  /** The file system tells nobody that a file grows: a wait is one pause, which grows from 1 to 20 ms. */
  wait(milliseconds: number): void {
    if (!this.#isOver) {
      sleep(Math.min(milliseconds, this.#backOff.next()));
    }
  }

  listen(): void {
    this.#isListening = true;
    this.#backOff.reset();
    this.#watch();
    this.#attend();
  }

  unlisten(): void {
    this.#isListening = false;
    stopTimer(this.#timer);
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  close(): void {
    this.unlisten();
    this.#isOver = true;
    this.#kept = undefined;
    this.#reader?.close();
    this.place.close();
  }

  #begin(): void {
    const beginning = this.#source.begin();
    if (beginning !== undefined) {
      this.#reader = beginning.reader;
      this.place.begin(beginning.record, beginning.bookmark);
    }
  }

  /** Takes some entries; says whether there may be more, and room for them. */
  #takeChunk(): boolean {
    if (this.#reader === undefined) {
      this.#begin();
    }
    for (let taken = 0; taken < CHUNK; taken += 1) {
      if (!this.#takeNext()) {
        return false;
      }
    }
    return true;
  }

  /** Takes the next entry, or a gap in its place; says whether there was one, and room for it. */
  #takeNext(): boolean {
    const reader = this.#reader;
    const entry = this.#kept;
    if (entry !== undefined) {
      this.#kept = undefined;
      return this.#put(entry);
    }
    if (reader === undefined) {
      return this.#endUnlessFollowing();
    }
    const { next } = reader.position;
    const item = reader.next();
    if (item.kind === 'nothing' || (item.kind === 'entry' && this.#isBeyondEnd(item))) {
      return this.#endUnlessFollowing();
    }
    this.#backOff.reset();
    if (item.kind === 'entry') {
      return this.#put(taken(item, this.#limits));
    }
    const { position, host = '' } = reader;
    const last = position.next - 1;
    this.place.read({ ...position, last, completed: undefined, time: '' });
    this.#sink.missing({ cause: item.cause, first: next, last, count: item.count, host });
    return true;
  }

  /** Whether an entry was appended after the journal was opened, and that is to make a difference: it is for the next to read. */
  #isBeyondEnd({ entry, segment }: EntryItem): boolean {
    const { end } = this.#source;
    return end !== undefined && (segment > end.segment || (segment === end.segment && entry.position >= end.bytes));
  }

  #endUnlessFollowing(): false {
    if (this.#source.end !== undefined && !this.#isOver) {
      this.#isOver = true;
      this.#sink.ended();
    }
    return false;
  }

  #put(entry: TakenEntry): boolean {
    const { event, origin, milestone } = entry;
    if (event instanceof InvalidEventError) {
      this.place.read(milestone);
      this.#sink.invalid(event, milestone.last);
      return true;
    }
    if (!this.#sink.hasRoomFor(event.bytes)) {
      this.#kept = entry;
      return false;
    }
    this.place.read(milestone);
    this.#sink.event(event, origin);
    return true;
  }

  /** While listening: looks again after a pause, unless the folder tells of a change before. */
  #attend(): void {
    stopTimer(this.#timer);
    if (this.#isListening && !this.#isOver) {
      this.#timer = startTimer(() => this.pump(once), this.#backOff.next()).unref();
    }
  }

  /** Has the system tell of changes, which is quicker than looking; if it can't, looking does. */
  #watch(): void {
    if (this.#watcher !== undefined || this.#isOver) {
      return;
    }
    try {
      this.#watcher = watch(this.#source.folder, { persistent: false }, () => this.pump(once));
      this.#watcher.on('error', () => {});
    } catch {
      // Too many folders are watched.
    }
  }
}

/** An entry as the sink gets it, and where the reader stands when it is completed. */
interface TakenEntry {
  readonly event: StoredEvent['event'];
  readonly origin: EventOrigin;
  readonly milestone: Milestone;
}

function taken({ entry, id, segment }: EntryItem, limits: EventLimits): TakenEntry {
  const { sequence, ordinal, crc, position, time } = entry;
  const { event, lost } = readStoredEvent(entry.event.toString(), limits);
  const completed = { id, sequence, crc, segment, position };
  return {
    event,
    origin: { sequence, key: `${id}:${sequence}`, lost },
    milestone: { last: sequence, next: sequence + 1, ordinal: ordinal + 1, completed, time },
  };
}
