import { MOVED } from '../journal/bookmark';
import type { KnownStream } from './known-stream';

/** A stream as it is now. */
export interface StreamState {
  readonly created: string;
  /** The numbers of its first and of its last message; the first is one higher if there is none. */
  readonly first: number;
  readonly last: number;
  /** Whether somebody has deleted the message of a number between these, by itself or with all of a subject. */
  isDeleted(number: number): boolean;
}

/** The newest message that a stream has of a host. */
export interface HostMessage {
  /** Its number in the stream. */
  readonly at: number;
  /** The entry that it holds. */
  readonly journal: string;
  readonly sequence: number;
  readonly crc: number;
}

/** Where publishing goes on: at the bookmark, at the oldest entry that the journal has, or behind the entry of a number. */
export type Beginning = 'bookmark' | 'oldest' | { readonly after: number };

/**
 * Finds where publishing goes on, each time that a forwarder has a connection: the stream may have been emptied, or made anew, or
 * its servers may have lost what they had acknowledged.
 *
 * What was deleted by limits, or by a person, stays deleted. What the servers have lost is published again, from behind the newest
 * message of the host that they still have.
 *
 * @param newest The newest message of the host, if there is one.
 * @param isOurs Whether the journal is the one that an entry comes from. It throws if so, but it hasn't that entry: then it was set back
 *   to an earlier state.
 */
export function findBeginning(
  known: KnownStream | typeof MOVED | undefined,
  stream: StreamState,
  newest: HostMessage | undefined,
  isOurs: (message: HostMessage) => boolean,
): Beginning {
  if (known === MOVED) {
    return 'bookmark';
  }
  const isIntact = known !== undefined && hasAll(known, stream, newest);
  // Of a host whose journal was begun anew, or has a second one, the newest message says nothing.
  if (newest === undefined || !isOurs(newest)) {
    return known === undefined || isIntact ? 'bookmark' : 'oldest';
  }
  const isUndone = isIntact && newest.at < known.acked;
  return isUndone ? 'bookmark' : { after: newest.sequence };
}

/** Whether a stream has all that it has acknowledged, but for what was deleted there. */
function hasAll({ created, acked }: KnownStream, stream: StreamState, newest: HostMessage | undefined): boolean {
  if (stream.created !== created || stream.last < acked) {
    return false;
  }
  // If servers lose messages, others may have their numbers since.
  return (newest !== undefined && newest.at >= acked) || stream.first > acked || stream.isDeleted(acked);
}
