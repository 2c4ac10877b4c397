import type { SecureContextOptions } from 'node:tls';
import { InvalidUriError, OpenError } from '../../../errors';
import type { Environment } from '../environment';
import type { RemoteUri } from '../uri';
import { isFlagSet } from './flag-parameter';
import { addressIn, formatAddress, type NetworkAddress } from './network-address';
import {
  type ClientIdentity,
  type PemFile,
  pkiFolders,
  readAuthorities,
  readClientIdentity,
  readRevocations,
} from './tls-files';

/** What it takes to connect to a daemon by TLS. */
export interface TlsTarget extends NetworkAddress {
  /** Where the daemon's certificate must come from; `undefined` where it is not verified at all. */
  readonly authorities: PemFile | undefined;
  readonly revocations: PemFile | undefined;
  readonly client: ClientIdentity;
  /** What the program has Node use, by its options or otherwise: a relay, which has none of these, keeps to it, too. */
  readonly settings: Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'>;
}

/**
 * Finds out what a URI with the transport tls means: its port is 16514 where it names none, its parameters are `pkipath` and
 * `no_verify`. Whatever `no_sanity` would leave out is not done anyway.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` where a parameter makes no sense.
 * @throws {OpenError} `ERR_OPEN` where a file is missing or cannot be used; it is named.
 */
export function tlsTarget(uri: RemoteUri, environment: Environment): TlsTarget {
  const { pkipath, tls_priority: priority } = uri.parameters;
  if (priority) {
    const problem = "tls_priority is GnuTLS's, and OpenSSL, which Node.js has, knows nothing like it; leave it out";
    throw new InvalidUriError('ERR_INVALID_URI', uri.text, problem);
  }
  const verifies = !isFlagSet(uri, 'no_verify');
  const folders = pkiFolders(pkipath, environment);
  try {
    return {
      ...addressIn(uri, 16_514),
      authorities: verifies ? readAuthorities(folders) : undefined,
      revocations: verifies ? readRevocations(folders) : undefined,
      client: readClientIdentity(folders, environment),
      settings: settingsOfProgram(),
    };
  } catch (cause) {
    throw new OpenError(uri.text, (cause as Error).message, { cause });
  }
}

/** Whether a target is known to be the daemon; whoever else is in its place would be told a password. */
export function isVerified(target: TlsTarget): boolean {
  return target.authorities !== undefined;
}

/** What the program's user should know about how a target is connected to. */
export function warningsAbout(target: TlsTarget): string[] {
  return isVerified(target)
    ? []
    : [`the daemon was not verified (no_verify): whoever answers at ${formatAddress(target)} is taken for it`];
}

function settingsOfProgram(): TlsTarget['settings'] {
  const tls = process.getBuiltinModule('node:tls');
  return { minVersion: tls.DEFAULT_MIN_VERSION, maxVersion: tls.DEFAULT_MAX_VERSION, ciphers: tls.DEFAULT_CIPHERS };
}
