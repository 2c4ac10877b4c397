import { DaemonError, OpenError } from '../../../errors';
import type { Dialogue } from '../../io/dialogue';
import type { Conversation } from '../rpc/conversation';
import { noPayload } from '../rpc/packet';
import { authType, calls, countLimit, errorNumber } from '../rpc/protocol';
import { invalidUri, type RemoteUri } from '../uri';
import type { AuthenticationRequest } from './credentials';
import { authenticateBySasl } from './sasl';

/** How long polkit may take: an agent may ask the user for a password meanwhile. */
const POLKIT_TIMEOUT = 120_000;

/** What the URI asks for by its parameter `auth`. */
interface Wish {
  /** One of `authType`. */
  readonly type: number;
  /** The one mechanism of SASL that may be used, in upper case. */
  readonly mechanism: string | undefined;
}

/**
 * Proves to a daemon who we are, in the way that its socket wants; it has to be asked even if it wants nothing.
 *
 * The daemon names the ways that it takes; the first one is taken, unless the URI chooses by its parameter `auth`.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if that parameter makes no sense.
 * @throws {OpenError} `ERR_OPEN` if the daemon refuses us, wants what isn't supported or credentials that aren't there,
 *   or can't prove in turn that it knows the password.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if the function `credentials` returns something else.
 */
export function* authenticate(request: AuthenticationRequest): Dialogue<void> {
  const { uri, conversation, timeoutMs } = request;
  const wish = readWish(uri);
  const offered = yield* askForTypes(conversation, timeoutMs);
  if (wish !== undefined && !offered.includes(wish.type)) {
    const asked = `the URI asks for auth=${uri.parameters.auth}`;
    throw new OpenError(uri.text, `${asked}, but the daemon takes only ${offered.map(nameOfType).join(', ')}`);
  }
  const type = wish?.type ?? offered[0];
  switch (type) {
    case authType.none:
      return;
    case authType.sasl:
      yield* authenticateBySasl(request, wish?.mechanism);
      return;
    case authType.polkit:
      yield* authenticateByPolkit(conversation, uri);
      return;
    default: {
      const advice = 'set it to none, sasl or polkit in its configuration (auth_unix_rw, auth_tcp, auth_tls, …)';
      throw new OpenError(uri.text, `the daemon wants authentication of the unknown type ${type}; ${advice}`);
    }
  }
}

/**
 * Reads which of the daemon's ways to authenticate is wanted.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if there is no such way.
 */
export function readWish({ text, parameters: { auth } }: RemoteUri): Wish | undefined {
  if (auth === undefined) {
    return undefined;
  }
  const [way, mechanism] = /^(?:polkit|sasl(?:\.(.+))?)$/is.exec(auth) ?? [];
  if (way === undefined) {
    const problem = `auth must be sasl, sasl.MECHANISM (such as sasl.SCRAM-SHA-256) or polkit, but is ${JSON.stringify(auth)}`;
    throw invalidUri(text, problem);
  }
  const type = way.toLowerCase() === 'polkit' ? authType.polkit : authType.sasl;
  return { type, mechanism: mechanism?.toUpperCase() };
}

/** Asks for the ways that the daemon takes; there is at least one. */
function* askForTypes(conversation: Conversation, timeoutMs: number): Dialogue<number[]> {
  try {
    const reader = yield* conversation.call(calls.authList, noPayload, timeoutMs);
    const types = reader.array('types', countLimit.authTypes, () => reader.int('type'));
    return types.length === 0 ? [authType.none] : types;
  } catch (error) {
    // A daemon without any authentication may not know the question.
    if (error instanceof DaemonError && error.number === errorNumber.noSupport) {
      return [authType.none];
    }
    throw error;
  }
}

function nameOfType(type: number): string {
  const known = Object.entries(authType).find(([, number]) => number === type);
  return known?.[0] ?? `the unknown type ${type}`;
}

function* authenticateByPolkit(conversation: Conversation, { text }: RemoteUri): Dialogue<void> {
  try {
    yield* conversation.call(calls.authPolkit, noPayload, POLKIT_TIMEOUT);
  } catch (cause) {
    if (cause instanceof DaemonError) {
      const advice = 'run as root, join the group libvirt, or connect read-only';
      throw new OpenError(text, `polkit refuses: ${cause.message}; ${advice}`, { cause });
    }
    throw cause;
  }
}
