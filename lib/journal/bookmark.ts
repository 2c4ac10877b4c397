import { crc32 } from 'node:zlib';
import { JournalError } from '../errors';
import { type JournalFiles, readFully, writeFully } from './journal-files';

/** Which entry a reader has completed last, or begins behind: by this a bookmark is known to belong to the journal. */
export interface CompletedEntry {
  readonly id: string;
  /** 0 if there was none. */
  readonly sequence: number;
  readonly crc: number;
  /** Where it stands: the first number of its segment, and its place there in bytes. */
  readonly segment: number;
  readonly position: number;
}

/** What a bookmark remembers of the event that stands behind it. */
export interface OfferRecord {
  /** How often it was offered to the reader's handlers; 0 if it never was. */
  readonly attempt: number;
  /** How often a handler of it has thrown. */
  readonly throws: number;
  /** Whether it is in the hands of the handlers. */
  readonly isOffered: boolean;
}

/** What is remembered of an event that was not offered yet. */
export const notOffered: OfferRecord = { attempt: 0, throws: 0, isOffered: false };

/** What a bookmark remembers. */
export interface BookmarkRecord extends OfferRecord {
  /** The number of the next entry, at least. */
  readonly next: number;
  /** How many entries were ever written before that place. */
  readonly ordinal: number;
  readonly completed?: CompletedEntry | undefined;
  /**
   * What who passes the entries on remembers beside the place, in a word of ASCII of at most 100 characters; `MOVED` if a person has
   * chosen the place.
   */
  readonly note?: string | undefined;
}

/** The note of a bookmark that was moved. */
export const MOVED = 'moved';

/** How far apart the two slots are: what a disk writes at once is never larger. */
const SLOT = 4096;

/** A record lies within what every disk writes as a whole. */
const LONGEST_RECORD = 512;

/** What can be done about a bookmark by which nothing can be read. */
export const BOOKMARK_REMEDY =
  'move it with "virdeliver journal move", if it is in the journal\'s folder, or remove it to begin anew';

/**
 * A reader's place in a journal, in a file of two slots.
 *
 * The slot that has reached the disk last isn't touched: what is written goes into the other one, again and again, and only when
 * that has reached the disk, too, they change roles. So whatever a loss of power tears, one slot is whole; and it works on a full disk.
 */
export class Bookmark {
  readonly #files: JournalFiles;
  readonly #fd: number;
  readonly #path: string;
  #record: BookmarkRecord;
  #generation: number;
  /** The slot that isn't on the disk, or needn't be. */
  #slot: number;
  #isDirty = false;
  /** Whether the system may have forgotten what it was given: after a sync that failed it doesn't try again by itself. */
  #isInDoubt = false;
  /** Whether what was read may not be on the disk, since a reader was killed, or its sync has failed. */
  #isUnsettled: boolean;

  private constructor(files: JournalFiles, path: string, fd: number, found: FoundSlot, isUnsettled: boolean) {
    this.#isUnsettled = isUnsettled;
    this.#files = files;
    this.#path = path;
    this.#fd = fd;
    this.#record = found.record;
    this.#generation = found.generation;
    this.#slot = 1 - found.slot;
  }

  /**
   * Reads a bookmark from its open file, of which this process has the lock.
   *
   * @throws {JournalError} `ERR_BOOKMARK` if neither slot can be read.
   */
  static read(files: JournalFiles, path: string, fd: number): Bookmark {
    const found = newestSlot(files, fd);
    if (found === undefined) {
      throw new JournalError(
        'ERR_BOOKMARK',
        `the bookmark ${path} can't be read: neither of its two slots is whole; ${BOOKMARK_REMEDY}`,
      );
    }
    return new Bookmark(files, path, fd, found, true);
  }

  /** Writes the first record into a file that is empty, and has it reach the disk. */
  static create(files: JournalFiles, path: string, fd: number, record: BookmarkRecord): Bookmark {
    // Both slots, so that the file has its full length: later writes don't need room on the disk.
    for (const slot of [0, 1]) {
      writeFully(files, fd, slotBytes(record, slot + 1), slot * SLOT);
    }
    files.sync(fd);
    return new Bookmark(files, path, fd, { record, generation: 2, slot: 1 }, false);
  }

  get record(): BookmarkRecord {
    return this.#record;
  }

  /**
   * Changes what is remembered; it reaches the disk with the next `sync()`.
   *
   * @throws {JournalError} `ERR_BOOKMARK_WRITE` if it can't be written.
   */
  write(record: BookmarkRecord): void {
    if (this.#isUnsettled) {
      this.#settle();
    }
    this.#generation += 1;
    this.#record = record;
    this.#isDirty = true;
    this.#try(() => this.#writeSlot(this.#slot));
  }

  /**
   * Has what was written reach the disk.
   *
   * @throws {JournalError} `ERR_BOOKMARK_WRITE` if it doesn't; what is on the disk stays.
   */
  sync(): void {
    if (this.#isDirty) {
      this.#try(() => {
        if (this.#isInDoubt) {
          this.#writeSlot(this.#slot);
        }
        this.#isInDoubt = true;
        this.#files.sync(this.#fd);
      });
      this.#isInDoubt = false;
      this.#isDirty = false;
      this.#slot = 1 - this.#slot;
    }
  }

  close(): void {
    this.#files.close(this.#fd);
  }

  /** Has what was read reach the disk before the other slot is written. A reader that finds nothing new needn't wait for it. */
  #settle(): void {
    this.#try(() => {
      this.#writeSlot(1 - this.#slot);
      this.#files.sync(this.#fd);
    });
    this.#isUnsettled = false;
  }

  #writeSlot(slot: number): void {
    writeFully(this.#files, this.#fd, slotBytes(this.#record, this.#generation), slot * SLOT);
  }

  #try(write: () => void): void {
    try {
      write();
    } catch (cause) {
      const problem = `the bookmark ${this.#path} can't be written: ${(cause as Error).message}`;
      throw new JournalError('ERR_BOOKMARK_WRITE', problem, { cause });
    }
  }
}

/** What a bookmark's file says, for whoever only looks at it; nothing if it can't be read. */
export function peekBookmark(files: JournalFiles, fd: number): BookmarkRecord | undefined {
  return newestSlot(files, fd)?.record;
}

interface FoundSlot {
  readonly record: BookmarkRecord;
  readonly generation: number;
  readonly slot: number;
}

function newestSlot(files: JournalFiles, fd: number): FoundSlot | undefined {
  const found = [0, 1].map((slot) => {
    const bytes = Buffer.alloc(LONGEST_RECORD);
    const length = readFully(files, fd, bytes, slot * SLOT);
    const read = readSlot(bytes.toString('latin1', 0, length));
    return read && { ...read, slot };
  });
  const [one, other] = found;
  return one === undefined || (other !== undefined && other.generation > one.generation) ? other : one;
}

/** What is written next: one buffer for all of them, since it is done for each event. */
const slotBuffer = Buffer.alloc(LONGEST_RECORD);

function slotBytes(record: BookmarkRecord, generation: number): Buffer {
  const { next, ordinal, completed, attempt, throws, isOffered, note } = record;
  const last =
    completed === undefined
      ? '-'
      : `${completed.id} ${completed.sequence} ${completed.crc} ${completed.segment} ${completed.position}`;
  const fields = `virdeliver-bookmark 1 ${generation} ${next} ${ordinal} ${attempt} ${throws} ${isOffered ? 1 : 0} ${last}`;
  const length = slotBuffer.write(note === undefined ? fields : `${fields} ${note}`, 'latin1');
  const end = length + slotBuffer.write(` ${crc32(slotBuffer.subarray(0, length))}`, length, 'latin1');
  // Padded, so that nothing of a longer record that was there before is left.
  slotBuffer.fill(' ', end, LONGEST_RECORD - 1);
  slotBuffer.write('\n', LONGEST_RECORD - 1);
  return slotBuffer;
}

const RECORD =
  /^(virdeliver-bookmark 1 (\d+) (\d+) (\d+) (\d+) (\d+) ([01]) (?:-|([\da-f-]{36}) (\d+) (\d+) (\d+) (\d+))(?: ([!-~]+))?) (\d+) *\n/;

function readSlot(text: string): { readonly record: BookmarkRecord; readonly generation: number } | undefined {
  const match = RECORD.exec(text);
  if (match === null || Number(match.at(-1)) !== crc32(match[1] as string)) {
    return undefined;
  }
  const [generation, next, ordinal, attempt, throws, offered] = match.slice(2, 8).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const id = match[8];
  const [sequence, crc, segment, position] = match.slice(9, 13).map(Number) as [number, number, number, number];
  const completed = id === undefined ? undefined : { id, sequence, crc, segment, position };
  const note = match[13];
  return { record: { next, ordinal, completed, attempt, throws, isOffered: offered === 1, note }, generation };
}
