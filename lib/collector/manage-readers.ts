import { resolve } from 'node:path';
import { formatValue } from '../arguments';
import { InvalidArgumentError, JournalError } from '../errors';
import { type BookmarkRecord, MOVED, notOffered } from '../journal/bookmark';
import type { JournalFiles } from '../journal/journal-files';
import { nodeFiles } from '../journal/node-files';
import { endBefore, entryBefore, findStart, type Start } from '../journal/places';
import {
  bookmarkPath,
  bookmarksIn,
  createBookmark,
  openBookmark,
  removeBookmark,
  requireReaderName,
} from '../journal/readers';
import { requireFolder } from './journal-events';
import { reading } from './journal-stats';

/**
 * Moves a reader's bookmark, also one that can't be read any more, and has it on the disk when it returns.
 *
 * @param folder The journal's.
 * @param reader The reader's name.
 * @param to Where it goes on: at the oldest entry that is there, behind the newest, at the entry of a number, or at the first one that was
 *   appended at or after a time.
 * @returns The number of the entry that it reads next, at least.
 * @throws {JournalError} `ERR_READER_BUSY` while it reads; `ERR_BOOKMARK` if there is no such reader, or nothing to read yet, or its bookmark
 *   isn't a file that can be trusted; `ERR_BOOKMARK_WRITE`; `ERR_LOCK_UNAVAILABLE`.
 * @throws {OpenError} `ERR_OPEN` if the folder isn't there, or may not be read.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js no-run
 * import { moveBookmark } from 'virdeliver/journal';
 *
 * moveBookmark('/var/lib/virdeliver', 'report', new Date('2026-01-02T03:00:00Z'));
 * ```
 */
export function moveBookmark(folder: string, reader: string, to: 'oldest' | 'newest' | number | Date): number {
  const absolute = requireReader(folder, reader);
  const start = readStart(to);
  return reading(absolute, () => move(nodeFiles, absolute, reader, start));
}

function move(files: JournalFiles, folder: string, reader: string, start: Start): number {
  const path = bookmarkPath(folder, reader);
  const seen = bookmarksIn(files, folder).find(({ name }) => name === reader);
  if (seen === undefined) {
    throw new JournalError('ERR_BOOKMARK', `the journal ${folder} has no reader '${reader}'`);
  }
  const place = findStart(files, folder, start);
  if (place === undefined) {
    throw new JournalError(
      'ERR_BOOKMARK',
      `the journal ${folder} has no segment yet, so that there is no place to move to`,
    );
  }
  const end = endBefore(files, folder, start);
  if (end !== undefined) {
    const { sequence } = start as { readonly sequence: number };
    throw new InvalidArgumentError('to', `must not be beyond the end, ${end}, but is ${sequence}`);
  }
  const completed = entryBefore(files, folder, place);
  const record: BookmarkRecord = { ...place, ...notOffered, completed, note: MOVED };
  if (seen.record === undefined) {
    // Of what neither slot can be read nothing is lost.
    removeBookmark(files, path);
    createBookmark(files, path, record)?.close();
  } else {
    const bookmark = openBookmark(files, path);
    try {
      bookmark?.write(record);
      bookmark?.sync();
    } finally {
      bookmark?.close();
    }
  }
  return place.next;
}

/**
 * Removes a reader's bookmark: should it come back it begins anew.
 *
 * @returns Whether there was one.
 * @throws {JournalError} `ERR_READER_BUSY` while it reads; `ERR_LOCK_UNAVAILABLE`.
 * @throws {OpenError} `ERR_OPEN` if it may not be removed.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 */
export function removeReader(folder: string, reader: string): boolean {
  const absolute = requireReader(folder, reader);
  return reading(absolute, () => removeBookmark(nodeFiles, bookmarkPath(absolute, reader)));
}

function requireReader(folder: string, reader: string): string {
  requireFolder(folder);
  requireReaderName(reader);
  return resolve(folder);
}

function readStart(to: unknown): Start {
  if (to === 'oldest' || to === 'newest') {
    return to;
  }
  if (typeof to === 'number' && Number.isSafeInteger(to) && to >= 1) {
    return { sequence: to };
  }
  if (to instanceof Date && !Number.isNaN(to.getTime())) {
    return { time: to };
  }
  const problem = `must be 'oldest', 'newest', the number of an entry, or a date, but is ${formatValue(to)}`;
  throw new InvalidArgumentError('to', problem);
}
