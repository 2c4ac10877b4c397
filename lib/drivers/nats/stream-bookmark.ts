import { JournalError } from '../../errors';
import { notOffered, type OfferRecord } from '../../journal/bookmark';
import type { FeedPlace, SeenMessage, StreamFacts } from '../../nats/protocol';
import { bookmarkStream } from '../../nats/subjects';

/** What the bookmark of a stream's reader remembers. */
export interface StreamRecord extends OfferRecord, FeedPlace {}

/** Which bookmark it is, for messages. */
export interface BookmarkName {
  readonly stream: string;
  readonly subject: string;
}

/** The record of a reader that begins at a number. */
export function firstRecord(next: number): StreamRecord {
  return { next, ...notOffered };
}

/**
 * Writes a bookmark as a text.
 *
 * @param created When the stream was made in which the numbers count.
 * @param by What tells the bookmarks of this process from those of others.
 */
export function bookmarkText(
  { next, seen, attempt, throws, isOffered }: StreamRecord,
  created: string,
  by: string,
): string {
  return JSON.stringify({ version: 1, next, seen, created, attempt, throws, isOffered, by });
}

/**
 * Reads a bookmark for a stream.
 *
 * @throws {JournalError} `ERR_BOOKMARK` if it can't be read, or if it is another stream's, or one of this before it was set back.
 */
export function readBookmarkText(
  text: string,
  name: BookmarkName,
  { created, last }: Pick<StreamFacts, 'created' | 'last'>,
): StreamRecord {
  const found = parse(text);
  if (found === undefined) {
    throw unusable(name, `can't be read: ${JSON.stringify(text.slice(0, 100))}`);
  }
  if (found.created !== created) {
    throw unusable(name, misfit(name, `that was made anew at ${created}, and it is one of that of ${found.created}`));
  }
  if (found.next - 1 > last) {
    throw unusable(
      name,
      misfit(name, `that was set back: its last message is ${last}, but ${found.next - 1} was read`),
    );
  }
  return found;
}

/** The error for a bookmark by which nothing can be read. */
export function unusable({ stream, subject }: BookmarkName, problem: string): JournalError {
  const remedy = `read under another name, with from=, or remove it to begin anew: nats stream purge ${bookmarkStream(stream)} --subject=${subject}`;
  return new JournalError('ERR_BOOKMARK', `the bookmark ${subject} ${problem}; ${remedy}`);
}

/** The error for a bookmark that is older than what was written, or another's in a stream that was made anew. */
export function setBack({ stream, subject }: BookmarkName): JournalError {
  const problem = `the stream ${bookmarkStream(stream)} was set back or made anew: its bookmark ${subject} is not the one that was written here`;
  const remedy = 'end whatever else reads under that name, and open it anew, which goes on where the bookmark says';
  return new JournalError('ERR_BOOKMARK', `${problem}; ${remedy}`);
}

function misfit({ stream }: BookmarkName, problem: string): string {
  return `doesn't fit the stream ${stream}: ${problem}`;
}

function parse(text: string): (StreamRecord & { readonly created: string }) | undefined {
  try {
    const { version, next, seen, created, attempt, throws, isOffered } = JSON.parse(text) as Record<string, unknown>;
    const isRead =
      version === 1 &&
      [next, attempt, throws].every((value) => Number.isSafeInteger(value)) &&
      isSeenMessage(seen) &&
      typeof created === 'string' &&
      typeof isOffered === 'boolean';
    return isRead
      ? ({ next, seen, created, attempt, throws, isOffered } as StreamRecord & { created: string })
      : undefined;
  } catch {
    return undefined;
  }
}

/** What was written by those who did not note it has none. */
function isSeenMessage(seen: unknown): seen is SeenMessage | undefined {
  const { at, time } = (seen ?? { at: 0, time: 0 }) as Partial<Record<keyof SeenMessage, unknown>>;
  return Number.isSafeInteger(at) && typeof time === 'number';
}
