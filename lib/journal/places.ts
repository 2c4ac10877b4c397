import type { JournalFiles } from './journal-files';
import { type Position, segmentsIn } from './journal-reader';
import { type Entry, Segment } from './segment';
import type { SegmentHeader } from './segment-format';

/** Where a reader begins that has no bookmark yet: at an end, at the entry of a number, or at the first one appended at or after a time. */
export type Start = 'oldest' | 'newest' | { readonly sequence: number } | { readonly time: Date };

/** Finds the place at which a reader begins; nothing if the journal has no segment yet. */
export function findStart(files: JournalFiles, folder: string, start: Start): Position | undefined {
  const headers = headersIn(files, folder);
  const [first, last] = [headers[0], headers.at(-1)];
  if (first === undefined || last === undefined) {
    return undefined;
  }
  if (start === 'oldest') {
    return startOf(first);
  }
  if (start === 'newest') {
    return placeIn(files, folder, last, () => false);
  }
  if ('sequence' in start) {
    const holder = headers.findLast((header) => header.first <= start.sequence) ?? first;
    return { next: start.sequence, ordinal: Math.max(0, holder.before + start.sequence - holder.first) };
  }
  const time = start.time.getTime();
  // The segment before one that was begun with nothing as late behind it can't have it.
  const place = headers.findIndex((_, at) => isLate(headers[at + 1]?.previous, time));
  return placeIn(files, folder, place === -1 ? last : (headers[place] as SegmentHeader), (entry) =>
    isLate(entry.time, time),
  );
}

/** The place behind the newest entry; nothing if the journal has no segment yet. */
export function findEndOf(files: JournalFiles, folder: string): Position | undefined {
  return findStart(files, folder, 'newest');
}

function isLate(stamp: string | undefined, time: number): boolean {
  return stamp !== undefined && Date.parse(stamp) >= time;
}

function startOf({ first, before }: SegmentHeader): Position {
  return { next: first, ordinal: before };
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

/** The place before the first entry of a segment that is as it should be, or else the segment's end. */
function placeIn(
  files: JournalFiles,
  folder: string,
  header: SegmentHeader,
  isWanted: (entry: Entry) => boolean,
): Position {
  let place = startOf(header);
  const segment = Segment.open(files, folder, header.first);
  if (segment instanceof Segment) {
    try {
      for (const entry of segment.entries()) {
        if (isWanted(entry)) {
          return { next: entry.sequence, ordinal: entry.ordinal };
        }
        place = { next: entry.sequence + 1, ordinal: entry.ordinal + 1 };
      }
    } finally {
      segment.close();
    }
  }
  return place;
}
