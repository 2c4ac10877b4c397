import { join } from 'node:path';
import { JournalError } from '../errors';
import { hasCode, type JournalFiles, readFully, writeFully } from './journal-files';

/** What a writer says of itself in the file that it has locked. */
export interface WriterState {
  readonly pid: number;
  readonly host: string;
  /** The file's own number when it was written: a copy of the folder has another. */
  readonly ino: string;
  /** When this was written: a time stamp. */
  readonly time: string;
  /** Whether the daemon that the events come from can be reached. */
  readonly connected: boolean;
}

/** The length of what is written, so that a later state covers an earlier one. */
const LENGTH = 512;

/**
 * The lock that makes a process the one writer of a journal.
 *
 * It is the kernel's, and goes when the process does. Nobody removes the file: two could then hold a lock each.
 */
export class WriterLock {
  /** Whether the folder was copied, or restored from one that was: its lock file is another than the one in which a writer noted it. */
  readonly isOfCopy: boolean;
  readonly #files: JournalFiles;
  readonly #path: string;
  readonly #fd: number;
  readonly #ino: bigint;

  private constructor(files: JournalFiles, path: string, fd: number, ino: bigint, isOfCopy: boolean) {
    this.#files = files;
    this.#path = path;
    this.#fd = fd;
    this.#ino = ino;
    this.isOfCopy = isOfCopy;
  }

  /**
   * Takes the lock of the journal in a folder.
   *
   * @returns Nothing if another process has it.
   * @throws {JournalError} `ERR_LOCK_UNAVAILABLE`
   */
  static take(files: JournalFiles, folder: string): WriterLock | undefined {
    const path = join(folder, 'lock');
    for (;;) {
      const { fd, isNew } = openOrCreate(files, path);
      try {
        if (!files.lock(fd)) {
          files.close(fd);
          return undefined;
        }
        const { ino } = files.facts(fd);
        if (hasName(files, path, ino)) {
          const noted = readState(files, fd)?.ino;
          return new WriterLock(files, path, fd, ino, isNew || (noted !== undefined && noted !== String(ino)));
        }
      } catch (error) {
        files.close(fd);
        throw error;
      }
      // Somebody has removed it meanwhile, and another one may be there.
      files.close(fd);
    }
  }

  /** Whether the lock is still that of the folder: not if somebody has removed the file. */
  get isHeld(): boolean {
    return hasName(this.#files, this.#path, this.#ino);
  }

  /** Notes down who the writer is, and how it is. */
  note(state: Omit<WriterState, 'ino'>): void {
    const text = JSON.stringify({ ...state, ino: String(this.#ino) } satisfies WriterState);
    writeFully(this.#files, this.#fd, Buffer.from(`${text.padEnd(LENGTH - 1)}\n`), 0);
  }

  /** Has the note reach the disk: the file's number tells a copy of the folder from the folder. */
  sync(): void {
    this.#files.sync(this.#fd);
  }

  release(): void {
    this.#files.close(this.#fd);
  }
}

/** What a journal's writer has said of itself last, and whether it still is there. */
export function writerOf(
  files: JournalFiles,
  folder: string,
): { readonly state: WriterState | undefined; readonly isThere: boolean } {
  let fd: number;
  try {
    fd = files.open(join(folder, 'lock'), 'read');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return { state: undefined, isThere: false };
    }
    throw error;
  }
  try {
    return { state: readState(files, fd), isThere: !files.lock(fd) };
  } finally {
    files.close(fd);
  }
}

function readState(files: JournalFiles, fd: number): WriterState | undefined {
  const bytes = Buffer.alloc(LENGTH);
  const length = readFully(files, fd, bytes, 0);
  try {
    return JSON.parse(bytes.toString('utf8', 0, length)) as WriterState;
  } catch {
    return undefined;
  }
}

function openOrCreate(files: JournalFiles, path: string): { readonly fd: number; readonly isNew: boolean } {
  for (;;) {
    for (const [mode, isNew] of [
      ['update', false],
      ['create', true],
    ] as const) {
      try {
        return { fd: files.open(path, mode, 0o600), isNew };
      } catch (error) {
        if (hasCode(error, 'ELOOP')) {
          throw new JournalError(
            'ERR_JOURNAL_WRITE',
            `${path} is a symbolic link; it must be a file of the journal's own`,
          );
        }
        if (!hasCode(error, 'ENOENT', 'EEXIST')) {
          throw error;
        }
      }
    }
  }
}

function hasName(files: JournalFiles, path: string, ino: bigint): boolean {
  try {
    return files.facts(path).ino === ino;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return false;
    }
    throw error;
  }
}
