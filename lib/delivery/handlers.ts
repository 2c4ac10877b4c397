import { inspect } from 'node:util';
import {
  isPlainObject,
  readBoolean,
  readNumber,
  readSignal,
  readString,
  requireFunction,
  requireOptions,
  shown,
} from '../arguments';
import { type DeliveryError, InvalidArgumentError } from '../errors';
import { compileFilter, type FilterOptions } from '../filter/compile-filter';
import type { Filter, FilterSource } from '../filter/filter';
import { RouterEntry } from '../filter/router/route';
import { type Connection, type ConnectionCore, coreOf } from './connection';
import type { HandlerCounts } from './event-counts';
import type { EventFields, QueuedEvent, QueuedEventMatching, QueueEntry } from './queued-event';
import { whenAborted } from './signal-watch';

/**
 * What a handler may return: `'break'` ends the delivery after this event, `'retry'` asks for this event again, and
 * anything that comes about incidentally (`(_, event) => seen.push(event)`) means nothing. A promise does not compile.
 */
export type HandlerResult =
  | 'break'
  | 'retry'
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement is the usual one.
  | void
  | undefined
  | null
  | boolean
  | number
  | bigint
  | symbol
  | (object & { readonly then?: never });

/**
 * A program's function that receives the events which match its filter; it runs on the stack of `deliverEvents`.
 *
 * `Event` is what it takes for an event: any by default, or those of one type, as in
 * `EventHandler<undefined, QueuedEventOf<'domain-reboot'>>`.
 */
export type EventHandler<Arg = undefined, Event extends EventFields = QueuedEvent> = (
  conn: Connection,
  event: Event,
  arg: Arg,
) => HandlerResult;

/** The options of `addEventHandler`. */
export interface HandlerOptions<Arg = undefined> extends Omit<FilterOptions, 'limits'> {
  /** What messages and `connectionStats` call the handler; default the name of its function. */
  readonly name?: string | undefined;
  /** Removes the handler when it has finished with one event; default `false`. */
  readonly once?: boolean | undefined;
  /**
   * Removes the handler when it aborts; a handler whose signal has aborted already is never called. What `onRelease` throws
   * then is an uncaught exception, as whatever an abort listener throws.
   */
  readonly signal?: AbortSignal | undefined;
  /** How often an event is offered to this handler while it throws; default 1, so that a throw is a failure at once. */
  readonly maxAttempts?: number | undefined;
  /** Called once with `arg` when the registration is gone for good, and never while its handler runs. */
  readonly onRelease?: ((arg: Arg) => void) | undefined;
}

/** A handler's place in the list of its connection. */
export interface HandlerRegistration extends Disposable {
  /** The filter that decides which events the handler receives. */
  readonly filter: Filter;
  /** Whether the handler may still be called. */
  readonly active: boolean;
  /**
   * Changes the filter in place, from the next event on.
   *
   * Namespaces, variables and functions are those of the registration. A filter that is refused changes nothing.
   *
   * @throws {FilterError} with the code that says why the filter is refused.
   */
  setFilter(filter: FilterSource): void;
  /** Removes the handler, as `removeEventHandler` does. */
  remove(): void;
  /** Removes the handler, as `remove()` does. */
  [Symbol.dispose](): void;
}

/**
 * What follows `arg`: options, which may be left out, unless `arg` has nothing but names of options and so would be taken
 * for them by whoever reads the call.
 */
export type OptionsAfter<Arg> = [keyof Arg] extends [never]
  ? [options?: HandlerOptions<Arg>]
  : [keyof Arg] extends [keyof HandlerOptions]
    ? [options: HandlerOptions<Arg>]
    : [options?: HandlerOptions<Arg>];

const OPTIONS = ['name', 'once', 'signal', 'maxAttempts', 'onRelease', 'namespaces', 'variables', 'functions'];

/** A registered handler, as the delivery sees it. */
export class Registration extends RouterEntry implements HandlerRegistration {
  // What each call touches stands side by side, in the order of declaration: of thousands of handlers hardly one is in a cache.
  #active = true;
  #running = false;
  readonly #once: boolean;
  readonly #handler: EventHandler<unknown>;
  readonly #conn: Connection;
  readonly #arg: unknown;
  #calls = 0;

  readonly #core: ConnectionCore;
  readonly #filterOptions: FilterOptions;
  readonly #name: string | undefined;
  /** Says that its signal, if it has one, is of no more interest. */
  readonly #forgetSignal: (() => void) | undefined;
  #onRelease: ((arg: unknown) => void) | undefined;
  #filter: Filter;
  readonly #maxAttempts: number;
  /** How many times it threw, and on which event: those on another event count no more. */
  #throws = 0;
  #threwOn = 0;
  #suppressed = 0;
  #failed = 0;
  #retries = 0;
  /** How the handler's owner is told what it failed with, if that is not the program but a consumer: an iteration, a pipe. */
  onFailure: ((error: DeliveryError) => void) | undefined;
  /** For how many milliseconds waits may leave an event alone that this handler wants again, should the delivery allow more. */
  longestPause = Number.POSITIVE_INFINITY;

  constructor(
    conn: Connection,
    filter: FilterSource,
    handler: EventHandler<unknown>,
    arg: unknown,
    options: HandlerOptions<unknown>,
  ) {
    super();
    this.#conn = conn;
    this.#core = coreOf(conn);
    this.#handler = handler;
    this.#arg = arg;
    this.#once = readBoolean('options.once', options.once, false);
    this.#maxAttempts = readNumber('options.maxAttempts', options.maxAttempts, 1, { least: 1, whole: true });
    this.#name = readString('options.name', options.name);
    this.#onRelease = options.onRelease;
    const { namespaces, variables, functions, signal } = options;
    this.#filterOptions = { namespaces, variables, functions, limits: this.#core.filterLimits };
    this.#filter = compileFilter(filter, this.#filterOptions);
    this.#forgetSignal = signal && whenAborted(signal, () => this.remove());
  }

  /** What it did. */
  get counts(): HandlerCounts {
    return {
      matched: this.matched,
      calls: this.#calls,
      suppressed: this.#suppressed,
      failed: this.#failed,
      retries: this.#retries,
    };
  }

  get once(): boolean {
    return this.#once;
  }

  /** The handler's name, for messages; empty if it has none. */
  get name(): string {
    return this.#name ?? this.#handler.name;
  }

  get active(): boolean {
    return this.#active;
  }

  get filter(): Filter {
    return this.#filter;
  }

  setFilter(filter: FilterSource): void {
    this.#filter = compileFilter(filter, this.#filterOptions);
    this.#core.handlers.filterChanged(this);
  }

  /** Counts that the handler was kept from an event. */
  noteSuppressed(event: QueueEntry): void {
    this.#suppressed += 1;
    this.#core.activity.suppressed(event);
  }

  /** Counts a throw on an event; says whether the handler is to be called with it again. */
  hasThrown(event: QueueEntry): boolean {
    this.#throws = this.#threwOn === event.sequence ? this.#throws + 1 : 1;
    this.#threwOn = event.sequence;
    return this.#throws < this.#maxAttempts;
  }

  /** Counts a failure of the handler, or of its filter. */
  noteFailure(): void {
    this.#failed += 1;
  }

  /** Counts that the handler is to be offered an event again. */
  noteRetry(): void {
    this.#retries += 1;
  }

  /** Whether it is one of this connection's. */
  belongsTo(core: ConnectionCore): boolean {
    return this.#core === core;
  }

  /** Runs the handler on an event and returns what it returns; the caller calls `endCall` afterwards, whatever came of it. */
  call(event: QueueEntry): unknown {
    const handler = this.#handler;
    this.#calls += 1;
    this.#running = true;
    return handler(this.#conn, event.asQueuedEvent(), this.#arg);
  }

  /** Says that the handler does not run any more. */
  endCall(): void {
    this.#running = false;
  }

  /**
   * Takes the handler off the list, so that it is never called again, and calls `onRelease`, once; where the handler runs just
   * now, it does that when it is called again afterwards.
   */
  remove(): void {
    if (this.#active) {
      this.#active = false;
      this.#core.handlers.delete(this);
      this.#forgetSignal?.();
      this.#core.handlerRemoved();
    }
    if (!this.#running) {
      const onRelease = this.#onRelease;
      this.#onRelease = undefined;
      onRelease?.(this.#arg);
    }
  }

  [Symbol.dispose](): void {
    this.remove();
  }

  [inspect.custom](): string {
    return `HandlerRegistration { filter: ${inspect(this.#filter.source)}, active: ${this.#active} }`;
  }
}

/**
 * Registers a handler for the events that match a filter.
 *
 * The handler runs only inside `deliverEvents`, after the handlers registered before it. It meets the events that wait
 * already, and every later one; registered by a handler, it meets the next event, not the one in hand. Where the filter
 * is a list of types that `EventTypes` declares, the event has one of those types for the compiler as well.
 *
 * @param filter `null` for all events, a list of event type names, an XPath 1.0 expression, a compiled filter,
 *   `{ any: [filter, …] }`, or `{ select, suppress }`.
 * @param arg Handed to the handler as its third argument. An object that has nothing but names of options is refused while
 *   `options` is left out, since it is a mistake for the fifth argument; give `{}` for the options if it is none.
 * @throws {FilterError} with the code that says why the filter is refused.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @example
 * ```ts
 * import { addEventHandler, openConnection } from 'virdeliver';
 *
 * using conn = openConnection('test:///default');
 * addEventHandler(conn, "domain/name = 'web'", (_, event) => console.log(event.type));
 * addEventHandler(conn, ['domain-state-transition'], (_, event) => console.log(event.detail?.to));
 * ```
 */
export function addEventHandler<const Source extends FilterSource>(
  conn: Connection,
  filter: Source,
  handler: EventHandler<undefined, QueuedEventMatching<Source>>,
  arg?: undefined,
  options?: HandlerOptions,
): HandlerRegistration;
export function addEventHandler<const Source extends FilterSource, Arg>(
  conn: Connection,
  filter: Source,
  handler: EventHandler<Arg, QueuedEventMatching<Source>>,
  arg: Arg,
  ...options: OptionsAfter<Arg>
): HandlerRegistration;
export function addEventHandler(
  conn: Connection,
  filter: FilterSource,
  handler: EventHandler<never>,
  arg?: unknown,
  givenOptions?: HandlerOptions<never>,
): HandlerRegistration {
  const core = coreOf(conn);
  core.requireOpen();
  requireFunction('handler', handler);
  if (givenOptions === undefined) {
    requireNoOptions(arg);
  }
  const options = givenOptions ?? {};
  requireOptions('options', options, OPTIONS);
  const signal = readSignal('options.signal', options.signal);
  if (options.onRelease !== undefined) {
    requireFunction('options.onRelease', options.onRelease);
  }
  // The registration hands `arg` back as it came, so what type it has is the program's business alone.
  const registration = new Registration(
    conn,
    filter,
    handler as EventHandler<unknown>,
    arg,
    options as HandlerOptions<unknown>,
  );
  core.handlers.add(registration);
  if (signal?.aborted) {
    registration.remove();
  }
  return registration;
}

/**
 * Makes sure that what stands for `arg` was not meant for the options.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 */
function requireNoOptions(arg: unknown): void {
  if (!isPlainObject(arg)) {
    return;
  }
  const names = Object.keys(arg);
  if (names.length > 0 && names.every((name) => OPTIONS.includes(name))) {
    throw new InvalidArgumentError(
      'arg',
      `has nothing but names of options (${names.join(', ')}), which are the fifth argument: ` +
        `write addEventHandler(conn, filter, handler, undefined, ${shown(arg)}), or give {} for the options if it is none`,
    );
  }
}

/**
 * Removes a handler: it is not called again, not even for the event in hand. Removing it twice does nothing.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` where the registration is none of this connection's.
 */
export function removeEventHandler(conn: Connection, registration: HandlerRegistration): void {
  const core = coreOf(conn);
  if (!(registration instanceof Registration)) {
    throw new InvalidArgumentError('registration', `must come from addEventHandler, but is ${shown(registration)}`);
  }
  if (!registration.belongsTo(core)) {
    throw new InvalidArgumentError('registration', `is not one of the connection to ${shown(conn.uri)}`);
  }
  registration.remove();
}
