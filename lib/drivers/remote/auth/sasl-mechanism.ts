import type { Credentials } from '../../driver';
import type { Wait } from '../../io/dialogue';

/**
 * A client's side of a SASL mechanism (RFC 4422): yields each message for the daemon and is given the daemon's next one,
 * which is empty if it has none; and yields what takes long to reckon, and is given the outcome. It returns when it has all the
 * proof that it wants, and throws a `SaslError` if it gives up.
 */
export type SaslExchange = Generator<Uint8Array | Wait<Uint8Array>, void, Uint8Array>;

/** SASL can't go on: why, without a secret, and without the place, which who holds the exchange adds. */
export class SaslError extends Error {}

/** The mechanism PLAIN (RFC 4616): tells the daemon the password as it is, and wants no proof of anything in turn. */
export function* plain({ user, password }: Credentials): SaslExchange {
  yield Buffer.from(`\0${user}\0${password}`);
}
