import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { formatTimestamp } from '../clock';
import { JournalError } from '../errors';
import { EventText } from '../event/event-text';
import { noEventLimits } from '../xml/limits';
import { hasCode, type JournalFiles, writeFully } from './journal-files';
import { segmentsIn } from './journal-reader';
import { KnownDomains } from './known-domains';
import { READERS } from './readers';
import { findEnd, type JournalEnd, type Origin } from './recovery';
import { Segment } from './segment';
import {
  entryCrc,
  entryStart,
  type KnownDomain,
  type SegmentHeader,
  segmentEnd,
  segmentName,
  writeHeader,
} from './segment-format';
import { WriterLock } from './writer-lock';

/** How a journal is written. */
export interface WriterOptions {
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
  /** What is kept at most, in bytes of all segments; the last one is kept in any case. */
  readonly maxBytes?: number | undefined;
  /** For how long a segment is kept after its last entry, in milliseconds. */
  readonly maxAgeMs?: number | undefined;
  /** Which share of the file system is kept free, from 0 to 1. */
  readonly keepFree?: number | undefined;
}

const SEGMENT_BYTES = 16 * 1024 * 1024;
const SEGMENT_AGE = 24 * 60 * 60 * 1000;

/** How much may wait to be synced, in bytes: it is kept in memory, to be written once more if that fails. */
const MOST_UNSYNCED = 1024 * 1024;

/** How far the clock may be set back within a segment, in milliseconds: its entries have the time of the one before then. */
const TOLERATED_SETBACK = 60_000;

/** How many ids a header repeats that the journal had before. */
const FORMER_IDS = 16;

/** An entry that isn't known to be on the disk. */
interface Unsynced {
  readonly sequence: number;
  readonly time: string;
  readonly xml: string;
  readonly bytes: Buffer;
}

/** The file that is being written to. */
interface OpenSegment {
  readonly header: SegmentHeader;
  readonly fd: number;
  readonly openedAt: number;
  /** Where the next entry is written. */
  end: number;
  /** How long the file is: more if what was written last was cut short. */
  size: number;
}

/** The one writer of a journal. */
export class JournalWriter {
  readonly #files: JournalFiles;
  readonly #folder: string;
  readonly #options: WriterOptions;
  readonly #lock: WriterLock;
  readonly #id: string;
  readonly #formerIds: readonly string[];
  readonly #before: Origin | undefined;
  #sourceUuid: string | undefined;
  /** As of the last entry that is synced. */
  #domains: KnownDomains;
  #segment!: OpenSegment;
  #unsynced: Unsynced[] = [];
  #unsyncedBytes = 0;
  #next: number;
  /** The time of the last entry that is synced. */
  #previous: string | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;
  #failure: Error | undefined;
  #isClosed = false;

  private constructor(files: JournalFiles, folder: string, options: WriterOptions, lock: WriterLock) {
    this.#files = files;
    this.#folder = folder;
    this.#options = options;
    this.#lock = lock;
    removeDrafts(files, folder);
    const end = findEnd(files, folder, options.boot);
    const isNew = end.id === undefined || lock.isOfCopy;
    this.#id = isNew ? randomUUID() : (end.id as string);
    this.#formerIds = isNew && end.id !== undefined ? [end.id, ...end.formerIds].slice(0, FORMER_IDS) : end.formerIds;
    this.#before = end.origin;
    const isSameSource = end.origin?.source === options.source;
    this.#sourceUuid = isSameSource ? end.origin?.sourceUuid : undefined;
    // Those of another hypervisor would be missed at this one.
    this.#domains = new KnownDomains(isSameSource ? end.domains : []);
    this.#next = end.first;
    this.#previous = end.previous;
    this.note(false);
    lock.sync();
    this.#begin(end.before, end.uncleanAfter);
    this.#tellUnclean(end);
  }

  /**
   * Becomes the writer of the journal in a folder, which is made if it isn't there, and begins a new segment.
   *
   * @throws {JournalError} `ERR_JOURNAL_BUSY` if another process writes it; `ERR_LOCK_UNAVAILABLE`.
   * @throws {Error} the system's, if the folder can't be written to.
   */
  static open(files: JournalFiles, folder: string, options: WriterOptions): JournalWriter {
    makeFolders(files, folder);
    const lock = WriterLock.take(files, folder);
    if (lock === undefined) {
      throw new JournalError('ERR_JOURNAL_BUSY', `another process writes the journal ${folder}`);
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
    const domains = new KnownDomains(this.#domains.list);
    for (const { xml } of this.#unsynced) {
      domains.fold(xml);
    }
    return domains.list;
  }

  /**
   * Appends an event; it is on the disk after the next `sync()`.
   *
   * @returns Its number; nothing if the disk is full even after pruning, and nothing was written.
   * @throws {JournalError} `ERR_JOURNAL_WRITE` if this writer can go on no more.
   */
  append(xml: string): number | undefined {
    return this.#attempt(() => {
      const now = this.#options.now();
      const event = Buffer.from(xml);
      if (!this.#rollFor(event.length, now)) {
        return undefined;
      }
      const sequence = this.#next;
      const time = formatTimestamp(Math.max(now, this.#lastAt));
      const bytes = entryBytes(this.#id, sequence, time, event);
      this.#requireAlone();
      if (!this.#withRoom(() => this.#write(bytes))) {
        return undefined;
      }
      this.#lastAt = Math.max(now, this.#lastAt);
      this.#previous = time;
      this.#next += 1;
      this.#unsynced.push({ sequence, time, xml, bytes });
      this.#unsyncedBytes += bytes.length;
      if (this.#unsyncedBytes >= MOST_UNSYNCED) {
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
        this.#domains = new KnownDomains();
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
        this.#attempt(() => {
          this.#sync();
          seal(this.#files, this.#segment, this.#next);
          this.#files.sync(this.#segment.fd);
        });
      }
    } finally {
      this.#files.close(this.#segment.fd);
      this.#lock.release();
    }
  }

  /** Removes the oldest segments that are more than what is to be kept; says how many. */
  prune(): number {
    const { maxBytes, maxAgeMs, keepFree } = this.#options;
    const firsts = segmentsIn(this.#files, this.#folder);
    const sizes = firsts.map((first) => this.#files.facts(join(this.#folder, segmentName(first))).size);
    let total = sizes.reduce((sum, size) => sum + size, 0);
    let pruned = 0;
    for (const [place, first] of firsts.slice(0, -1).entries()) {
      const isOver =
        (maxBytes !== undefined && total > maxBytes) ||
        (maxAgeMs !== undefined && this.#isOld(firsts[place + 1] as number, maxAgeMs)) ||
        (keepFree !== undefined && this.#files.freeShare(this.#folder) < keepFree);
      if (!isOver || first === this.#segment.header.first) {
        break;
      }
      this.#files.unlink(join(this.#folder, segmentName(first)));
      total -= sizes[place] as number;
      pruned += 1;
    }
    return pruned;
  }

  /** Does something that leaves the writer unusable if it throws. */
  #attempt<Result>(step: () => Result): Result {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    try {
      return step();
    } catch (cause) {
      const problem = `the journal ${this.#folder} can't be written: ${(cause as Error).message}`;
      this.#failure = cause instanceof JournalError ? cause : new JournalError('ERR_JOURNAL_WRITE', problem, { cause });
      throw this.#failure;
    }
  }

  /** @throws {JournalError} `ERR_JOURNAL_WRITE` if somebody else writes, too. */
  #requireAlone(): void {
    const { fd, size, header } = this.#segment;
    const found = this.#files.facts(fd).size;
    if (found !== size) {
      const problem = `${segmentName(header.first)} has ${found} bytes instead of ${size}: another program writes to it`;
      throw new JournalError('ERR_JOURNAL_WRITE', `the journal ${this.#folder} can't be written: ${problem}`);
    }
    if (!this.#lock.isHeld) {
      const problem = 'its file lock was removed, so that another process may write to it';
      throw new JournalError('ERR_JOURNAL_WRITE', `the journal ${this.#folder} can't be written: ${problem}`);
    }
  }

  /** Does something that needs room on the disk; says whether there was room, after pruning if need be. */
  #withRoom(step: () => void): boolean {
    for (let isLast = false; ; isLast = true) {
      try {
        step();
        return true;
      } catch (error) {
        if (!hasCode(error, 'ENOSPC', 'EDQUOT')) {
          throw error;
        }
        if (isLast || this.prune() === 0) {
          return false;
        }
      }
    }
  }

  #write(bytes: Buffer): void {
    const segment = this.#segment;
    try {
      writeFully(this.#files, segment.fd, bytes, segment.end);
      segment.end += bytes.length;
    } finally {
      // What was cut short is written over by the next entry, which has the same number.
      segment.size = this.#files.facts(segment.fd).size;
    }
  }

  /** Begins another segment if the one in hand has grown enough; says whether the event has a place now. */
  #rollFor(bytes: number, now: number): boolean {
    const { header, end, openedAt } = this.#segment;
    const { segmentBytes = SEGMENT_BYTES, segmentAgeMs = SEGMENT_AGE } = this.#options;
    const isSetBack = now < this.#lastAt - TOLERATED_SETBACK;
    const isFull = end + bytes > segmentBytes || now - openedAt >= segmentAgeMs || isSetBack;
    if (header.first === this.#next || !isFull) {
      return true;
    }
    this.#sync();
    if (!this.#roll()) {
      return false;
    }
    if (isSetBack) {
      this.#lastAt = Number.NEGATIVE_INFINITY;
    }
    this.prune();
    return true;
  }

  /** Begins another segment, when all is synced, and seals the one in hand; says whether there was room. */
  #roll(): boolean {
    const old = this.#segment;
    const { first, before, uncleanAfter } = old.header;
    // One that has no entry is replaced by the new one.
    const isEmpty = first === this.#next;
    if (!this.#withRoom(() => this.#begin(before + this.#next - first, isEmpty ? uncleanAfter : undefined))) {
      return false;
    }
    if (!isEmpty) {
      seal(this.#files, old, this.#next);
    }
    this.#files.close(old.fd);
    return true;
  }

  #sync(): void {
    if (this.#unsynced.length === 0) {
      return;
    }
    try {
      this.#files.sync(this.#segment.fd);
    } catch {
      this.#startOver();
    }
    for (const { xml, time } of this.#unsynced) {
      this.#domains.fold(xml);
      this.#previous = time;
    }
    this.#unsynced = [];
    this.#unsyncedBytes = 0;
  }

  /** Writes what isn't known to be on the disk to a new segment: what failed to be synced once is never synced again. */
  #startOver(): void {
    const { header, fd } = this.#segment;
    const { sequence } = this.#unsynced[0] as Unsynced;
    const next = this.#next;
    this.#next = sequence;
    this.#begin(header.before + sequence - header.first);
    this.#next = next;
    for (const { bytes } of this.#unsynced) {
      this.#write(bytes);
    }
    this.#files.sync(this.#segment.fd);
    this.#files.close(fd);
  }

  /** Begins a segment with the next entry, which is on the disk by its name when this returns. */
  #begin(before: number, uncleanAfter?: number): void {
    const { host, source, boot, now } = this.#options;
    const openedAt = now();
    const header: SegmentHeader = {
      id: this.#id,
      host,
      first: this.#next,
      before,
      opened: formatTimestamp(openedAt),
      previous: this.#previous,
      boot,
      source,
      sourceUuid: this.#sourceUuid,
      formerIds: this.#formerIds,
      uncleanAfter,
      domains: this.#domains.list,
    };
    const path = join(this.#folder, segmentName(header.first));
    const draft = `${path}.tmp`;
    const fd = this.#files.open(draft, 'create', 0o640);
    const bytes = Buffer.from(writeHeader(header));
    try {
      writeFully(this.#files, fd, bytes, 0);
      this.#files.sync(fd);
      this.#files.rename(draft, path);
      this.#files.syncFolder(this.#folder);
    } catch (error) {
      this.#files.close(fd);
      removeDrafts(this.#files, this.#folder);
      throw error;
    }
    this.#segment = { header, fd, openedAt, end: bytes.length, size: bytes.length };
  }

  /** Tells readers, in their place, that what was written last may be lost. */
  #tellUnclean({ uncleanAfter, empty }: JournalEnd): void {
    if (uncleanAfter !== undefined) {
      const gap = new EventText('events-lost').attribute('host', this.#options.host);
      gap.attribute('unknown', true).attribute('cause', 'unclean');
      this.append(gap.finish(formatTimestamp(this.#options.now()), noEventLimits).xml);
      this.sync();
    }
    if (empty !== undefined) {
      this.#files.unlink(join(this.#folder, segmentName(empty)));
    }
  }

  /** Whether the last entry before a segment is older than so many milliseconds. */
  #isOld(first: number, ageMs: number): boolean {
    const segment = Segment.open(this.#files, this.#folder, first);
    if (!(segment instanceof Segment)) {
      return false;
    }
    segment.close();
    const { previous, opened } = segment.header;
    return Date.parse(previous ?? opened) < this.#options.now() - ageMs;
  }
}

function seal(files: JournalFiles, { header, fd, end }: OpenSegment, next: number): void {
  const text = segmentEnd(next - 1, next - header.first);
  writeFully(files, fd, Buffer.from(text), end);
}

function entryBytes(id: string, sequence: number, time: string, event: Buffer): Buffer {
  const start = entryStart({ sequence, length: event.length, crc: entryCrc(id, sequence, time, event), time });
  return Buffer.concat([Buffer.from(start, 'latin1'), event, Buffer.from('\n')]);
}

/** Makes the folder of a journal and that of its readers' bookmarks, if they aren't there. */
function makeFolders(files: JournalFiles, folder: string): void {
  for (const [path, permissions] of [
    [folder, 0o750],
    // Everybody in the group may make a bookmark, and nobody may remove another's.
    [join(folder, READERS), 0o1770],
  ] as const) {
    try {
      files.makeFolder(path, permissions);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) {
        throw error;
      }
    }
  }
}

/** Removes the segments that were never given their names. */
function removeDrafts(files: JournalFiles, folder: string): void {
  for (const name of files.list(folder)) {
    if (name.endsWith('.tmp')) {
      files.unlink(join(folder, name));
    }
  }
}
