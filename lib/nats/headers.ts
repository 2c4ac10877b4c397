/** The headers of a published event: what its journal says of it. */
export const HOST_HEADER = 'Virdeliver-Host';
export const JOURNAL_HEADER = 'Virdeliver-Journal';
export const SEQUENCE_HEADER = 'Virdeliver-Sequence';
export const CRC_HEADER = 'Virdeliver-Crc';
export const TIME_HEADER = 'Virdeliver-Time';

/** An entry of a journal, as the headers of its message name it. */
export interface PublishedEntry {
  /** The host whose journal it is; an event's own `@host` may be another. */
  readonly host: string;
  /** The journal's id. */
  readonly journal: string;
  readonly sequence: number;
  readonly crc: number;
  /** When it was appended, as a time stamp. */
  readonly time: string;
}

/**
 * The id by which the server drops a message that it has already.
 *
 * The CRC is in it since a host that is set back to an earlier state gives its numbers anew: under an id that the server knows its
 * new events would vanish.
 */
export function messageId({ journal, sequence, crc }: Pick<PublishedEntry, 'journal' | 'sequence' | 'crc'>): string {
  return `${journal}:${sequence}:${crc}`;
}

/** The headers of an entry's message, by their names. */
export function entryHeaders(entry: PublishedEntry): Readonly<Record<string, string>> {
  return {
    [HOST_HEADER]: encodeURIComponent(entry.host),
    [JOURNAL_HEADER]: entry.journal,
    [SEQUENCE_HEADER]: String(entry.sequence),
    [CRC_HEADER]: String(entry.crc),
    [TIME_HEADER]: entry.time,
  };
}

/**
 * Reads the headers of a message.
 *
 * @param header Gives the value of a header; an empty text if there is none.
 * @returns Nothing if it isn't one that was published from a journal.
 */
export function readEntryHeaders(header: (name: string) => string): PublishedEntry | undefined {
  const [sequence, crc] = [SEQUENCE_HEADER, CRC_HEADER].map((name) => readWhole(header(name)));
  const journal = header(JOURNAL_HEADER);
  const host = decoded(header(HOST_HEADER));
  return sequence === undefined || crc === undefined || journal === '' || host === undefined
    ? undefined
    : { host, journal, sequence, crc, time: header(TIME_HEADER) };
}

function readWhole(text: string): number | undefined {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : undefined;
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text) || undefined;
  } catch {
    return undefined;
  }
}
