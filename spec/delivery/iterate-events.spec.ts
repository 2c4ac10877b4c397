import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addEventHandler,
  type Connection,
  ConnectionClosedError,
  ConnectionLostError,
  closeConnection,
  connectionStats,
  DeliveryError,
  deliverEvents,
  type EventIterator,
  FilterError,
  type FilterSource,
  InvalidArgumentError,
  iterateEvents,
  ManualClock,
  openConnection,
  openEventPipe,
  type QueuedEvent,
  runDelivery,
  sendEvent,
  takeEvents,
  waitForEvents,
} from '../../lib';
import { journalEvents } from '../../lib/collector';
import { eventXml, openScripted } from '../support/scripted-driver';

const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

function send(conn: Connection, ...types: string[]): void {
  for (const type of types) {
    sendEvent(conn, eventXml(type));
  }
}

/** Writes down the types of the events that reach a plain handler. */
function record(conn: Connection): string[] {
  const seen: string[] = [];
  addEventHandler(conn, null, (_, event) => seen.push(event.type));
  return seen;
}

/** Asks for so many events, one after another, and tells their types. */
async function ask(events: AsyncIterator<QueuedEvent>, count: number): Promise<(string | undefined)[]> {
  const types: (string | undefined)[] = [];
  for (let asked = 0; asked < count; asked += 1) {
    const { value } = await events.next();
    types.push(value?.type);
  }
  return types;
}

const countTimers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

const nothingMore = { done: true, value: undefined };

describe('an iteration', () => {
  it('hands out the events that match, in order, as they come', async () => {
    const { conn, driver } = openScripted();
    const events = iterateEvents(conn, ['a', 'c']);
    send(conn, 'a', 'b', 'c');
    expect(await ask(events, 2)).toEqual(['a', 'c']);
    const next = events.next();
    await turnOfTheLoop();
    driver.arrive(eventXml('b'), eventXml('a'));
    expect((await next).value).toMatchObject({ type: 'a', sequence: 5 });
  });

  it('is a handler like any other: the others see the same events, and run when one is asked for', async () => {
    const conn = openConnection();
    const seen = record(conn);
    const events = iterateEvents(conn, ['b']);
    send(conn, 'a', 'b', 'c');
    await turnOfTheLoop();
    expect(seen).toEqual([]);
    expect(await ask(events, 1)).toEqual(['b']);
    expect(seen).toEqual(['a', 'b']);
  });

  it('takes no more from the queue than is asked for', async () => {
    const conn = openConnection();
    send(conn, 'a', 'b', 'c');
    for await (const event of iterateEvents(conn, null)) {
      expect(event.sequence).toBe(1);
      break;
    }
    expect(connectionStats(conn)).toMatchObject({ queued: 2, delivered: 1, handlers: 0 });
    expect(await ask(iterateEvents(conn, null), 2)).toEqual(['b', 'c']);
  });

  it('serves several who ask at once, in the order in which they asked', async () => {
    const conn = openConnection();
    const events = iterateEvents(conn, null);
    const requests = [events.next(), events.next(), events.next()];
    send(conn, 'a', 'b', 'c', 'd');
    expect((await Promise.all(requests)).map(({ value }) => value?.type)).toEqual(['a', 'b', 'c']);
    expect(connectionStats(conn).queued).toBe(1);
  });

  it('hands out what others deliver, also to those who wait', async () => {
    const conn = openConnection();
    const events = iterateEvents(conn, null);
    send(conn, 'a', 'b');
    deliverEvents(conn);
    const third = ask(events, 3);
    await turnOfTheLoop();
    send(conn, 'c');
    deliverEvents(conn);
    expect(await third).toEqual(['a', 'b', 'c']);
  });

  it('can be one of two on a connection, each of which receives every event', async () => {
    const conn = openConnection();
    const collect = async (events: EventIterator): Promise<number[]> => {
      const sequences: number[] = [];
      for await (const event of events) {
        sequences.push(event.sequence);
        if (event.sequence === 61) {
          break;
        }
      }
      return sequences;
    };
    const one = collect(iterateEvents(conn, null, { highWaterMark: 1 }));
    const other = collect(iterateEvents(conn, null));
    for (let round = 0; round < 20; round += 1) {
      send(conn, 'a', 'b', 'c');
      await turnOfTheLoop();
    }
    send(conn, 'end');
    const expected = Array.from({ length: 61 }, (_, place) => place + 1);
    expect(await Promise.all([one, other])).toEqual([expected, expected]);
    expect(connectionStats(conn)).toMatchObject({ queued: 0, handlers: 0 });
  });

  it('may be asked for an event inside a handler: it delivers when that delivery is over', async () => {
    const conn = openConnection();
    const events = iterateEvents(conn, ['b']);
    const asked: Promise<IteratorResult<QueuedEvent, undefined>>[] = [];
    addEventHandler(conn, ['a'], () => {
      asked.push(events.next());
      send(conn, 'b');
    });
    send(conn, 'a');
    expect(deliverEvents(conn)).toMatchObject({ events: 1, failed: 0, remaining: 1 });
    expect((await asked[0])?.value?.type).toBe('b');
  });

  it('gives the event loop a turn before each of its deliveries, so that a full queue starves nobody', async () => {
    const conn = openConnection();
    const stop = new AbortController();
    send(conn, ...Array(1000).fill('a'));
    setTimeout(() => stop.abort('the timer'), 0);
    const endless = async () => {
      for await (const event of iterateEvents(conn, null, { signal: stop.signal })) {
        send(conn, event.type);
      }
    };
    await expect(endless()).rejects.toBe('the timer');
  });

  it("goes on under a test runner's fake timers", async () => {
    jest.useFakeTimers();
    try {
      const conn = openConnection();
      send(conn, 'a', 'b');
      expect(await ask(iterateEvents(conn, null), 2)).toEqual(['a', 'b']);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('an iteration that is not asked', () => {
  it('holds what others deliver up to its mark, then makes the queue wait', async () => {
    const conn = openConnection();
    const seen = record(conn);
    const events = iterateEvents(conn, null, { highWaterMark: 2 });
    send(conn, 'a', 'b', 'c', 'd');
    expect(deliverEvents(conn)).toMatchObject({ events: 2, remaining: 2, stoppedBy: 'retry' });
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(await ask(events, 4)).toEqual(['a', 'b', 'c', 'd']);
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
  });

  it('holds 64 events by default', () => {
    const conn = openConnection();
    iterateEvents(conn, null);
    send(conn, ...Array(100).fill('a'));
    expect(deliverEvents(conn)).toMatchObject({ events: 64, stoppedBy: 'retry' });
  });

  it('ends the pause of those who wait as soon as it has room, and not before all who were full have', async () => {
    const conn = openConnection('memory:', { clock: new ManualClock() });
    const [one, other] = [1, 2].map((highWaterMark) => iterateEvents(conn, null, { highWaterMark })) as [
      EventIterator,
      EventIterator,
    ];
    send(conn, 'a', 'b', 'c');
    deliverEvents(conn);
    await one.next();
    deliverEvents(conn);
    // Now both are full, and the third event is at the head of the queue.
    deliverEvents(conn);
    let found: boolean | undefined;
    const wait = waitForEvents(conn).then((result) => {
      found = result;
    });
    await other.next();
    await turnOfTheLoop();
    expect(found).toBeUndefined();
    await one.next();
    await wait;
    expect(found).toBe(true);
  });

  it('ends the pause of those who wait when it is ended', async () => {
    const conn = openConnection('memory:', { clock: new ManualClock() });
    const events = iterateEvents(conn, null, { highWaterMark: 1 });
    send(conn, 'a', 'b');
    deliverEvents(conn);
    const wait = waitForEvents(conn);
    await events.return();
    await expect(wait).resolves.toBe(true);
    expect(deliverEvents(conn)).toMatchObject({ events: 1, remaining: 0 });
  });
});

describe('an iteration ends', () => {
  it.each<[string, (conn: Connection) => Promise<void>]>([
    [
      'when its consumer leaves the loop',
      async (conn) => {
        for await (const _ of iterateEvents(conn, null)) {
          break;
        }
      },
    ],
    [
      'when its consumer throws',
      async (conn) => {
        const consume = async () => {
          for await (const _ of iterateEvents(conn, null)) {
            throw new Error('in the loop');
          }
        };
        await expect(consume()).rejects.toThrow('in the loop');
      },
    ],
    [
      'with the block that uses it',
      async (conn) => {
        await using events = iterateEvents(conn, null);
        await events.next();
      },
    ],
  ])('%s, and its handler is removed', async (_, consume) => {
    const conn = openConnection();
    send(conn, 'a', 'b');
    await consume(conn);
    expect(connectionStats(conn)).toMatchObject({ queued: 1, handlers: 0 });
  });

  it('by return() for those as well who wait, and drops what it held', async () => {
    const { conn, driver } = openScripted();
    const events = iterateEvents(conn, null);
    const waiting = [events.next(), events.next()];
    await turnOfTheLoop();
    expect(driver.isListening).toBe(true);
    expect(await events.return()).toEqual(nothingMore);
    expect(await Promise.all(waiting)).toEqual([nothingMore, nothingMore]);
    await turnOfTheLoop();
    expect(driver.isListening).toBe(false);
    expect(await events.next()).toEqual(nothingMore);
    const holding = iterateEvents(conn, null);
    send(conn, 'a');
    deliverEvents(conn);
    await holding.return();
    expect(await holding.next()).toEqual(nothingMore);
  });

  it('when its connection ends, after the last event', async () => {
    const { conn, driver } = openScripted();
    driver.arrive(eventXml('a'), eventXml('b'));
    driver.end = 'in good order';
    const types: string[] = [];
    for await (const event of iterateEvents(conn, null)) {
      types.push(event.type);
    }
    expect(types).toEqual(['a', 'b']);
    expect(conn.state).toBe('ended');
  });

  it('when its connection ends while it waits', async () => {
    const { conn, driver } = openScripted();
    const next = iterateEvents(conn, null).next();
    await turnOfTheLoop();
    driver.end = 'in good order';
    driver.arrive();
    expect(await next).toEqual(nothingMore);
  });

  it('when its connection is closed, by the program or by a handler, after what it holds', async () => {
    const conn = openConnection();
    const events = iterateEvents(conn, null);
    send(conn, 'a', 'b', 'c');
    deliverEvents(conn, { limit: 1 });
    closeConnection(conn);
    expect(await ask(events, 2)).toEqual(['a', undefined]);

    const other = openConnection();
    const before = iterateEvents(other, null);
    addEventHandler(other, null, () => closeConnection(other));
    const after = iterateEvents(other, null);
    send(other, 'a', 'b');
    expect(await Promise.all([before.next(), after.next()])).toMatchObject([{ value: { type: 'a' } }, nothingMore]);
    expect(await before.next()).toEqual(nothingMore);
  });

  it('when its connection is closed in the moment in which an event has come', async () => {
    const conn = openConnection();
    const next = iterateEvents(conn, null).next();
    await turnOfTheLoop();
    send(conn, 'a');
    closeConnection(conn);
    expect(await next).toEqual(nothingMore);
  });
});

describe('an iteration is rejected', () => {
  it("with the signal's reason when that aborts while an event is awaited", async () => {
    const { conn, driver } = openScripted();
    const stop = new AbortController();
    const events = iterateEvents(conn, null, { signal: stop.signal });
    const waiting = [events.next(), events.next()];
    await turnOfTheLoop();
    stop.abort('enough');
    await expect(waiting[0]).rejects.toBe('enough');
    expect(await waiting[1]).toEqual(nothingMore);
    await turnOfTheLoop();
    expect(driver.isListening).toBe(false);
    expect(connectionStats(conn).handlers).toBe(0);
    expect(await events.next()).toEqual(nothingMore);
  });

  it("with the signal's reason after what it holds, once, if nobody waits", async () => {
    const conn = openConnection();
    const stop = new AbortController();
    const events = iterateEvents(conn, null, { signal: stop.signal });
    send(conn, 'a', 'b');
    deliverEvents(conn, { limit: 1 });
    stop.abort('enough');
    expect(await ask(events, 1)).toEqual(['a']);
    await expect(events.next()).rejects.toBe('enough');
    expect(await events.next()).toEqual(nothingMore);
    expect(takeEvents(conn)).toHaveLength(1);
  });

  it('at once if the signal has aborted before', async () => {
    const conn = openConnection();
    send(conn, 'a');
    const events = iterateEvents(conn, null, { signal: AbortSignal.abort('too late') });
    await expect(events.next()).rejects.toBe('too late');
    expect(connectionStats(conn)).toMatchObject({ queued: 1, handlers: 0 });
  });

  it('with what other handlers fail with, after the events that came before; the rest stays queued', async () => {
    const conn = openConnection();
    const failing = addEventHandler(conn, ['a'], () => {
      throw new Error('no');
    });
    send(conn, 'a', 'b', 'c');
    const events = iterateEvents(conn, ['b', 'c']);
    expect(await ask(events, 1)).toEqual(['b']);
    const error = await events.next().catch((reason) => reason);
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error.failures).toMatchObject([{ handler: failing, event: { type: 'a' } }]);
    expect(await events.next()).toEqual(nothingMore);
    expect(await ask(iterateEvents(conn, null), 1)).toEqual(['c']);
  });

  it('with what other handlers failed with in the delivery of the last event, if the loop is left after that', async () => {
    const conn = openConnection();
    addEventHandler(conn, null, () => {
      throw new Error('no');
    });
    const take = async (leave: () => void) => {
      send(conn, 'a');
      for await (const _ of iterateEvents(conn, null)) {
        leave();
        break;
      }
    };
    await expect(take(() => {})).rejects.toBeInstanceOf(DeliveryError);
    const own = () => {
      throw new Error('in the loop');
    };
    await expect(take(own)).rejects.toThrow('in the loop');
    expect(connectionStats(conn)).toMatchObject({ queued: 0, handlers: 1 });
  });

  it("not with the signal's reason if the loop is left after that", async () => {
    const conn = openConnection();
    send(conn, 'a');
    const stop = new AbortController();
    for await (const _ of iterateEvents(conn, null, { signal: stop.signal })) {
      stop.abort('enough');
      break;
    }
    expect(connectionStats(conn).handlers).toBe(0);
  });

  it('not by other handlers that fail if throwOnError is false', async () => {
    const conn = openConnection();
    addEventHandler(conn, null, () => {
      throw new Error('no');
    });
    send(conn, 'a', 'b');
    expect(await ask(iterateEvents(conn, null, { throwOnError: false }), 2)).toEqual(['a', 'b']);
    expect(connectionStats(conn).failed).toBe(2);
  });

  it('with what its own filter fails with', async () => {
    const conn = openConnection();
    const functions = {
      fail: () => {
        throw new Error('no such thing');
      },
    };
    const events = iterateEvents(conn, 'fail()', { functions });
    send(conn, 'a');
    await expect(events.next()).rejects.toThrow('no such thing');
  });

  describe('by its own failure, and by no other consumer', () => {
    const functions = {
      fail: () => {
        throw new Error('no such thing');
      },
    };

    it.each([true, false])('where one of three fails, throwOnError being %s', async (throwOnError) => {
      for (const order of [0, 1, 2]) {
        const conn = openConnection();
        const sources = [['a'], ['a'], ['a']] as FilterSource[];
        sources[order] = "@type = 'a' and fail()";
        const iterations = sources.map((source) => iterateEvents(conn, source, { functions, throwOnError }));
        const asked = iterations.map((events) => events.next());
        send(conn, 'a');
        const outcomes = await Promise.allSettled(asked);
        outcomes.forEach((outcome, place) => {
          expect(outcome).toMatchObject(
            place === order
              ? { status: 'rejected', reason: { code: 'ERR_DELIVERY', failures: [{ event: { sequence: 1 } }] } }
              : { status: 'fulfilled', value: { done: false, value: { type: 'a', sequence: 1 } } },
          );
        });
        expect(await iterations[order]?.next()).toEqual(nothingMore);
        send(conn, 'a');
        expect(await ask(iterations[(order + 1) % 3]!, 1)).toEqual(['a']);
        expect(connectionStats(conn)).toMatchObject({ handlers: 2, failed: 1 });
      }
    });

    it('if the program delivers, which is told as of any handler', async () => {
      const conn = openConnection();
      const held = iterateEvents(conn, "@type = 'a' or fail()", { functions });
      const waiting = iterateEvents(conn, "@type = 'b' and fail()", { functions, throwOnError: false });
      const asked = waiting.next();
      send(conn, 'a', 'b');
      expect(() => deliverEvents(conn)).toThrow('2 handler calls failed; first, the handler iterateEvents on event 2');
      await expect(asked).rejects.toMatchObject({ failures: [{ event: { sequence: 2 } }] });
      expect(await ask(held, 1)).toEqual(['a']);
      await expect(held.next()).rejects.toMatchObject({ failures: [{ event: { sequence: 2 } }] });
      expect(await held.next()).toEqual(nothingMore);
      await runDelivery(conn, { signal: AbortSignal.abort() });
    });

    it('if a pipe fails, whose error property tells it', async () => {
      const conn = openConnection();
      using pipe = openEventPipe(conn, 'fail()', { functions });
      using broken = openEventPipe(conn, ['a']);
      closeSync(broken.fd);
      const events = iterateEvents(conn, ['a']);
      send(conn, 'a');
      expect(await ask(events, 1)).toEqual(['a']);
      expect(pipe.error).toMatchObject({ code: 'ERR_DELIVERY', cause: { code: 'ERR_FILTER_EVALUATION' } });
      expect(broken.error).toMatchObject({
        failures: [{ event: { sequence: 1 } }],
        cause: { code: 'ERR_PIPE_BROKEN' },
      });
      expect([pipe.active, broken.active]).toEqual([true, false]);
      await events.return();
    });

    it('beside plain handlers that fail in its own delivery', async () => {
      const conn = openConnection();
      addEventHandler(conn, null, () => {
        throw new Error('no');
      });
      const other = iterateEvents(conn, 'fail()', { functions });
      const own = iterateEvents(conn, 'fail()', { functions });
      send(conn, 'a');
      const error = (await own.next().catch((reason) => reason)) as DeliveryError;
      expect(error.failures.map(({ cause }) => (cause as Error).message)).toEqual([
        expect.stringContaining('no such thing'),
        'no',
      ]);
      await expect(other.return()).rejects.toMatchObject({ failures: [{ event: { sequence: 1 } }] });
    });
  });

  it('with the loss of the connection, as is every other', async () => {
    const { conn, driver } = openScripted();
    const iterations = [1, 2, 3].map(() => iterateEvents(conn, null));
    const asked = iterations.slice(1).map((events) => events.next());
    await turnOfTheLoop();
    driver.end = new Error('the wire is cut');
    driver.arrive();
    for (const outcome of await Promise.allSettled(asked)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_CONNECTION_LOST' } });
    }
    await expect(iterations[0]?.next()).rejects.toBeInstanceOf(ConnectionLostError);
  });

  it('with ConnectionLostError after the events that came before', async () => {
    const { conn, driver } = openScripted();
    driver.arrive(eventXml('a'));
    driver.end = new Error('the wire is cut');
    const events = iterateEvents(conn, null);
    expect(await ask(events, 1)).toEqual(['a']);
    await expect(events.next()).rejects.toBeInstanceOf(ConnectionLostError);
    expect(await events.next()).toEqual(nothingMore);
    expect(await iterateEvents(conn, null).next()).toEqual(nothingMore);
  });
});

describe('an iteration leaves nothing behind', () => {
  it('no timer and no listener, once all that was asked for has come', async () => {
    const { conn, driver } = openScripted();
    const before = countTimers();
    const events = iterateEvents(conn, null);
    const next = events.next();
    await turnOfTheLoop();
    expect(countTimers()).toBe(before + 1);
    driver.arrive(eventXml('a'));
    await next;
    await turnOfTheLoop();
    expect(driver.isListening).toBe(false);
    expect(countTimers()).toBe(before);
  });

  it('no wait if another delivery has served the one who asked, though the queue has never had news', async () => {
    const { conn, driver } = openScripted({ clock: new ManualClock() });
    const before = countTimers();
    addEventHandler(conn, ['a'], (_, event) => (event.attempt === 1 ? 'retry' : undefined));
    const events = iterateEvents(conn, ['b']);
    send(conn, 'a');
    deliverEvents(conn, { retryDelayMs: 60_000 });
    const next = events.next();
    await turnOfTheLoop();
    send(conn, 'b');
    deliverEvents(conn);
    expect((await next).value?.type).toBe('b');
    await turnOfTheLoop();
    expect(driver.isListening).toBe(false);
    expect(countTimers()).toBe(before);
  });

  it('no listener on the signal', async () => {
    const conn = openConnection();
    const { signal } = new AbortController();
    const added = jest.spyOn(signal, 'addEventListener');
    const removed = jest.spyOn(signal, 'removeEventListener');
    await iterateEvents(conn, null, { signal }).return();
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([1, 1]);
  });
});

describe('an iteration beside runDelivery', () => {
  it('misses nothing, in whatever order the two get on', async () => {
    const { conn, driver } = openScripted();
    const stop = new AbortController();
    const run = runDelivery(conn, { signal: stop.signal });
    const sequences: number[] = [];
    const iteration = (async () => {
      for await (const event of iterateEvents(conn, null, { highWaterMark: 3 })) {
        sequences.push(event.sequence);
        if (event.sequence % 7 === 0) {
          await turnOfTheLoop();
        }
        if (event.sequence === 200) {
          break;
        }
      }
    })();
    for (let number = 1; number <= 200; number += 1) {
      driver.arrive(eventXml('a', number));
      if (number % 11 === 0) {
        await turnOfTheLoop();
      }
    }
    await iteration;
    stop.abort();
    await run;
    expect(sequences).toEqual(Array.from({ length: 200 }, (_, place) => place + 1));
    expect(connectionStats(conn).queued).toBe(0);
  });
});

describe('iterateEvents refuses', () => {
  it.each<[string, unknown[], new (...args: never[]) => Error]>([
    ['a filter that is wrong', ['@type ='], FilterError],
    ['an unknown option', [null, { highwatermark: 5 }], InvalidArgumentError],
    ['limit, which is its own business', [null, { limit: 5 }], InvalidArgumentError],
    ['a highWaterMark of 0', [null, { highWaterMark: 0 }], InvalidArgumentError],
    ['a signal that is none', [null, { signal: {} }], InvalidArgumentError],
    ['a budget that is none', [null, { budgetMs: -1 }], InvalidArgumentError],
  ])('%s, at once', (_, args, expected) => {
    const conn = openConnection();
    expect(() => (iterateEvents as (...args: unknown[]) => unknown)(conn, ...args)).toThrow(expected);
    expect(connectionStats(conn).handlers).toBe(0);
  });

  it('a closed connection, at once', () => {
    const conn = openConnection();
    closeConnection(conn);
    expect(() => iterateEvents(conn, null)).toThrow(ConnectionClosedError);
  });
});

describe("an iteration with overflow: 'drop-oldest'", () => {
  it('never holds the queue up, and has a gap in the place of what it lost', async () => {
    using conn = openConnection();
    const slow = iterateEvents(conn, ['a', 'b'], { highWaterMark: 2, overflow: 'drop-oldest', name: 'a page' });
    const seen = record(conn);
    send(conn, 'a', 'b', 'c', 'a', 'b');
    expect(deliverEvents(conn)).toMatchObject({ events: 5, stoppedBy: 'drained' });
    expect(seen).toEqual(['a', 'b', 'c', 'a', 'b']);
    expect(connectionStats(conn).byHandler.map(({ name }) => name)).toContain('a page');
    const { value } = await slow.next();
    expect(value).toMatchObject({ type: 'events-lost', sequence: 2 });
    expect(value?.detail).toEqual({
      count: 2,
      first: 1,
      last: 2,
      unknown: false,
      cause: 'overflow',
      lost: [
        { type: 'a', count: 1 },
        { type: 'b', count: 1 },
      ],
    });
    expect(await ask(slow, 2)).toEqual(['a', 'b']);
    send(conn, 'b');
    expect(await ask(slow, 1)).toEqual(['b']);
    await slow.return();
  });

  it('counts what a gap tells of that it loses itself', async () => {
    using conn = openConnection('memory:', { queue: { maxEvents: 1, overflow: 'drop-oldest' } });
    const slow = iterateEvents(conn, null, { highWaterMark: 1, overflow: 'drop-oldest' });
    send(conn, 'a', 'b', 'c');
    deliverEvents(conn);
    const { value } = await slow.next();
    expect(value?.type === 'events-lost' && value.detail).toMatchObject({
      count: 2,
      first: 1,
      last: 2,
      cause: 'overflow',
    });
    expect(await ask(slow, 1)).toEqual(['c']);
    await slow.return();
  });

  it('forgets the gap when it ends', async () => {
    using conn = openConnection();
    const slow = iterateEvents(conn, null, { highWaterMark: 1, overflow: 'drop-oldest' });
    send(conn, 'a', 'b');
    deliverEvents(conn);
    await slow.return();
    expect(await slow.next()).toEqual(nothingMore);
  });

  it('is refused on a connection to a journal, which keeps the events for its reader', () => {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-iterate-'));
    try {
      using source = openConnection();
      journalEvents(source, folder).close();
      using conn = openConnection(`journal:${folder}?reader=page`);
      expect(() => iterateEvents(conn, null, { overflow: 'drop-oldest' })).toThrow(
        "options.overflow cannot be 'drop-oldest' on this connection",
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is refused with a word that is none', () => {
    using conn = openConnection();
    expect(() => iterateEvents(conn, null, { overflow: 'drop-newest' as 'drop-oldest' })).toThrow(
      "options.overflow must be 'refuse' or 'drop-oldest', but is 'drop-newest'",
    );
  });
});
