import { isIP, Socket } from 'node:net';
import type { ConnectionOptions, PeerCertificate, TLSSocket } from 'node:tls';
import { dialTcp } from './dial-tcp';
import { formatAddress } from './network-address';
import { opensslReason } from './openssl-reason';
import { socketEvent, TimeIsUp } from './socket-event';
import type { TimeLimit } from './time-limit';
import type { TlsTarget } from './tls-target';
import { requireVerified } from './tls-verification';

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
 * @throws {Error} where that does not come about within the time; the message says why, and what to do.
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
  const socket = tls().connect(options);
  socket.on('error', () => {});
  return socket;
}

/** Finds out whether a certificate is for a host; an error says that it is not. */
function checkIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  if (isIP(host) !== 0) {
    // Node.js 22.23 takes no IPv6 address for one in its own check.
    const { X509Certificate } = process.getBuiltinModule('node:crypto');
    if (new X509Certificate(certificate.raw).checkIP(host) !== undefined) {
      return undefined;
    }
  }
  return tls().checkServerIdentity(host, certificate);
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

/** Not imported: it is needed only where TLS is. */
function tls(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls');
}
