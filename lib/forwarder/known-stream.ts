import { MOVED } from '../journal/bookmark';

/** What a forwarder knows of the stream that it publishes to. */
export interface KnownStream {
  /** When the stream was made, as the server writes it: another stream of the same name has another time. */
  readonly created: string;
  /** The number that the message had there whose acknowledgement came last. */
  readonly acked: number;
}

/** What is known, as a word for the bookmark. */
export function noteOf({ created, acked }: KnownStream): string {
  return `${acked}@${created}`;
}

/**
 * Reads that word.
 *
 * @returns `'moved'` if a person has chosen the place since; nothing if nothing is known yet.
 */
export function readNote(note: string | undefined): KnownStream | typeof MOVED | undefined {
  if (note === MOVED) {
    return MOVED;
  }
  const match = /^(\d{1,16})@(\S+)$/.exec(note ?? '');
  return match === null ? undefined : { acked: Number(match[1]), created: match[2] as string };
}
