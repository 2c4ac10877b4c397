import { crc32 } from 'node:zlib';

/** Into how many partitions the hosts are divided, for readers that share them. It is in every subject, and can't be changed. */
export const PARTITIONS = 64;

const EVENTS = 'virdeliver';
const BOOKMARKS = 'virdeliver-reader';

/** What can't stand in a token as it is, as bytes of UTF-8. */
const OTHER = /[^A-Za-z0-9_-]/g;

/**
 * A text as one token of a subject: letters, digits, `_` and `-` stay, every other byte of its UTF-8 becomes `=XX`.
 *
 * A server takes `*`, `>` and a leading `$` literally where something is published, but not where it is read.
 */
export function encodeToken(text: string): string {
  const bytes = Buffer.from(text).toString('latin1');
  // An empty token is none. This one stands for no text, since behind a = there are always two digits.
  return bytes.replace(OTHER, (byte) => `=${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`) || '=';
}

/** The partition of a host: all its events are in one, and so stay in order. */
export function partitionOf(host: string): number {
  return crc32(host) % PARTITIONS;
}

/** The subject of a host's events of a type. */
export function eventSubject(host: string, type: string): string {
  return chosenSubject({ host, type });
}

/** Which events are chosen: those of a host, of a type, of a partition; without any of them, all. */
export interface EventChoice {
  readonly host?: string | undefined;
  readonly type?: string | undefined;
  readonly partition?: number | undefined;
}

/** The subject, perhaps with wildcards, of the events that are chosen. A host is in its own partition. */
export function chosenSubject({ host, type, partition }: EventChoice): string {
  const tokens = [host === undefined ? partition : partitionOf(host), host, type].map((token) =>
    token === undefined ? '*' : encodeToken(String(token)),
  );
  return [EVENTS, ...tokens].join('.');
}

/** Whether a subject is one of a host's events. */
export function isOfHost(subject: string, host: string): boolean {
  return subject.startsWith(chosenSubject({ host, type: '' }).slice(0, -1));
}

/** Whether all that has a subject, which may have wildcards, has one of another, too. */
export function isCovered(subject: string, by: string): boolean {
  const [tokens, others] = [subject.split('.'), by.split('.')];
  const end = others.indexOf('>');
  return (
    (end < 0 ? tokens.length === others.length : tokens.length > end) &&
    (end < 0 ? others : others.slice(0, end)).every((other, place) => other === '*' || other === tokens[place])
  );
}

/** The subjects of all events, for the stream that holds them. */
export const ALL_EVENTS: string = `${EVENTS}.>`;

/** The subjects of all bookmarks, for the stream that holds them. */
export const ALL_BOOKMARKS: string = `${BOOKMARKS}.>`;

/** The subject of a reader's bookmark; a reader that shares the hosts with others has one for each of its partitions. */
export function bookmarkSubject(reader: string, partition?: number): string {
  const subject = `${BOOKMARKS}.${encodeToken(reader)}`;
  return partition === undefined ? subject : `${subject}.${partition}`;
}

/** The name of the stream that holds the bookmarks of a stream's readers. */
export function bookmarkStream(stream: string): string {
  return `${stream}-readers`;
}
