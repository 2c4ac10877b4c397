import { formatValue, isPlainObject, optionNames, readSignal, requireFunction, requireOptions } from '../arguments';
import { InvalidArgumentError } from '../errors';
import type { FilterSource } from '../filter/filter';
import type { Connection } from './connection';
import { coreOf } from './connection-core';
import type { EventHandler, HandlerOptions, HandlerRegistration } from './event-handler';
import type { QueuedEventMatching } from './queue/queued-event';
import { Registration } from './registration';

/**
 * What follows `arg`: options, which may be left out, unless `arg` has nothing but names of options and so would be taken
 * for them by whoever reads the call.
 */
export type OptionsAfter<Arg> = [keyof Arg] extends [never]
  ? [options?: HandlerOptions<Arg>]
  : [keyof Arg] extends [keyof HandlerOptions]
    ? [options: HandlerOptions<Arg>]
    : [options?: HandlerOptions<Arg>];

const OPTIONS = optionNames<HandlerOptions<unknown>>({
  name: true,
  once: true,
  signal: true,
  maxAttempts: true,
  onRelease: true,
  namespaces: true,
  variables: true,
  functions: true,
});

/**
 * Registers a handler for the events that match a filter.
 *
 * The handler runs only inside `deliverEvents`, after the handlers registered before it. It meets the events that wait
 * already, and every later one; registered by a handler, it meets the next event, not the one in hand. If the filter
 * is a list of types that `EventTypes` declares, the event has one of those types for the compiler as well.
 *
 * @param filter `null` for all events, a list of event type names, an XPath 1.0 expression, a compiled filter,
 *   `{ any: [filter, …] }`, or `{ select, suppress }`.
 * @param arg Handed to the handler as its third argument. An object of nothing but options is refused, since they come after it;
 *   if you mean it, pass `{}` as the options.
 * @throws {FilterError} with the code that says why the filter is refused.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @example
 * ```js
 * import { addEventHandler, openConnection } from 'virdeliver';
 *
 * const conn = openConnection('test:///default');
 * addEventHandler(conn, "domain/name = 'web'", (_, event) => console.log(event.type));
 * addEventHandler(conn, ['domain-state-transition'], (_, event) => console.log(event.detail?.to));
 * conn.close();
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
    core,
    filter,
    handler as EventHandler<unknown>,
    arg,
    options as HandlerOptions<unknown>,
  );
  core.handlers.add(registration);
  core.monitor.registered(registration);
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
      `has nothing but options (${names.join(', ')}), which come after it: ` +
        `write addEventHandler(conn, filter, handler, undefined, ${formatValue(arg)}), or add {} as the options if it is meant so`,
    );
  }
}

/**
 * Removes a handler: it is not called again, not even for the event in hand. Removing it twice does nothing.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if the registration is none of this connection's.
 */
export function removeEventHandler(conn: Connection, registration: HandlerRegistration): void {
  const core = coreOf(conn);
  if (!(registration instanceof Registration)) {
    throw new InvalidArgumentError(
      'registration',
      `must come from addEventHandler, but is ${formatValue(registration)}`,
    );
  }
  if (!registration.belongsTo(core)) {
    throw new InvalidArgumentError('registration', `is not one of the connection to ${formatValue(conn.uri)}`);
  }
  registration.remove();
}
