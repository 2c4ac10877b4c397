import { invalidUri, quotedPart, readUriPath } from '../io/uri-path';

export type StreamAddress =
  | { readonly kind: 'descriptor'; readonly fd: number }
  | { readonly kind: 'file' | 'fifo'; readonly path: string; readonly follow: boolean };

const HIGHEST_DESCRIPTOR = 2 ** 31 - 1;

/**
 * Reads the URI of a stream: `-`, `fd:N`, `file:PATH`, `file:PATH?follow` or `fifo:PATH`.
 *
 * A path is absolute or relative to the working directory, and may follow `//` and an empty host (`file:///var/log/e.xml`,
 * RFC 8089 §2). It is percent-decoded: a `?` in it is written `%3F`, a `%` is written `%25`.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI`
 */
export function parseStreamUri(uri: string): StreamAddress {
  if (uri === '-') {
    return { kind: 'descriptor', fd: 0 };
  }
  const [, scheme, rest, query] = /^(fd|file|fifo):([^?]*)(?:\?(.*))?$/is.exec(uri) ?? [];
  if (scheme === undefined || rest === undefined) {
    throw invalidUri(uri, 'not a stream; expected -, fd:N, file:PATH or fifo:PATH');
  }
  switch (scheme.toLowerCase()) {
    case 'fd':
      refuseParameters(uri, query, []);
      return { kind: 'descriptor', fd: parseDescriptor(uri, rest) };
    default:
      refuseParameters(uri, query, ['follow']);
      return {
        kind: scheme.toLowerCase() === 'fifo' ? 'fifo' : 'file',
        path: readUriPath(uri, rest),
        follow: query !== undefined,
      };
  }
}

function parseDescriptor(uri: string, digits: string): number {
  const fd = Number(digits);
  if (!/^\d+$/.test(digits) || fd > HIGHEST_DESCRIPTOR) {
    throw invalidUri(uri, `${quotedPart(uri, digits)} is no descriptor; expected a number from 0 on, such as fd:3`);
  }
  return fd;
}

function refuseParameters(uri: string, query: string | undefined, known: readonly string[]): void {
  if (query === undefined) {
    return;
  }
  for (const parameter of query.split('&')) {
    if (!known.includes(parameter)) {
      const expected = known.length > 0 ? `expected ${known.join(', ')}` : 'it takes none';
      throw invalidUri(
        uri,
        `unknown query parameter ${quotedPart(uri, parameter)}; ${expected} (a ? in a path is written %3F)`,
      );
    }
  }
}
