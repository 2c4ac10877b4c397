import { dirname, join } from 'node:path';
import { systemClock } from '../clock';
import { InvalidArgumentError, JournalError } from '../errors';
import { Bookmark, type BookmarkRecord, peekBookmark } from './bookmark';
import { hasCode, ifThere, type JournalFiles, leadsTo, unlinkIfThere } from './journal-files';

/** The folder of the bookmarks, in that of the journal. */
export const READERS = 'readers';

/** What a bookmark is named until it is whole: as no reader can be. */
const DRAFT = /^\.[\da-f-]{36}\.new$/;

/** How old a draft is that nobody is going to make a bookmark of, in milliseconds: that takes an instant. */
const STALE = 60_000;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if a reader can't have that name. */
export function requireReaderName(name: string): void {
  if (!NAME.test(name)) {
    const rule =
      'letters, digits, dots, hyphens and underscores, at most 64, of which the first is a letter or a digit';
    throw new InvalidArgumentError('reader', `must be a name of ${rule}, but is ${JSON.stringify(name)}`);
  }
}

/** Where the bookmark of a reader of a journal is. */
export function bookmarkPath(folder: string, name: string): string {
  return join(folder, READERS, name);
}

/** A bookmark as somebody else sees it. */
export interface SeenBookmark {
  readonly name: string;
  /** Nothing if it can't be read. */
  readonly record: BookmarkRecord | undefined;
}

/** The bookmarks in the folder of a journal, by name; those that this user may not read have no record. */
export function bookmarksIn(files: JournalFiles, folder: string): SeenBookmark[] {
  return (ifThere(() => files.list(join(folder, READERS))) ?? [])
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => ({ name, record: peekAt(files, bookmarkPath(folder, name)) }));
}

function peekAt(files: JournalFiles, path: string): BookmarkRecord | undefined {
  let fd: number;
  try {
    fd = files.open(path, 'read');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES', 'ELOOP', 'ENXIO')) {
      return undefined;
    }
    throw error;
  }
  try {
    return files.facts(fd).isRegular ? peekBookmark(files, fd) : undefined;
  } finally {
    files.close(fd);
  }
}

/**
 * Opens a reader's bookmark and locks it, for as long as it is open.
 *
 * @param path Where it is, in the journal's folder or elsewhere.
 * @returns Nothing if there is none yet.
 * @throws {JournalError} `ERR_READER_BUSY` if another process reads by it; `ERR_BOOKMARK` if it isn't a file that can be
 *   trusted, or can't be read; `ERR_BOOKMARK_WRITE`, `ERR_LOCK_UNAVAILABLE`.
 */
export function openBookmark(files: JournalFiles, path: string): Bookmark | undefined {
  return withLocked(files, path, (fd) => {
    requireTrusted(files, path, fd);
    return Bookmark.read(files, path, fd);
  });
}

/**
 * Makes a bookmark, which is on the disk, and locked, when this returns.
 *
 * @returns Nothing if somebody else has made it meanwhile.
 * @throws {JournalError} `ERR_LOCK_UNAVAILABLE`
 * @throws {Error} the system's, if it can't be written.
 */
export function createBookmark(files: JournalFiles, path: string, record: BookmarkRecord): Bookmark | undefined {
  const folder = dirname(path);
  removeStaleDrafts(files, folder);
  const draft = join(folder, `.${globalThis.crypto.randomUUID()}.new`);
  const fd = files.open(draft, 'create', 0o600);
  try {
    // Nobody else knows its name.
    files.lock(fd, 'exclusive');
    const bookmark = Bookmark.create(files, path, fd, record);
    files.link(draft, path);
    files.unlink(draft);
    files.syncFolder(folder);
    return bookmark;
  } catch (error) {
    files.close(fd);
    unlinkIfThere(files, draft);
    if (hasCode(error, 'EEXIST')) {
      return undefined;
    }
    throw error;
  }
}

/** Removes what is left in a folder of bookmarks that were never made, since their makers were killed, as far as this user may. */
export function removeStaleDrafts(files: JournalFiles, folder: string): void {
  for (const draft of draftsIn(files, folder)) {
    try {
      if (systemClock.now() - files.facts(draft).writtenAt > STALE) {
        files.unlink(draft);
      }
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'EPERM', 'EACCES')) {
        throw error;
      }
    }
  }
}

/**
 * Removes a bookmark, even one that can't be read; says whether there was one.
 *
 * @throws {JournalError} `ERR_READER_BUSY` if a process reads by it; `ERR_BOOKMARK` if it is no regular file;
 *   `ERR_LOCK_UNAVAILABLE`.
 */
export function removeBookmark(files: JournalFiles, path: string): boolean {
  const isRemoved = withLocked(files, path, (fd) => {
    files.unlink(path);
    files.syncFolder(dirname(path));
    files.close(fd);
    return true;
  });
  return isRemoved ?? false;
}

/**
 * Opens the file of a bookmark and locks it. Whoever uses it closes it, unless that fails.
 *
 * @returns Nothing if there is none.
 */
function withLocked<Result>(files: JournalFiles, path: string, use: (fd: number) => Result): Result | undefined {
  for (;;) {
    const fd = openRegular(files, path);
    if (fd === undefined) {
      return undefined;
    }
    try {
      if (!files.lock(fd, 'exclusive')) {
        throw new JournalError('ERR_READER_BUSY', `another process reads by the bookmark ${path}`);
      }
      // Whoever removes a bookmark locks it first: the name may be gone, or another's, by now.
      if (leadsTo(files, path, fd)) {
        return use(fd);
      }
    } catch (error) {
      files.close(fd);
      throw error;
    }
    files.close(fd);
  }
}

/** Opens a regular file; nothing if there is none of that name. */
function openRegular(files: JournalFiles, path: string): number | undefined {
  const refusal = () =>
    new JournalError('ERR_BOOKMARK', `${path} is no bookmark: it must be a regular file, and no link`);
  let fd: number;
  try {
    fd = files.open(path, 'update');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw hasCode(error, 'ELOOP', 'EISDIR', 'ENXIO') ? refusal() : error;
  }
  if (!files.facts(fd).isRegular) {
    files.close(fd);
    throw refusal();
  }
  return fd;
}

/** Somebody who may write to the folder must not have us write to a file of ours, or of another user's. */
function requireTrusted(files: JournalFiles, path: string, fd: number): void {
  // Stryker disable next-line ConditionalExpression: a shortcut, there is no draft to be found otherwise
  if (files.facts(fd).links === 2) {
    removeDraftOf(files, path, fd);
  }
  const { links, uid, gid } = files.facts(fd);
  // Stryker disable next-line OptionalChaining: only Windows has no such functions
  const isOurs = uid === process.geteuid?.() || gid === process.getegid?.() || process.getgroups?.().includes(gid);
  if (links !== 1 || !isOurs) {
    const problem = links !== 1 ? `has ${links} names` : 'belongs to another user';
    throw new JournalError('ERR_BOOKMARK', `${path} is no bookmark that can be trusted: it ${problem}`);
  }
}

/** Removes the name that a file had before it was made a bookmark: its maker may have been killed before doing so. */
function removeDraftOf(files: JournalFiles, path: string, fd: number): void {
  for (const draft of draftsIn(files, dirname(path))) {
    if (leadsTo(files, draft, fd)) {
      unlinkIfThere(files, draft);
    }
  }
}

/** The paths of the drafts in a folder. */
function draftsIn(files: JournalFiles, folder: string): string[] {
  const names = files.list(folder).filter((name) => DRAFT.test(name));
  return names.map((name) => join(folder, name));
}
