import { isIP, Socket } from 'node:net';
import type { ConnectionOptions, DetailedPeerCertificate, PeerCertificate, TLSSocket } from 'node:tls';
import { printableText } from '../../io/printable-text';
import { TimeIsUp, type TimeLimit } from '../../io/time-limit';
import { dialTcp, formatAddress, socketEvent } from './dial-tcp';
import { opensslReason, type TlsTarget } from './tls-target';

/** How much Node reads ahead, in bytes; what comes beyond it waits at the daemon's side. */
const READ_AHEAD = 64 * 1024;

/** The one byte that a daemon sends when it has accepted the client. */
const ACCEPTED = 1;

/**
 * Connects to a daemon by TLS, in the event loop, up to the daemon's word that it has accepted the client.
 *
 * A handshake that succeeds says nothing about that: the daemon looks at the client's certificate and address afterwards, and
 * then either sends one byte, as data, or closes the connection.
 *
 * @returns A socket that nothing has been read from beyond that byte, with a listener for its errors.
 * @throws {Error} if that doesn't come about within the time; the message says why, and what to do.
 */
export async function dialTls(target: TlsTarget, limit: TimeLimit): Promise<TLSSocket> {
  const raw = new Socket();
  await dialTcp(raw, 'tls', target, limit);
  try {
    const socket = await shakeHands(raw, target, limit);
    requireVerified(socket, target);
    await requireAcceptance(socket, target, limit);
    return socket;
  } catch (error) {
    raw.destroy();
    throw error;
  }
}

async function shakeHands(raw: Socket, target: TlsTarget, limit: TimeLimit): Promise<TLSSocket> {
  const where = formatAddress(target);
  const check = "check that this is the daemon's port for TLS, and look at its log";
  try {
    const socket = secure(raw, target);
    await socketEvent(socket, ['secureConnect'], limit);
    return socket;
  } catch (cause) {
    const problem =
      cause instanceof TimeIsUp
        ? `${where} does not go through the TLS handshake within ${limit}`
        : `the TLS handshake with ${where} failed: ${opensslReason(cause)}`;
    throw new Error(`${problem}; ${check}`, { cause });
  }
}

/** Begins the handshake. */
function secure(raw: Socket, { host, authorities, revocations, client, settings }: TlsTarget): TLSSocket {
  // Of several certificates for keys of one kind OpenSSL takes the last.
  const pairs = client.pairs.toReversed();
  const options: ConnectionOptions & { readonly highWaterMark: number } = {
    ...settings,
    socket: raw,
    highWaterMark: READ_AHEAD,
    // What speaks against the daemon is collected, and looked at when the handshake is done.
    rejectUnauthorized: false,
    checkServerIdentity: (_, certificate) => checkIdentity(host, certificate),
    cert: pairs.map(({ certificate }) => certificate.text),
    key: pairs.map(({ key }) => key.text),
    ...(authorities && { ca: authorities.text }),
    ...(revocations && { crl: revocations.text }),
    // RFC 6066 section 3: a name, never an address.
    ...(isIP(host) === 0 && { servername: host }),
  };
  // Not imported: it is needed only if TLS is.
  const socket = process.getBuiltinModule('node:tls').connect(options);
  socket.on('error', () => {});
  return socket;
}

/** Finds out whether a certificate is for a host; an error says that it isn't. */
function checkIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  if (isIP(host) !== 0) {
    // Node.js 22.23 takes no IPv6 address for one in its own check.
    const { X509Certificate } = process.getBuiltinModule('node:crypto');
    if (new X509Certificate(certificate.raw).checkIP(host) !== undefined) {
      return undefined;
    }
  }
  return process.getBuiltinModule('node:tls').checkServerIdentity(host, certificate);
}

/** Waits for the daemon's one byte. */
async function requireAcceptance(socket: TLSSocket, target: TlsTarget, limit: TimeLimit): Promise<void> {
  const where = formatAddress(target);
  let cause: unknown;
  try {
    let byte: Uint8Array | null = socket.read(1);
    while (byte === null && !socket.readableEnded && !socket.destroyed) {
      await socketEvent(socket, ['readable', 'end', 'close'], limit);
      byte = socket.read(1);
    }
    if (byte?.[0] === ACCEPTED) {
      return;
    }
  } catch (error) {
    cause = error;
  }
  if (cause instanceof TimeIsUp) {
    throw new Error(`${where} does not say within ${limit} whether it accepts this client; the daemon may hang`, {
      cause,
    });
  }
  const problem = `the daemon at ${where} did not accept this client's certificate, or its address`;
  const check = "look at the daemon's log, at tls_allowed_dn_list in its configuration, and at its own cacert.pem";
  throw new Error(`${problem}; the client has ${target.client.description}; ${check}`, { cause });
}

/** How much of the names in a certificate an error shows, in UTF-16 code units. */
const LONGEST_NAME = 200;

/**
 * Makes sure that a daemon is who it should be: that its certificate is for the host, in force, not revoked, and of an
 * authority of the target's. What it says before that isn't to be trusted.
 *
 * @param socket A connection whose handshake is done, and which has collected what speaks against it.
 * @throws {Error} if it isn't; the message says which check failed.
 */
function requireVerified(socket: TLSSocket, target: TlsTarget): void {
  if (target.authorities !== undefined && !socket.authorized) {
    // Node declares an Error, but it is the code of one.
    const code = String(socket.authorizationError);
    throw new Error(describeRefusal(code, chainOf(socket.getPeerCertificate(true)), target));
  }
}

function describeRefusal(code: string, chain: readonly DetailedPeerCertificate[], target: TlsTarget): string {
  const { host, authorities, revocations } = target;
  const [own] = chain;
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the daemon's certificate is not for ${host}, but for ${namesOf(own)}; use one of the names that it is for`;
    case 'CERT_HAS_EXPIRED': {
      const expired = chain.find(({ valid_to: end }) => Date.parse(end) < Date.now());
      return `${titleOf(expired, own)} expired on ${expired?.valid_to}; it must be issued anew`;
    }
    case 'CERT_NOT_YET_VALID': {
      const early = chain.find(({ valid_from: start }) => Date.parse(start) > Date.now());
      return `${titleOf(early, own)} is not valid before ${early?.valid_from}; check the clocks of both machines`;
    }
    case 'CERT_REVOKED':
      return `the daemon's certificate is revoked, by ${revocations?.path}`;
    case 'CRL_HAS_EXPIRED':
      return `the list of revoked certificates ${revocations?.path} has expired; get a new one from its authority`;
    case 'CRL_NOT_YET_VALID':
      return `the list of revoked certificates ${revocations?.path} is not valid yet; check the clock of this machine`;
    case 'UNABLE_TO_GET_CRL':
      return `${revocations?.path} holds no list of the authority ${issuerOf(own)}, which the daemon's certificate is of`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
      return `the daemon's certificate is of the authority ${issuerOf(own)}, which is not in ${authorities?.path}`;
    default:
      return `the daemon's certificate does not pass the check against ${authorities?.path} (OpenSSL: ${code})`;
  }
}

/** The daemon's certificate, then that of its authority, and so on as far as they are known. */
function chainOf(own: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  for (let next = own; next?.subject !== undefined && !chain.includes(next); next = next.issuerCertificate) {
    chain.push(next);
  }
  return chain;
}

function titleOf(certificate: DetailedPeerCertificate | undefined, own: DetailedPeerCertificate | undefined): string {
  return certificate === undefined || certificate === own
    ? "the daemon's certificate"
    : `the certificate of the authority ${shownName(certificate.subject.CN)}`;
}

function namesOf(certificate: DetailedPeerCertificate | undefined): string {
  const names = certificate?.subjectaltname?.replace(/\b(DNS|IP Address):/g, '');
  return names === undefined ? shownName(certificate?.subject.CN) : printableText(names, LONGEST_NAME);
}

function issuerOf(certificate: DetailedPeerCertificate | undefined): string {
  return shownName(certificate?.issuer.CN);
}

/** A name in a certificate, which nobody has verified yet; it may be a list of names. */
function shownName(name: unknown): string {
  return name === undefined ? 'without a name' : JSON.stringify(printableText(String(name), LONGEST_NAME));
}
