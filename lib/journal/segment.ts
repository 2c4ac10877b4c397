import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { JournalError } from '../errors';
import {
  crcOfJournal,
  ENTRY_START,
  type EntryFacts,
  type EntryStart,
  LONGEST_ENTRY_START,
  readEntryStart,
} from './entry-format';
import { ifThere, type JournalFiles, leadsTo, readFully } from './journal-files';
import {
  FORMAT_VERSION,
  isCutInstruction,
  LONGEST_HEADER,
  type ReadHeader,
  readHeader,
  readSegmentEnd,
  type SegmentHeader,
  segmentName,
} from './segment-format';

/** An entry as it stands in a segment. */
export interface Entry extends EntryFacts {
  /** How many entries were written before it, in all. */
  readonly ordinal: number;
  /** Where it begins in the file, in bytes, and where the next one does. */
  readonly position: number;
  readonly end: number;
  /** The event's text in UTF-8: a view that holds until the next entry is read. */
  readonly event: Buffer;
}

/**
 * What stands at a place of a segment: an entry; its end, if it was ended in good order; or nothing that is whole, which is the end
 * of what was written so far, or damage.
 */
export type SegmentItem = Entry | 'sealed' | 'incomplete';

/** How much is read at a time, in bytes. */
const CHUNK = 256 * 1024;

/** How much is read where little is expected: at first, which is more than most headers have, and behind the end of the file. */
const SMALL_CHUNK = 16 * 1024;

/** From how far before a place that is searched for entries are read one by one, in bytes. */
const NEAR = 256 * 1024;

/** A file of the journal, read from one entry to the next; it stays readable when it is pruned. */
export class Segment {
  readonly path: string;
  readonly header: SegmentHeader;
  readonly #files: JournalFiles;
  readonly #fd: number;
  readonly #headerBytes: number;
  readonly #crcOfJournal: number;
  /** Where the next item begins in the file. */
  #position: number;
  /** What was read from the file last, where that began, and how much it is. */
  #bytes: Buffer;
  #start = 0;
  #length: number;
  /** How large the file was when nothing whole was found behind the place. */
  #searchedSize: number | undefined;

  private constructor(files: JournalFiles, path: string, fd: number, read: ReadHeader & ReadBytes) {
    this.path = path;
    this.header = read.header;
    this.#files = files;
    this.#fd = fd;
    this.#headerBytes = read.headerBytes;
    this.#crcOfJournal = crcOfJournal(read.header.id);
    this.#position = read.headerBytes;
    this.#bytes = read.bytes;
    this.#length = read.length;
  }

  /**
   * Opens the segment whose first entry has a number.
   *
   * @returns Nothing if it isn't there (any more); `'damaged'` if its header can't be read.
   * @throws {JournalError} `ERR_JOURNAL_VERSION` if a later version of the library has written it.
   */
  static open(files: JournalFiles, folder: string, first: number): Segment | 'damaged' | undefined {
    const path = join(folder, segmentName(first));
    const fd = ifThere(() => files.open(path, 'read'));
    if (fd === undefined) {
      return undefined;
    }
    try {
      const read = readHeaderOf(files, fd);
      if (read?.version !== undefined && read.version !== FORMAT_VERSION) {
        const problem = `it is written in version ${read.version} of the format, and this library reads ${FORMAT_VERSION}`;
        throw new JournalError('ERR_JOURNAL_VERSION', `${path} can't be read: ${problem}; update it`);
      }
      if (read?.header.first === first) {
        return new Segment(files, path, fd, read);
      }
    } catch (error) {
      files.close(fd);
      throw error;
    }
    files.close(fd);
    return 'damaged';
  }

  /** Opens the first of some segments whose header can be read; nothing if there is none. */
  static openFirst(files: JournalFiles, folder: string, firsts: readonly number[]): Segment | undefined {
    for (const first of firsts) {
      const segment = Segment.open(files, folder, first);
      if (segment instanceof Segment) {
        return segment;
      }
    }
    return undefined;
  }

  /** Where the first entry begins in the file. */
  get start(): number {
    return this.#headerBytes;
  }

  /** Goes to a place where an entry is said to begin. */
  seek(position: number): void {
    this.#position = position;
  }

  /** Forgets what was read ahead, so that the file is looked at again. */
  refresh(): void {
    this.#length = 0;
  }

  /** Has what others wrote to it reach the disk. */
  sync(): void {
    this.#files.sync(this.#fd);
  }

  /** Reads what stands at the place, and passes over it if it is an entry; what isn't whole is read again the next time. */
  next(): SegmentItem {
    const entry = this.#entryAt(this.#position);
    if (entry !== undefined) {
      this.#position = entry.end;
      return entry;
    }
    const isSealed = readSegmentEnd(this.#textAt(this.#position)) !== undefined;
    this.refresh();
    return isSealed ? 'sealed' : 'incomplete';
  }

  /** The entries from the place on that are whole, past damage. */
  *entries(): Generator<Entry, void> {
    let last = this.header.first - 1;
    for (;;) {
      const item = this.next();
      if (typeof item === 'object') {
        last = item.sequence;
        yield item;
      } else if (item === 'sealed' || !this.skipDamage(last)) {
        return;
      }
    }
  }

  /**
   * What is left of the entry that was being written at the place, where nothing whole stands: its number, if that was written.
   *
   * @returns `'damage'` if what stands there isn't what a write leaves behind that was cut short.
   */
  get remains(): number | 'damage' | undefined {
    const facts = this.#startAt(this.#position);
    if (facts === undefined) {
      return isCutInstruction(this.#textAt(this.#position)) ? undefined : 'damage';
    }
    const end = endOf(this.#position, facts);
    return end > this.size ? facts.sequence : 'damage';
  }

  /**
   * Looks behind the place, where nothing whole stood, for an entry that is whole and has a higher number than another, and goes
   * there.
   *
   * @returns Whether there is one, or something whole at the place by now.
   */
  skipDamage(after: number): boolean {
    const { size } = this;
    if (size === this.#searchedSize) {
      return false;
    }
    const place = this.#position;
    const found = this.#search(place + 1, size, after);
    if (found !== undefined) {
      // What stands at the place was written before this: it may have been in the making when it was read.
      this.refresh();
      this.#position = this.#entryAt(place) === undefined ? found : place;
      return true;
    }
    this.#searchedSize = size;
    return false;
  }

  /** The first whole entry that begins at a place of the file or behind it; where the next one is read from stays as it is. */
  entryBehind(position: number): Entry | undefined {
    const found = this.#search(position, this.size, this.header.first - 1);
    return found === undefined ? undefined : this.#entryAt(found);
  }

  /**
   * Goes to an entry that isn't long before the first one of some kind, or is that: each look leaves half of the entries.
   *
   * @param isReached Whether an entry is of that kind, of which all later ones are.
   */
  approach(isReached: (entry: Entry) => boolean): void {
    let [low, high] = [this.start, this.size];
    while (high - low > NEAR) {
      const middle = Math.floor((low + high) / 2);
      const entry = this.entryBehind(middle);
      if (entry === undefined || isReached(entry)) {
        high = middle;
      } else {
        low = entry.position;
      }
    }
    this.seek(low);
  }

  /** How long the file is. */
  get size(): number {
    return this.#files.facts(this.#fd).size;
  }

  /** Whether another file has its name by now, or none. */
  get isReplaced(): boolean {
    return !leadsTo(this.#files, this.path, this.#fd);
  }

  close(): void {
    this.#files.close(this.#fd);
  }

  /** Where the first whole entry begins, from a place up to another, that has a higher number than one. */
  #search(start: number, size: number, after: number): number | undefined {
    let from = start;
    // Stryker disable next-line EqualityOperator: behind the end of the file nothing is found
    while (from < size) {
      const bytes = this.#bytesAt(from, LONGEST_ENTRY_START);
      const at = bytes.indexOf(ENTRY_START);
      if (at === -1) {
        if (bytes.length <= ENTRY_START.length) {
          // The file ends there.
          return undefined;
        }
        from += bytes.length - ENTRY_START.length;
        continue;
      }
      from += at;
      const facts = this.#startAt(from);
      if (facts !== undefined && facts.sequence > after && this.#entry(from, facts) !== undefined) {
        return from;
      }
      from += 1;
    }
    return undefined;
  }

  /** The entry that stands at a place, if it is whole. */
  #entryAt(position: number): Entry | undefined {
    const facts = this.#startAt(position);
    return facts && this.#entry(position, facts);
  }

  /** What the instruction at a place says, if one stands there. */
  #startAt(position: number): EntryStart | undefined {
    this.#load(position, LONGEST_ENTRY_START);
    return readEntryStart(this.#bytes, position - this.#start, this.#length, this.#crcOfJournal);
  }

  /** The entry that an instruction announces, if it is whole. */
  #entry(position: number, facts: EntryStart): Entry | undefined {
    const { sequence, length, crc, time, startLength, crcBefore } = facts;
    const { first, before } = this.header;
    const end = endOf(position, facts);
    // A length that is damaged mustn't make a buffer of that size.
    if (sequence < first || (end > this.#start + this.#length && end > this.size)) {
      return undefined;
    }
    this.#load(position + startLength, length + 1);
    const eventAt = position + startLength - this.#start;
    const event = this.#bytes.subarray(eventAt, Math.min(eventAt + length, this.#length));
    if (crc32(event, crcBefore) !== crc) {
      return undefined;
    }
    return { sequence, length, crc, time, ordinal: before + sequence - first, position, end, event };
  }

  /** What stands at a place, as far as an instruction can reach. */
  #textAt(position: number): string {
    return this.#bytesAt(position, LONGEST_ENTRY_START).toString('latin1', 0, LONGEST_ENTRY_START);
  }

  /** At least so many bytes from a place on, unless the file ends before: a view that holds until more is read. */
  #bytesAt(position: number, least: number): Buffer {
    this.#load(position, least);
    return this.#bytes.subarray(position - this.#start, this.#length);
  }

  /** Has so many bytes from a place on in the buffer, unless the file ends before. */
  #load(position: number, least: number): void {
    const skipped = position - this.#start;
    // Stryker disable next-line EqualityOperator: what is there is kept, and so much fits
    if (skipped < 0 || skipped + least > this.#length) {
      const kept = skipped < 0 ? Buffer.alloc(0) : this.#bytes.subarray(skipped, this.#length);
      // What didn't fill it the last time is a short file, or the end of one.
      const room = Math.max(least, this.#length < this.#bytes.length ? SMALL_CHUNK : CHUNK);
      // Stryker disable next-line ConditionalExpression: only time, a new one does as well
      const bytes = this.#bytes.length === room ? this.#bytes : Buffer.allocUnsafe(room);
      kept.copy(bytes);
      this.#length =
        kept.length + readFully(this.#files, this.#fd, bytes.subarray(kept.length), position + kept.length);
      this.#bytes = bytes;
      this.#start = position;
    }
  }
}

/** Where the entry ends that is announced at a place. */
function endOf(position: number, { startLength, length }: EntryStart): number {
  return position + startLength + length + 1;
}

/** The first bytes of a file, in a buffer that may be longer. */
interface ReadBytes {
  readonly bytes: Buffer;
  readonly length: number;
}

/** Reads the header at the beginning of a file. */
function readHeaderOf(files: JournalFiles, fd: number): (ReadHeader & ReadBytes) | undefined {
  for (let room = SMALL_CHUNK; room <= LONGEST_HEADER; room *= 4) {
    const bytes = Buffer.allocUnsafe(room);
    const length = readFully(files, fd, bytes, 0);
    const read = readHeader(bytes.toString('utf8', 0, length));
    if (read !== 'more') {
      return read && { ...read, bytes, length };
    }
    if (length < room) {
      return undefined;
    }
  }
  return undefined;
}
