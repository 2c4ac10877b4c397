/**
 * Every error the library throws: one class a kind, each with a stable `code`.
 *
 * The codes are part of the public contract and are listed in `docs/errors.md`; the messages are for people and may
 * change in any release.
 */

import { mayHoldPassword, shownUri, withoutAuthority } from './shown-uri';

/** By this an error is known as one of the library's whatever copy of it threw it. */
const brand = Symbol.for('virdeliver.error');

/**
 * The ancestor of every error that the library throws, so that one `instanceof` tells them from all others.
 *
 * An error is an `instanceof` its class also if another copy of the library threw it, as happens when two packages in a program
 * bring one each.
 */
export abstract class VirdeliverError extends Error {
  /** The stable name of what went wrong; see `docs/errors.md`. */
  abstract readonly code: string;
  /** The name of its class, whatever a minifier makes of that. */
  override get name(): string {
    return 'VirdeliverError';
  }

  /** @internal */
  get [brand](): true {
    return true;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: it is asked of the classes that are derived from this one.
    return isInstance(this.prototype, value);
  }
}

function isInstance(prototype: object, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  if (Object.prototype.isPrototypeOf.call(prototype, value)) {
    return true;
  }
  // What a program derives from one of these classes is known by its prototype alone.
  const isOurs = Object.hasOwn(prototype, 'name') && brand in value && value instanceof Error;
  return isOurs && (prototype === VirdeliverError.prototype || Reflect.get(prototype, 'name') === value.name);
}

/** A function was called with an argument or option that it does not take. */
export class InvalidArgumentError extends VirdeliverError {
  override get name(): 'InvalidArgumentError' {
    return 'InvalidArgumentError';
  }
  readonly code = 'ERR_INVALID_ARGUMENT';
  /** The argument's or option's name, such as `options.limit`. */
  readonly argument: string;
  constructor(argument: string, problem: string) {
    super(`${argument} ${problem}`);
    this.argument = argument;
  }
}

/** A connection URI cannot be read, or no driver knows its scheme. */
export class InvalidUriError extends VirdeliverError {
  override get name(): 'InvalidUriError' {
    return 'InvalidUriError';
  }
  readonly code: 'ERR_INVALID_URI' | 'ERR_UNSUPPORTED_URI';
  /** The URI as it was given; one that may hold a password is without its authority part, as all are in the message. */
  readonly uri: string;
  constructor(code: 'ERR_INVALID_URI' | 'ERR_UNSUPPORTED_URI', uri: string, problem: string) {
    const given = mayHoldPassword(uri) ? withoutAuthority(uri) : uri;
    super(`${JSON.stringify(code === 'ERR_INVALID_URI' ? withoutAuthority(uri) : given)}: ${problem}`);
    this.code = code;
    this.uri = given;
  }
}

/** A connection could not be opened: its file, descriptor or daemon is not there or may not be used. */
export class OpenError extends VirdeliverError {
  override get name(): 'OpenError' {
    return 'OpenError';
  }
  readonly code = 'ERR_OPEN';
  /** The URI as it was given, without what may be a password. */
  readonly uri: string;
  constructor(uri: string, problem: string, options?: ErrorOptions) {
    const shown = shownUri(uri);
    super(`cannot open ${JSON.stringify(shown)}: ${problem}`, options);
    this.uri = shown;
  }
}

/** A closed connection was used. */
export class ConnectionClosedError extends VirdeliverError {
  override get name(): 'ConnectionClosedError' {
    return 'ConnectionClosedError';
  }
  readonly code = 'ERR_CONNECTION_CLOSED';
  constructor(uri: string) {
    super(`the connection to ${JSON.stringify(shownUri(uri))} is closed`);
  }
}

/** Events were asked for inside a delivery that covers the same connection; nothing was changed. */
export class NestedDeliveryError extends VirdeliverError {
  override get name(): 'NestedDeliveryError' {
    return 'NestedDeliveryError';
  }
  readonly code = 'ERR_NESTED_DELIVERY';
  constructor(uri: string, what: string) {
    super(`${what} was called inside a delivery of the same connection, ${JSON.stringify(shownUri(uri))}`);
  }
}

/** An event was sent to a connection whose queue has no room for it, and whose `overflow` is `'refuse'`. */
export class QueueFullError extends VirdeliverError {
  override get name(): 'QueueFullError' {
    return 'QueueFullError';
  }
  readonly code = 'ERR_QUEUE_FULL';
  constructor(queued: string, bound: string) {
    super(`the event queue is full: ${queued} queued, the bound is ${bound}; deliver, or choose another 'overflow'`);
  }
}

/** A handler returned a promise, or a string that means nothing; it must return `'break'`, `'retry'` or nothing. */
export class HandlerResultError extends VirdeliverError {
  override get name(): 'HandlerResultError' {
    return 'HandlerResultError';
  }
  readonly code = 'ERR_HANDLER_RESULT';
  /** What the handler returned. */
  readonly returned: unknown;
  constructor(returned: unknown, problem: string) {
    super(problem);
    this.returned = returned;
  }
}

/** Why an event's text was refused; each is explained in `docs/errors.md`. */
export type InvalidEventCode =
  | 'ERR_EVENT_SYNTAX'
  | 'ERR_EVENT_UNEXPECTED_END'
  | 'ERR_EVENT_CHARACTER'
  | 'ERR_EVENT_NAME'
  | 'ERR_EVENT_REFERENCE'
  | 'ERR_EVENT_TAG_MISMATCH'
  | 'ERR_EVENT_DUPLICATE_ATTRIBUTE'
  | 'ERR_EVENT_NAMESPACE'
  | 'ERR_EVENT_DOCTYPE'
  | 'ERR_EVENT_ENCODING'
  | 'ERR_EVENT_OUTSIDE'
  | 'ERR_EVENT_ROOT'
  | 'ERR_EVENT_TYPE'
  | 'ERR_EVENT_TIMESTAMP'
  | 'ERR_EVENT_TOO_LARGE'
  | 'ERR_EVENT_TOO_MANY_ELEMENTS'
  | 'ERR_EVENT_TOO_MANY_ATTRIBUTES'
  | 'ERR_EVENT_TOO_DEEP';

/** An event is not well-formed XML, is not an event, or is over a cap. */
export class InvalidEventError extends VirdeliverError {
  override get name(): 'InvalidEventError' {
    return 'InvalidEventError';
  }
  readonly code: InvalidEventCode;
  /** What is wrong, without the place. */
  readonly problem: string;
  /** The line of the offending character, counted from 1; in a stream, from the stream's first line. */
  readonly line: number;
  /** The column of the offending character, counted from 1 in UTF-16 code units. */
  readonly column: number;
  /** The piece of text around the place, and below it a line with a marker under the offending character. */
  readonly excerpt: string;
  constructor(code: InvalidEventCode, problem: string, line: number, column: number, excerpt: string) {
    super(`invalid event: ${problem} at line ${line}, column ${column}\n${excerpt}`);
    this.code = code;
    this.problem = problem;
    this.line = line;
    this.column = column;
    this.excerpt = excerpt;
  }
}

/** A structured event cannot be written as XML. */
export class UnwritableEventError extends VirdeliverError {
  override get name(): 'UnwritableEventError' {
    return 'UnwritableEventError';
  }
  readonly code = 'ERR_EVENT_UNWRITABLE';
  /** Where in the structure the fault lies, such as `content[2].attributes.name`. */
  readonly path: string;
  constructor(path: string, problem: string) {
    super(`cannot write the event: ${path} ${problem}`);
    this.path = path;
  }
}

/** Why a filter was refused; each is explained in `docs/errors.md`. */
export type FilterErrorCode =
  | 'ERR_FILTER_SYNTAX'
  | 'ERR_FILTER_FUNCTION'
  | 'ERR_FILTER_ARGUMENTS'
  | 'ERR_FILTER_TYPE'
  | 'ERR_FILTER_PREFIX'
  | 'ERR_FILTER_VARIABLE'
  | 'ERR_FILTER_TOO_COMPLEX'
  | 'ERR_FILTER_TYPE_NAME';

/** A filter cannot be registered: its expression is wrong, or it is over a cap. */
export class FilterError extends VirdeliverError {
  override get name(): 'FilterError' {
    return 'FilterError';
  }
  readonly code: FilterErrorCode;
  /** The expression as it was given. */
  readonly expression: string;
  /** Where in the expression the fault lies, counted from 0 in UTF-16 code units. */
  readonly position: number;
  /** What is wrong, without the place. */
  readonly problem: string;
  /** Which part of the filter the expression is, such as `any[2]` or `select`; `undefined` if it is all of it. */
  readonly part: string | undefined;
  constructor(
    code: FilterErrorCode,
    expression: string,
    position: number,
    problem: string,
    excerpt: string,
    part?: string,
  ) {
    super(`invalid filter${part === undefined ? '' : ` ${part}`}: ${problem}\n${excerpt}`);
    this.part = part;
    this.code = code;
    this.expression = expression;
    this.position = position;
    this.problem = problem;
  }
}

/** How much of an expression a message shows, in UTF-16 code units. */
const LONGEST_EXPRESSION = 200;

/** A filter that was registered could not be evaluated on an event: the program's own function threw, for example. */
export class FilterEvaluationError extends VirdeliverError {
  override get name(): 'FilterEvaluationError' {
    return 'FilterEvaluationError';
  }
  readonly code: 'ERR_FILTER_EVALUATION' | 'ERR_FILTER_BUDGET';
  /** The expression that could not be evaluated. */
  readonly expression: string;
  constructor(
    expression: string,
    cause: unknown,
    code: 'ERR_FILTER_EVALUATION' | 'ERR_FILTER_BUDGET' = 'ERR_FILTER_EVALUATION',
  ) {
    const shown = expression.length > LONGEST_EXPRESSION ? `${expression.slice(0, LONGEST_EXPRESSION)}…` : expression;
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`the filter ${JSON.stringify(shown)} could not be evaluated: ${why}`, { cause });
    this.code = code;
    this.expression = expression;
  }
}

/** Why the test driver refused an operation; the words follow libvirt's own error numbers. */
export type TestDomainErrorCode =
  | 'ERR_DOMAIN_NOT_FOUND'
  | 'ERR_DOMAIN_EXISTS'
  | 'ERR_DOMAIN_STATE'
  | 'ERR_SNAPSHOT_NOT_FOUND'
  | 'ERR_SNAPSHOT_EXISTS';

/** The test driver's hypervisor refused an operation, as libvirt would; nothing was changed. */
export class TestDomainError extends VirdeliverError {
  override get name(): 'TestDomainError' {
    return 'TestDomainError';
  }
  readonly code: TestDomainErrorCode;
  constructor(code: TestDomainErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** An event pipe could not be made, or nobody reads it any more. */
export class EventPipeError extends VirdeliverError {
  override get name(): 'EventPipeError' {
    return 'EventPipeError';
  }
  readonly code: 'ERR_PIPE_OPEN' | 'ERR_PIPE_BROKEN';
  constructor(code: 'ERR_PIPE_OPEN' | 'ERR_PIPE_BROKEN', problem: string, options?: ErrorOptions) {
    super(problem, options);
    this.code = code;
  }
}

/** What a daemon sent is not as libvirt's protocol says, so that it cannot be read. */
export class ProtocolError extends VirdeliverError {
  override get name(): 'ProtocolError' {
    return 'ProtocolError';
  }
  readonly code = 'ERR_PROTOCOL';
  /** What of the message is wrong, such as `name` or `length`, if it is one field. */
  readonly field: string | undefined;
  /** Where that field begins in the payload, in bytes. */
  readonly offset: number | undefined;
  constructor(problem: string, place?: { readonly field: string; readonly offset: number }) {
    super(problem);
    this.field = place?.field;
    this.offset = place?.offset;
  }
}

/** A daemon refused a call; the message is libvirt's own. The connection goes on. */
export class DaemonError extends VirdeliverError {
  override get name(): 'DaemonError' {
    return 'DaemonError';
  }
  readonly code = 'ERR_DAEMON';
  /** libvirt's number of the error, such as 42 for "no domain". */
  readonly number: number;
  /** libvirt's number of the part of it that refused, such as 10 for its QEMU driver. */
  readonly domain: number;
  /** How bad it is: 0 nothing, 1 a warning, 2 an error. */
  readonly level: number;
  constructor(message: string, details: { readonly number: number; readonly domain: number; readonly level: number }) {
    super(message);
    this.number = details.number;
    this.domain = details.domain;
    this.level = details.level;
  }
}

/** A daemon did not answer a call in time. The connection goes on, and the answer is ignored should it come. */
export class CallTimeoutError extends VirdeliverError {
  override get name(): 'CallTimeoutError' {
    return 'CallTimeoutError';
  }
  readonly code = 'ERR_CALL_TIMEOUT';
  /** The call's name in libvirt's protocol, such as `connect_open`. */
  readonly call: string;
  /** How long it was waited for, in milliseconds. */
  readonly timeoutMs: number;
  constructor(call: string, timeoutMs: number, what?: string) {
    super(`${what === undefined ? '' : `${what}: `}the daemon did not answer the call ${call} within ${timeoutMs} ms`);
    this.call = call;
    this.timeoutMs = timeoutMs;
  }
}

/** Why a daemon is gone, in the words of libvirt's `virConnectCloseReason`. */
export type GoneReason = 'error' | 'eof' | 'keepalive' | 'client';

/** A daemon cannot be reached any more: the connection to it broke, it has closed it, or it stays silent. */
export class DaemonGoneError extends VirdeliverError {
  override get name(): 'DaemonGoneError' {
    return 'DaemonGoneError';
  }
  readonly code = 'ERR_DAEMON_GONE';
  /**
   * `error`: reading or writing failed; `eof`: the daemon closed the connection; `keepalive`: it does not answer pings;
   * `client`: this side closed it.
   */
  readonly reason: GoneReason;
  constructor(reason: GoneReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A hub refuses an event for good: nothing behind it can be published before that is mended. */
export class PublishError extends VirdeliverError {
  override get name(): 'PublishError' {
    return 'PublishError';
  }
  readonly code = 'ERR_PUBLISH';
  /** The stream's URI, without what may be a password. */
  readonly uri: string;
  constructor(uri: string, problem: string, options?: ErrorOptions) {
    const shown = shownUri(uri);
    super(`${JSON.stringify(shown)} does not take ${problem}`, options);
    this.uri = shown;
  }
}

/** Why a journal can't be written or read; each is explained in `docs/errors.md`. */
export type JournalErrorCode =
  | 'ERR_JOURNAL_BUSY'
  | 'ERR_JOURNAL_VERSION'
  | 'ERR_JOURNAL_WRITE'
  | 'ERR_READER_BUSY'
  | 'ERR_BOOKMARK'
  | 'ERR_BOOKMARK_WRITE'
  | 'ERR_LOCK_UNAVAILABLE';

/** A journal can't be written, or a reader can't go on from its bookmark. */
export class JournalError extends VirdeliverError {
  override get name(): 'JournalError' {
    return 'JournalError';
  }
  readonly code: JournalErrorCode;
  constructor(code: JournalErrorCode, problem: string, options?: ErrorOptions) {
    super(problem, options);
    this.code = code;
  }
}
