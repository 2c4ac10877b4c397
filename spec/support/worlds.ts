import {
  addEventHandler,
  type Connection,
  closeConnection,
  type DeliveryResult,
  deliverEvents,
  type FilterSource,
  OpenError,
  openConnection,
  openConnectionAsync,
  type QueuedEvent,
  waitForEvents,
} from '../../lib';
// The synchronous world may start a relay, which is run as it was compiled.
import './built';
import type { ConnectionOptions } from '../../lib/delivery/open-connection';

/** How long a wait for an event lasts, in milliseconds: it ends a test that would hang, and decides no other. */
const PATIENCE = 20_000;

/** How a program opens connections, and lives with them. */
export interface World {
  readonly name: string;
  /** Opens a connection, over any transport. */
  readonly open: (uri: string, options?: ConnectionOptions) => Connection | Promise<Connection>;
  /** Delivers, after a while at most. */
  readonly deliver: (conn: Connection) => DeliveryResult | Promise<DeliveryResult>;
}

/** A program that never returns to the event loop. */
export const synchronousWorld: World = {
  name: 'a synchronous loop',
  open: (uri, options) => openConnection(uri, { relay: true, ...options }),
  deliver: (conn) => deliverEvents(conn, { waitMs: 500 }),
};

/** A program that does everything in the event loop. */
export const eventLoopWorld: World = {
  name: 'the event loop',
  open: openConnectionAsync,
  deliver: (conn) => waitForEvents(conn, { timeoutMs: 500 }).then(() => deliverEvents(conn)),
};

export const worlds: readonly World[] = [synchronousWorld, eventLoopWorld];

/** For the tests of a block: opens connections that are closed after each test. */
export function connectionsOf(): (world: World, uri: string, options?: ConnectionOptions) => Promise<Connection> {
  const open = new Set<Connection>();
  afterEach(() => {
    for (const conn of open) {
      closeConnection(conn);
    }
    open.clear();
  });
  return async (world, uri, options) => {
    const conn = await world.open(uri, options);
    open.add(conn);
    return conn;
  };
}

/** Has a connection refused, and returns the error. */
export async function refusalOf(world: World, uri: string, options?: ConnectionOptions): Promise<OpenError> {
  const opening = (async () => closeConnection(await world.open(uri, options)))();
  const error = await opening.then(
    () => new Error(`${uri} was opened`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OpenError);
  return error as OpenError;
}

/** Takes events up to the first that a filter matches; between two deliveries the thread is left only if there is need. */
export async function takeUntil(world: World, conn: Connection, last: FilterSource): Promise<QueuedEvent[]> {
  const events: QueuedEvent[] = [];
  let isFound = false;
  using _all = addEventHandler(conn, null, (_, event) => events.push(event));
  using _last = addEventHandler(conn, last, () => {
    isFound = true;
    return 'break';
  });
  const deadline = performance.now() + PATIENCE;
  while (!isFound) {
    if (performance.now() > deadline) {
      throw new Error(`no event ${JSON.stringify(last)}, but ${JSON.stringify(events.map(({ xml }) => xml))}`);
    }
    const delivery = world.deliver(conn);
    if (delivery instanceof Promise) {
      await delivery;
    }
  }
  return events;
}

/** An event in a word: what happened to a domain, or else the event's type. */
export function wordOf(event: QueuedEvent): string {
  return event.type === 'domain-state-transition' ? event.string('transition/@event') : event.type;
}

/** Takes events up to the first that a filter matches, each in a word. */
export async function takeWordsUntil(world: World, conn: Connection, last: FilterSource): Promise<string[]> {
  return (await takeUntil(world, conn, last)).map(wordOf);
}

/** Takes so many transitions of domains, in a word each, with what comes in between. */
export async function takeTransitions(world: World, conn: Connection, count: number): Promise<string[]> {
  const words: string[] = [];
  while (words.length < count) {
    words.push(...(await takeWordsUntil(world, conn, ['domain-state-transition'])));
  }
  return words;
}
