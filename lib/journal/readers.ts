import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { InvalidArgumentError, JournalError } from '../errors';
import { Bookmark, type BookmarkRecord, peekBookmark } from './bookmark';
import { hasCode, type JournalFiles } from './journal-files';

/** The folder of the bookmarks, in that of the journal. */
export const READERS = 'readers';

/** What a bookmark is named until it is whole: as no reader can be. */
const DRAFT = /^\.[\da-f-]{36}\.new$/;

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
  let names: string[];
  try {
    names = files.list(join(folder, READERS));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return [];
    }
    throw error;
  }
  return names
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
 *   trusted, or can't be read; `ERR_LOCK_UNAVAILABLE`.
 */
export function openBookmark(files: JournalFiles, path: string): Bookmark | undefined {
  for (;;) {
    let fd: number;
    try {
      fd = files.open(path, 'update');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) {
        return undefined;
      }
      if (hasCode(error, 'ELOOP', 'EISDIR', 'ENXIO')) {
        throw new JournalError('ERR_BOOKMARK', `${path} is no bookmark: it must be a regular file, and no link`);
      }
      throw error;
    }
    try {
      if (files.facts(fd).links === 2) {
        removeDraftOf(files, path, fd);
      }
      requireTrusted(files, path, fd);
      if (!files.lock(fd)) {
        throw new JournalError('ERR_READER_BUSY', `another process reads by the bookmark ${path}`);
      }
      // Whoever removes a bookmark locks it first: the name may be gone, or another's, by now.
      if (isAt(files, path, fd)) {
        return Bookmark.read(files, path, fd);
      }
    } catch (error) {
      files.close(fd);
      throw error;
    }
    files.close(fd);
  }
}

/**
 * Makes a bookmark, which is on the disk, and locked, when this returns.
 *
 * @returns Nothing if somebody else has made it meanwhile.
 */
export function createBookmark(files: JournalFiles, path: string, record: BookmarkRecord): Bookmark | undefined {
  const folder = join(path, '..');
  const draft = join(folder, `.${randomUUID()}.new`);
  const fd = files.open(draft, 'create', 0o600);
  try {
    if (!files.lock(fd)) {
      throw new JournalError('ERR_READER_BUSY', `another process has locked ${draft}`);
    }
    const bookmark = Bookmark.create(files, path, fd, record);
    files.link(draft, path);
    files.unlink(draft);
    files.syncFolder(folder);
    return bookmark;
  } catch (error) {
    files.close(fd);
    files.unlink(draft);
    if (hasCode(error, 'EEXIST')) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Removes a bookmark; says whether there was one.
 *
 * @throws what `openBookmark` throws, but not because it can't be read.
 */
export function removeBookmark(files: JournalFiles, path: string): boolean {
  let fd: number;
  try {
    fd = files.open(path, 'update');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return false;
    }
    throw error;
  }
  try {
    if (!files.lock(fd)) {
      throw new JournalError('ERR_READER_BUSY', `another process reads by the bookmark ${path}`);
    }
    if (isAt(files, path, fd)) {
      files.unlink(path);
      files.syncFolder(join(path, '..'));
    }
    return true;
  } finally {
    files.close(fd);
  }
}

/** Removes the name that a file had before it was made a bookmark: its maker may have been killed before doing so. */
function removeDraftOf(files: JournalFiles, path: string, fd: number): void {
  const folder = join(path, '..');
  for (const name of files.list(folder)) {
    if (DRAFT.test(name) && isAt(files, join(folder, name), fd)) {
      files.unlink(join(folder, name));
    }
  }
}

/** Somebody who may write to the folder must not have us write to a file of ours, or of another user's. */
function requireTrusted(files: JournalFiles, path: string, fd: number): void {
  const { isRegular, links, uid, gid } = files.facts(fd);
  const isOurs =
    uid === process.geteuid?.() || (process.getgroups?.().includes(gid) ?? true) || gid === process.getegid?.();
  if (!isRegular || links !== 1 || !isOurs) {
    const problem = !isRegular ? 'is no regular file' : links !== 1 ? `has ${links} names` : 'belongs to another user';
    throw new JournalError('ERR_BOOKMARK', `${path} is no bookmark that can be trusted: it ${problem}`);
  }
}

function isAt(files: JournalFiles, path: string, fd: number): boolean {
  try {
    const [own, named] = [files.facts(fd), files.facts(path)];
    return own.ino === named.ino && own.dev === named.dev;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return false;
    }
    throw error;
  }
}
