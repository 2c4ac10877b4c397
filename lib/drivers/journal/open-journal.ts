import { setTimeout } from 'node:timers';
import { readNumber } from '../../arguments';
import { sleep, systemClock } from '../../clock';
import { InvalidArgumentError, JournalError, OpenError } from '../../errors';
import { notOffered } from '../../journal/bookmark';
import type { JournalFiles } from '../../journal/journal-files';
import { JournalReader } from '../../journal/journal-reader';
import { nodeFiles } from '../../journal/node-files';
import { endBefore, entryBefore, findEndOf, findStart, lengthOf, mayBeJournal, type Start } from '../../journal/places';
import { createBookmark, openBookmark } from '../../journal/readers';
import { resume } from '../../journal/resume';
import type { Driver, DriverContext } from '../driver';
import { kindOfPath } from '../io/descriptor';
import { type Dialogue, runInLoop, runNow, waitFor } from '../io/dialogue';
import { requireNoDrops } from '../reader/reader-parameters';
import { BookmarkedPlace } from './bookmarked-place';
import { type Beginning, JournalDriver } from './journal-driver';
import { type JournalAddress, readJournalUri } from './journal-uri';

/** How long passes between two looks at a bookmark that another process has locked, in milliseconds. */
const LOCK_PAUSE = 50;

/** How long passes at least between two times that a bookmark is made to reach the disk, in milliseconds. */
const SYNC_INTERVAL = 1000;

// Taken at import, so that a test runner's fake timers don't freeze it.
const startTimer = setTimeout;

const pause = {
  now: () => sleep(LOCK_PAUSE),
  inLoop: () => new Promise<void>((resolve) => startTimer(resolve, LOCK_PAUSE)),
};

/**
 * Opens a journal for a reader.
 *
 * It begins where its bookmark says, or, without one, where the URI does; a new bookmark is on the disk before anything is
 * delivered. A folder in which nothing was written yet is waited for.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI`
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if the queue is to drop events: a journal waits by itself.
 * @throws {OpenError} `ERR_OPEN` if the folder isn't there or may not be used.
 * @throws {JournalError} `ERR_READER_BUSY`, `ERR_BOOKMARK`, `ERR_LOCK_UNAVAILABLE`.
 */
export function openJournal(context: DriverContext): Driver {
  return runNow(opening(context));
}

/** Does what `openJournal` does in the event loop, also waiting for another reader to end. */
export function openJournalAsync(context: DriverContext): Promise<Driver> {
  return runInLoop(opening(context));
}

function* opening(context: DriverContext): Dialogue<Driver> {
  const { uri, options } = context;
  const address = readJournalUri(uri, context.clock.now());
  const lockWaitMs = readNumber('options.lockWaitMs', options.lockWaitMs, 0, { least: 0, whole: false });
  const syncIntervalMs = readNumber('options.syncIntervalMs', options.syncIntervalMs, SYNC_INTERVAL, {
    least: 0,
    whole: false,
  });
  requireNoDrops(context, 'a journal');
  requireFolder(uri, address.folder);
  const deadline = systemClock.monotonic() + lockWaitMs;
  for (;;) {
    try {
      return openReader(nodeFiles, address, syncIntervalMs, context);
    } catch (error) {
      const isBusy = error instanceof JournalError && error.code === 'ERR_READER_BUSY';
      if (isBusy && systemClock.monotonic() >= deadline) {
        const remedy =
          lockWaitMs === 0 ? 'the option lockWaitMs waits for it to end' : `it was waited for ${lockWaitMs} ms`;
        throw new JournalError('ERR_READER_BUSY', `${error.message}; ${remedy}`);
      }
      if (!isBusy) {
        const isOurs = error instanceof JournalError || error instanceof InvalidArgumentError;
        // It may be the folder of the bookmark that isn't there.
        throw isOurs ? error : new OpenError(uri, (error as Error).message, { cause: error });
      }
    }
    yield* waitFor(pause);
  }
}

/** Opens a journal in a file system for a reader, once. */
export function openReader(
  files: JournalFiles,
  address: JournalAddress,
  syncIntervalMs: number,
  context: DriverContext,
): Driver {
  const { folder, bookmark, follows } = address;
  const length = lengthOf(files, folder);
  // What is written from now on is new to a reader of the newest.
  const from = length.segment === 0 && address.from === 'newest' ? 'oldest' : address.from;
  const place = new BookmarkedPlace(syncIntervalMs, () => findEndOf(files, folder));
  const begin = () => beginReading(files, address, from);
  return new JournalDriver({ folder, bookmark, place, end: follows ? undefined : length, begin }, context);
}

/** Begins where the bookmark says, or makes one; gives nothing if there is none and the journal has no segment yet. */
function beginReading(
  files: JournalFiles,
  { folder, bookmark: path }: JournalAddress,
  from: Start,
): Beginning | undefined {
  let bookmark = path === undefined ? undefined : openBookmark(files, path);
  if (bookmark === undefined) {
    requireReached(files, folder, from);
    const start = findStart(files, folder, from);
    if (start === undefined) {
      return undefined;
    }
    if (path === undefined) {
      return { record: { ...start, ...notOffered }, bookmark, reader: new JournalReader(files, folder, start) };
    }
    const record = { ...start, ...notOffered, completed: entryBefore(files, folder, start) };
    bookmark = createBookmark(files, path, record);
    if (bookmark === undefined) {
      throw new JournalError('ERR_READER_BUSY', `another process has just made the bookmark ${path}`);
    }
    return { record, bookmark, reader: new JournalReader(files, folder, record) };
  }
  try {
    const { record } = bookmark;
    return { record, bookmark, reader: resume(files, folder, record, path as string) };
  } catch (error) {
    bookmark.close();
    throw error;
  }
}

/** @throws {Error} if a reader is to begin behind the end: most probably it would skip what another journal had. */
function requireReached(files: JournalFiles, folder: string, from: Start): void {
  const end = endBefore(files, folder, from);
  if (end !== undefined) {
    const { sequence } = from as { readonly sequence: number };
    throw new Error(`from=${sequence} is beyond the end of the journal, whose next event is ${end}`);
  }
}

function requireFolder(uri: string, folder: string): void {
  let kind: string;
  try {
    kind = kindOfPath(folder);
  } catch (cause) {
    throw unusable(uri, cause);
  }
  if (kind !== 'directory') {
    throw new OpenError(uri, `${folder} is a ${kind}; a journal is the folder that a collector writes to`);
  }
  if (!mayBeJournal(listed(uri, folder))) {
    throw new OpenError(
      uri,
      `${folder} is a folder, but no journal: there are other files in it, and none that a collector writes`,
    );
  }
}

function listed(uri: string, folder: string): string[] {
  try {
    return nodeFiles.list(folder);
  } catch (cause) {
    throw unusable(uri, cause);
  }
}

function unusable(uri: string, cause: unknown): OpenError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const problem = code === 'ENOENT' ? `${message}; the folder of a journal is made by its collector` : message;
  return new OpenError(uri, problem, { cause });
}
