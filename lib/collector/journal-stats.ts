import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OpenError } from '../errors';
import type { BookmarkRecord } from '../journal/bookmark';
import { hasCode, type JournalFiles } from '../journal/journal-files';
import { type Position, segmentsIn } from '../journal/journal-reader';
import { nodeFiles } from '../journal/node-files';
import { mayBeJournal } from '../journal/places';
import { bookmarkPath, bookmarksIn } from '../journal/readers';
import { Segment } from '../journal/segment';
import { type SegmentHeader, segmentName } from '../journal/segment-format';
import { writerOf } from '../journal/writer-lock';
import { requireFolder } from './journal-events';

/** An entry of a journal, as its statistics name it. */
export interface EntryPlace {
  readonly sequence: number;
  /** When it was appended: a time stamp. */
  readonly time: string;
}

/** The writer of a journal, as far as it has told of itself. */
export interface WriterStats {
  /** Whether it lives: whether it has the journal's lock. */
  readonly alive: boolean;
  /** Whether it lives and its daemon can be reached. */
  readonly connected: boolean;
  readonly pid: number;
  readonly host: string;
  /** When it gave the last sign of life: a time stamp. It gives one every ten seconds. */
  readonly time: string;
  /** How long ago that is, in milliseconds. */
  readonly ageMs: number;
}

/** A reader of a journal that has a bookmark in its folder. */
export interface ReaderStats {
  readonly name: string;
  /** The number of the entry that it reads next; nothing if its bookmark can't be read, by this user or at all. */
  readonly next: number | undefined;
  /** How many entries it has yet to read. */
  readonly behind: number | undefined;
  /** How often the next entry was offered to its handlers; 0 if it never was. */
  readonly attempt: number | undefined;
  /** How long ago its bookmark was written, in milliseconds. */
  readonly ageMs: number | undefined;
}

/** What is in a journal, and who writes and reads it. */
export interface JournalStats {
  /** The folder, as an absolute path. */
  readonly folder: string;
  /** Its id, the first part of every event's `key`; nothing if nothing was ever written. */
  readonly id: string | undefined;
  /** The host whose events these are. */
  readonly host: string | undefined;
  /** The URI that they come from. */
  readonly source: string | undefined;
  /** The writer that there is, or that was there last; nothing if there was none, or if this user may not know. */
  readonly writer: WriterStats | undefined;
  readonly segments: number;
  /** The length of all segments. */
  readonly bytes: number;
  /** How many entries were ever written. */
  readonly written: number;
  /** The first entry that is still there. */
  readonly oldest: EntryPlace | undefined;
  /** The last entry. */
  readonly newest: EntryPlace | undefined;
  /** Those whose bookmarks are in the journal's folder, by their names. */
  readonly readers: readonly ReaderStats[];
}

/**
 * Looks at a journal, without a change: what is in it, whether its writer lives, how far each reader is.
 *
 * It reads the last segment to its end, which takes some 50 ms if that is full.
 *
 * @throws {OpenError} `ERR_OPEN` if the folder isn't there, or may not be read.
 * @throws {JournalError} `ERR_LOCK_UNAVAILABLE`
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { openConnection } from 'virdeliver';
 * import { journalEvents, journalStats } from 'virdeliver/journal';
 *
 * const conn = openConnection('test:///default');
 * const journal = journalEvents(conn, 'events');
 * console.log(journalStats('events').writer?.alive); // true
 * journal.close();
 * conn.close();
 * ```
 */
export function journalStats(folder: string): JournalStats {
  requireFolder(folder);
  const absolute = resolve(folder);
  return reading(absolute, () => statsOf(nodeFiles, absolute));
}

/**
 * Does something with a journal.
 *
 * @throws {OpenError} `ERR_OPEN` if the folder is none, and instead of the system's errors.
 */
export function reading<Result>(folder: string, step: () => Result): Result {
  try {
    if (!mayBeJournal(nodeFiles.list(folder))) {
      throw new OpenError(folder, 'there is no journal: the folder has other files, and none that a collector writes');
    }
    return step();
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) {
      throw new OpenError(folder, 'there is no journal: the folder is not there, or is none', { cause });
    }
    if (hasCode(cause, 'EACCES', 'EPERM')) {
      throw new OpenError(folder, `it may not be read: ${(cause as Error).message}`, { cause });
    }
    throw cause;
  }
}

function statsOf(files: JournalFiles, folder: string): JournalStats {
  const firsts = segmentsIn(files, folder);
  const last = lastSegment(files, folder, firsts);
  return {
    folder,
    id: last?.header.id,
    host: last?.header.host,
    source: last?.header.source,
    writer: writerStats(files, folder),
    segments: firsts.length,
    bytes: firsts.reduce((sum, first) => sum + sizeOf(files, join(folder, segmentName(first))), 0),
    written: last?.end.ordinal ?? 0,
    oldest: oldestIn(files, folder, firsts),
    newest: last?.newest,
    readers: bookmarksIn(files, folder).map(({ name, record }) =>
      readerStats(name, record, ageOf(bookmarkPath(folder, name)), last?.end),
    ),
  };
}

/** The first entry that is whole. */
function oldestIn(files: JournalFiles, folder: string, firsts: readonly number[]): EntryPlace | undefined {
  for (const first of firsts) {
    const segment = Segment.open(files, folder, first);
    if (segment instanceof Segment) {
      try {
        for (const { sequence, time } of segment.entries()) {
          return { sequence, time };
        }
      } finally {
        segment.close();
      }
    }
  }
  return undefined;
}

/** The last segment that can be read, and what is at its end. */
function lastSegment(
  files: JournalFiles,
  folder: string,
  firsts: readonly number[],
): { readonly header: SegmentHeader; readonly end: Position; readonly newest: EntryPlace | undefined } | undefined {
  for (const first of firsts.toReversed()) {
    const segment = Segment.open(files, folder, first);
    if (segment instanceof Segment) {
      const { header } = segment;
      const { previous, before, uncleanAfter = first - 1 } = header;
      let newest = previous === undefined ? undefined : { sequence: uncleanAfter, time: previous };
      let end = { next: first, ordinal: before };
      try {
        for (const { sequence, time, ordinal } of segment.entries()) {
          newest = { sequence, time };
          end = { next: sequence + 1, ordinal: ordinal + 1 };
        }
      } finally {
        segment.close();
      }
      return { header, end, newest };
    }
  }
  return undefined;
}

/** The length of a file, or 0 if it was pruned just now. */
function sizeOf(files: JournalFiles, path: string): number {
  try {
    return files.facts(path).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return 0;
    }
    throw error;
  }
}

function writerStats(files: JournalFiles, folder: string): WriterStats | undefined {
  try {
    const { state, isThere } = writerOf(files, folder);
    if (state === undefined) {
      return undefined;
    }
    const { pid, host, time, connected } = state;
    const ageMs = Math.max(0, Date.now() - Date.parse(time));
    return { alive: isThere, connected: isThere && connected, pid, host, time, ageMs };
  } catch (error) {
    if (hasCode(error, 'EACCES')) {
      return undefined;
    }
    throw error;
  }
}

function readerStats(
  name: string,
  record: BookmarkRecord | undefined,
  ageMs: number | undefined,
  end: Position | undefined,
): ReaderStats {
  if (record === undefined) {
    return { name, next: undefined, behind: undefined, attempt: undefined, ageMs };
  }
  const { next, ordinal, attempt } = record;
  return { name, next, behind: Math.max(0, (end?.ordinal ?? 0) - ordinal), attempt, ageMs };
}

function ageOf(path: string): number | undefined {
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return modified === undefined ? undefined : Math.max(0, Date.now() - modified);
}
