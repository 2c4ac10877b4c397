import type { Credentials } from '../../driver';
import type { SaslExchange } from './sasl-mechanism';

/** The mechanism PLAIN (RFC 4616): tells the daemon the password as it is, and wants no proof of anything in turn. */
export function* plain({ user, password }: Credentials): SaslExchange {
  yield Buffer.from(`\0${user}\0${password}`);
}
