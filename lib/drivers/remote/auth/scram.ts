import type { Credentials } from '../../driver';
import { type Dialogue, type Wait, waitFor } from '../../io/dialogue';
import { printableText } from '../../io/printable-text';
import { SaslError, type Say } from './sasl-mechanism';

/** The hash functions that SCRAM is used with, by their names in Node, and the bytes that each makes. */
const HASH_BYTES = { sha1: 20, sha256: 32, sha512: 64 } as const;

/** No channel binding, and nobody else to act for (RFC 5802 §7, `gs2-header`). */
const GS2_HEADER = 'n,,';

/** How many random bytes a nonce has; base64 makes 24 characters of them. */
const NONCE_BYTES = 18;

/**
 * The fewest iterations that are reckoned with: what a daemon should ask for at least (RFC 5802 §5.1, RFC 7677 §4). With fewer,
 * one that doesn't know the password could have it guessed quickly from our proof.
 */
const FEWEST_ITERATIONS = 4096;

/**
 * The most iterations. Before it has proved anything, whoever is at the other end says how many; and without an event loop the
 * thread is blocked for them, half a second for so many. That is the highest number that advice on storing passwords has for
 * SHA-256; Cyrus SASL has 4096 by default.
 */
const MOST_ITERATIONS = 600_000;

const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

interface Challenge {
  /** Our nonce, and the daemon's after it. */
  readonly nonce: string;
  readonly salt: Buffer;
  readonly iterations: number;
}

/**
 * The mechanisms SCRAM (RFC 5802, RFC 7677): proves that we know the password without telling it, and has the daemon prove
 * that it knows it too, or rather what was made of it.
 *
 * The channel below isn't bound in: the mechanisms with `-PLUS` are others. Name and password are reckoned with as they are
 * given, not in the form that RFC 4013 would bring them into: neither does Cyrus SASL, which libvirt's daemons have, and what
 * that form changes would be refused.
 *
 * @param nonce For tests; a random one by default. It has no comma.
 */
export function* scram(
  hash: keyof typeof HASH_BYTES,
  { user, password }: Credentials,
  say: Say,
  nonce: string = freshNonce(),
): Dialogue<void> {
  const { createHash, createHmac, timingSafeEqual } = nodeCrypto();
  const hmac = (key: Uint8Array, text: string) => createHmac(hash, key).update(text).digest();

  const clientFirst = `n=${escapeName(user)},r=${nonce}`;
  const serverFirst = textOf(yield* say(Buffer.from(GS2_HEADER + clientFirst)));
  const challenge = readChallenge(serverFirst, nonce);

  const clientFinal = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${challenge.nonce}`;
  const authMessage = `${clientFirst},${serverFirst},${clientFinal}`;
  const saltedPassword = yield* waitFor(salting(hash, password, challenge));
  const clientKey = hmac(saltedPassword, 'Client Key');
  const clientSignature = hmac(createHash(hash).update(clientKey).digest(), authMessage);
  const proof = clientKey.map((byte, place) => byte ^ (clientSignature[place] as number));
  const serverFinal = textOf(yield* say(Buffer.from(`${clientFinal},p=${Buffer.from(proof).toString('base64')}`)));

  const theirs = readServerSignature(serverFinal);
  const expected = hmac(hmac(saltedPassword, 'Server Key'), authMessage);
  if (theirs.length !== expected.length || !timingSafeEqual(theirs, expected)) {
    throw new SaslError('the daemon cannot prove that it knows the password; another may stand in its place');
  }
}

/** Makes of the password what both sides know, which is meant to take long. */
function salting(hash: keyof typeof HASH_BYTES, password: string, { salt, iterations }: Challenge): Wait<Uint8Array> {
  const { pbkdf2, pbkdf2Sync } = nodeCrypto();
  return {
    now: () => pbkdf2Sync(password, salt, iterations, HASH_BYTES[hash], hash),
    inLoop: () =>
      new Promise((resolve, reject) => {
        pbkdf2(password, salt, iterations, HASH_BYTES[hash], hash, (error, key) =>
          error ? reject(error) : resolve(key),
        );
      }),
  };
}

/** Writes a user name where commas and equals signs mean something (RFC 5802 §5.1, attribute n). */
function escapeName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C');
}

/** Reads the daemon's first message (RFC 5802 §7, `server-first-message`); optional extensions at its end are ignored. */
function readChallenge(message: string, ours: string): Challenge {
  if (message.startsWith('m=')) {
    throw new SaslError('the daemon wants an extension of SCRAM that is not known (m=)');
  }
  const [nonce, salt, iterations] = readAttributes(message, ['r', 's', 'i']) as [string, string, string];
  if (!nonce.startsWith(ours)) {
    throw malformed('r', 'does not begin with our own: it belongs to another exchange');
  }
  if (!/^[!-~]+$/.test(nonce.slice(ours.length))) {
    throw malformed('r', 'must go on after our own in printable characters of ASCII');
  }
  if (salt === '' || !BASE64.test(salt)) {
    throw malformed('s', 'must be a salt in base64');
  }
  if (!/^[1-9]\d*$/.test(iterations)) {
    throw malformed('i', 'must be a number of iterations');
  }
  const count = Number(iterations);
  if (count < FEWEST_ITERATIONS || count > MOST_ITERATIONS) {
    const bounds = `from ${FEWEST_ITERATIONS} to ${MOST_ITERATIONS}`;
    throw malformed('i', `must be a number of iterations ${bounds}, but is ${iterations.slice(0, 20)}`);
  }
  return { nonce, salt: Buffer.from(salt, 'base64'), iterations: count };
}

/** Reads the daemon's last message (RFC 5802 §7, `server-final-message`). */
function readServerSignature(message: string): Buffer {
  const [signature] = readAttributes(message, ['v']) as [string];
  if (!BASE64.test(signature)) {
    throw malformed('v', 'must be a signature in base64');
  }
  return Buffer.from(signature, 'base64');
}

/** Reads the values of the attributes that a message begins with, in this order. */
function readAttributes(message: string, names: readonly string[]): string[] {
  if (message === '') {
    throw new SaslError('the daemon says nothing where it has to prove that it knows the password');
  }
  const pieces = message.split(',');
  const [, refusal] = /^e=(.*)$/s.exec(pieces[0] as string) ?? [];
  if (refusal !== undefined) {
    throw new SaslError(`the daemon refuses: ${JSON.stringify(printableText(refusal.slice(0, 80)))}`);
  }
  return names.map((name, place) => {
    const piece = pieces[place];
    if (piece?.startsWith(`${name}=`) !== true) {
      throw malformed(name, 'is not there');
    }
    return piece.slice(2);
  });
}

function malformed(attribute: string, problem: string): SaslError {
  return new SaslError(`the daemon's SCRAM message is not as it must be: ${attribute}= ${problem} (RFC 5802 §5.1)`);
}

function textOf(message: Uint8Array): string {
  return Buffer.from(message).toString();
}

function freshNonce(): string {
  return nodeCrypto().randomBytes(NONCE_BYTES).toString('base64');
}

/** Not imported: loading it takes its time, and only a daemon that asks for a password needs it. */
function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}
