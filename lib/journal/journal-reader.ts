import type { JournalFiles } from './journal-files';
import { type Entry, Segment } from './segment';
import { firstOfSegment, type SegmentHeader } from './segment-format';

/** A place in a journal, between two entries. */
export interface Position {
  /** The number of the next entry, at least. */
  readonly next: number;
  /** How many entries were ever written before that place. */
  readonly ordinal: number;
}

/** Why entries can't be read any more: they were pruned before, or what is on the disk isn't what was written. */
export type MissingCause = 'expired' | 'corrupt';

/** What a reader finds next. */
export type JournalItem =
  | { readonly kind: 'entry'; readonly entry: Entry; readonly id: string; readonly segment: number }
  | { readonly kind: 'missing'; readonly cause: MissingCause; readonly count: number }
  | { readonly kind: 'nothing' };

const nothing: JournalItem = { kind: 'nothing' };

/** The numbers by which the segments in a folder are named, in order. */
export function segmentsIn(files: JournalFiles, folder: string): number[] {
  const firsts = files.list(folder).map(firstOfSegment);
  return firsts.filter((first) => first !== undefined).sort((one, other) => one - other);
}

/**
 * Reads a journal from a position on, entry by entry, while somebody else may write and prune it.
 *
 * No lock is taken. An entry at the end that isn't whole may be in the making: it's damage only if it still isn't whole after a
 * later segment was seen. If segments overlap, the later one counts.
 */
export class JournalReader {
  readonly #files: JournalFiles;
  readonly #folder: string;
  #next: number;
  #ordinal: number;
  #segment: Segment | undefined;
  /** Whether the end of the segment was read again since it was seen that nobody writes to it any more. */
  #isReadAgain = false;
  /** The first number of the segment that was read last, if one was. */
  #left: number | undefined;

  /** @param segment The segment of that position, open and at that place, if it is at hand; it is taken over. */
  constructor(files: JournalFiles, folder: string, position: Position, segment?: Segment) {
    this.#files = files;
    this.#folder = folder;
    this.#next = position.next;
    this.#ordinal = position.ordinal;
    this.#segment = segment;
  }

  /** The place behind what was read last. */
  get position(): Position {
    return { next: this.#next, ordinal: this.#ordinal };
  }

  /** The host whose events are read, as far as that is known. */
  get host(): string | undefined {
    return this.#segment?.header.host;
  }

  /**
   * Reads what comes next, without waiting.
   *
   * @throws {Error} the system's, if the folder or a file can't be read.
   */
  next(): JournalItem {
    for (;;) {
      if (this.#segment === undefined) {
        const missing = this.#enter();
        if (missing !== undefined) {
          return missing;
        }
      }
      const segment = this.#segment as Segment | undefined;
      if (segment === undefined) {
        return nothing;
      }
      const item = segment.next();
      if (item === 'sealed' || item === 'incomplete') {
        if (!this.#goOn(segment)) {
          return nothing;
        }
      } else if (item.sequence > this.#next) {
        segment.seek(item.position);
        const count = item.sequence - this.#next;
        this.#goTo(item.sequence, item.ordinal);
        return { kind: 'missing', cause: 'corrupt', count };
      } else if (item.sequence === this.#next) {
        this.#goTo(item.sequence + 1, item.ordinal + 1);
        return { kind: 'entry', entry: item, id: segment.header.id, segment: segment.header.first };
      }
    }
  }

  close(): void {
    this.#segment?.close();
    this.#segment = undefined;
  }

  /** Finds a way on from a place where nothing whole stands; says whether there is one. */
  #goOn(segment: Segment): boolean {
    const { isReplaced } = segment;
    const later = segmentsIn(this.#files, this.#folder).filter((first) => first > segment.header.first);
    if (!isReplaced && later.length === 0) {
      return segment.skipDamage(this.#next - 1);
    }
    // Nobody writes to it any more, but somebody may have done so since it was read.
    if (!this.#isReadAgain) {
      this.#isReadAgain = true;
      return true;
    }
    const isTakenOver = later.some((first) => first <= this.#next);
    if (!isTakenOver && segment.skipDamage(this.#next - 1)) {
      return true;
    }
    // What has taken its place has everything that is written again after a sync that has failed.
    if (!isReplaced) {
      this.#left = segment.header.first;
    }
    this.close();
    return true;
  }

  /** Opens the segment in which the position is, or else the next one; what is missing before that is told first. */
  #enter(): JournalItem | undefined {
    for (;;) {
      const left = this.#left ?? 0;
      const firsts = segmentsIn(this.#files, this.#folder);
      const later = firsts.filter((first) => first > left);
      // Stryker disable next-line ArrowFunction,ConditionalExpression,EqualityOperator: the same is found behind the segments before, only later
      const first = later.findLast((each) => each <= this.#next) ?? later[0];
      if (first === undefined) {
        return undefined;
      }
      const segment = Segment.open(this.#files, this.#folder, first);
      if (segment === 'damaged') {
        this.#left = first;
      } else if (segment !== undefined) {
        this.#segment = segment;
        this.#isReadAgain = false;
        if (first < this.#next) {
          segment.approach(({ sequence }) => sequence >= this.#next);
        }
        return this.#missingBefore(segment.header, firsts.includes(left));
      }
      // Otherwise it was pruned just now.
    }
  }

  /** What is missing between the position and the beginning of a segment. */
  #missingBefore({ first, before, uncleanAfter }: SegmentHeader, isLeftThere: boolean): JournalItem | undefined {
    // Stryker disable next-line EqualityOperator: nothing is missing before the very next number
    if (first <= this.#next) {
      return undefined;
    }
    // Numbers may be skipped, after a loss of power; how many entries were pruned is known all the same.
    const numbers = Math.min(first, (uncleanAfter ?? first) + 1) - this.#next;
    const [cause, count] = isLeftThere
      ? (['corrupt', numbers] as const)
      : (['expired', before - this.#ordinal] as const);
    this.#goTo(first, before);
    return count > 0 ? { kind: 'missing', cause, count } : undefined;
  }

  #goTo(next: number, ordinal: number): void {
    this.#next = next;
    this.#ordinal = ordinal;
  }
}
