import { readWish } from './auth/authenticate';
import type { SessionOptions } from './daemon-session';
import { requirePossibleSocket } from './transport/open-unix-transport';

/**
 * Makes sure that it isn't in vain to wait for a daemon, as far as that can be told without it. What is wrong with the rest of a URI
 * an attempt to connect finds, also while there is no daemon.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if a parameter of the URI makes no sense.
 * @throws {OpenError} `ERR_OPEN` if its socket can't be one.
 */
export function requirePossible(options: SessionOptions): void {
  const { uri, environment } = options;
  readWish(uri);
  if (uri.transport === 'unix') {
    requirePossibleSocket(uri, options, environment);
  }
}
