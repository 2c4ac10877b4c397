import { join } from 'node:path';
import { factsIfThere, type JournalFiles, unlinkIfThere } from './journal-files';
import { segmentsIn } from './journal-reader';
import { Segment } from './segment';
import { segmentName } from './segment-format';

/** What is kept of a journal; nothing is removed for what isn't given. */
export interface Retention {
  /** How much at most, in bytes of all segments. */
  readonly maxBytes?: number | undefined;
  /** For how long after its last entry a segment is kept, in milliseconds. */
  readonly maxAgeMs?: number | undefined;
  /** Which share of the file system is kept free, from 0 to 1. */
  readonly keepFree?: number | undefined;
}

/**
 * Removes segments until no more is there than is to be kept: the oldest first, and never the last.
 *
 * @param now The time of day, in milliseconds since 1970.
 * @returns How many were removed.
 */
export function prune(files: JournalFiles, folder: string, retention: Retention, now: number): number {
  const { maxBytes = Number.POSITIVE_INFINITY, maxAgeMs = Number.POSITIVE_INFINITY, keepFree = 0 } = retention;
  const firsts = segmentsIn(files, folder);
  // Somebody else may prune it, too.
  const sizes = firsts.map((first) => factsIfThere(files, join(folder, segmentName(first)))?.size ?? 0);
  let total = sizes.reduce((sum, size) => sum + size, 0);
  let pruned = 0;
  for (const [place, first] of firsts.slice(0, -1).entries()) {
    const isTooMuch =
      total > maxBytes ||
      now - endedAt(files, folder, firsts[place + 1] as number, now) > maxAgeMs ||
      files.freeShare(folder) < keepFree;
    if (!isTooMuch) {
      break;
    }
    unlinkIfThere(files, join(folder, segmentName(first)));
    total -= sizes[place] as number;
    pruned += 1;
  }
  return pruned;
}

/** The time of the last entry before a segment, as that segment says; now if it can't be read. */
function endedAt(files: JournalFiles, folder: string, next: number, now: number): number {
  const segment = Segment.open(files, folder, next);
  if (!(segment instanceof Segment)) {
    return now;
  }
  segment.close();
  const { previous, opened } = segment.header;
  return Date.parse(previous ?? opened);
}
