import type { JournalFiles } from './journal-files';
import { segmentsIn } from './journal-reader';
import { KnownDomains } from './known-domains';
import { bookmarksIn } from './readers';
import { Segment } from './segment';
import type { SegmentHeader } from './segment-format';

/** How many numbers are skipped if a reader may have seen entries that the disk has not: more than are ever written in one boot. */
export const SKIPPED = 2 ** 32;

/** Where the events of a segment come from, and in which boot it was begun. */
export type Origin = Pick<SegmentHeader, 'source' | 'sourceUuid' | 'boot'>;

/** Where a journal ends, and how its next segment begins. */
export interface JournalEnd
  extends Pick<SegmentHeader, 'first' | 'before' | 'previous' | 'uncleanAfter' | 'domains' | 'formerIds'> {
  /** The journal's id so far; nothing if it has no segment yet. */
  readonly id: string | undefined;
  /** Of its last segment; nothing if it has none yet. */
  readonly origin: Origin | undefined;
  /** A segment that has nothing but its header, and another number than the one that takes its place. */
  readonly empty: number | undefined;
}

/** A journal that has no entry yet. */
const beginning: JournalEnd = {
  id: undefined,
  origin: undefined,
  formerIds: [],
  first: 1,
  before: 0,
  previous: undefined,
  uncleanAfter: undefined,
  domains: [],
  empty: undefined,
};

/**
 * Finds out where a journal ends, when its writer begins.
 *
 * Nothing is cut off or appended to: the writer begins a new segment. Numbers are never used twice. If the last segment wasn't
 * ended in good order, and the machine has been started anew since, what was in its memory only is lost, though readers may
 * have seen it: then numbers are skipped, so that what comes is new to every reader.
 *
 * @param boot The kernel's id of this boot; empty if it can't be read.
 */
export function findEnd(files: JournalFiles, folder: string, boot: string): JournalEnd {
  const firsts = segmentsIn(files, folder);
  const last = openLast(files, folder, firsts);
  const ahead = Math.max(0, ...bookmarksIn(files, folder).map(({ record }) => record?.next ?? 0));
  if (last === undefined) {
    return firsts.length === 0 && ahead <= 1
      ? beginning
      : skipping({ ...beginning, first: Math.max(0, ...firsts) + 1 }, ahead);
  }
  try {
    return endOf(last.segment, ahead, boot, last.isDamagedAfter);
  } finally {
    last.segment.close();
  }
}

function endOf(segment: Segment, ahead: number, boot: string, isDamagedAfter: number | undefined): JournalEnd {
  const { header } = segment;
  // What other writers have left in memory only must not be lost to a failure after this.
  segment.sync();
  const domains = new KnownDomains(header.domains);
  let { previous } = header;
  let next = header.first;
  for (const entry of segment.entries()) {
    domains.fold(entry.event.toString());
    previous = entry.time;
    next = entry.sequence + 1;
  }
  const isSealed = segment.next() === 'sealed';
  const isEmpty = next === header.first;
  const isTorn = !isSealed && segment.announced === next;
  const end: JournalEnd = {
    id: header.id,
    origin: { source: header.source, sourceUuid: header.sourceUuid, boot: header.boot },
    formerIds: header.formerIds,
    first: isTorn ? next + 1 : next,
    before: header.before + next - header.first,
    previous,
    // The gap that tells of it comes first in its segment, and isn't there yet.
    uncleanAfter: isEmpty ? header.uncleanAfter : undefined,
    domains: domains.list,
    empty: undefined,
  };
  const isSameBoot = boot !== '' && boot === header.boot;
  if ((isSealed || isSameBoot) && ahead <= next && isDamagedAfter === undefined) {
    return end;
  }
  return skipping({ ...end, empty: isEmpty ? header.first : undefined }, Math.max(ahead, isDamagedAfter ?? 0));
}

/** Skips numbers, also past the bookmark that is farthest ahead. */
function skipping(end: JournalEnd, ahead: number): JournalEnd {
  return {
    ...end,
    first: Math.max(end.first, ahead) - 1 + SKIPPED,
    uncleanAfter: end.uncleanAfter ?? end.first - 1,
  };
}

/** The last segment whose header can be read; if there are others after it, their last number at least. */
function openLast(
  files: JournalFiles,
  folder: string,
  firsts: readonly number[],
): { readonly segment: Segment; readonly isDamagedAfter: number | undefined } | undefined {
  let isDamagedAfter: number | undefined;
  for (const first of firsts.toReversed()) {
    const segment = Segment.open(files, folder, first);
    if (segment instanceof Segment) {
      return { segment, isDamagedAfter };
    }
    isDamagedAfter ??= first;
  }
  return undefined;
}
