import type { AbortSignalLike } from '../arguments';
import type { FilterOptions } from '../filter/compile-filter';
import type { Filter, FilterSource } from '../filter/filter';
import type { Connection } from './connection';
import type { EventFields, QueuedEvent } from './queue/queued-event';

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
  readonly signal?: AbortSignalLike | undefined;
  /** How often an event is offered to this handler while it throws; default 1, so that a throw is a failure at once. */
  readonly maxAttempts?: number | undefined;
  /** Called once with `arg` when the registration is gone for good, and never while its handler runs. */
  readonly onRelease?: ((arg: Arg) => void) | undefined;
}

/** A registered handler as plain data: what it is known by. */
export type HandlerJson = Pick<HandlerRegistration, 'name' | 'active'> & { readonly filter: FilterSource };

/** A handler's place in the list of its connection. */
export interface HandlerRegistration extends Disposable {
  /** What messages and statistics call the handler: the option `name`, else the function's name; empty if it has none. */
  readonly name: string;
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
  /** What `JSON.stringify` makes of it, as in `JSON.stringify(connectionStats(conn))`. */
  toJSON(): HandlerJson;
  /** Removes the handler, as `remove()` does. */
  [Symbol.dispose](): void;
}
