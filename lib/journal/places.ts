import { join } from 'node:path';
import { formatTimestamp } from '../clock';
import type { CompletedEntry } from './bookmark';
import { hasCode, type JournalFiles } from './journal-files';
import { type Position, segmentsIn } from './journal-reader';
import { READERS } from './readers';
import { type Entry, Segment } from './segment';
import { firstOfSegment, type SegmentHeader, segmentName } from './segment-format';

/** Where a reader begins that has no bookmark yet: at an end, at the entry of a number, or at the first one appended at or after a time. */
export type Start = 'oldest' | 'newest' | { readonly sequence: number } | { readonly time: Date };

/** Whether a folder with files of some names may be a journal: also an empty one, or a file system's root, in which a collector is about to begin. */
export function mayBeJournal(names: readonly string[]): boolean {
  const isEmpty = names.every((name) => name.startsWith('.') || name === 'lost+found');
  return isEmpty || names.some((name) => name === 'lock' || name === READERS || firstOfSegment(name) !== undefined);
}

/** Finds the place at which a reader begins, which is never behind the end; nothing if the journal has no segment yet. */
export function findStart(files: JournalFiles, folder: string, start: Start): Position | undefined {
  const firsts = segmentsIn(files, folder);
  if (start === 'oldest') {
    const oldest = Segment.openFirst(files, folder, firsts);
    oldest?.close();
    return oldest && startOf(oldest.header);
  }
  if (start === 'newest') {
    return findEndOf(files, folder);
  }
  if ('sequence' in start) {
    return placeOf(files, folder, firsts, start.sequence);
  }
  return placeOfTime(files, folder, firsts, formatTimestamp(start.time.getTime()));
}

/** The entry before a place at which a reader begins, by which its bookmark is known to belong to the journal before it has completed one. */
export function entryBefore(files: JournalFiles, folder: string, { next }: Position): CompletedEntry | undefined {
  // Who begins at the first entry misses nothing of any journal.
  const firsts = next === 1 ? [] : segmentsIn(files, folder).reverse();
  const before = firsts.filter((first) => first < next);
  const segment = Segment.openFirst(files, folder, before.length > 0 ? before : firsts);
  if (segment === undefined) {
    return undefined;
  }
  const { id, first } = segment.header;
  let last: CompletedEntry = { id, sequence: 0, crc: 0, segment: 0, position: 0 };
  try {
    segment.approach(({ sequence }) => sequence >= next - 1);
    for (const { sequence, crc, position } of segment.entries()) {
      if (sequence >= next) {
        break;
      }
      last = { id, sequence, crc, segment: first, position };
    }
    return last;
  } finally {
    segment.close();
  }
}

/** Where a journal ends, as far as that is known without reading it. */
export interface JournalLength {
  /** The first number of its last segment; 0 if it has none yet. */
  readonly segment: number;
  /** How long that is. */
  readonly bytes: number;
}

/** How long a journal is now: what is appended later stands behind that. */
export function lengthOf(files: JournalFiles, folder: string): JournalLength {
  for (;;) {
    const segment = segmentsIn(files, folder).at(-1) ?? 0;
    try {
      return { segment, bytes: segment === 0 ? 0 : files.facts(join(folder, segmentName(segment))).size };
    } catch (error) {
      // One without an entry is replaced by the next writer.
      if (!hasCode(error, 'ENOENT')) {
        throw error;
      }
    }
  }
}

/** The place behind the newest entry; nothing if the journal has no segment yet. */
export function findEndOf(files: JournalFiles, folder: string): Position | undefined {
  const newest = Segment.openFirst(files, folder, segmentsIn(files, folder).reverse());
  return newest && placeIn(newest);
}

/** The number that follows the newest entry, if a reader is to begin behind that; only for a number it has to be looked for. */
export function endBefore(files: JournalFiles, folder: string, start: Start): number | undefined {
  if (typeof start === 'string' || !('sequence' in start)) {
    return undefined;
  }
  const end = findEndOf(files, folder)?.next ?? 1;
  return start.sequence > end ? end : undefined;
}

/** The headers of the segments that are there, in order. */
export function headersIn(files: JournalFiles, folder: string): SegmentHeader[] {
  return segmentsIn(files, folder).flatMap((first) => {
    const segment = Segment.open(files, folder, first);
    if (!(segment instanceof Segment)) {
      return [];
    }
    segment.close();
    return segment.header;
  });
}

/** The place of a number, also if its entry was pruned or is damaged; or else the end. */
function placeOf(
  files: JournalFiles,
  folder: string,
  firsts: readonly number[],
  sequence: number,
): Position | undefined {
  const holders = firsts.filter((first) => first <= sequence);
  const holder = Segment.openFirst(files, folder, [...holders.reverse(), ...firsts]);
  if (holder === undefined) {
    return undefined;
  }
  // Stryker disable next-line ArrowFunction,ConditionalExpression,EqualityOperator: what follows the number needn't be read
  const reached = placeIn(holder, (entry) => entry.sequence >= sequence);
  if (reached.next < sequence) {
    return reached;
  }
  const { first, before } = holder.header;
  return { next: sequence, ordinal: Math.max(0, before + sequence - first) };
}

function placeOfTime(
  files: JournalFiles,
  folder: string,
  firsts: readonly number[],
  stamp: string,
): Position | undefined {
  const headers = headersIn(files, folder);
  // The last entry of a segment is the latest of it, and the next one says when that was.
  const place = headers.findIndex((_, at) => isLate(headers[at + 1]?.previous, stamp));
  const candidates = place === -1 ? firsts.toReversed() : [(headers[place] as SegmentHeader).first, ...firsts];
  const holder = Segment.openFirst(files, folder, candidates);
  if (holder === undefined) {
    return undefined;
  }
  const isWanted = (entry: Entry) => isLate(entry.time, stamp);
  holder.approach(isWanted);
  return placeIn(holder, isWanted);
}

/** Time stamps are all of one form, in which they compare as text. */
function isLate(stamp: string | undefined, earliest: string): boolean {
  return stamp !== undefined && stamp >= earliest;
}

function startOf({ first, before }: SegmentHeader): Position {
  return { next: first, ordinal: before };
}

/** The place before the first entry of a segment that is as it should be, or else the segment's end; closes the segment. */
function placeIn(segment: Segment, isWanted?: (entry: Entry) => boolean): Position {
  try {
    let place = startOf(segment.header);
    for (const entry of segment.entries()) {
      if (isWanted?.(entry)) {
        return { next: entry.sequence, ordinal: entry.ordinal };
      }
      place = { next: entry.sequence + 1, ordinal: entry.ordinal + 1 };
    }
    return place;
  } finally {
    segment.close();
  }
}
