import { join } from 'node:path';
import { formatTimestamp } from '../clock';
import { JournalError } from '../errors';
import { EventText } from '../event/event-text';
import { noEventLimits } from '../xml/limits';
import { entryText, LONGEST_ENTRY_START } from './entry-format';
import { GrowingSegment, removeDrafts } from './growing-segment';
import { hasCode, type JournalFiles, makeFolder } from './journal-files';
import { READERS, removeStaleDrafts } from './readers';
import { findEnd, type JournalEnd, type Origin } from './recovery';
import { prune, type Retention } from './retention';
import { type KnownDomain, type SegmentHeader, segmentName } from './segment-format';
import { Unsynced } from './unsynced';
import { WriterLock, writerOf } from './writer-lock';

/** How a journal is written. */
export interface WriterOptions extends Retention {
  /** The host whose events these are. */
  readonly host: string;
  /** The URI that they come from. */
  readonly source?: string | undefined;
  /** The kernel's id of this boot; empty if it can't be read. */
  readonly boot: string;
  /** The time of day, in milliseconds since 1970. */
  readonly now: () => number;
  /** How long a segment grows, in bytes; default 16 MiB. An event that is longer stands alone in one. */
  readonly segmentBytes?: number;
  /** For how long it does, in milliseconds; default a day. */
  readonly segmentAgeMs?: number;
}

const SEGMENT_BYTES = 16 * 1024 * 1024;
/** Which share of what is kept at most one segment is at most: so much goes at once. */
const SEGMENT_SHARE = 1 / 4;

/** What a segment may grow to however little is kept: its beginning, with all domains, isn't little either. */
const LEAST_SEGMENT = 64 * 1024;

const SEGMENT_AGE = 24 * 60 * 60 * 1000;

/** How much may wait to be synced, in bytes: it is kept in memory, to be written once more if that fails. */
const MOST_UNSYNCED = 1024 * 1024;

/** How far the clock may be set back within a segment, in milliseconds: its entries have the time of the one before then. */
const TOLERATED_SETBACK = 60_000;

/** How many ids a header repeats that the journal had before. */
const FORMER_IDS = 16;

const nothing = Buffer.alloc(0);

/** The one writer of a journal. */
export class JournalWriter {
  readonly #files: JournalFiles;
  readonly #folder: string;
  readonly #options: WriterOptions;
  readonly #lock: WriterLock;
  readonly #id: string;
  readonly #formerIds: readonly string[];
  readonly #before: Origin | undefined;
  readonly #segmentBytes: number;
  /** How much of `maxBytes` the segment in hand may take. */
  readonly #share: number;
  readonly #unsynced: Unsynced;
  #sourceUuid: string | undefined;
  #segment!: GrowingSegment;
  #next: number;
  /** The time of the last entry of the segment, in milliseconds since 1970. */
  #lastAt = Number.NEGATIVE_INFINITY;
  #failure: Error | undefined;
  #isClosed = false;

  private constructor(files: JournalFiles, folder: string, options: WriterOptions, lock: WriterLock) {
    this.#files = files;
    this.#folder = folder;
    this.#options = options;
    this.#lock = lock;
    const { maxBytes = Number.POSITIVE_INFINITY, segmentBytes = SEGMENT_BYTES } = options;
    this.#segmentBytes = Math.min(segmentBytes, Math.max(LEAST_SEGMENT, maxBytes * SEGMENT_SHARE));
    this.#share = Math.min(this.#segmentBytes, maxBytes * SEGMENT_SHARE);
    removeDrafts(files, folder);
    removeStaleDrafts(files, join(folder, READERS));
    const end = findEnd(files, folder, options.boot);
    const isNew = end.id === undefined || lock.isOfCopy;
    this.#id = isNew ? globalThis.crypto.randomUUID() : (end.id as string);
    this.#formerIds = isNew && end.id !== undefined ? [end.id, ...end.formerIds].slice(0, FORMER_IDS) : end.formerIds;
    this.#before = end.origin;
    const isSameSource = end.origin?.source === options.source;
    this.#sourceUuid = isSameSource ? end.origin?.sourceUuid : undefined;
    // Those of another hypervisor would be missed at this one.
    const statesBoot = isSameSource && end.origin?.boot !== options.boot ? end.origin?.boot : undefined;
    this.#unsynced = new Unsynced(isSameSource ? end.domains : [], end.previous, statesBoot);
    this.#next = end.first;
    this.note(false);
    lock.sync();
    this.#enter(this.#requireRoom(this.#draft(end.first, end.before, nothing, end.uncleanAfter)));
    try {
      this.#tellUnclean(end);
    } catch (error) {
      this.#segment.close();
      throw error;
    }
  }

  /**
   * Becomes the writer of the journal in a folder, which is made if it isn't there, and begins a new segment.
   *
   * @throws {JournalError} `ERR_JOURNAL_BUSY` if another process writes it; `ERR_JOURNAL_WRITE` if the disk is full;
   *   `ERR_LOCK_UNAVAILABLE`.
   * @throws {Error} the system's, if the folder can't be written to.
   */
  static open(files: JournalFiles, folder: string, options: WriterOptions): JournalWriter {
    makeFolder(files, folder, 0o750);
    // Everybody in the group may make a bookmark, and nobody may remove another's.
    makeFolder(files, join(folder, READERS), 0o1770);
    const lock = WriterLock.take(files, folder);
    if (lock === undefined) {
      const { state } = writerOf(files, folder);
      const which = state === undefined ? '' : `: process ${state.pid} on ${state.host}`;
      throw new JournalError('ERR_JOURNAL_BUSY', `another process writes the journal ${folder}${which}`);
    }
    try {
      return new JournalWriter(files, folder, options, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** The number of the next entry. */
  get next(): number {
    return this.#next;
  }

  /** Where the events came from that were written before; nothing if there were none. */
  get before(): Origin | undefined {
    return this.#before;
  }

  /** The domains as of the last entry. */
  get domains(): readonly KnownDomain[] {
    return this.#unsynced.domains;
  }

  /**
   * Appends an event; it is on the disk after the next `sync()`.
   *
   * @returns Its number; nothing if the disk is full even after pruning, and nothing was written.
   * @throws {JournalError} `ERR_JOURNAL_WRITE` if this writer can go on no more.
   */
  append(xml: string): number | undefined {
    return this.#attempt(() => {
      this.#requireAlone();
      const now = this.#options.now();
      if (this.#isFull(Buffer.byteLength(xml), now) && !this.#roll()) {
        return undefined;
      }
      const sequence = this.#next;
      const at = Math.max(now, this.#lastAt);
      const time = formatTimestamp(at);
      const bytes = this.#unsynced.draft(entryText(this.#id, sequence, time, xml));
      if (this.#withRoom(() => this.#segment.append(bytes)) === undefined) {
        return undefined;
      }
      this.#lastAt = at;
      this.#next += 1;
      this.#unsynced.add(time, xml, bytes);
      if (this.#unsynced.length >= MOST_UNSYNCED) {
        this.#sync();
      }
      return sequence;
    });
  }

  /**
   * Has everything that was appended reach the disk.
   *
   * If that fails the file isn't trusted any more: its entries that aren't known to be on the disk are written once more, to a new
   * segment.
   *
   * @throws {JournalError} `ERR_JOURNAL_WRITE` if that fails, too.
   */
  sync(): void {
    this.#attempt(() => this.#sync());
  }

  /**
   * Says which host the daemon runs on, as soon as that is known: another one has other domains.
   *
   * @returns Whether the journal can hold it now; not if the disk is full.
   * @throws {JournalError} `ERR_JOURNAL_WRITE` if this writer can go on no more.
   */
  tellSource(uuid: string): boolean {
    return this.#attempt(() => {
      if (uuid === this.#segment.header.sourceUuid) {
        return true;
      }
      this.#sync();
      if (this.#sourceUuid !== undefined && this.#sourceUuid !== uuid) {
        this.#unsynced.forgetDomains();
      }
      this.#sourceUuid = uuid;
      return this.#roll();
    });
  }

  /** Notes down for others that the writer lives, and whether the daemon can be reached. */
  note(connected: boolean): void {
    const { host, now } = this.#options;
    this.#lock.note({ pid: process.pid, host, time: formatTimestamp(now()), connected });
  }

  /** Ends the journal in good order, unless the writer has failed, and lets others write. */
  close(): void {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    try {
      if (this.#failure === undefined) {
        this.#attempt(() => this.#sync());
        if (this.#segment.seal(this.#next)) {
          this.#segment.sync();
        }
      }
    } finally {
      this.#segment.close();
      this.#lock.release();
    }
  }

  /** Removes the oldest segments that are more than what is to be kept, or will be when the one in hand is full; says how many. */
  prune(): number {
    const { maxBytes = Number.POSITIVE_INFINITY, now } = this.#options;
    const segment = this.#segment as GrowingSegment | undefined;
    // What stands around its last event, and its seal, are beyond what it grows to.
    const growth = Math.max(0, this.#share + 2 * LONGEST_ENTRY_START - (segment?.end ?? 0));
    return prune(this.#files, this.#folder, { ...this.#options, maxBytes: maxBytes - growth }, now());
  }

  /** Does something that leaves the writer unusable if it throws. */
  #attempt<Result>(step: () => Result): Result {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    try {
      return step();
    } catch (cause) {
      this.#failure = cause instanceof JournalError ? cause : this.#error((cause as Error).message, { cause });
      throw this.#failure;
    }
  }

  #error(problem: string, options?: ErrorOptions): JournalError {
    return new JournalError('ERR_JOURNAL_WRITE', `the journal ${this.#folder} can't be written: ${problem}`, options);
  }

  /** @throws {JournalError} `ERR_JOURNAL_WRITE` if somebody else may write, too. */
  #requireAlone(): void {
    const { problem } = this.#segment;
    if (problem !== undefined) {
      throw this.#error(problem);
    }
    this.#requireLock();
  }

  #requireLock(): void {
    if (!this.#lock.isHeld) {
      throw this.#error('its file lock was removed, so that another process may write to it');
    }
  }

  /** Does something that needs room on the disk; nothing comes of it if there is none, and nothing (more) to prune. */
  #withRoom<Result>(step: () => Result): Result | undefined {
    for (;;) {
      try {
        return step();
      } catch (error) {
        if (!hasCode(error, 'ENOSPC', 'EDQUOT')) {
          throw error;
        }
        if (this.prune() === 0) {
          return undefined;
        }
      }
    }
  }

  /** Whether an event belongs into another segment than the one in hand. */
  #isFull(bytes: number, now: number): boolean {
    const { header, end, openedAt } = this.#segment;
    const { segmentAgeMs = SEGMENT_AGE } = this.#options;
    const isSetBack = now < this.#lastAt - TOLERATED_SETBACK;
    return (
      header.first !== this.#next && (end + bytes > this.#segmentBytes || now - openedAt >= segmentAgeMs || isSetBack)
    );
  }

  /** Begins another segment; says whether there was room for it. */
  #roll(): boolean {
    this.#sync();
    const old = this.#segment;
    // One that has no entry is replaced by the new one.
    const draft = this.#draft(this.#next, old.ordinalOf(this.#next));
    if (draft === undefined) {
      return false;
    }
    this.#enter(draft);
    this.#lastAt = Number.NEGATIVE_INFINITY;
    old.seal(this.#next);
    old.close();
    this.prune();
    return true;
  }

  #sync(): void {
    if (this.#unsynced.count === 0) {
      return;
    }
    try {
      this.#segment.sync();
    } catch {
      this.#startOver();
    }
    this.#unsynced.settle();
  }

  /** Writes what isn't known to be on the disk to a new segment: what failed to be synced once is never synced again. */
  #startOver(): void {
    const old = this.#segment;
    const { count, bytes } = this.#unsynced;
    const first = this.#next - count;
    this.#enter(this.#requireRoom(this.#draft(first, old.ordinalOf(first), bytes)));
    old.close();
  }

  /** Begins a segment that isn't seen yet; nothing if there is no room for it. */
  #draft(first: number, before: number, entries: Buffer = nothing, uncleanAfter?: number): GrowingSegment | undefined {
    const { host, source, boot, now } = this.#options;
    const openedAt = now();
    const header: SegmentHeader = {
      id: this.#id,
      host,
      first,
      before,
      opened: formatTimestamp(openedAt),
      boot,
      source,
      sourceUuid: this.#sourceUuid,
      formerIds: this.#formerIds,
      uncleanAfter,
      ...this.#unsynced.before,
    };
    return this.#withRoom(() => GrowingSegment.draft(this.#files, this.#folder, header, openedAt, entries));
  }

  /** Writes to a segment from now on, which takes the place of one of the same number. */
  #enter(draft: GrowingSegment): void {
    try {
      this.#requireLock();
      draft.publish();
    } catch (error) {
      draft.close();
      throw error;
    }
    this.#segment = draft;
  }

  /** Tells readers, in their place, that what was written last may be lost. */
  #tellUnclean({ uncleanAfter, empty }: JournalEnd): void {
    if (uncleanAfter !== undefined) {
      const gap = new EventText('events-lost').attribute('host', this.#options.host);
      gap.attribute('unknown', true).attribute('cause', 'unclean');
      this.#requireRoom(this.append(gap.finish(formatTimestamp(this.#options.now()), noEventLimits).xml));
      this.sync();
    }
    if (empty !== undefined) {
      this.#files.unlink(join(this.#folder, segmentName(empty)));
    }
  }

  /** @throws {JournalError} `ERR_JOURNAL_WRITE` if nothing came of what needed room. */
  #requireRoom<Result>(result: Result | undefined): Result {
    if (result === undefined) {
      throw this.#error('the disk is full');
    }
    return result;
  }
}
