import { InvalidUriError } from '../../errors';

/**
 * Reads the path in a URI of a file: absolute or relative to the working directory, and perhaps after `//` and an empty host
 * (`file:///var/log/e.xml`, RFC 8089 §2).
 *
 * It is percent-decoded: a `?` in it is written `%3F`, a `%` is written `%25`.
 *
 * @param written What stands between the scheme and the `?`.
 * @throws {InvalidUriError} `ERR_INVALID_URI`
 */
export function readUriPath(uri: string, written: string): string {
  const encoded = /^\/\/(?:localhost)?(?=\/)/i.test(written) ? written.replace(/^\/\/[^/]*/, '') : written;
  if (encoded.startsWith('//')) {
    throw invalidUri(uri, 'names a host; after // comes an absolute path, as in file:///var/log/events.xml');
  }
  if (encoded === '') {
    throw invalidUri(uri, 'lacks a path');
  }
  const path = decodeUriPart(uri, encoded);
  if (path.includes('\0')) {
    throw invalidUri(uri, 'holds a NUL character, which no path can hold');
  }
  return path;
}

/** @throws {InvalidUriError} `ERR_INVALID_URI` if a `%` begins no character. */
export function decodeUriPart(uri: string, encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw invalidUri(uri, 'holds a % that begins no UTF-8 character; a % in a path is written %25');
  }
}

/** A piece of a URI, for a message; not of one that may hold a password, which the piece may be a part of. */
export function quotedPart(uri: string, piece: string): string {
  return /@|%40/.test(uri) ? '"…"' : JSON.stringify(piece);
}

export function invalidUri(uri: string, problem: string): InvalidUriError {
  return new InvalidUriError('ERR_INVALID_URI', uri, problem);
}

/**
 * Reads the parameters behind the `?` of a URI, percent-decoded.
 *
 * @param hint What else a name that isn't known may come from.
 * @throws {InvalidUriError} `ERR_INVALID_URI` if one isn't known, has no value, or stands there twice.
 */
export function readUriParameters<Name extends string>(
  uri: string,
  query: string | undefined,
  known: readonly Name[],
  hint = '',
): Map<Name, string> {
  const values = new Map<Name, string>();
  for (const parameter of query?.split('&') ?? []) {
    const [written = '', ...rest] = parameter.split('=');
    const name = known.find((one) => one === written);
    if (name === undefined) {
      throw invalidUri(uri, `unknown query parameter ${quotedPart(uri, written)}; expected ${known.join(', ')}${hint}`);
    }
    if (rest.length === 0 || values.has(name)) {
      throw invalidUri(uri, `the query parameter ${name} ${rest.length === 0 ? 'has no value' : 'is given twice'}`);
    }
    values.set(name, decodeUriPart(uri, rest.join('=')));
  }
  return values;
}
