import type { HubProblem, HubProblemKind } from '../protocol';
import { MissingPackageError } from './peers';

/** The server's numbers for what isn't there: a stream, a message, a consumer. */
const ABSENT: readonly number[] = [10014, 10037, 10059];

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
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  const known = typeof code === 'number' && ABSENT.includes(code) ? 'absent' : KINDS[error.name];
  return known ?? (cause instanceof Error ? kindOf(cause) : 'other');
}

/** The message of an error with that of what has caused it, since the client's own often says little. */
function explained({ message, cause }: Error): string {
  return cause instanceof Error && !message.includes(cause.message) ? `${message}: ${cause.message}` : message;
}
