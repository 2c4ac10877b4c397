import { crc32 } from 'node:zlib';
import { hostAttribute, storedText } from '../collector/stored-text';
import type { StoredEntry } from '../drivers/driver';
import { EventText } from '../event/event-text';
import { entryHeaders, messageId } from '../nats/headers';
import type { PublishRequest } from '../nats/protocol';
import { eventSubject } from '../nats/subjects';
import { noEventLimits } from '../xml/limits';

/** What is taken of an event to make a message of it. */
export interface PublishableEvent {
  readonly xml: string;
  readonly type: string;
  readonly timestamp: string;
  readonly sequence: number;
}

/** A message, without what depends on the connection. */
export interface Message {
  readonly request: Omit<PublishRequest, 'stream' | 'connection'>;
  readonly text: string;
}

const GAP = 'events-lost';

/** The message of an entry, as the journal of a host has it. */
export function messageOf({ xml, type }: PublishableEvent, entry: StoredEntry, host: string): Message {
  // A gap that was made in reading has the numbers of the journal's entries, which the reader of a stream can't have.
  const text = type === GAP ? storedText(xml, type, hostAttribute(host)) : xml;
  return { request: requestOf(type, entry, host), text };
}

/** What stands in the place of an event that the server never takes, since it is too large. */
export function gapFor({ type, timestamp }: PublishableEvent, entry: StoredEntry, host: string): Message {
  const gap = new EventText(GAP).attribute('count', 1).attribute('cause', 'too-large').attribute('host', host);
  gap.open('lost').attribute('type', type).attribute('count', 1).close('lost');
  return { request: requestOf(GAP, entry, host), text: gap.finish(timestamp, noEventLimits).xml };
}

/** As what a gap is known that stands for entries which the journal has not got any more: as the last of them. */
export function entryOfGap({ sequence, timestamp }: PublishableEvent, journal: string): StoredEntry {
  return { journal, sequence, crc: crc32(`${journal} ${sequence}`), time: timestamp };
}

function requestOf(type: string, entry: StoredEntry, host: string): Message['request'] {
  return { subject: eventSubject(host, type), id: messageId(entry), headers: entryHeaders({ ...entry, host }) };
}
