import { resolve } from 'node:path';
import type { Start } from '../../journal/places';
import { bookmarkPath } from '../../journal/readers';
import { invalidUri, quotedPart, readUriParameters, readUriPath } from '../io/uri-path';
import { readReaderName, readStart } from '../reader/reader-parameters';

/** What a URI says of a journal and its reader. */
export interface JournalAddress {
  /** The journal's folder, an absolute path. */
  readonly folder: string;
  /** The path of the reader's bookmark, if it has one. */
  readonly bookmark: string | undefined;
  /** Where a reader begins that has no bookmark yet. */
  readonly from: Start;
  /** Whether what is appended later is waited for. */
  readonly follows: boolean;
}

const PARAMETERS = ['reader', 'bookmark', 'from', 'follow'] as const;

type Parameter = (typeof PARAMETERS)[number];

/**
 * Reads the URI of a journal: `journal:DIR`, with `reader=NAME` (its bookmark is in `DIR/readers`) or `bookmark=PATH`, `from=oldest`,
 * `newest`, a number or a time, and `follow=no`.
 *
 * @param now From when times such as `-1h` are counted.
 * @throws {InvalidUriError} `ERR_INVALID_URI`
 */
export function readJournalUri(uri: string, now: number): JournalAddress {
  const [, written = '', query] = /^journal:([^?]*)(?:\?(.*))?$/is.exec(uri) ?? [];
  const folder = resolve(readUriPath(uri, written));
  const values = readUriParameters(uri, query, PARAMETERS, ' (a ? in a path is written %3F)');
  return {
    folder,
    bookmark: readBookmark(uri, folder, values),
    from: readStart(uri, values.get('from') ?? 'oldest', now),
    follows: readFollow(uri, values.get('follow') ?? 'yes'),
  };
}

function readBookmark(uri: string, folder: string, values: ReadonlyMap<Parameter, string>): string | undefined {
  const reader = values.get('reader');
  const path = values.get('bookmark');
  if (path === undefined) {
    return reader === undefined ? undefined : bookmarkPath(folder, readReaderName(uri, reader));
  }
  if (reader !== undefined) {
    throw invalidUri(uri, 'has both reader and bookmark; a reader has one bookmark');
  }
  if (path === '' || path.includes('\0')) {
    throw invalidUri(uri, 'has a bookmark that no path can be');
  }
  return resolve(path);
}

function readFollow(uri: string, value: string): boolean {
  if (value !== 'yes' && value !== 'no') {
    throw invalidUri(uri, `follow must be yes or no, but is ${quotedPart(uri, value)}`);
  }
  return value === 'yes';
}
