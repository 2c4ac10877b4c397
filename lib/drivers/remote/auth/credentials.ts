import { InvalidArgumentError, OpenError } from '../../../errors';
import type { Credentials, CredentialsCallback, CredentialsRequest } from '../../driver';
import { type Dialogue, waitFor } from '../../io/dialogue';
import type { Environment } from '../environment';
import type { Conversation } from '../rpc/conversation';
import type { RemoteUri } from '../uri';
import { lookUpCredentials } from './auth-file';

export interface AuthenticationRequest {
  readonly uri: RemoteUri;
  readonly conversation: Conversation;
  /** The daemon's host, by which credentials are looked up; `localhost` on this machine. */
  readonly host: string;
  /** Whether nobody on the way can read the bytes, so that a password may be among them. */
  readonly isPrivate: boolean;
  readonly credentials: Credentials | CredentialsCallback | undefined;
  readonly environment: Environment;
  /** How long the daemon may take to answer a call. */
  readonly timeoutMs: number;
}

const OPTION = 'options.credentials';

const WAYS =
  'give the option credentials, or a file of them by LIBVIRT_AUTH_FILE or the parameter authfile, or make an auth.conf';

/**
 * Finds out who the program is to a daemon: from the option `credentials`, or else from libvirt's file of credentials.
 *
 * The user that the URI names must be the one that is found; in a file it may be left out.
 *
 * @param mechanism The name of the SASL mechanism that they are for.
 * @throws {OpenError} `ERR_OPEN` where they aren't to be had, or are another's; the message says how to give them.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if the option's function returns something else.
 */
export function* findCredentials(request: AuthenticationRequest, mechanism: string): Dialogue<Credentials> {
  const { uri, host, credentials: given } = request;
  const named = userOf(uri);
  if (given === undefined) {
    return readFromFile(request, mechanism, named);
  }
  if (typeof given !== 'function') {
    return requireUser(uri, named, given, OPTION);
  }
  const answer = yield* ask(given, { uri: uri.text, host, mechanism, user: named });
  return requireUser(uri, named, answer, `the function ${OPTION}`);
}

/** The user that the URI names to the daemon; over ssh it is the one who logs in on the host. */
function userOf({ user, transport }: RemoteUri): string | undefined {
  return user === '' || /ssh/.test(transport) ? undefined : user;
}

/** Asks the program's function, which may show its user a question meanwhile. */
function* ask(callback: CredentialsCallback, question: CredentialsRequest): Dialogue<Credentials> {
  let answer: unknown;
  try {
    const given = callback(question);
    answer = yield* waitFor<unknown>({ now: () => refusePromise(given), inLoop: () => given });
  } catch (cause) {
    if (cause instanceof InvalidArgumentError) {
      throw cause;
    }
    // What it says isn't repeated here, since nobody knows what it shows.
    throw new OpenError(question.uri, `the function ${OPTION} failed; see the cause`, { cause });
  }
  if (typeof answer !== 'object' || answer === null) {
    const found = answer === null ? 'null' : typeof answer;
    throw new InvalidArgumentError(OPTION, `must return an object with user and password, but returned ${found}`);
  }
  const { user, password } = answer as { readonly user?: unknown; readonly password?: unknown };
  return { user: requireString('user', user), password: requireString('password', password) };
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it is a promise: the thread may not be left for it. */
function refusePromise(given: unknown): unknown {
  if (typeof (given as PromiseLike<unknown> | undefined)?.then === 'function') {
    // Nobody awaits it, so that its rejection would be taken for a fault of the program.
    Promise.resolve(given).catch(() => {});
    throw new InvalidArgumentError(OPTION, 'returned a promise, which only openConnectionAsync awaits');
  }
  return given;
}

function requireString(name: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw new InvalidArgumentError(OPTION, `must return ${name} as a string, but it is ${typeof value}`);
  }
  return value;
}

function readFromFile(
  { uri, host, environment }: AuthenticationRequest,
  mechanism: string,
  named: string | undefined,
): Credentials {
  const { found, lookedAt } = lookUpCredentials(uri, host, environment);
  if (found === undefined) {
    const problem = `the daemon on ${host} asks for a user and a password (${mechanism}), and there are none`;
    throw new OpenError(uri.text, `${problem}: ${WAYS}; looked at ${lookedAt}`);
  }
  const { place, user = named, password } = found;
  if (user === undefined || password === undefined) {
    const lacking = user === undefined ? 'authname' : 'password';
    throw new OpenError(uri.text, `${place}: the credentials for ${host} lack ${lacking}=`);
  }
  return requireUser(uri, named, { user, password }, place);
}

/** Makes sure that nobody else comes in than the URI says. */
function requireUser(uri: RemoteUri, named: string | undefined, credentials: Credentials, source: string): Credentials {
  const { user } = credentials;
  if (named !== undefined && named !== user) {
    const problem = `the URI names the user ${JSON.stringify(named)}, but ${source} has ${JSON.stringify(user)}`;
    throw new OpenError(uri.text, problem);
  }
  return credentials;
}
