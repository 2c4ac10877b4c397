import { DaemonError, OpenError } from '../../../errors';
import type { Credentials } from '../../driver';
import type { Dialogue } from '../../io/dialogue';
import { noPayload } from '../rpc/packet';
import { calls, countLimit, errorNumber, type Procedure } from '../rpc/protocol';
import type { XdrReader } from '../rpc/xdr-reader';
import { XdrWriter } from '../rpc/xdr-writer';
import { type AuthenticationRequest, findCredentials } from './credentials';
import { chooseMechanism, type SaslMechanism } from './sasl-choice';
import { SaslError } from './sasl-mechanism';

interface Reply {
  /** Whether it takes us for who we say we are. */
  readonly isComplete: boolean;
  /** Its next message; empty also if it has none. */
  readonly data: Uint8Array;
}

/** Makes a call to the daemon, which answers within its time. */
type Send = (procedure: Procedure, payload: Uint8Array) => Dialogue<XdrReader>;

/** What neither a user name nor a password can hold: what ends them in C, and halves of characters. */
const IMPOSSIBLE = /[\0\p{Cs}]/u;

/** How long a daemon's list of mechanisms may be, in bytes: all that are registered with IANA take less than 1,000. */
const LONGEST_OFFER = 4096;

const nothing = new Uint8Array(0);

/**
 * Proves to a daemon who we are by SASL (RFC 4422), in libvirt's own wrapping of it.
 *
 * No mechanism is used that would wrap the traffic afterwards in a layer of its own.
 *
 * @param wanted The only mechanism that may be used, in upper case, if the URI says so.
 * @throws What `authenticate` throws.
 */
export function* authenticateBySasl(request: AuthenticationRequest, wanted: string | undefined): Dialogue<void> {
  const { uri, conversation, host, isPrivate, timeoutMs } = request;
  const offered = (yield* conversation.call(calls.authSaslInit, noPayload, timeoutMs)).text(
    'mechanisms',
    LONGEST_OFFER,
  );
  let problem = `cannot authenticate by SASL on ${host}`;
  try {
    const mechanism = chooseMechanism(offered.toUpperCase().match(/[^,\s]+/g) ?? [], wanted, isPrivate);
    const credentials = yield* findCredentials(request, mechanism.name);
    problem = `authentication failed for the user ${JSON.stringify(credentials.user)} by ${mechanism.name} on ${host}`;
    requireUsable(credentials);
    const send: Send = (procedure, payload) => conversation.call(procedure, payload, timeoutMs);
    yield* exchange(mechanism, credentials, send);
  } catch (cause) {
    if (cause instanceof SaslError) {
      throw new OpenError(uri.text, `${problem}: ${cause.message}`);
    }
    if (cause instanceof DaemonError) {
      throw new OpenError(uri.text, `${problem}${whyRefused(cause)}`, { cause });
    }
    throw cause;
  }
}

/** Makes sure that no mechanism takes the credentials for others than they are. */
function requireUsable({ user, password }: Credentials): void {
  for (const [what, text] of Object.entries({ 'user name': user, password })) {
    if (text === '') {
      throw new SaslError(`the ${what} is empty`);
    }
    if (IMPOSSIBLE.test(text)) {
      throw new SaslError(`the ${what} holds a NUL or half a character`);
    }
  }
}

/** What a daemon's error adds to our own words, which libvirt's begin with. */
function whyRefused({ message, number }: DaemonError): string {
  const reason = message.replace(/^(?:authentication failed(?:: |$))+/, '');
  const advice = number === errorNumber.authFailed ? '; check the user name and the password' : '';
  return `${reason === '' ? '' : `: ${reason}`}${advice}`;
}

/** Goes through a mechanism until both sides are content: the daemon says so, and the mechanism has proof of the daemon. */
function* exchange(mechanism: SaslMechanism, credentials: Credentials, send: Send): Dialogue<void> {
  let reply: Reply | undefined;
  yield* mechanism.run(credentials, function* (message) {
    if (reply?.isComplete) {
      throw new SaslError('the daemon claims that all is done before it has proved that it knows the password');
    }
    reply = reply === undefined ? yield* start(send, mechanism.name, message) : yield* step(send, message);
    return reply.data;
  });
  if (reply?.isComplete !== true) {
    // The daemon's last message was one to be answered, although there is nothing to say (RFC 4422 §3.6).
    reply = yield* step(send, undefined);
  }
  if (!reply.isComplete) {
    throw new SaslError('the daemon goes on asking when all is said');
  }
}

function* start(send: Send, mechanism: string, data: Uint8Array): Dialogue<Reply> {
  const payload = writeData(new XdrWriter().string(mechanism), data);
  return readReply(yield* send(calls.authSaslStart, payload));
}

function* step(send: Send, data: Uint8Array | undefined): Dialogue<Reply> {
  return readReply(yield* send(calls.authSaslStep, writeData(new XdrWriter(), data)));
}

/** Writes a message: whether there is none, which isn't the same as an empty one, and each byte as an integer of its own. */
function writeData(writer: XdrWriter, data: Uint8Array | undefined): Uint8Array {
  return writer
    .bool(data === undefined)
    .array([...(data ?? nothing)], (each, byte) => each.int(byte))
    .finish();
}

function readReply(reader: XdrReader): Reply {
  const isComplete = reader.int('complete') !== 0;
  const isNil = reader.int('nil') !== 0;
  // A byte may come with its sign.
  const data = Uint8Array.from(reader.array('data', countLimit.saslData, (each) => each.int('data')));
  return { isComplete, data: isNil ? nothing : data };
}
