import { formatValue, optionNames, readNumber, requireOptions } from '../arguments';
import { type Clock, systemClock } from '../clock';
import type { Driver, DriverContext, DriverOptions } from '../drivers/driver';
import { descriptorTakenBy, openDriver, openDriverAsync } from '../drivers/schemes';
import { InvalidArgumentError } from '../errors';
import { defaultEventLimits, type EventLimits } from '../xml/limits';
import { defaultFilterLimits, type FilterLimits, readFilterLimits } from '../xpath/limits';
import type { Connection } from './connection';
import { ConnectionCore, coreOf, OpenedConnection } from './connection-core';
import { readDecoders } from './queue/event-decoders';
import type { Overflow, QueueBounds } from './queue/queue';
import type { EventDecoders } from './queue/queued-event';
import { handOverReadEnd } from './read-end';

/** The options of `openConnection`. */
export interface ConnectionOptions extends DriverOptions {
  /** How much the queue holds, and what happens to events that arrive when it is full. */
  readonly queue?: QueueOptions | undefined;
  /** Caps on events and filters; each has a default that is safe. */
  readonly limits?: { readonly [Name in keyof (EventLimits & FilterLimits)]?: number | undefined } | undefined;
  /** Where the time comes from; default the machine's clock. */
  readonly clock?: Clock | undefined;
  /**
   * What decodes the events of the program's own types, so that they have a `detail`: functions by the types that the program has
   * added to `EventTypes`, each called when the detail of an event is first asked for.
   */
  readonly decoders?: EventDecoders | undefined;
}

/** The bounds of a connection's queue, as options. */
export interface QueueOptions {
  /** The most events; default 65,536. */
  readonly maxEvents?: number | undefined;
  /** The most bytes of XML in UTF-8; default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /**
   * What a full queue does: `'refuse'` (the default) makes `sendEvent` throw, and drivers stop reading, so that nothing
   * is lost; `'drop-oldest'` and `'drop-newest'` lose events, which leaves a gap in their place.
   */
  readonly overflow?: Overflow | undefined;
}

const OPTIONS = optionNames<ConnectionOptions>({
  queue: true,
  limits: true,
  clock: true,
  decoders: true,
  seed: true,
  domains: true,
  replaySpeed: true,
  readOnly: true,
  events: true,
  reconnect: true,
  keepAlive: true,
  relay: true,
  credentials: true,
  lockWaitMs: true,
  syncIntervalMs: true,
  nats: true,
});
const QUEUE_OPTIONS = optionNames<QueueOptions>({ maxEvents: true, maxBytes: true, overflow: true });
const OVERFLOWS: readonly unknown[] = ['refuse', 'drop-oldest', 'drop-newest'];
const MAX_EVENTS = 65_536;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Opens a connection, from whose queue the program will pull events.
 *
 * @param uri Where the events come from; without one only `sendEvent` feeds it. `docs/guide.md` lists the forms.
 * @throws {InvalidUriError} `ERR_INVALID_URI`, `ERR_UNSUPPORTED_URI`
 * @throws {OpenError} `ERR_OPEN` if what the URI names is not there or may not be used.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { openConnection } from 'virdeliver';
 *
 * const conn = openConnection('test:///default', { seed: 42 });
 * console.log(conn.state); // open
 * conn.close();
 * ```
 */
export function openConnection(uri = 'memory:', options: ConnectionOptions = {}): Connection {
  const opening = prepare(uri, options);
  return opened(opening, openDriver(opening.context));
}

/**
 * Opens a connection in the event loop, which stays free meanwhile: it takes every URI, also those whose transport needs the
 * loop to be set up, tcp and tls.
 *
 * @returns A promise of what `openConnection` returns; it is rejected with what that throws.
 */
export async function openConnectionAsync(uri = 'memory:', options: ConnectionOptions = {}): Promise<Connection> {
  const opening = prepare(uri, options);
  return opened(opening, await openDriverAsync(opening.context));
}

/** A connection that has no driver yet, and what its driver is opened with. */
interface Opening {
  readonly core: ConnectionCore;
  readonly context: DriverContext;
}

function prepare(uri: string, options: ConnectionOptions): Opening {
  if (typeof uri !== 'string') {
    throw new InvalidArgumentError('uri', `must be a string, but is ${formatValue(uri)}`);
  }
  requireOptions('options', options, OPTIONS);
  const clock = readClock(options.clock);
  const bounds = readBounds(options.queue ?? {});
  const limits = readLimits(options.limits ?? {}, bounds);
  const core = new ConnectionCore(uri, clock, bounds, limits, readDecoders(options.decoders));
  return { core, context: { uri, sink: core.sink(), clock, limits: limits.event, options } };
}

function opened({ core, context }: Opening, driver: Driver): Connection {
  const conn = new OpenedConnection(core);
  core.attach(driver);
  const descriptor = descriptorTakenBy(context.uri);
  if (descriptor !== undefined) {
    handOverReadEnd(descriptor);
  }
  if (driver.reconnecting === undefined) {
    core.monitor.connected(false);
  }
  return conn;
}

/**
 * Closes a connection: its driver lets go of its transport, its queue is dropped, its handlers are released.
 *
 * To keep what has arrived, deliver once more before. Inside a handler it ends the connection's part of the delivery
 * after that handler. Closing a closed connection does nothing.
 */
export function closeConnection(conn: Connection): void {
  coreOf(conn).close();
}

function readClock(clock: Clock | undefined): Clock {
  if (clock === undefined) {
    return systemClock;
  }
  const isClock =
    typeof clock === 'object' &&
    clock !== null &&
    typeof clock.manual === 'boolean' &&
    (['now', 'monotonic', 'schedule'] as const).every((name) => typeof clock[name] === 'function');
  if (!isClock) {
    const problem = `must have manual, now(), monotonic() and schedule(), but is ${formatValue(clock)}`;
    throw new InvalidArgumentError('options.clock', problem);
  }
  return clock;
}

function readBounds(queue: QueueOptions): QueueBounds {
  requireOptions('options.queue', queue, QUEUE_OPTIONS);
  const { maxEvents, maxBytes, overflow = 'refuse' } = queue;
  if (!OVERFLOWS.includes(overflow)) {
    const problem = `must be 'refuse', 'drop-oldest' or 'drop-newest', but is ${formatValue(overflow)}`;
    throw new InvalidArgumentError('options.queue.overflow', problem);
  }
  return {
    maxEvents: readNumber('options.queue.maxEvents', maxEvents, MAX_EVENTS, { least: 1, whole: true }),
    maxBytes: readNumber('options.queue.maxBytes', maxBytes, MAX_BYTES, { least: 1, whole: true }),
    overflow,
  };
}

/** Reads the caps; the longest event is never longer than the queue has room for, or it could never be queued. */
function readLimits(
  limits: NonNullable<ConnectionOptions['limits']>,
  bounds: QueueBounds,
): { event: EventLimits; filter: FilterLimits } {
  const eventNames = Object.keys(defaultEventLimits) as (keyof EventLimits)[];
  const filterNames = Object.keys(defaultFilterLimits) as (keyof FilterLimits)[];
  requireOptions('options.limits', limits, [...eventNames, ...filterNames]);
  const event = { ...defaultEventLimits, eventBytes: Math.min(defaultEventLimits.eventBytes, bounds.maxBytes) };
  for (const name of eventNames) {
    event[name] = readNumber(`options.limits.${name}`, limits[name], event[name], { least: 1, whole: true });
  }
  if (event.eventBytes > bounds.maxBytes) {
    const problem = `must not exceed options.queue.maxBytes, ${bounds.maxBytes}, but is ${event.eventBytes}`;
    throw new InvalidArgumentError('options.limits.eventBytes', problem);
  }
  const filter = Object.fromEntries(filterNames.map((name) => [name, limits[name]]));
  return { event, filter: readFilterLimits(filter) };
}
