import { dirname } from 'node:path';

/** What stands at a path, or behind a descriptor. */
export interface FileFacts {
  readonly dev: bigint;
  readonly ino: bigint;
  /** In bytes. */
  readonly size: number;
  /** How many names it has. */
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  /** When it was written to last, in milliseconds since 1970. */
  readonly writtenAt: number;
  readonly isRegular: boolean;
}

/** How a file is opened: to be read; to be read and written; the same, and it mustn't be there yet. */
export type OpenMode = 'read' | 'update' | 'create';

/** Whether one alone locks a file, or several may at the same time. */
export type LockKind = 'exclusive' | 'shared';

/**
 * Everything that a journal asks of the file system, so that a test can take its place and cut the power.
 *
 * Errors are the system's own, with their `code`. No link is followed by the last part of a path.
 */
export interface JournalFiles {
  /** @param permissions Of a file that is created. */
  open(path: string, mode: OpenMode, permissions?: number): number;
  /** Reads what there is at a position, at most as much as fits; 0 bytes at the end. */
  read(fd: number, bytes: Uint8Array, position: number): number;
  /** Writes at a position; says how many bytes were written, which may be fewer. */
  write(fd: number, bytes: Uint8Array, position: number): number;
  /** Has what was written reach the disk, and the file's size. */
  sync(fd: number): void;
  close(fd: number): void;
  /** @throws {Error} `ENOENT` if a path leads nowhere. */
  facts(file: string | number): FileFacts;
  /** The names in a folder, in no order. */
  list(folder: string): string[];
  makeFolder(path: string, permissions: number): void;
  /** Has the names in a folder reach the disk. */
  syncFolder(path: string): void;
  /** Gives a file another name, in the place of what has it. */
  rename(from: string, to: string): void;
  /** Gives a file one name more, which nothing may have. */
  link(from: string, to: string): void;
  unlink(path: string): void;
  /**
   * Locks an open file for as long as it stays open; says whether it could be.
   *
   * @param kind Who may have it locked at the same time: nobody, or others that share it.
   * @param waitMs How long to wait for others that have locked it, in milliseconds; default is not at all.
   * @throws {JournalError} `ERR_LOCK_UNAVAILABLE` if this system has no way to.
   */
  lock(fd: number, kind: LockKind, waitMs?: number): boolean;
  /** Which share of the file system is free for this user, from 0 to 1. */
  freeShare(folder: string): number;
}

/** Reads until so many bytes are there, or the file ends; says how many there are. */
export function readFully(files: JournalFiles, fd: number, bytes: Uint8Array, position: number): number {
  let length = 0;
  while (length < bytes.length) {
    const count = files.read(fd, bytes.subarray(length), position + length);
    if (count === 0) {
      break;
    }
    length += count;
  }
  return length;
}

/** Writes all of the bytes, however many the system takes at a time. */
export function writeFully(files: JournalFiles, fd: number, bytes: Uint8Array, position: number): void {
  for (let length = 0; length < bytes.length; ) {
    length += files.write(fd, bytes.subarray(length), position + length);
  }
}

/** Makes a folder, unless it is there. */
export function makeFolder(files: JournalFiles, path: string, permissions: number): void {
  try {
    files.makeFolder(path, permissions);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      return;
    }
    throw error;
  }
  // Or it might be gone, with everything that was synced in it, after a loss of power.
  files.syncFolder(dirname(path));
}

/** What stands at a path; nothing if nothing does. */
export function factsIfThere(files: JournalFiles, path: string): FileFacts | undefined {
  return ifThere(() => files.facts(path));
}

/** Whether a path leads to an open file: somebody may have removed that, or put another in its place. */
export function leadsTo(files: JournalFiles, path: string, fd: number): boolean {
  const [own, named] = [files.facts(fd), factsIfThere(files, path)];
  return own.ino === named?.ino && own.dev === named.dev;
}

/** Removes a file, unless it is gone already. */
export function unlinkIfThere(files: JournalFiles, path: string): void {
  ifThere(() => files.unlink(path));
}

/** Does something with a path; nothing comes of it if the path leads nowhere. */
export function ifThere<Result>(step: () => Result): Result | undefined {
  try {
    return step();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

/** Calls a function with an open file, and closes that in any case. */
export function withFile<Result>(
  files: JournalFiles,
  path: string,
  mode: OpenMode,
  use: (fd: number) => Result,
): Result {
  const fd = files.open(path, mode);
  try {
    return use(fd);
  } finally {
    files.close(fd);
  }
}

/** Whether an error is one of the system's of this code. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  // Not by its class: test runners have one of their own, which the system's errors are none of.
  return codes.includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');
}
