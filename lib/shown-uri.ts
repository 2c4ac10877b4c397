/** URIs that are no more than the path of a file. */
const PATH_ALONE = /^(?:file:|fifo:|journal:|test:\/\/\/)/i;

/** A parameter of a daemon's URI whose value is a path. */
const PATH_PARAMETER = /[?&;](?:authfile|command|keyfile|known_hosts|netcat|pkipath|socket)=\/[^?#&;]*/gi;

/**
 * A URI as it may be shown: what may hold a password, all before its last `@`, is left out.
 *
 * A password that isn't percent-encoded can hold any character, `/`, `?`, `#` and `@` included, so only the last `@` is sure
 * to be behind it. The path of a file is nobody's password, and its `@` ends none.
 */
export function shownUri(uri: string): string {
  if (PATH_ALONE.test(uri)) {
    return uri;
  }
  const withoutPaths = uri.replace(PATH_PARAMETER, (parameter) => parameter.replace(/[@:]/g, '_'));
  const [hidden = '', scheme = '', slashes = '', before = ''] =
    /^([a-z][a-z0-9+.-]*:)?(\/\/)?(.*)@/is.exec(withoutPaths) ?? [];
  const mayHoldPassword = /:|%3a/i.test(before) || (scheme !== '' && slashes === '');
  return hidden !== '' && mayHoldPassword ? `${scheme}${slashes}…@${uri.slice(hidden.length)}` : uri;
}

/** A URI without its authority part, which in one that cannot be read may be, or hold, anything. */
export function withoutAuthority(uri: string): string {
  const [, start = '', slashes = ''] = /^([a-z][a-z0-9+.-]*:)?(\/\/)?/is.exec(uri) ?? [];
  const rest = uri.slice(start.length + slashes.length);
  const [beforeAt = ''] = /^.*(?:@|%40)/is.exec(rest) ?? [];
  if (beforeAt === '' && slashes === '') {
    return uri;
  }
  const [authority] = /^[^/?#]*/.exec(rest.slice(beforeAt.length)) as RegExpExecArray;
  const hidden = beforeAt.length + authority.length;
  return `${start}${slashes}${hidden > 0 ? '…' : ''}${rest.slice(hidden)}`;
}

/** Whether a URI that was refused may hold a password: it has an `@`, or a colon in its authority part that no port follows. */
export function mayHoldPassword(uri: string): boolean {
  return /@|%40|\/\/[^/?#[]*:(?!\d*(?:[/?#]|$))/i.test(uri);
}
