import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { printableText } from '../printable-text';
import type { TlsTarget } from './tls-target';

/** How much of the names in a certificate an error shows, in UTF-16 code units. */
const LONGEST_NAME = 200;

/**
 * Makes sure that a daemon is who it should be: that its certificate is for the host, in force, not revoked, and of an
 * authority of the target's. What it says before that is not to be trusted.
 *
 * @param socket A connection whose handshake is done, and which has collected what speaks against it.
 * @throws {Error} where it is not; the message says which check failed.
 */
export function requireVerified(socket: TLSSocket, target: TlsTarget): void {
  if (target.authorities !== undefined && !socket.authorized) {
    // Node declares an Error, but it is the code of one.
    const code = String(socket.authorizationError);
    throw new Error(describe(code, chainOf(socket.getPeerCertificate(true)), target));
  }
}

function describe(code: string, chain: readonly DetailedPeerCertificate[], target: TlsTarget): string {
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
