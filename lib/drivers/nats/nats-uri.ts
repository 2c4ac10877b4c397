import type { Start } from '../../journal/places';
import { type HubAddress, parseHubUri } from '../../nats/hub-uri';
import { chosenSubject, PARTITIONS } from '../../nats/subjects';
import { invalidUri, quotedPart } from '../io/uri-path';
import { readReaderName, readStart } from '../reader/reader-parameters';

const PARAMETERS = ['reader', 'from', 'host', 'type', 'share'] as const;

/** What a URI says of a stream and its reader. */
export interface NatsAddress extends HubAddress<(typeof PARAMETERS)[number]> {
  /** The reader's name, if it is remembered. */
  readonly reader: string | undefined;
  /** Where a reader begins that has no bookmark yet. */
  readonly from: Start;
  /** The host whose events alone are read, if it is one. */
  readonly host: string | undefined;
  /** What is read: each series of messages that is in order, and has a bookmark of its own. */
  readonly feeds: readonly FeedAddress[];
}

/** A series of messages. */
export interface FeedAddress {
  readonly subject: string;
  /** The partition of the hosts, if they are shared with other readers. */
  readonly partition: number | undefined;
}

/**
 * Reads the URI of a stream and its reader: beside what `parseHubUri` reads, `reader=NAME`, `from=` as for a journal, `host=NAME`,
 * `type=NAME`, and `share=I/N`, the Ith of N readers that share the hosts.
 *
 * @param now From when times such as `-1h` are counted.
 * @throws {InvalidUriError} `ERR_INVALID_URI`
 */
export function readNatsUri(uri: string, now: number): NatsAddress {
  const address = parseHubUri(uri, PARAMETERS);
  const { parameters } = address;
  const reader = parameters.get('reader');
  const host = readChoice(uri, 'host', parameters.get('host'));
  const type = readChoice(uri, 'type', parameters.get('type'));
  const share = parameters.get('share');
  if (share !== undefined && host !== undefined) {
    throw invalidUri(uri, 'has both host and share; a host has only one reader');
  }
  const partitions = share === undefined ? [undefined] : readShare(uri, share);
  return {
    ...address,
    reader: reader === undefined ? undefined : readReaderName(uri, reader),
    from: readStart(uri, parameters.get('from') ?? 'oldest', now),
    host,
    feeds: partitions.map((partition) => ({ subject: chosenSubject({ host, type, partition }), partition })),
  };
}

function readChoice(uri: string, name: string, value: string | undefined): string | undefined {
  if (value === '') {
    throw invalidUri(uri, `${name} must be the name of a ${name}`);
  }
  return value;
}

/** The partitions of the Ith of N readers. */
function readShare(uri: string, written: string): number[] {
  const [place, readers] = /^(\d{1,2})\/(\d{1,2})$/.exec(written)?.slice(1).map(Number) ?? [];
  if (place === undefined || readers === undefined || place < 1 || place > readers || readers > PARTITIONS) {
    const expected = `I/N, the Ith of N readers, of whom there are at most ${PARTITIONS}`;
    throw invalidUri(uri, `share must be ${expected}, but is ${quotedPart(uri, written)}`);
  }
  const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  return all.filter((partition) => partition % readers === place % readers);
}
