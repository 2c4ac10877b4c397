import { crc32 } from 'node:zlib';
import { hostAttribute, storedText } from '../collector/stored-text';
import type { StoredEntry } from '../drivers/driver';
import { EventText } from '../event/event-text';
import { entryHeaders, messageId } from '../nats/headers';
import type { OutgoingMessage } from '../nats/protocol';
import { eventSubject } from '../nats/subjects';
import { noEventLimits } from '../xml/limits';

/** What is taken of an event to make a message of it. */
export interface PublishableEvent {
  readonly xml: string;
  readonly type: string;
  readonly timestamp: string;
  readonly sequence: number;
}

/** The events among which one is that is to be published. */
export interface PublishableEvents {
  /** The entry that an event is; nothing for a gap in the place of entries that the journal has not got any more. */
  entryOf(sequence: number): StoredEntry | undefined;
  /** The events behind that of a number, as far as they are read, up to the next gap. */
  eventsAfter(sequence: number): Iterable<PublishableEvent>;
}

/** A message of an entry. */
export interface Message {
  /** The entry's number. */
  readonly sequence: number;
  readonly outgoing: OutgoingMessage;
  readonly text: Buffer;
}

const GAP = 'events-lost';

/** The message of an entry, as the journal of a host has it. */
export function messageOf({ xml, type }: PublishableEvent, entry: StoredEntry, host: string): Message {
  // A gap that was made in reading has the numbers of the journal's entries, which the reader of a stream can't have.
  const text = type === GAP ? storedText(xml, type, hostAttribute(host)) : xml;
  return message(type, entry, host, text);
}

/** What stands in the place of an event that the server never takes, since it is too large. */
export function gapFor({ type, timestamp }: PublishableEvent, entry: StoredEntry, host: string): Message {
  const gap = new EventText(GAP).attribute('count', 1).attribute('cause', 'too-large').attribute('host', host);
  gap.open('lost').attribute('type', type).attribute('count', 1).close('lost');
  return message(GAP, entry, host, gap.finish(timestamp, noEventLimits).xml);
}

/** As what a gap is known that stands for entries which the journal has not got any more: as the last of them. */
export function entryOfGap({ sequence, timestamp }: PublishableEvent, journal: string): StoredEntry {
  return { journal, sequence, crc: crc32(`${journal} ${sequence}`), time: timestamp };
}

function message(type: string, entry: StoredEntry, host: string, xml: string): Message {
  const text = Buffer.from(xml);
  const [subject, id, headers] = [eventSubject(host, type), messageId(entry), entryHeaders({ ...entry, host })];
  return { sequence: entry.sequence, outgoing: { subject, id, headers, length: text.length }, text };
}
