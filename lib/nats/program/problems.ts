import type { HubProblem, HubProblemKind } from '../protocol';
import { MissingPackageError } from './peers';

/** There is no connection, or no answer will come over it. */
export class GoneError extends Error {}

/** There is no connection to be had. */
export class NoConnectionError extends Error {
  readonly kind: HubProblemKind | undefined;
  constructor(message: string, cause: Error, kind: HubProblemKind | undefined) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** The server never takes a message of that size. */
export class TooLargeError extends Error {}

/** The server's numbers for what isn't there: a stream, a message, a consumer. */
const ABSENT: readonly number[] = [10014, 10037, 10059];

/** Its numbers for what it never takes: what belongs to another stream, and anything in a sealed one. */
const REFUSED: readonly number[] = [10060, 10109];

/** By the names of the client's errors: each of its packages may have a copy of their classes. */
const KINDS: Readonly<Record<string, HubProblemKind>> = {
  StreamNotFoundError: 'absent',
  ConsumerNotFoundError: 'absent',
  AuthorizationError: 'refused',
  UserAuthenticationExpiredError: 'refused',
  PermissionViolationError: 'refused',
  ConnectionError: 'gone',
  ClosedConnectionError: 'gone',
  DrainingConnectionError: 'gone',
  NoRespondersError: 'gone',
  TimeoutError: 'gone',
};

/** What the parent is told of an error: never more than its message. */
export function problemIn(error: unknown): HubProblem {
  if (!(error instanceof Error)) {
    return { kind: 'other', message: String(error) };
  }
  const code = (error as { readonly code?: unknown }).code;
  return {
    kind: kindOf(error),
    message: explained(error),
    ...(typeof code === 'number' ? { code } : {}),
  };
}

function kindOf(error: Error): HubProblemKind {
  if (error instanceof MissingPackageError) {
    return 'missing';
  }
  if (error instanceof GoneError || error instanceof TooLargeError) {
    return error instanceof GoneError ? 'gone' : 'too-large';
  }
  if (error instanceof NoConnectionError && error.kind !== undefined) {
    return error.kind;
  }
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  const known = typeof code === 'number' ? kindOfNumber(code) : undefined;
  return known ?? KINDS[error.name] ?? (cause instanceof Error ? kindOf(cause) : 'other');
}

function kindOfNumber(code: number): HubProblemKind | undefined {
  return ABSENT.includes(code) ? 'absent' : REFUSED.includes(code) ? 'refused' : undefined;
}

/** The message of an error with that of what has caused it, since the client's own often says little. */
function explained({ message, cause }: Error): string {
  const problem = cause instanceof Error && !message.includes(cause.message) ? `${message}: ${cause.message}` : message;
  if (problem.includes('no responders') && problem.includes('$JS.')) {
    const places = 'the server has none, or not for this user, or domain= names another than the hub';
    return `no JetStream answers: ${places} (${problem})`;
  }
  return problem.includes('Permissions Violation for Subscription')
    ? `${problem}; let the user subscribe to inboxes of its own, and name with inbox= how they begin`
    : problem;
}
