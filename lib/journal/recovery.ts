import type { JournalFiles } from './journal-files';
import { segmentsIn } from './journal-reader';
import { KnownDomains } from './known-domains';
import { bookmarksIn } from './readers';
import { Segment } from './segment';
import type { SegmentHeader } from './segment-format';

/** How many numbers are skipped if a reader may have seen entries that the disk has not: more than are ever written in one boot. */
export const SKIPPED = 2 ** 32;

/** Where a reader can be at most: one that says more would use up the numbers. */
const FARTHEST = 2 ** 52;

/** Where the events of a segment come from, and in which boot a domain was told of last. */
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
  const [newest = 0] = firsts.toReversed();
  const ahead = farthestReader(files, folder);
  const segment = Segment.openFirst(files, folder, firsts.toReversed());
  if (segment === undefined) {
    return newest === 0 && ahead <= 1 ? beginning : skipping({ ...beginning, first: newest + 1 }, ahead);
  }
  try {
    return endOf(segment, ahead, boot, newest);
  } finally {
    segment.close();
  }
}

/** @param newest The number by which the newest segment is named, which may be another whose header is damaged. */
function endOf(segment: Segment, ahead: number, boot: string, newest: number): JournalEnd {
  const { header } = segment;
  // What other writers have left in memory only must not be lost to a failure after this.
  segment.sync();
  const domains = new KnownDomains(header.domains);
  let { previous } = header;
  let statesBoot = header.statesBoot ?? header.boot;
  let next = header.first;
  for (const entry of segment.entries()) {
    if (domains.fold(entry.event.toString())) {
      statesBoot = header.boot;
    }
    previous = entry.time;
    next = entry.sequence + 1;
  }
  const isSealed = segment.next() === 'sealed';
  const isEmpty = next === header.first;
  const remains = isSealed ? undefined : segment.remains;
  const isTorn = remains === next;
  // Entries may have stood there that readers have seen.
  const isDamaged = newest !== header.first || !(isTorn || remains === undefined);
  const end: JournalEnd = {
    id: header.id,
    origin: { source: header.source, sourceUuid: header.sourceUuid, boot: statesBoot },
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
  if ((isSealed || isSameBoot) && ahead <= next && !isDamaged) {
    return end;
  }
  return skipping({ ...end, empty: isEmpty ? header.first : undefined }, Math.max(ahead, newest));
}

/** The number of the next entry by the bookmark that is farthest; 0 if there is none. */
function farthestReader(files: JournalFiles, folder: string): number {
  const nexts = bookmarksIn(files, folder).map(({ record }) => record?.next ?? 0);
  return Math.max(0, ...nexts.filter((next) => next <= FARTHEST));
}

/** Skips numbers, also past the bookmark that is farthest ahead. */
function skipping(end: JournalEnd, ahead: number): JournalEnd {
  return {
    ...end,
    first: Math.max(end.first, ahead) - 1 + SKIPPED,
    uncleanAfter: end.uncleanAfter ?? end.first - 1,
  };
}
