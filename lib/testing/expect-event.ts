import { optionNames, readNumber, requireOptions } from '../arguments';
import { InvalidArgumentError } from '../errors';
import {
  type Connection,
  ConnectionLostError,
  compileFilter,
  type EventTypes,
  ExpectationError,
  type Filter,
  type FilterOptions,
  type FilterSource,
  type QueuedEvent,
} from '../index';
import { describeDoubts, eventText, wantedText } from './failure-text';
import { describeNearestMiss } from './nearest-miss';
import { type Watch, watch } from './watch';

/** The options of `expectEvent` and `expectNoEvent`. */
export interface ExpectOptions extends Omit<FilterOptions, 'limits'> {
  /**
   * How long events may take to come, in milliseconds on the connection's clock; default 0, what has come already.
   *
   * A `ManualClock` is moved forward by as much, or as far as is needed. On the machine's clock the thread is blocked
   * meanwhile: what the test's own event loop is to bring about does not happen, so wait for that first.
   */
  readonly within?: number | undefined;
}

/** The options of `collectEvents`. */
export interface CollectOptions extends ExpectOptions {
  /** How many events to wait for; default as many as come within the time. */
  readonly count?: number | undefined;
}

/** An event of one of these types. */
export type EventOf<Type extends keyof EventTypes> = Extract<QueuedEvent, { readonly type: Type }>;

const OPTIONS = optionNames<ExpectOptions>({ within: true, namespaces: true, variables: true, functions: true });
const SHOWN_EVENTS = 10;

/**
 * Delivers events until one comes that a filter matches, and returns it.
 *
 * Delivering calls all the handlers of the connection, as `deliverEvents` does. The events up to the one that is returned
 * are off the queue then; those after it are still there, so that one expectation can follow another.
 *
 * @throws {ExpectationError} `ERR_EXPECTATION` if none came in time; the message shows what came, and which of the
 *   filter's conditions were false on the event that came closest.
 * @throws {DeliveryError} `ERR_DELIVERY` if a handler failed, or the filter itself.
 * @throws what `deliverEvents` and `compileFilter` throw.
 * @example
 * ```js
 * import { expectEvent, openTestConnection } from 'virdeliver/testing';
 *
 * const hypervisor = openTestConnection();
 * hypervisor.domains.get('test').suspend();
 * expectEvent(hypervisor.conn, "transition/@to = 'paused'");
 * hypervisor.conn.close();
 * ```
 */
export function expectEvent<const Type extends keyof EventTypes>(
  conn: Connection,
  filter: readonly Type[],
  options?: ExpectOptions,
): EventOf<Type>;
export function expectEvent(conn: Connection, filter: FilterSource, options?: ExpectOptions): QueuedEvent;
export function expectEvent(conn: Connection, source: FilterSource, options: ExpectOptions = {}): QueuedEvent {
  requireOptions('options', options, OPTIONS);
  const filter = readFilter(source, options);
  const within = readWithin(options);
  const seen = watch(conn, filter, 1, within);
  const [event] = seen.matched;
  if (event === undefined) {
    throw expectationError(`expected an ${wantedText(filter)}`, seen, within, filter, expectEvent);
  }
  return event;
}

/**
 * Delivers events for a time, and makes sure that none of them is one that a filter matches.
 *
 * Delivering calls all the handlers of the connection, as `deliverEvents` does. It ends with the first event that matches.
 *
 * @throws {ExpectationError} `ERR_EXPECTATION` if one came; the message shows it. Also if events are left at the end that were not
 *   looked at, because a handler still wants again the one in front of them.
 * @throws what `expectEvent` throws.
 * @example
 * ```js
 * import { expectNoEvent, openTestConnection } from 'virdeliver/testing';
 *
 * const hypervisor = openTestConnection();
 * hypervisor.domains.get('test').suspend();
 * expectNoEvent(hypervisor.conn, "transition/@to = 'crashed'", { within: 60_000 });
 * hypervisor.conn.close();
 * ```
 */
export function expectNoEvent(conn: Connection, source: FilterSource, options: ExpectOptions = {}): void {
  requireOptions('options', options, OPTIONS);
  const filter = readFilter(source, options);
  const within = readWithin(options);
  const seen = watch(conn, filter, 1, within);
  const { matched, last, end, behind } = seen;
  passOnLoss(end);
  const [event] = matched;
  if (event !== undefined || behind > 0) {
    const found =
      event === undefined ? [`that is not known${describeQueue(seen)}`] : ['one came:', `  ${eventText(event)}`];
    const lines = [`expected no ${wantedText(filter)}`, `${timeText(within)}, but ${found.join('\n')}`];
    const error = new ExpectationError(lines.join('\n'), last);
    Error.captureStackTrace(error, expectNoEvent);
    throw error;
  }
}

/**
 * Delivers events for a time, or until so many have come, and returns those that a filter matches.
 *
 * Delivering calls all the handlers of the connection, as `deliverEvents` does.
 *
 * @throws {ExpectationError} `ERR_EXPECTATION` if fewer came than `count`.
 * @throws what `expectEvent` throws.
 * @example
 * ```js
 * import { collectEvents, openTestConnection } from 'virdeliver/testing';
 *
 * const hypervisor = openTestConnection();
 * hypervisor.domains.get('test').reboot();
 * hypervisor.domains.get('test').destroy();
 * const events = collectEvents(hypervisor.conn, null, { count: 2 });
 * console.log(events.map(({ type }) => type).join()); // domain-reboot,domain-state-transition
 * hypervisor.conn.close();
 * ```
 */
export function collectEvents<const Type extends keyof EventTypes>(
  conn: Connection,
  filter: readonly Type[],
  options?: CollectOptions,
): EventOf<Type>[];
export function collectEvents(conn: Connection, filter: FilterSource, options?: CollectOptions): QueuedEvent[];
export function collectEvents(conn: Connection, source: FilterSource, options: CollectOptions = {}): QueuedEvent[] {
  requireOptions('options', options, ['count', ...OPTIONS]);
  const filter = readFilter(source, options);
  const within = readWithin(options);
  const count = readNumber('options.count', options.count, Number.POSITIVE_INFINITY, { least: 1, whole: true });
  const seen = watch(conn, filter, count, within);
  if (Number.isFinite(count) && seen.matched.length < count) {
    const wanted = `expected ${count === 1 ? 'an' : count} ${wantedText(filter, count)}`;
    throw expectationError(wanted, seen, within, filter, collectEvents);
  }
  passOnLoss(seen.end);
  return [...seen.matched];
}

function readFilter(source: FilterSource, { namespaces, variables, functions }: ExpectOptions): Filter {
  return compileFilter(source, { namespaces, variables, functions });
}

function readWithin({ within }: ExpectOptions): number {
  const milliseconds = readNumber('options.within', within, 0, { least: 0, whole: false });
  if (milliseconds === Number.POSITIVE_INFINITY) {
    throw new InvalidArgumentError('options.within', 'must be finite, or a test that fails would never end');
  }
  return milliseconds;
}

/** That no more events came means nothing if the connection was lost. */
function passOnLoss(end: Watch['end']): void {
  if (end instanceof ConnectionLostError) {
    throw end;
  }
}

const timeText = (within: number) => (within === 0 ? 'by now' : `within ${within} ms`);

function expectationError(
  wanted: string,
  seen: Watch,
  within: number,
  filter: Filter,
  caller: (...args: never[]) => unknown,
): ExpectationError {
  const { end, last } = seen;
  const missed = last.filter((event) => !seen.matched.includes(event));
  const lines = [
    wanted,
    `${timeText(within)}, but ${describeArrivals(seen)}${describeEnd(end)}${describeQueue(seen)}${seen.count > 0 ? ':' : ''}`,
    ...listEvents(seen),
    ...describeNearestMiss(filter, missed),
    ...describeDoubts(filter),
  ];
  const error = new ExpectationError(lines.join('\n'), last, end instanceof ConnectionLostError ? { cause: end } : {});
  // The place of interest is in the test.
  Error.captureStackTrace(error, caller);
  return error;
}

function describeArrivals({ matched, count }: Watch): string {
  if (count === 0) {
    return 'no event came';
  }
  const came = count === 1 ? '1 event' : `${count} events`;
  if (matched.length === count) {
    return `only ${came} came`;
  }
  return matched.length === 0 ? `of ${came} none is one` : `of ${came} only ${matched.length} matched`;
}

function describeEnd(end: Watch['end']): string {
  if (end instanceof ConnectionLostError) {
    return `; ${end.message}`;
  }
  return end === 'time' ? '' : `, and then the connection was ${end}`;
}

function describeQueue({ behind, last }: Watch): string {
  const head = last.at(-1);
  if (behind === 0 || head === undefined) {
    return '';
  }
  const waiting = behind === 1 ? '1 event waits' : `${behind} events wait`;
  return `; ${waiting} behind one that a handler wants again, ${eventText(head)}`;
}

function listEvents({ last, count }: Watch): string[] {
  const shown = last.slice(-SHOWN_EVENTS);
  const earlier = count - shown.length;
  return [...(earlier > 0 ? [`  … ${earlier} before`] : []), ...shown.map((event) => `  ${eventText(event)}`)];
}
