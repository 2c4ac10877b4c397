import { resolve } from 'node:path';
import { type JournalFiles, readFully, withFile } from '../journal/journal-files';
import { segmentsIn } from '../journal/journal-reader';
import { nodeFiles } from '../journal/node-files';
import { Segment } from '../journal/segment';
import { readSegmentEnd, segmentName } from '../journal/segment-format';
import { requireFolder } from './journal-events';
import { reading } from './journal-stats';

/** What is not as it should be in a journal. */
export interface JournalFinding {
  /**
   * `header`: the beginning of a segment can't be read, and so nothing of it; `damaged`: bytes that are no entry; `missing`: entries that
   * were written and aren't there; `torn`: the last entry of a writer that was killed isn't whole; `unsealed`: a segment wasn't ended in
   * good order; `seal`: what ends a segment counts other entries than are there.
   */
  readonly kind: 'header' | 'damaged' | 'missing' | 'torn' | 'unsealed' | 'seal';
  /** The name of the segment's file. */
  readonly segment: string;
  /** Where in the file, in bytes, if it is at a place. */
  readonly position: number | undefined;
  /** Whether events are lost by it that were written whole: a writer that was killed leaves the last entry torn, and no seal. */
  readonly isLoss: boolean;
  /** The same for people. */
  readonly message: string;
}

/** How far the entries of one segment reach. */
interface Reach {
  readonly first: number;
  /** The number after the last entry. */
  readonly next: number;
}

/**
 * Reads a journal from beginning to end: the checksum of every entry, their numbers, and what ends each segment.
 *
 * It takes no lock: what is being written meanwhile is no finding. Some 100 MiB are read in a second.
 *
 * @returns What is not as it should be, in order; nothing if all is well.
 * @throws {OpenError} `ERR_OPEN` if the folder isn't there, or may not be read.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { openConnection } from 'virdeliver';
 * import { journalEvents, verifyJournal } from 'virdeliver/journal';
 *
 * const conn = openConnection('test:///default');
 * const journal = journalEvents(conn, 'events');
 * console.log(verifyJournal('events')); // []
 * journal.close();
 * conn.close();
 * ```
 */
export function verifyJournal(folder: string): JournalFinding[] {
  requireFolder(folder);
  const absolute = resolve(folder);
  return reading(absolute, () => [...findingsIn(nodeFiles, absolute)]);
}

function* findingsIn(files: JournalFiles, folder: string): Generator<JournalFinding, void> {
  let before: Reach | undefined;
  const firsts = segmentsIn(files, folder);
  for (const [place, first] of firsts.entries()) {
    const segment = Segment.open(files, folder, first);
    const name = segmentName(first);
    if (segment === 'damaged') {
      const message = 'its beginning is damaged, so that nothing of it can be read';
      yield { kind: 'header', segment: name, position: 0, isLoss: true, message };
    } else if (segment !== undefined) {
      try {
        yield* missingBefore(segment, before);
        before = yield* walk(files, segment, firsts[place + 1]);
      } finally {
        segment.close();
      }
    }
    // Otherwise it was pruned just now.
  }
}

/** What is missing between the segment before and this one. */
function* missingBefore({ header }: Segment, before: Reach | undefined): Generator<JournalFinding, void> {
  // After a loss of power numbers are skipped, of which no entry was written.
  const end = (header.uncleanAfter ?? header.first - 1) + 1;
  if (before !== undefined && before.next < end) {
    const numbers = numbersOf(before.next, end - 1);
    yield {
      kind: 'missing',
      segment: segmentName(header.first),
      position: undefined,
      isLoss: true,
      message: `before it ${numbers} missing`,
    };
  }
}

/**
 * Reads a segment.
 *
 * @param later The first number of the segment after it, if there is one.
 */
function* walk(files: JournalFiles, segment: Segment, later: number | undefined): Generator<JournalFinding, Reach> {
  const { first } = segment.header;
  const name = segmentName(first);
  let next = first;
  let position = segment.start;
  for (;;) {
    const item = segment.next();
    if (typeof item === 'object') {
      if (item.sequence > next) {
        const message = `${numbersOf(next, item.sequence - 1)} missing`;
        yield { kind: 'missing', segment: name, position, isLoss: true, message };
      }
      next = item.sequence + 1;
      position = item.end;
      continue;
    }
    const { seal, left } = endOf(files, segment.path, position);
    if (item === 'sealed') {
      if (seal !== undefined && (seal.last !== next - 1 || seal.count !== next - first)) {
        const message = `it was ended with ${seal.count} entries, up to ${seal.last}, and has ${next - first}, up to ${next - 1}`;
        yield { kind: 'seal', segment: name, position, isLoss: true, message };
      }
      return { first, next };
    }
    const { remains } = segment;
    // What was written once more to a later segment, after a sync had failed, isn't needed here.
    const isOvertaken = later !== undefined && later <= next;
    const goesOn = segment.skipDamage(next - 1);
    if (goesOn || remains === 'damage') {
      const message = `after entry ${next - 1} there are bytes that are no entry`;
      yield { kind: 'damaged', segment: name, position, isLoss: !isOvertaken, message };
    } else if (later !== undefined) {
      yield unended(name, position, left, next);
    }
    if (!goesOn) {
      // The number of an entry that isn't whole is never used again.
      return { first, next: remains === next ? next + 1 : next };
    }
  }
}

/** What is said of a segment that has no end, though another one follows. */
function unended(segment: string, position: number, left: number, next: number): JournalFinding {
  return left > 0
    ? {
        kind: 'torn',
        segment,
        position,
        isLoss: false,
        message: `after entry ${next - 1} there are ${left} bytes of one that isn't whole: its writer was killed`,
      }
    : { kind: 'unsealed', segment, position, isLoss: false, message: "it wasn't ended: its writer was killed" };
}

/** What stands at the end of a segment's entries: its seal, and how many bytes in all. */
function endOf(
  files: JournalFiles,
  path: string,
  position: number,
): { readonly seal: ReturnType<typeof readSegmentEnd>; readonly left: number } {
  return withFile(files, path, 'read', (fd) => {
    const bytes = Buffer.alloc(128);
    const length = readFully(files, fd, bytes, position);
    return { seal: readSegmentEnd(bytes.toString('latin1', 0, length)), left: files.facts(fd).size - position };
  });
}

function numbersOf(first: number, last: number): string {
  return first === last ? `entry ${first} is` : `the entries ${first} to ${last} are`;
}
