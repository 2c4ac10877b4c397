import { join } from 'node:path';
import { type JournalFiles, writeFully } from './journal-files';
import { isDraft, type SegmentHeader, segmentDraft, segmentEnd, segmentName, writeHeader } from './segment-format';

/** The segment that is being written to. */
export class GrowingSegment {
  readonly header: SegmentHeader;
  /** When it was begun, in milliseconds since 1970. */
  readonly openedAt: number;
  readonly #files: JournalFiles;
  readonly #folder: string;
  readonly #fd: number;
  /** Where the next entry is written. */
  #end: number;
  /** How long the file is: more if what was written last was cut short. */
  #size: number;

  private constructor(
    files: JournalFiles,
    folder: string,
    fd: number,
    header: SegmentHeader,
    openedAt: number,
    end: number,
  ) {
    this.header = header;
    this.openedAt = openedAt;
    this.#files = files;
    this.#folder = folder;
    this.#fd = fd;
    this.#end = end;
    this.#size = end;
  }

  /**
   * Writes the beginning of a segment under a name by which nobody looks for it, and has it reach the disk.
   *
   * @param entries What the segment is to have from the beginning.
   */
  static draft(
    files: JournalFiles,
    folder: string,
    header: SegmentHeader,
    openedAt: number,
    entries: Buffer,
  ): GrowingSegment {
    const draft = join(folder, segmentDraft(header.first));
    const fd = files.open(draft, 'create', 0o640);
    const bytes = Buffer.concat([Buffer.from(writeHeader(header)), entries]);
    try {
      writeFully(files, fd, bytes, 0);
      files.sync(fd);
    } catch (error) {
      files.close(fd);
      files.unlink(draft);
      throw error;
    }
    return new GrowingSegment(files, folder, fd, header, openedAt, bytes.length);
  }

  /** Gives it its name, in the place of a segment that has it; the name is on the disk when this returns. */
  publish(): void {
    const { first } = this.header;
    this.#files.rename(join(this.#folder, segmentDraft(first)), join(this.#folder, segmentName(first)));
    this.#files.syncFolder(this.#folder);
  }

  /** How long it is, in bytes. */
  get end(): number {
    return this.#end;
  }

  /** What is wrong with the file if somebody else has changed it. */
  get problem(): string | undefined {
    const { size } = this.#files.facts(this.#fd);
    return size === this.#size
      ? undefined
      : `${segmentName(this.header.first)} has ${size} bytes instead of ${this.#size}: another program writes to it`;
  }

  /** How many entries were ever written before one that is in it, or would be the next. */
  ordinalOf(sequence: number): number {
    return this.header.before + sequence - this.header.first;
  }

  /** @returns Where it ends now. */
  append(bytes: Buffer): number {
    try {
      writeFully(this.#files, this.#fd, bytes, this.#end);
    } catch (error) {
      // What was cut short is written over by the next entry, which has the same number.
      this.#size = this.#files.facts(this.#fd).size;
      throw error;
    }
    this.#end += bytes.length;
    this.#size = Math.max(this.#size, this.#end);
    return this.#end;
  }

  sync(): void {
    this.#files.sync(this.#fd);
  }

  /**
   * Ends it in good order, before an entry of a number that will not be in it.
   *
   * @returns Whether that could be written; nobody needs it.
   */
  seal(next: number): boolean {
    const text = segmentEnd(next - 1, next - this.header.first);
    try {
      // What was cut short behind it becomes white space, which XML allows there.
      writeFully(this.#files, this.#fd, Buffer.from(text.padEnd(this.#size - this.#end)), this.#end);
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#files.close(this.#fd);
  }
}

/** Removes the segments that were never given their names. */
export function removeDrafts(files: JournalFiles, folder: string): void {
  for (const name of files.list(folder).filter(isDraft)) {
    files.unlink(join(folder, name));
  }
}
