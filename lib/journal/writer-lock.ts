import { join } from 'node:path';
import { JournalError } from '../errors';
import { factsIfThere, hasCode, ifThere, type JournalFiles, leadsTo, readFully, writeFully } from './journal-files';

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
const LENGTH = 1024;

/** The longest name that a host can have. */
const LONGEST_HOST = 253;

/** How long a lock is waited for, in milliseconds: somebody may look whether there is a writer just now. */
const PATIENCE = 250;

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
        if (!files.lock(fd, 'exclusive', PATIENCE)) {
          files.close(fd);
          return undefined;
        }
        if (leadsTo(files, path, fd)) {
          const { ino } = files.facts(fd);
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
    return factsIfThere(this.#files, this.#path)?.ino === this.#ino;
  }

  /** Notes down who the writer is, and how it is. */
  note(state: Omit<WriterState, 'ino'>): void {
    const host = state.host.slice(0, LONGEST_HOST);
    const text = JSON.stringify({ ...state, host, ino: String(this.#ino) } satisfies WriterState);
    const bytes = Buffer.alloc(LENGTH, ' ');
    bytes.write(text);
    bytes.write('\n', LENGTH - 1);
    writeFully(this.#files, this.#fd, bytes, 0);
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
  const fd = ifThere(() => files.open(join(folder, 'lock'), 'read'));
  if (fd === undefined) {
    return { state: undefined, isThere: false };
  }
  try {
    // Shared, so that those who look are in nobody's way but a writer's, who is patient.
    return { state: readState(files, fd), isThere: !files.lock(fd, 'shared') };
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
