import type { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { OpenError } from '../../../errors';
import { readRegularFile } from '../../io/regular-file';
import type { Environment } from '../environment';
import { invalidUri, isFlagSet, type RemoteUri } from '../uri';
import { addressIn, formatAddress, type NetworkAddress } from './dial-tcp';

export interface TlsTarget extends NetworkAddress {
  /** Where the daemon's certificate must come from; `undefined` if it isn't verified at all. */
  readonly authorities: PemFile | undefined;
  readonly revocations: PemFile | undefined;
  readonly client: ClientIdentity;
  /** What the program has Node use, by its options or otherwise: a relay, which has none of these, keeps to it, too. */
  readonly settings: Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'>;
}

/**
 * Finds out what a URI with the transport tls means: its port is 16514 if it names none, its parameters are `pkipath` and
 * `no_verify`. Whatever `no_sanity` would leave out isn't done anyway.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if a parameter makes no sense.
 * @throws {OpenError} `ERR_OPEN` if a file is missing or can't be used; it is named.
 */
export function tlsTarget(uri: RemoteUri, environment: Environment): TlsTarget {
  const { pkipath, tls_priority: priority } = uri.parameters;
  if (priority) {
    const problem = "tls_priority is GnuTLS's, and OpenSSL, which Node.js has, knows nothing like it; leave it out";
    throw invalidUri(uri.text, problem);
  }
  const verifies = !isFlagSet(uri, 'no_verify');
  const folders = pkiFolders(pkipath, environment);
  try {
    return {
      ...addressIn(uri, 'tls'),
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

export function warningsAbout(target: TlsTarget): string[] {
  return isVerified(target)
    ? []
    : [`the daemon was not verified (no_verify): whoever answers at ${formatAddress(target)} is taken for it`];
}

function settingsOfProgram(): TlsTarget['settings'] {
  const tls = process.getBuiltinModule('node:tls');
  return { minVersion: tls.DEFAULT_MIN_VERSION, maxVersion: tls.DEFAULT_MAX_VERSION, ciphers: tls.DEFAULT_CIPHERS };
}

/** How long a file in PEM may be, in bytes: a list of revoked certificates can be long. */
const LONGEST_FILE = 16 * 1024 * 1024;

/** A file in PEM, the text format of certificates, keys and revocation lists (RFC 7468). */
export interface PemFile {
  readonly path: string;
  readonly text: string;
}

/** A client's certificate and the key that belongs to it. */
export interface ClientPair {
  readonly certificate: PemFile;
  readonly key: PemFile;
}

/** What identifies a client, as far as there is anything. */
export interface ClientIdentity {
  readonly pairs: readonly ClientPair[];
  /** What it is, in words, for the case that a daemon doesn't take it. */
  readonly description: string;
}

/** The folders of libvirt's files for TLS, those that are looked in first before the others. */
export interface PkiFolder {
  /** Where `cacert.pem` and `cacrl.pem` are. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** Whether it is the system's, which not every user may read. */
  readonly isSystem: boolean;
}

/** The folders to look in: that of the parameter `pkipath` alone, or else the user's (unless that is root), then the system's. */
export function pkiFolders(pkipath: string | undefined, environment: Environment): PkiFolder[] {
  const { uid, home, systemPkiFolder } = environment;
  const single = (folder: string): PkiFolder => ({
    authority: folder,
    certificate: folder,
    key: folder,
    isSystem: false,
  });
  if (pkipath) {
    return [single(pkipath)];
  }
  const system = {
    authority: join(systemPkiFolder, 'CA'),
    certificate: join(systemPkiFolder, 'libvirt'),
    key: join(systemPkiFolder, 'libvirt', 'private'),
    isSystem: true,
  };
  return uid === 0 ? [system] : [single(join(home, '.pki', 'libvirt')), system];
}

/**
 * Reads the certificates of the authorities that a daemon's certificate must come from.
 *
 * @throws {Error} if there is no such file, or it can't be used; the message says why, and where it was looked for.
 */
export function readAuthorities(folders: readonly PkiFolder[]): PemFile {
  const paths = folders.map(({ authority }) => join(authority, 'cacert.pem'));
  const file = readFirst(paths);
  if (file === undefined) {
    const what = "the certificate of the authority that the daemon's must come from";
    throw new Error(`there is no file with ${what}, looked for at ${paths.join(', ')}; put it there, or use ?pkipath=`);
  }
  for (const block of blocksOf(file, 'CERTIFICATE')) {
    readCertificate({ ...file, text: block });
  }
  return file;
}

/**
 * Reads the list of certificates that the authorities have revoked, if there is one.
 *
 * @throws {Error} if it can't be used; the message says why.
 */
export function readRevocations(folders: readonly PkiFolder[]): PemFile | undefined {
  const file = readFirst(folders.map(({ authority }) => join(authority, 'cacrl.pem')));
  if (file !== undefined) {
    blocksOf(file, 'X509 CRL');
  }
  return file;
}

/**
 * Reads the client's certificates, each with its key: those of the first folder that has any.
 *
 * A daemon may do without, so having none isn't a fault. Beside `clientcert.pem` there may be `clientcert0.pem` and so
 * on, for keys of other kinds.
 *
 * @throws {Error} if one is there without the other, or can't be used; the message says why.
 */
export function readClientIdentity(folders: readonly PkiFolder[], environment: Environment): ClientIdentity {
  const lookedFor: string[] = [];
  let problem: string | undefined;
  for (const folder of folders) {
    const candidate = join(folder.certificate, 'clientcert.pem');
    try {
      const pairs = readPairs(folder);
      if (pairs.length > 0) {
        return { pairs, description: pairs.map(describePair).join(' or ') };
      }
      lookedFor.push(candidate);
    } catch (error) {
      // As a rule root alone may read the system's key; a daemon that asks for no certificate takes others all the same.
      if (folder.isSystem && isDenied((error as Error).cause)) {
        lookedFor.push(`${candidate} (uid ${environment.uid} may not read it and its key)`);
      } else if (error instanceof HalfPair) {
        problem ??= error.message;
      } else {
        throw error;
      }
    }
  }
  if (problem !== undefined) {
    throw new Error(problem);
  }
  return { pairs: [], description: `no certificate, looked for at ${lookedFor.join(', ')}` };
}

/** One of a certificate and its key is there, and the other isn't. */
class HalfPair extends Error {}

function readPairs(folder: PkiFolder): ClientPair[] {
  const pairs: ClientPair[] = [];
  const plain = readPair(folder, '');
  for (let number = 0; ; number += 1) {
    const pair = readPair(folder, String(number));
    if (pair === undefined) {
      return plain === undefined ? pairs : [plain, ...pairs];
    }
    pairs.push(pair);
  }
}

function readPair(folder: PkiFolder, number: string): ClientPair | undefined {
  const certificatePath = join(folder.certificate, `clientcert${number}.pem`);
  const keyPath = join(folder.key, `clientkey${number}.pem`);
  const certificate = readFirst([certificatePath]);
  if (certificate === undefined && !existsSync(keyPath)) {
    return undefined;
  }
  const key = readFirst([keyPath]);
  if (certificate === undefined || key === undefined) {
    const [there, missing] = key === undefined ? [certificatePath, keyPath] : [keyPath, certificatePath];
    throw new HalfPair(`${there} is of no use without ${missing}, which is not there`);
  }
  requireMatch(certificate, key);
  return { certificate, key };
}

/** Makes sure that a certificate and a key can be read, and belong together. */
function requireMatch(certificate: PemFile, key: PemFile): void {
  const [keyBlock] = blocksOf(key, 'PRIVATE KEY') as [string];
  const [first] = blocksOf(certificate, 'CERTIFICATE') as [string];
  const parsed = readCertificate({ ...certificate, text: first });
  // In the label itself (RFC 7468 section 11), or in a header after it (RFC 1421 section 4.6.1.1).
  if (/\bENCRYPTED\b/.test(keyBlock)) {
    const remedy = "nothing can ask for its passphrase here, so take that off with 'openssl pkey'";
    throw new Error(`${key.path} is encrypted; ${remedy}`);
  }
  let isMatch: boolean;
  try {
    isMatch = parsed.checkPrivateKey(process.getBuiltinModule('node:crypto').createPrivateKey(key.text));
  } catch (cause) {
    throw new Error(`${key.path} holds a key that cannot be read: ${opensslReason(cause)}`, { cause });
  }
  if (!isMatch) {
    throw new Error(`${key.path} is not the key of the certificate ${certificate.path}`);
  }
}

function describePair({ certificate }: ClientPair): string {
  const { subject, validFrom, validTo } = readCertificate(certificate);
  let state = '';
  if (Date.parse(validTo) < Date.now()) {
    state = `, which expired on ${validTo}`;
  } else if (Date.parse(validFrom) > Date.now()) {
    state = `, which is not valid before ${validFrom}`;
  }
  return `the certificate ${certificate.path} (${subject.replaceAll('\n', ', ')})${state}`;
}

function readCertificate({ path, text }: PemFile): X509Certificate {
  try {
    // Not imported: it is needed only if TLS is.
    const { X509Certificate } = process.getBuiltinModule('node:crypto');
    return new X509Certificate(text);
  } catch (cause) {
    throw new Error(`${path} holds a certificate that cannot be read: ${opensslReason(cause)}`, { cause });
  }
}

/** The texts of one kind in a file, from their first line to their last; there may be words before its label. */
function blocksOf({ path, text }: PemFile, label: string): string[] {
  const blocks = text.match(new RegExp(`^-----BEGIN ((?:[A-Z]+ )*${label})-----.*?^-----END \\1-----`, 'gms'));
  if (blocks === null) {
    throw new Error(`${path} holds no "-----BEGIN ${label}-----"; expected PEM, the text format`);
  }
  return blocks;
}

function readFirst(paths: readonly string[]): PemFile | undefined {
  for (const path of paths) {
    try {
      return { path, text: readRegularFile(path, LONGEST_FILE).toString() };
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') {
        throw new Error(
          isDenied(cause) ? `${path} may not be read by this user` : `${path} cannot be read: ${message}`,
          {
            cause,
          },
        );
      }
    }
  }
  return undefined;
}

function isDenied(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM';
}

/** What OpenSSL says went wrong, in an error of Node's: without the place in its sources that the message may hold. */
export function opensslReason(error: unknown): string {
  const { reason, message } = error as Error & { readonly reason?: string };
  return reason ?? message;
}
