import type { Credentials } from '../../driver';
import type { Dialogue } from '../../io/dialogue';

/** Tells the daemon a message, and returns the daemon's next one, which is empty if it has none. */
export type Say = (message: Uint8Array) => Dialogue<Uint8Array>;

/** SASL can't go on: why, without a secret, and without the place, which whoever catches this adds. */
export class SaslError extends Error {}

/** The mechanism PLAIN (RFC 4616): tells the daemon the password as it is, and wants no proof of anything in turn. */
export function* plain({ user, password }: Credentials, say: Say): Dialogue<void> {
  yield* say(Buffer.from(`\0${user}\0${password}`));
}
