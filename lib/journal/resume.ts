import { JournalError } from '../errors';
import { BOOKMARK_REMEDY, type BookmarkRecord } from './bookmark';
import type { JournalFiles } from './journal-files';
import { JournalReader, segmentsIn } from './journal-reader';
import { Segment } from './segment';

/** What says where to go on, for the message if it doesn't fit, and what can be done about that. */
export interface Claim {
  readonly what: string;
  readonly remedy: string;
}

/**
 * Goes on reading where a bookmark says.
 *
 * The entry that was completed last must be the one that the bookmark names. It needn't be there any more: it may have been pruned, or
 * its number may be among those that were skipped after a loss of power.
 *
 * @param claim The bookmark's path, for the message; or what else says this.
 * @throws {JournalError} `ERR_BOOKMARK` if it is another journal's, or one of this one before it was restored.
 */
export function resume(
  files: JournalFiles,
  folder: string,
  record: BookmarkRecord,
  claim: string | Claim,
): JournalReader {
  const { what, remedy } =
    typeof claim === 'string' ? { what: `the bookmark ${claim}`, remedy: BOOKMARK_REMEDY } : claim;
  const firsts = segmentsIn(files, folder);
  const { completed, next } = record;
  const refuse = (problem: string): never => {
    throw new JournalError('ERR_BOOKMARK', `${what} doesn't fit the journal ${folder}: ${problem}; ${remedy}`);
  };
  const last = Segment.openFirst(files, folder, firsts.toReversed()) ?? refuse('it has no segment');
  last.close();
  if (completed !== undefined && ![last.header.id, ...last.header.formerIds].includes(completed.id)) {
    refuse(`it is one of the journal with the id ${completed.id}`);
  }
  // What a segment is named by is reached, whether it has entries or numbers were skipped before it.
  let isReached = firsts.some((first) => first >= next);
  const sequence = completed?.sequence || next - 1;
  const segment = openAt(files, folder, firsts, sequence, completed);
  try {
    for (const entry of segment?.entries() ?? []) {
      if (entry.sequence === completed?.sequence && entry.crc !== completed.crc) {
        refuse(`the entry ${sequence} isn't the one that was read then`);
      }
      isReached ||= entry.sequence >= next - 1;
      if (entry.sequence >= next) {
        // What was completed last is damaged.
        (segment as Segment).seek(entry.position);
      }
      if (isReached && entry.sequence >= sequence) {
        break;
      }
    }
    if (!isReached && !hasReached(files, folder, firsts, next - 1)) {
      refuse(`it stands before the entry ${next}, which isn't there; after a loss of power start the collector first`);
    }
  } catch (error) {
    segment?.close();
    throw error;
  }
  return new JournalReader(files, folder, record, segment);
}

/** Whether the segment in which a number has its place goes so far: what was completed last may be in another one, before damage or pruned. */
function hasReached(files: JournalFiles, folder: string, firsts: readonly number[], sequence: number): boolean {
  const segment = openAt(files, folder, firsts, sequence, undefined);
  try {
    for (const entry of segment?.entries() ?? []) {
      if (entry.sequence >= sequence) {
        return true;
      }
    }
    return false;
  } finally {
    segment?.close();
  }
}

/** Opens the segment that an entry is in, at the entry if its place is known, or else at the beginning; nothing if it is gone. */
function openAt(
  files: JournalFiles,
  folder: string,
  firsts: readonly number[],
  sequence: number,
  hint: { readonly segment: number; readonly position: number } | undefined,
): Segment | undefined {
  const first = firsts.findLast((each) => each <= sequence) ?? 0;
  const segment = Segment.open(files, folder, first);
  if (!(segment instanceof Segment)) {
    return undefined;
  }
  // Stryker disable next-line ConditionalExpression,EqualityOperator,LogicalOperator: a place in another segment is seen not to be this entry's
  if (hint !== undefined && hint.segment === first) {
    segment.seek(hint.position);
    const item = segment.next();
    const isThere = typeof item === 'object' && item.sequence === sequence;
    segment.seek(isThere ? hint.position : segment.start);
  }
  return segment;
}
