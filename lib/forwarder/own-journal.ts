import { notOffered } from '../journal/bookmark';
import type { JournalFiles } from '../journal/journal-files';
import { segmentsIn } from '../journal/journal-reader';
import { resume } from '../journal/resume';
import { Segment } from '../journal/segment';
import type { HostMessage } from './beginning';

/** A journal that a forwarder publishes, as others know it. */
export interface OwnJournal {
  readonly id: string;
  readonly formerIds: readonly string[];
  readonly host: string;
}

/** What is to be done about a journal that was set back: its new events have numbers that readers of the stream know. */
const SET_BACK =
  'the journal was set back; have its collector begin a new one in another folder, since readers take numbers that come again ' +
  'for repetitions';

/** What a journal says of itself now; nothing if nobody has written to it yet. */
export function readOwnJournal(files: JournalFiles, folder: string): OwnJournal | undefined {
  const newest = Segment.openFirst(files, folder, segmentsIn(files, folder).reverse());
  newest?.close();
  return newest?.header;
}

/**
 * Whether a message holds an entry of a journal, by any of the journal's ids.
 *
 * @param stream Which stream the message is in, for the error.
 * @throws {JournalError} `ERR_BOOKMARK` if it does, but the journal hasn't got that entry, nor had it: it was set back.
 */
export function isOfJournal(
  files: JournalFiles,
  folder: string,
  { id, formerIds, host }: OwnJournal,
  { journal, sequence, crc, at }: HostMessage,
  stream: string,
): boolean {
  if (journal !== id && !formerIds.includes(journal)) {
    return false;
  }
  const completed = { id: journal, sequence, crc, segment: 0, position: 0 };
  const record = { next: sequence + 1, ordinal: 0, completed, ...notOffered };
  resume(files, folder, record, {
    what: `the newest message of the host '${host}' in the stream ${stream}, number ${at},`,
    remedy: SET_BACK,
  }).close();
  return true;
}
