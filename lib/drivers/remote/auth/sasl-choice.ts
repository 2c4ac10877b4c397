import type { Credentials } from '../../driver';
import type { Dialogue } from '../../io/dialogue';
import { printableText } from '../../io/printable-text';
import { plain, SaslError, type Say } from './sasl-mechanism';
import { scram } from './scram';

export interface SaslMechanism {
  readonly name: string;
  /** Whether who reads the bytes on the way has the password. */
  readonly isReadable: boolean;
  /**
   * The client's side (RFC 4422): it ends when it has all the proof that it wants, and throws a `SaslError` if it gives up.
   */
  readonly run: (credentials: Credentials, say: Say) => Dialogue<void>;
}

/** The mechanisms that are supported, the best one first. */
const MECHANISMS: readonly SaslMechanism[] = [
  { name: 'SCRAM-SHA-512', isReadable: false, run: (credentials, say) => scram('sha512', credentials, say) },
  { name: 'SCRAM-SHA-256', isReadable: false, run: (credentials, say) => scram('sha256', credentials, say) },
  { name: 'SCRAM-SHA-1', isReadable: false, run: (credentials, say) => scram('sha1', credentials, say) },
  { name: 'PLAIN', isReadable: true, run: plain },
];

/** Why others aren't. */
const REFUSALS: readonly (readonly [names: RegExp, reason: string])[] = [
  [/^(GSSAPI|GSS-SPNEGO|DIGEST-MD5|SRP)$/, 'would encrypt the traffic in a layer of its own'],
  [/^(PLAIN|LOGIN)$/, 'would send the password readable'],
  [/^(CRAM-MD5|NTLM)$/, 'would show enough to guess the password from'],
  [/^ANONYMOUS$/, 'would prove nothing'],
  [/^EXTERNAL$/, 'would need a proof from outside of SASL'],
];

/** How a daemon is to be set up so that there is something to choose. */
const ADVICE = "let mech_list in /etc/sasl2/libvirt.conf of the daemon's machine hold scram-sha-256";

/**
 * Chooses the best of the mechanisms that a daemon offers.
 *
 * @param wanted The only one that may be chosen, in upper case, if the URI says so.
 * @param isPrivate Whether nobody on the way can read the bytes.
 * @throws {SaslError} if there is none; with the reason for each, and what to do.
 */
export function chooseMechanism(
  offered: readonly string[],
  wanted: string | undefined,
  isPrivate: boolean,
): SaslMechanism {
  const usable = MECHANISMS.filter(({ isReadable }) => isPrivate || !isReadable);
  const chosen = usable.find(({ name }) => offered.includes(name) && (wanted ?? name) === name);
  if (chosen !== undefined) {
    return chosen;
  }
  // A daemon offers over bare tcp only what encrypts by itself.
  const advice = isPrivate ? ADVICE : `use tls or ssh that are verified, or a unix socket, and ${ADVICE}`;
  if (wanted === undefined) {
    const list = printableText(offered.map((name) => `${name} (${refusalOf(name)})`).join(', '));
    throw new SaslError(`the daemon offers ${list || 'no mechanism'}; ${advice}`);
  }
  if (!usable.some(({ name }) => name === wanted)) {
    const supported = usable.map(({ name }) => name).join(', ');
    throw new SaslError(`the URI asks for ${wanted}, which ${refusalOf(wanted)}; here it may be ${supported}`);
  }
  throw new SaslError(
    `the URI asks for ${wanted}, but the daemon offers ${printableText(offered.join(', ')) || 'no mechanism'}; ${advice}`,
  );
}

function refusalOf(name: string): string {
  return REFUSALS.find(([names]) => names.test(name))?.[1] ?? 'is not supported';
}
