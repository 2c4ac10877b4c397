/** The numbered rules of delivery: each test bears the number of the rule it checks, and says it in words. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  type DeliveryOptions,
  deliverEvents,
  HandlerResultError,
  InvalidArgumentError,
  InvalidEventError,
  ManualClock,
  NestedDeliveryError,
  openConnection,
  type QueuedEvent,
  QueueFullError,
  removeEventHandler,
  runDelivery,
  sendEvent,
  takeEvents,
  testDomains,
  waitForEvents,
} from '../../lib';
import { eventXml, openScripted } from '../support/scripted-driver';
import { thrownBy } from '../support/thrown-by';

/** Sends events of type `e` with the numbers from `first` to `last`. */
function send(conn: Connection, first: number, last = first): void {
  for (let number = first; number <= last; number += 1) {
    sendEvent(conn, eventXml('e', number));
  }
}

const numberOf = (event: QueuedEvent) => Number(/<n>(\d+)<\/n>/.exec(event.xml)?.[1]);

/** Registers a handler that writes down the numbers of the events it receives. */
function record(conn: Connection, seen: (number | string)[], as?: string): void {
  addEventHandler(conn, null, (_, event) => {
    seen.push(as === undefined ? numberOf(event) : `${as}${numberOf(event)}`);
  });
}

/** The attributes of an `events-lost` event, and the rest of its text. */
function gap(event: QueuedEvent): Record<string, string> {
  const tag = /^<event ([^>]*?)\/?>/.exec(event.xml)?.[1] ?? '';
  return Object.fromEntries([...tag.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

describe('rule 1: a delivery drains what was queued when it began', () => {
  it('pumps the driver first', () => {
    const { conn, driver } = openScripted();
    const seen: number[] = [];
    record(conn, seen);
    driver.arrive(eventXml('e', 1), eventXml('e', 2));
    expect(deliverEvents(conn)).toMatchObject({ events: 2, handlerCalls: 2, remaining: 0, stoppedBy: 'drained' });
    expect(seen).toEqual([1, 2]);
  });

  it('leaves events that handlers queue during the call to the next one', () => {
    const conn = openConnection();
    const seen: number[] = [];
    addEventHandler(conn, null, (_, event) => {
      seen.push(numberOf(event));
      if (seen.length <= 2) {
        send(conn, 10 + seen.length);
      }
    });
    send(conn, 1, 2);
    expect(deliverEvents(conn)).toMatchObject({ events: 2, remaining: 2, stoppedBy: 'drained' });
    expect(seen).toEqual([1, 2]);
    deliverEvents(conn);
    expect(seen).toEqual([1, 2, 11, 12]);
  });

  it('takes no more from what waits by itself than it may deliver, and the rest of a chunk', () => {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-semantics-'));
    const path = join(folder, 'events.xml');
    const count = 10_000;
    writeFileSync(path, Array.from({ length: count }, (_, place) => eventXml('e', place + 1)).join(''));
    const chunk = Math.ceil(65_536 / eventXml('e').length);
    for (const take of [
      (conn: Connection) => deliverEvents(conn, { limit: 10 }).events,
      (conn: Connection) => deliverEvents(conn, { limit: 10, waitMs: 1000 }).events,
      (conn: Connection) => takeEvents(conn, { limit: 10 }).length,
    ]) {
      using conn = openConnection(`file:${path}`);
      let taken = 0;
      while (conn.state === 'open') {
        taken += take(conn);
        expect(connectionStats(conn).queued).toBeLessThanOrEqual(10 + chunk);
      }
      expect(taken).toBe(count);
      expect(connectionStats(conn)).toMatchObject({ arrived: count, lost: 0 });
    }
    using conn = openConnection(`file:${path}`);
    expect(deliverEvents(conn, { limit: 0 })).toMatchObject({ events: 0, stoppedBy: 'limit' });
    expect(deliverEvents(conn, { limit: 1000 })).toMatchObject({ events: 1000, stoppedBy: 'limit' });
    expect(connectionStats(conn).queued).toBeLessThanOrEqual(chunk);
    expect(deliverEvents(conn)).toMatchObject({ events: count - 1000, stoppedBy: 'ended' });
    rmSync(folder, { recursive: true });
  });

  it('takes all that a transport holds that may not wait, whatever the limit', () => {
    const { conn, driver } = openScripted();
    driver.arrive(...Array.from({ length: 50 }, (_, place) => eventXml('e', place)));
    expect(deliverEvents(conn, { limit: 1 })).toMatchObject({ events: 1, remaining: 49 });
  });

  it('calls no handler outside of a delivery', async () => {
    const conn = openConnection();
    const handler = jest.fn();
    addEventHandler(conn, null, handler);
    send(conn, 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(handler).not.toHaveBeenCalled();
  });
});

describe('rule 2: an event meets the handlers registered when it is first offered, in order of registration', () => {
  it('calls the handlers in that order, with connection, event and argument', () => {
    const conn = openConnection();
    const calls: unknown[][] = [];
    for (const name of ['first', 'second', 'third']) {
      addEventHandler(conn, null, (...args) => calls.push(args), name);
    }
    send(conn, 1);
    deliverEvents(conn);
    expect(calls.map(([, , arg]) => arg)).toEqual(['first', 'second', 'third']);
    expect(calls.every(([given]) => given === conn)).toBe(true);
  });

  it('lets a handler that is added during a delivery meet the next event first', () => {
    const conn = openConnection();
    const seen: (number | string)[] = [];
    addEventHandler(conn, null, () => record(conn, seen, 'late'), undefined, { once: true });
    send(conn, 1, 3);
    deliverEvents(conn);
    expect(seen).toEqual(['late2', 'late3']);
  });

  it('does not call a handler that was removed, not even for the event in hand', () => {
    const conn = openConnection();
    const handler = jest.fn();
    addEventHandler(conn, null, () => removeEventHandler(conn, registration));
    const registration = addEventHandler(conn, null, handler);
    send(conn, 1, 2);
    expect(deliverEvents(conn)).toMatchObject({ events: 2, handlerCalls: 2 });
    expect(handler).not.toHaveBeenCalled();
  });

  it('decides which handlers match before the first of them runs', () => {
    const conn = openConnection();
    const seen: string[] = [];
    addEventHandler(conn, null, () => later.setFilter(['other']));
    const later = addEventHandler(conn, ['e'], (_, event) => seen.push(event.type));
    send(conn, 1, 2);
    deliverEvents(conn);
    expect(seen).toEqual(['e']);
  });

  it('calls the handlers of several filters in the order of their registration', () => {
    const conn = openConnection();
    const seen: string[] = [];
    for (const [name, filter] of Object.entries({ a: 'n', b: null, c: ['e'], d: 'n', e: '*', f: null, g: ['e'] })) {
      addEventHandler(conn, filter, () => seen.push(name));
    }
    send(conn, 1);
    expect(deliverEvents(conn)).toMatchObject({ handlerCalls: 7 });
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  it('keeps to who was registered before the event was matched, should a function in a filter change that', () => {
    const conn = openConnection();
    const seen: string[] = [];
    const add = (name: string, filter: string | null) =>
      addEventHandler(conn, filter, () => seen.push(name), undefined, { functions: { change, ask } });
    const ask = jest.fn(() => true);
    const change = jest.fn(() => {
      if (change.mock.calls.length === 1) {
        for (const registration of removed) {
          removeEventHandler(conn, registration);
        }
        changed.setFilter(['other']);
        add('added', 'n');
      }
      return true;
    });
    add('changing', 'change()');
    const removed = [add('removed', 'ask()'), add('removed', 'n')];
    const changed = add('changed', 'n');
    add('last', 'n');
    send(conn, 1);
    deliverEvents(conn);
    expect(seen).toEqual(['changing', 'changed', 'last']);
    expect(ask).not.toHaveBeenCalled();
    send(conn, 2);
    deliverEvents(conn);
    expect(seen.slice(3)).toEqual(['changing', 'last', 'added']);
  });
});

describe('rule 3: events queue up whether or not a handler exists', () => {
  it('shows them to a handler that is registered later, but before the delivery', () => {
    const conn = openConnection();
    send(conn, 1, 2);
    const seen: number[] = [];
    record(conn, seen);
    deliverEvents(conn);
    expect(seen).toEqual([1, 2]);
  });

  it('counts those that no handler matches as unmatched, and takes them off the queue', () => {
    const conn = openConnection();
    addEventHandler(conn, ['other'], () => {});
    send(conn, 1, 3);
    expect(deliverEvents(conn)).toMatchObject({ events: 3, unmatched: 3, handlerCalls: 0, remaining: 0 });
    expect(connectionStats(conn).unmatched).toBe(3);
  });
});

describe("rule 4: one handler's failure hides nothing from others", () => {
  it('goes on with the other handlers and events, and throws one DeliveryError at the end', () => {
    const conn = openConnection();
    const seen: number[] = [];
    const failing = addEventHandler(conn, null, function whoFails(_, event) {
      throw new Error(`no ${numberOf(event)}`);
    });
    record(conn, seen);
    send(conn, 1, 2);
    const error = thrownBy(() => deliverEvents(conn)) as DeliveryError;
    expect(error).toBeInstanceOf(DeliveryError);
    expect(seen).toEqual([1, 2]);
    expect(
      error.failures.map(({ handler, event, cause }) => [handler, numberOf(event), (cause as Error).message]),
    ).toEqual([
      [failing, 1, 'no 1'],
      [failing, 2, 'no 2'],
    ]);
    expect(error.cause).toBe(error.failures[0]?.cause);
    expect(error.result).toMatchObject({ events: 2, handlerCalls: 4, failed: 2, stoppedBy: 'drained' });
    expect(error.message).toBe('2 handler calls failed; first, the handler whoFails on event 1 (e): no 1');
  });

  it('only counts failures if throwOnError is false', () => {
    const conn = openConnection();
    addEventHandler(conn, null, () => {
      throw new Error('no');
    });
    send(conn, 1);
    expect(deliverEvents(conn, { throwOnError: false })).toMatchObject({ events: 1, failed: 1, remaining: 0 });
    expect(connectionStats(conn).failed).toBe(1);
  });

  it('shows a failed assertion inside a handler, with its difference, in the message', () => {
    const conn = openConnection();
    addEventHandler(conn, null, (_, event) => {
      expect(event.type).toBe('other');
    });
    send(conn, 1);
    const { message } = thrownBy(() => deliverEvents(conn)) as Error;
    expect(message).toContain('a handler failed on event 1 (e): ');
    expect(message).toMatch(/Expected:.*"other"/);
    expect(message).toMatch(/Received:.*"e"/);
  });

  it('takes what is thrown as it is, be it an error or not', () => {
    const conn = openConnection();
    addEventHandler(conn, null, () => {
      throw null;
    });
    send(conn, 1);
    const error = thrownBy(() => deliverEvents(conn)) as DeliveryError;
    expect([error.cause, error.message]).toEqual([null, 'a handler failed on event 1 (e): null']);
  });

  it("counts a filter that fails as its handler's failure, not as a match", () => {
    const conn = openConnection();
    const handler = jest.fn();
    const functions = {
      fail: () => {
        throw new Error('no such thing');
      },
    };
    addEventHandler(conn, 'fail()', handler, undefined, { functions });
    send(conn, 1);
    const error = thrownBy(() => deliverEvents(conn)) as DeliveryError;
    expect(error.message).toContain('no such thing');
    expect(handler).not.toHaveBeenCalled();
    expect(error.result).toMatchObject({ events: 1, failed: 1, handlerCalls: 0, unmatched: 0 });
  });

  it('takes a returned promise, or another string, as a failure, and leaves the promise alone', () => {
    const conn = openConnection();
    const then = jest.fn();
    addEventHandler(conn, null, (() => ({ then })) as unknown as () => void, undefined, { maxAttempts: 5 });
    addEventHandler(conn, null, (() => 'brake') as unknown as () => void);
    addEventHandler(conn, null, () => ({ incidental: true }));
    send(conn, 1);
    const error = thrownBy(() => deliverEvents(conn)) as DeliveryError;
    expect(error.failures.map(({ cause }) => cause)).toEqual([
      expect.any(HandlerResultError),
      expect.any(HandlerResultError),
    ]);
    expect(String(error.failures[1]?.cause)).toContain("'brake'");
    expect(then).not.toHaveBeenCalled();
  });
});

describe("rule 5: 'retry' keeps the event at the head of the queue", () => {
  it('runs the other handlers, ends the turn, and offers the event again only to those that are not done with it', () => {
    const conn = openConnection();
    const calls: string[] = [];
    addEventHandler(conn, null, (_, event) => {
      calls.push(`wants ${numberOf(event)} attempt ${event.attempt}`);
      return event.attempt < 3 ? 'retry' : undefined;
    });
    addEventHandler(conn, null, (_, event) => calls.push(`done ${numberOf(event)}`));
    send(conn, 1, 2);
    expect(deliverEvents(conn)).toMatchObject({ events: 0, handlerCalls: 2, remaining: 2, stoppedBy: 'retry' });
    expect(deliverEvents(conn)).toMatchObject({ events: 0, handlerCalls: 1, remaining: 2, stoppedBy: 'retry' });
    expect(calls).toEqual(['wants 1 attempt 1', 'done 1', 'wants 1 attempt 2']);
    calls.length = 0;
    expect(deliverEvents(conn)).toMatchObject({ events: 1, remaining: 1, stoppedBy: 'retry' });
    expect(calls).toEqual(['wants 1 attempt 3', 'wants 2 attempt 1', 'done 2']);
    expect(connectionStats(conn).retries).toBe(3);
  });

  it('retries a throw in the same way until maxAttempts, and only the last throw is the failure', () => {
    const conn = openConnection();
    let calls = 0;
    addEventHandler(
      conn,
      null,
      () => {
        calls += 1;
        throw new Error(`throw ${calls}`);
      },
      undefined,
      { maxAttempts: 3 },
    );
    send(conn, 1);
    expect(deliverEvents(conn)).toMatchObject({ stoppedBy: 'retry', failed: 0 });
    expect(deliverEvents(conn)).toMatchObject({ stoppedBy: 'retry', failed: 0 });
    const error = thrownBy(() => deliverEvents(conn)) as DeliveryError;
    expect((error.cause as Error).message).toBe('throw 3');
    expect(error.result).toMatchObject({ events: 1, failed: 1, remaining: 0 });
  });

  it('counts the throws on each event anew', () => {
    const conn = openConnection();
    addEventHandler(
      conn,
      null,
      (_, event) => {
        if (event.attempt === 1) {
          throw new Error('the first time');
        }
      },
      undefined,
      { maxAttempts: 2 },
    );
    send(conn, 1, 2);
    const results = [deliverEvents(conn), deliverEvents(conn), deliverEvents(conn)];
    expect(results.map(({ events, failed }) => [events, failed])).toEqual([
      [0, 0],
      [1, 0],
      [1, 0],
    ]);
  });

  it("ends 'once' when the handler has finished with an event, not when it asks for it again", () => {
    const conn = openConnection();
    const seen: string[] = [];
    const registration = addEventHandler(
      conn,
      null,
      (_, event) => {
        seen.push(`${numberOf(event)}/${event.attempt}`);
        return event.attempt === 1 ? 'retry' : undefined;
      },
      undefined,
      { once: true },
    );
    send(conn, 1, 2);
    deliverEvents(conn);
    expect(registration.active).toBe(true);
    deliverEvents(conn);
    expect(seen).toEqual(['1/1', '1/2']);
    expect(registration.active).toBe(false);
  });

  it("outranks 'break'", () => {
    const conn = openConnection();
    addEventHandler(conn, null, () => 'break');
    addEventHandler(conn, null, (_, event) => (event.attempt === 1 ? 'retry' : undefined));
    send(conn, 1, 2);
    expect(deliverEvents(conn).stoppedBy).toBe('retry');
  });

  it('never drops an event that was offered, and never lets it be taken', () => {
    const conn = openConnection('memory:', { queue: { maxEvents: 2, overflow: 'drop-oldest' } });
    const seen: string[] = [];
    addEventHandler(conn, null, (_, event) => {
      seen.push(event.type === 'events-lost' ? event.type : String(numberOf(event)));
      return event.attempt === 1 && numberOf(event) === 1 ? 'retry' : undefined;
    });
    send(conn, 1);
    deliverEvents(conn);
    expect(takeEvents(conn)).toEqual([]);
    send(conn, 2, 5);
    deliverEvents(conn);
    expect(seen).toEqual(['1', '1', 'events-lost', '5']);
  });

  it('treats the event as absent for retryDelayMs if a delivery waits, but offers it at once if it does not', () => {
    const clock = new ManualClock();
    const conn = openConnection('memory:', { clock });
    const attempts: number[] = [];
    addEventHandler(conn, null, (_, event) => {
      attempts.push(event.attempt);
      return 'retry';
    });
    send(conn, 1);
    deliverEvents(conn, { retryDelayMs: 50 });
    expect(deliverEvents(conn, { waitMs: 10 })).toMatchObject({ handlerCalls: 0, remaining: 1, stoppedBy: 'retry' });
    clock.advance(50);
    deliverEvents(conn, { waitMs: 10 });
    expect(attempts).toEqual([1, 2]);
    deliverEvents(conn);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('makes waitForEvents wait until the pause has passed', async () => {
    const clock = new ManualClock();
    const conn = openConnection('memory:', { clock });
    addEventHandler(conn, null, () => 'retry');
    send(conn, 1);
    deliverEvents(conn);
    let resolved: boolean | undefined;
    const wait = waitForEvents(conn).then((found) => {
      resolved = found;
    });
    clock.advance(99);
    await new Promise((resolve) => setImmediate(resolve));
    expect(resolved).toBeUndefined();
    clock.advance(1);
    await wait;
    expect(resolved).toBe(true);
  });

  it('does not let runDelivery spin: it pauses between the attempts', async () => {
    const conn = openConnection();
    const times: number[] = [];
    addEventHandler(conn, null, () => {
      times.push(performance.now());
      if (times.length === 3) {
        closeConnection(conn);
      }
      return 'retry';
    });
    send(conn, 1);
    await runDelivery(conn, { retryDelayMs: 20 });
    expect(times).toHaveLength(3);
    expect((times[2] as number) - (times[0] as number)).toBeGreaterThanOrEqual(39);
  });

  it('is over at once for those who wait when the last handler that wanted it is removed', async () => {
    const conn = openConnection();
    const registration = addEventHandler(conn, null, () => 'retry');
    send(conn, 1);
    deliverEvents(conn, { retryDelayMs: 60_000 });
    const wait = waitForEvents(conn);
    removeEventHandler(conn, registration);
    await expect(wait).resolves.toBe(true);
    expect(deliverEvents(conn, { waitMs: 1 })).toMatchObject({ events: 1, stoppedBy: 'drained' });
  });

  it('does not let a large event that cannot fit beside it drive others out', () => {
    const conn = openConnection('memory:', { queue: { maxBytes: 400, overflow: 'drop-oldest' } });
    addEventHandler(conn, null, () => 'retry');
    sendEvent(conn, eventXml('e', '1'.repeat(150)));
    deliverEvents(conn);
    send(conn, 2);
    sendEvent(conn, eventXml('e', '3'.repeat(250)));
    expect(connectionStats(conn)).toMatchObject({ queued: 3, lost: 1 });
  });

  it('completes an event when the handlers that wanted it again are all removed', () => {
    const conn = openConnection();
    const registration = addEventHandler(conn, null, () => 'retry');
    send(conn, 1);
    deliverEvents(conn);
    removeEventHandler(conn, registration);
    expect(deliverEvents(conn)).toMatchObject({ events: 1, handlerCalls: 0, unmatched: 0, stoppedBy: 'drained' });
  });
});

describe('rule 6: a delivery inside a delivery', () => {
  it('of the same connection is refused at once and changes nothing', () => {
    const conn = openConnection();
    const other = openConnection();
    send(other, 1);
    send(conn, 1, 2);
    const refusals: unknown[] = [];
    addEventHandler(conn, null, () => {
      refusals.push(
        thrownBy(() => deliverEvents(conn)),
        thrownBy(() => deliverEvents([other, conn])),
        thrownBy(() => takeEvents(conn)),
      );
    });
    expect(deliverEvents(conn)).toMatchObject({ events: 2, failed: 0 });
    expect(refusals).toEqual(Array(6).fill(expect.any(NestedDeliveryError)));
    expect(connectionStats(other).queued).toBe(1);
  });

  it('of another connection is fine, and cannot come back to the first', () => {
    const outer = openConnection();
    const inner = openConnection();
    const seen: string[] = [];
    addEventHandler(outer, null, () => {
      deliverEvents(inner);
    });
    addEventHandler(inner, null, () => {
      seen.push((thrownBy(() => deliverEvents(outer)) as NestedDeliveryError).code);
    });
    send(outer, 1);
    send(inner, 1);
    deliverEvents(outer);
    expect(seen).toEqual(['ERR_NESTED_DELIVERY']);
  });

  it('does not lock a connection for ever when a handler throws', () => {
    const conn = openConnection();
    addEventHandler(conn, null, () => {
      throw new Error('no');
    });
    send(conn, 1);
    expect(() => deliverEvents(conn)).toThrow(DeliveryError);
    expect(deliverEvents(conn)).toMatchObject({ events: 0, stoppedBy: 'drained' });
  });

  it("ends the connection's part after a handler that closes it", () => {
    const conn = openConnection();
    const later = jest.fn();
    addEventHandler(conn, null, () => closeConnection(conn));
    addEventHandler(conn, null, later);
    send(conn, 1, 2);
    expect(deliverEvents(conn)).toMatchObject({ handlerCalls: 1, events: 0, remaining: 0, stoppedBy: 'ended' });
    expect(later).not.toHaveBeenCalled();
    expect(() => deliverEvents(conn)).toThrow(ConnectionClosedError);
  });
});

describe('rule 6: closing the connection inside a handler', () => {
  /** A connection with one event, whose driver writes down when it is closed. */
  const open = () => {
    const { conn, driver } = openScripted();
    const log: string[] = [];
    const close = driver.close.bind(driver);
    driver.close = () => {
      log.push('driver closed');
      close();
    };
    driver.arrive(eventXml('e', 1), eventXml('e', 2));
    return { conn, driver, log };
  };

  it('closes the driver when the handler has returned', () => {
    const { conn, log } = open();
    addEventHandler(conn, null, () => {
      closeConnection(conn);
      closeConnection(conn);
      log.push(`${conn.state}, ${connectionStats(conn).queued} queued`);
      expect(() => sendEvent(conn, eventXml('e'))).toThrow(ConnectionClosedError);
    });
    deliverEvents(conn);
    expect(log).toEqual(['closed, 0 queued', 'driver closed']);
    closeConnection(conn);
    expect(log).toHaveLength(2);
  });

  it('completes the event if that handler has finished and no other is left to be called', () => {
    for (const result of [undefined, 'break'] as const) {
      const { conn } = open();
      addEventHandler(conn, null, () => {});
      addEventHandler(conn, null, () => {
        closeConnection(conn);
        return result;
      });
      addEventHandler(conn, ['other'], () => {});
      expect(deliverEvents(conn)).toMatchObject({ events: 1, handlerCalls: 2, unmatched: 0, remaining: 0 });
      expect(connectionStats(conn)).toMatchObject({ delivered: 1, queued: 0 });
    }
  });

  it('completes it if the handler fails for the last time', () => {
    const { conn } = open();
    addEventHandler(conn, null, () => {
      closeConnection(conn);
      throw new Error('no');
    });
    expect(deliverEvents(conn, { throwOnError: false })).toMatchObject({ events: 1, failed: 1, stoppedBy: 'ended' });
  });

  it.each<[string, (conn: Connection) => void]>([
    [
      'another is left',
      (conn) => {
        addEventHandler(conn, null, () => closeConnection(conn));
        addEventHandler(conn, null, () => {});
      },
    ],
    [
      'it wants the event again',
      (conn) => {
        addEventHandler(conn, null, () => {
          closeConnection(conn);
          return 'retry';
        });
      },
    ],
    [
      'it throws and may try again',
      (conn) => {
        const handler = () => {
          closeConnection(conn);
          throw new Error('no');
        };
        addEventHandler(conn, null, handler, undefined, { maxAttempts: 2 });
      },
    ],
    [
      'one before it wants the event again',
      (conn) => {
        addEventHandler(conn, null, () => 'retry');
        addEventHandler(conn, null, () => closeConnection(conn));
      },
    ],
    [
      "it is not a handler that closes, but a filter's function",
      (conn) => {
        const close = () => {
          closeConnection(conn);
          return true;
        };
        addEventHandler(conn, 'close()', () => {}, undefined, { functions: { close } });
      },
    ],
  ])('does not complete it if %s', (_, register) => {
    const { conn, log } = open();
    register(conn);
    expect(deliverEvents(conn)).toMatchObject({ events: 0, remaining: 0, failed: 0, stoppedBy: 'ended' });
    expect(connectionStats(conn)).toMatchObject({ delivered: 0, queued: 0 });
    expect(log).toEqual(['driver closed']);
  });

  it('from a handler of another connection lets the first one finish, too', () => {
    const { conn: outer, log } = open();
    const inner = openConnection();
    addEventHandler(outer, null, () => {
      deliverEvents(inner);
      log.push('returned');
    });
    addEventHandler(inner, null, () => closeConnection(outer));
    send(inner, 1);
    expect(deliverEvents(outer)).toMatchObject({ events: 1, stoppedBy: 'ended' });
    expect(log).toEqual(['returned', 'driver closed']);
  });

  it('lets no operation on a test domain be made in the same handler', () => {
    const conn = openConnection('test:///default');
    const domain = testDomains(conn).get('test');
    addEventHandler(conn, null, () => {
      closeConnection(conn);
      domain.resume();
    });
    domain.suspend();
    const error = thrownBy(() => deliverEvents(conn)) as DeliveryError;
    expect(error.cause).toBeInstanceOf(ConnectionClosedError);
    expect(domain.state).toBe('paused');
    expect(connectionStats(conn).queued).toBe(0);
  });
});

describe('rule 7: budgetMs covers pump, filters and handlers', () => {
  it('is looked at between handler calls; the next delivery calls the rest first, in the same attempt', () => {
    const clock = new ManualClock();
    const conn = openConnection('memory:', { clock });
    const calls: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      addEventHandler(conn, null, (_, event) => {
        calls.push(`${name}${numberOf(event)}/${event.attempt}`);
        clock.advance(10);
      });
    }
    send(conn, 1, 2);
    expect(deliverEvents(conn, { budgetMs: 15 })).toMatchObject({
      events: 0,
      handlerCalls: 2,
      stoppedBy: 'budget',
      remaining: 2,
    });
    expect(deliverEvents(conn, { budgetMs: 15 })).toMatchObject({
      events: 1,
      handlerCalls: 2,
      stoppedBy: 'budget',
      remaining: 1,
    });
    expect(deliverEvents(conn)).toMatchObject({ events: 1, handlerCalls: 2, stoppedBy: 'drained' });
    expect(calls).toEqual(['a1/1', 'b1/1', 'c1/1', 'a2/1', 'b2/1', 'c2/1']);
  });

  it('keeps apart who has not been called yet and who wants the event again', () => {
    const clock = new ManualClock();
    const conn = openConnection('memory:', { clock });
    const calls: string[] = [];
    const handler = (name: string, last: number) => {
      addEventHandler(conn, null, (_, event) => {
        calls.push(`${name}/${event.attempt}`);
        clock.advance(10);
        return event.attempt < last ? 'retry' : undefined;
      });
    };
    handler('a', 2);
    handler('b', 1);
    send(conn, 1);
    expect(deliverEvents(conn, { budgetMs: 5 }).stoppedBy).toBe('budget');
    expect(deliverEvents(conn, { budgetMs: 5 }).stoppedBy).toBe('retry');
    expect(deliverEvents(conn, { budgetMs: 5 })).toMatchObject({ events: 1, stoppedBy: 'drained' });
    expect(calls).toEqual(['a/1', 'b/1', 'a/2']);
  });

  it('is looked at between chunks of the pump', () => {
    const clock = new ManualClock();
    const { conn, driver } = openScripted({ clock });
    driver.onChunk = () => clock.advance(10);
    driver.arrive(eventXml('e', 1), eventXml('e', 2), eventXml('e', 3), eventXml('e', 4));
    addEventHandler(conn, null, () => {});
    expect(deliverEvents(conn, { budgetMs: 25 })).toMatchObject({ handlerCalls: 1, stoppedBy: 'budget', remaining: 2 });
    expect(driver.transport).toHaveLength(1);
  });

  it('covers the pumps in the middle of a wait, but not the sleeps', () => {
    const { conn, driver } = openScripted();
    driver.onWait = () => {
      driver.arrive(...[1, 2, 3].map((number) => eventXml('e', number)));
    };
    const seen: number[] = [];
    record(conn, seen);
    expect(deliverEvents(conn, { waitMs: 5000, budgetMs: 0 })).toMatchObject({ handlerCalls: 1, stoppedBy: 'drained' });
    expect(driver.transport).toHaveLength(2);
  });

  it('lets one handler call be made even if it is used up at once, so that a loop gets on', () => {
    const conn = openConnection();
    const seen: number[] = [];
    record(conn, seen);
    send(conn, 1, 3);
    const reasons = [1, 2, 3].map(() => deliverEvents(conn, { budgetMs: 0 }).stoppedBy);
    expect(seen).toEqual([1, 2, 3]);
    expect(reasons).toEqual(['budget', 'budget', 'drained']);
  });

  it('is looked at before an event that no handler matches as well', () => {
    const clock = new ManualClock();
    const conn = openConnection('memory:', { clock });
    addEventHandler(conn, ['a'], () => clock.advance(10));
    for (const type of ['a', 'b', 'b']) {
      sendEvent(conn, eventXml(type));
    }
    expect(deliverEvents(conn, { budgetMs: 10 })).toMatchObject({ events: 1, remaining: 2, stoppedBy: 'budget' });
    expect(deliverEvents(conn, { budgetMs: 10 })).toMatchObject({ events: 2, unmatched: 2, stoppedBy: 'drained' });
  });

  it('lets one event that no handler matches pass even if it is used up at once, and no more', () => {
    const clock = new ManualClock();
    const conn = openConnection('memory:', { clock });
    const functions = {
      slow: () => {
        clock.advance(10);
        return false;
      },
    };
    addEventHandler(conn, 'slow()', () => {}, undefined, { functions });
    send(conn, 1, 3);
    for (const remaining of [2, 1]) {
      expect(deliverEvents(conn, { budgetMs: 5 })).toMatchObject({ events: 1, remaining, stoppedBy: 'budget' });
    }
  });

  it('does not cover waiting', () => {
    const { conn, driver } = openScripted();
    const seen: number[] = [];
    record(conn, seen);
    record(conn, seen);
    driver.onWait = () => {
      const start = performance.now();
      while (performance.now() - start < 30) {}
      driver.arrive(eventXml('e', 1));
    };
    deliverEvents(conn, { waitMs: 5000, budgetMs: 25 });
    expect(seen).toEqual([1, 1]);
  });
});

describe('rule 8: order is first in, first out per connection, and several connections take turns', () => {
  const three = () => {
    const conns = [openConnection(), openConnection(), openConnection()] as const;
    const order: (string | number)[] = [];
    for (const [place, conn] of conns.entries()) {
      record(conn, order, 'abc'[place]);
    }
    return { conns, order };
  };

  it('gives one event from each in turn', () => {
    const { conns, order } = three();
    send(conns[0], 1, 3);
    send(conns[1], 1, 1);
    send(conns[2], 1, 2);
    const result = deliverEvents(conns);
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
    expect(result).toMatchObject({ events: 6, handlerCalls: 6, stoppedBy: 'drained' });
    expect(result.connections?.map(({ connection, events }) => [connection, events])).toEqual([
      [conns[0], 3],
      [conns[1], 1],
      [conns[2], 2],
    ]);
  });

  it('begins with the one served longest ago, and has one limit for all', () => {
    const { conns, order } = three();
    for (const conn of conns) {
      send(conn, 1, 2);
    }
    for (let call = 0; call < 6; call += 1) {
      expect(deliverEvents(conns, { limit: 1 }).events).toBe(1);
    }
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
    send(conns[0], 3);
    send(conns[1], 3);
    deliverEvents([conns[1], conns[0]], { limit: 1 });
    expect(order.at(-1)).toBe('a3');
  });

  it("ends only a connection's own turn on retry and closing, and the call on 'break'", () => {
    const { conns, order } = three();
    addEventHandler(conns[0], null, () => 'retry');
    addEventHandler(conns[1], null, () => closeConnection(conns[1]));
    for (const conn of conns) {
      send(conn, 1, 3);
    }
    const result = deliverEvents(conns);
    expect(order).toEqual(['a1', 'b1', 'c1', 'c2', 'c3']);
    expect(result.stoppedBy).toBe('retry');
    expect(result.connections?.map(({ stoppedBy }) => stoppedBy)).toEqual(['retry', 'ended', 'drained']);
    const two = [openConnection(), openConnection()];
    two.forEach((conn) => {
      addEventHandler(conn, null, () => 'break');
      send(conn, 1, 2);
    });
    expect(deliverEvents(two)).toMatchObject({ events: 1, stoppedBy: 'break', remaining: 3 });
  });

  it('delivers the others before it throws that one is lost', () => {
    const other = openConnection();
    const seen: number[] = [];
    record(other, seen);
    send(other, 1);
    const { conn: lost, driver } = openScripted();
    driver.end = new Error('the wire is cut');
    const error = thrownBy(() => deliverEvents([lost, other])) as ConnectionLostError;
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error.result).toMatchObject({ events: 1 });
    expect(seen).toEqual([1]);
  });

  it("heeds a 'break' of a handler that closes its connection", () => {
    const [closing, other] = [openConnection(), openConnection()];
    addEventHandler(closing, null, (conn) => {
      closeConnection(conn);
      return 'break';
    });
    send(closing, 1);
    send(other, 1);
    expect(deliverEvents([closing, other])).toMatchObject({ stoppedBy: 'break', remaining: 1 });
  });

  it('takes an empty list of connections for one that has ended', () => {
    for (const options of [undefined, { waitMs: 1000 }, { budgetMs: 5 }, { limit: 1 }]) {
      expect(deliverEvents([], options)).toMatchObject({ events: 0, stoppedBy: 'ended', connections: [] });
    }
  });

  it('refuses a connection that is given twice', () => {
    const conn = openConnection();
    expect(() => deliverEvents([conn, conn])).toThrow(InvalidArgumentError);
  });
});

describe('rule 9: the queue is bounded in events and in bytes', () => {
  it("'refuse': sendEvent throws QueueFullError, and there is room again after a delivery", () => {
    const conn = openConnection('memory:', { queue: { maxEvents: 2 } });
    send(conn, 1, 2);
    expect(() => send(conn, 3)).toThrow(QueueFullError);
    expect(takeEvents(conn, { limit: 1 }).map(numberOf)).toEqual([1]);
    send(conn, 4);
    expect(takeEvents(conn).map((event) => [numberOf(event), event.sequence])).toEqual([
      [2, 2],
      [4, 3],
    ]);
  });

  it("'refuse': bounds the bytes as well", () => {
    const size = Buffer.byteLength(eventXml('é', 1));
    const conn = openConnection('memory:', { queue: { maxBytes: 2 * size } });
    sendEvent(conn, eventXml('é', 1));
    sendEvent(conn, eventXml('é', 2));
    expect(connectionStats(conn).queuedBytes).toBe(2 * size);
    expect(() => sendEvent(conn, eventXml('é', 3))).toThrow(/2 events of \d+ bytes queued, the bound is/);
  });

  it("'refuse': a driver stops reading its transport and loses nothing", () => {
    const { conn, driver } = openScripted({ queue: { maxEvents: 2 } });
    const seen: number[] = [];
    record(conn, seen);
    driver.arrive(...[1, 2, 3, 4, 5].map((number) => eventXml('e', number)));
    expect(deliverEvents(conn).events).toBe(2);
    expect(driver.transport).toHaveLength(3);
    deliverEvents(conn);
    deliverEvents(conn);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it("'drop-oldest': a gap stands in the place of what was dropped, with a count by type", () => {
    const clock = new ManualClock('2026-01-02T03:04:05Z');
    const conn = openConnection('memory:', { clock, queue: { maxEvents: 2, overflow: 'drop-oldest' } });
    sendEvent(conn, eventXml('a', 1));
    sendEvent(conn, eventXml('b', 2));
    sendEvent(conn, eventXml('a', 3));
    sendEvent(conn, eventXml('e', 4));
    sendEvent(conn, eventXml('e', 5));
    const [lost, ...rest] = takeEvents(conn);
    expect(lost?.xml).toBe(
      '<event type="events-lost" timestamp="2026-01-02T03:04:05.000000Z" count="3" first="1" last="3" cause="overflow">' +
        '<lost type="a" count="2"/><lost type="b" count="1"/></event>',
    );
    expect(lost?.sequence).toBe(3);
    expect(rest.map((event) => [event.sequence, numberOf(event)])).toEqual([
      [4, 4],
      [5, 5],
    ]);
  });

  it("'drop-newest': the gap stands at the end, and every arrival has taken a sequence number", () => {
    const conn = openConnection('memory:', { queue: { maxEvents: 2, overflow: 'drop-newest' } });
    send(conn, 1, 5);
    const events = takeEvents(conn);
    expect(events.map((event) => event.type)).toEqual(['e', 'e', 'events-lost']);
    expect(gap(events[2] as QueuedEvent)).toMatchObject({ count: '3', first: '3', last: '5', cause: 'overflow' });
    send(conn, 6);
    expect(takeEvents(conn).map((event) => event.sequence)).toEqual([6]);
    expect(connectionStats(conn)).toMatchObject({ arrived: 6, lost: 3 });
  });

  it('delivers and filters gaps as any event, and counts what they stand for as lost', () => {
    const conn = openConnection('memory:', { queue: { maxEvents: 1, overflow: 'drop-newest' } });
    const seen: string[] = [];
    addEventHandler(conn, ['events-lost'], (_, event) => {
      if (event.type === 'events-lost') {
        seen.push(`${event.detail?.count} ${event.detail?.cause} ${event.number('@first')}`);
      }
    });
    send(conn, 1, 4);
    expect(deliverEvents(conn)).toMatchObject({ events: 2, unmatched: 1, handlerCalls: 1, lost: 3 });
    expect(seen).toEqual(['3 overflow 2']);
  });

  it('merges adjacent gaps, so that they use no room however much is lost', () => {
    const conn = openConnection('memory:', { queue: { maxEvents: 1, overflow: 'drop-newest' } });
    send(conn, 1, 1000);
    expect(connectionStats(conn).queued).toBe(2);
  });

  it('keeps gaps of different causes apart, each in its place', () => {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-semantics-'));
    const path = join(folder, 'events.xml');
    const bad = '<event type="e"><n></event>';
    writeFileSync(path, [eventXml('e', 1), bad, bad, eventXml('e', 4), eventXml('e', 5), bad].join('\n'));
    using conn = openConnection(`file:${path}`, { queue: { maxEvents: 1, overflow: 'drop-newest' } });
    const [event, ...gaps] = takeEvents(conn);
    expect(event?.sequence).toBe(1);
    expect(gaps.map((lost) => [lost.sequence, gap(lost)])).toEqual([
      [3, expect.objectContaining({ cause: 'invalid', count: '2', first: '2', last: '3' })],
      [5, expect.objectContaining({ cause: 'overflow', count: '2', first: '4', last: '5' })],
      [6, expect.objectContaining({ cause: 'invalid', count: '1', first: '6', last: '6' })],
    ]);
    rmSync(folder, { recursive: true });
  });

  it('lets a driver that cannot wait exceed the bound', () => {
    const { conn, driver } = openScripted({ queue: { maxEvents: 1 } });
    driver.force(eventXml('e', 1), eventXml('e', 2));
    expect(() => send(conn, 3)).toThrow(QueueFullError);
    expect(takeEvents(conn).map(numberOf)).toEqual([1, 2]);
  });
});

describe('a pump', () => {
  it('ends after as much as the queue can hold, should the transport never be empty', () => {
    const { conn, driver } = openScripted({ queue: { maxEvents: 10, overflow: 'drop-oldest' } });
    driver.onChunk = () => driver.transport.push(eventXml('e', 1));
    driver.arrive(eventXml('e', 0));
    addEventHandler(conn, null, () => {});
    expect(deliverEvents(conn)).toMatchObject({ events: 10, lost: 0, stoppedBy: 'drained' });
  });
});

describe('a pump of chunks that hold no event', () => {
  it('ends after 1,024 of them', () => {
    const { conn, driver } = openScripted();
    let chunks = 0;
    driver.pump = (shouldContinue) => {
      do {
        chunks += 1;
      } while (chunks < 5000 && shouldContinue());
    };
    deliverEvents(conn);
    expect(chunks).toBe(1024);
  });
});

describe('rule 10: bad input never enters the queue', () => {
  const bad: readonly [string, string][] = [
    ['not well-formed', '<event type="e" timestamp="t"><a></event>'],
    ['without a type', '<event timestamp="t"/>'],
    ['without a timestamp', '<event type="e"/>'],
    ['with a DOCTYPE', '<!DOCTYPE event><event type="e" timestamp="t"/>'],
    ['over a cap', `<event type="e" timestamp="t">${'<a>'.repeat(300)}${'</a>'.repeat(300)}</event>`],
  ];
  it.each(bad)('refuses an event that is %s, with line and column', (_, xml) => {
    const conn = openConnection();
    const error = thrownBy(() => sendEvent(conn, xml)) as InvalidEventError;
    expect(error).toBeInstanceOf(InvalidEventError);
    expect([error.line, error.column]).toEqual([1, expect.any(Number)]);
    expect(connectionStats(conn)).toMatchObject({ queued: 0, arrived: 0 });
  });
});

describe('rule 11: waiting', () => {
  it('waitForEvents resolves at once while anything is queued, whoever queued it', async () => {
    const conn = openConnection();
    send(conn, 1);
    await expect(waitForEvents(conn)).resolves.toBe(true);
    await expect(waitForEvents(conn)).resolves.toBe(true);
    takeEvents(conn);
    await expect(waitForEvents(conn, { timeoutMs: 1 })).resolves.toBe(false);
  });

  it('waitForEvents resolves when something is queued later, by the program or by the driver', async () => {
    const { conn, driver } = openScripted();
    const first = waitForEvents(conn);
    send(conn, 1);
    await expect(first).resolves.toBe(true);
    takeEvents(conn);
    const second = waitForEvents(conn);
    driver.arrive(eventXml('e', 2));
    await expect(second).resolves.toBe(true);
    expect(driver.isListening).toBe(false);
  });

  it('waitMs waits for the first event if nothing is queued after the pump', () => {
    const { conn, driver } = openScripted();
    const waits: number[] = [];
    driver.onWait = (milliseconds) => {
      waits.push(milliseconds);
      driver.arrive(eventXml('e', 1));
    };
    expect(deliverEvents(conn, { waitMs: 10_000 }).events).toBe(1);
    expect(waits).toHaveLength(1);
    driver.arrive(eventXml('e', 2));
    deliverEvents(conn, { waitMs: 10_000 });
    expect(waits).toHaveLength(1);
  });

  it('waitMs lasts its full time on a memory connection, for one and for several', () => {
    const conns = [openConnection(), openConnection()];
    for (const given of [conns[0] as Connection, conns]) {
      const start = performance.now();
      expect(deliverEvents(given, { waitMs: 30 }).stoppedBy).toBe('drained');
      expect(performance.now() - start).toBeGreaterThanOrEqual(29);
    }
    const start = performance.now();
    takeEvents(conns[0] as Connection, { waitMs: 30 });
    expect(performance.now() - start).toBeGreaterThanOrEqual(29);
  });

  it('waitMs returns at once if the connection has ended', () => {
    const { conn, driver } = openScripted();
    driver.end = 'in good order';
    driver.onWait = () => {
      throw new Error('waited');
    };
    expect(deliverEvents(conn, { waitMs: 10_000 })).toMatchObject({ events: 0, stoppedBy: 'ended' });
    expect(conn.state).toBe('ended');
  });

  it('waitMs never sleeps on a clock that is moved by hand', () => {
    const { conn, driver } = openScripted({ clock: new ManualClock() });
    driver.onWait = () => {
      throw new Error('slept');
    };
    expect(deliverEvents(conn, { waitMs: 10_000 })).toMatchObject({ events: 0, stoppedBy: 'drained' });
  });

  it('neither spins nor asks the driver while the head of the queue is put off', () => {
    const { conn, driver } = openScripted();
    driver.onWait = () => {
      throw new Error('asked');
    };
    addEventHandler(conn, null, () => 'retry');
    send(conn, 1);
    deliverEvents(conn, { retryDelayMs: 30 });
    const sleeps = jest.spyOn(Atomics, 'wait');
    expect(deliverEvents(conn, { waitMs: 10_000 })).toMatchObject({ handlerCalls: 1, stoppedBy: 'retry' });
    expect(takeEvents(conn, { waitMs: 5 })).toEqual([]);
    expect(sleeps.mock.calls.length).toBeLessThan(6);
    sleeps.mockRestore();
  });

  it('sleeps once for many connections to which nothing can come meanwhile', () => {
    const conns = Array.from({ length: 100 }, () => openConnection());
    const sleeps = jest.spyOn(Atomics, 'wait');
    deliverEvents(conns, { waitMs: 20 });
    // One, or one more if the first ended a little early; a slice for each of them would be a hundred.
    expect(sleeps.mock.calls.length).toBeLessThan(5);
    sleeps.mockRestore();
  });

  it.each([
    [1, 60_000],
    [2, 2],
    [10, 2],
    [11, 2.2],
    [40, 8],
  ])('waits on each of %i connections for at most %d ms at a time', (count, slice) => {
    const opened = Array.from({ length: count }, () => openScripted());
    const waits: number[] = [];
    for (const { driver } of opened) {
      driver.onWait = (milliseconds) => {
        waits.push(milliseconds);
        driver.arrive(eventXml('e'));
      };
    }
    deliverEvents(
      opened.map(({ conn }) => conn),
      { waitMs: 60_000 },
    );
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeLessThanOrEqual(slice + 1e-9);
    expect(waits[0]).toBeGreaterThan(slice * 0.9);
  });

  it('waits for several connections at once, and is woken by any of them', () => {
    const quiet = openScripted();
    const busy = openScripted();
    let turns = 0;
    busy.driver.onWait = () => {
      turns += 1;
      if (turns === 3) {
        busy.driver.arrive(eventXml('e', 1));
      }
    };
    expect(deliverEvents([quiet.conn, busy.conn], { waitMs: 60_000 }).events).toBe(1);
  });
});

describe("rule 13: 'ended' is said only when nothing will come and no loss is left to be reported", () => {
  /** A connection whose transport holds so many events, and is then cut. */
  const cut = (events: number) => {
    const { conn, driver } = openScripted();
    driver.arrive(...Array.from({ length: events }, (_, place) => eventXml('e', place + 1)));
    driver.end = new Error('cut');
    return conn;
  };
  /** Delivers until 'ended' is said; tells why each delivery ended, and each error. */
  const deliverToTheEnd = (of: Connection | Connection[], options: DeliveryOptions) => {
    const outcomes: string[] = [];
    for (let rounds = 0; rounds < 100 && outcomes.at(-1) !== 'ended'; rounds += 1) {
      try {
        outcomes.push(deliverEvents(of, options).stoppedBy);
      } catch (error) {
        outcomes.push((error as ConnectionLostError).code);
      }
    }
    return outcomes;
  };

  it.each<DeliveryOptions>([{}, { waitMs: 1000 }, { budgetMs: 1000, throwOnError: false }])(
    'by deliverEvents with %j',
    (options) => {
      expect(deliverToTheEnd(cut(2), options)).toEqual(['drained', 'ERR_CONNECTION_LOST', 'ended']);
      expect(deliverToTheEnd(cut(0), options)).toEqual(['ERR_CONNECTION_LOST', 'ended']);
      expect(deliverToTheEnd(cut(2), { ...options, limit: 2 })).toEqual(['drained', 'ERR_CONNECTION_LOST', 'ended']);
    },
  );

  it('by deliverEvents for several connections, each of whose losses is told', () => {
    const ending = openScripted();
    ending.driver.end = 'in good order';
    const conns = [ending.conn, cut(1), cut(2)];
    expect(deliverToTheEnd(conns, { waitMs: 1000 })).toEqual([
      'drained',
      'ERR_CONNECTION_LOST',
      'ERR_CONNECTION_LOST',
      'ended',
    ]);
    expect(conns.map(({ state }) => state)).toEqual(['ended', 'lost', 'lost']);
  });

  it('by the result of a DeliveryError, while that outranks a loss', () => {
    const failing = openConnection();
    addEventHandler(failing, null, () => {
      throw new Error('no');
    });
    sendEvent(failing, eventXml('e'));
    const conns = [cut(0), failing];
    const error = thrownBy(() => deliverEvents(conns)) as DeliveryError;
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error.result.connections?.[0]).toMatchObject({ stoppedBy: 'drained' });
    expect(() => deliverEvents(conns)).toThrow(ConnectionLostError);
  });

  it('by the state, and by nothing that takeEvents returns', () => {
    const conn = cut(2);
    expect(takeEvents(conn)).toHaveLength(2);
    expect(conn.state).toBe('open');
    expect(() => takeEvents(conn)).toThrow(ConnectionLostError);
    expect(conn.state).toBe('lost');
    expect(takeEvents(conn)).toEqual([]);
  });

  it('by runs, whoever was told first', async () => {
    const { conn, driver } = openScripted();
    const outcomes = Promise.allSettled([waitForEvents(conn), runDelivery(conn), runDelivery(conn)]);
    await new Promise((resolve) => setImmediate(resolve));
    driver.end = new Error('cut');
    driver.arrive();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_CONNECTION_LOST' } });
    }
    expect(await waitForEvents(conn)).toBe(false);
    await runDelivery(conn);
  });

  it('by a run for several connections, one of which another has been told is lost', async () => {
    const { conn, driver } = openScripted();
    const other = openConnection();
    const run = runDelivery([other, conn]);
    driver.end = new Error('cut');
    expect(() => deliverEvents(conn)).toThrow(ConnectionLostError);
    sendEvent(other, eventXml('e'));
    await expect(run).rejects.toBeInstanceOf(ConnectionLostError);
  });
});

describe('a connection that is lost', () => {
  it('delivers what came before, then throws ConnectionLostError once, and is in the state lost', () => {
    const { conn, driver } = openScripted();
    const seen: number[] = [];
    record(conn, seen);
    driver.arrive(eventXml('e', 1));
    driver.end = new Error('the wire is cut');
    expect(deliverEvents(conn)).toMatchObject({ events: 1 });
    expect(conn.state).toBe('open');
    const error = thrownBy(() => deliverEvents(conn)) as ConnectionLostError;
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect((error.cause as Error).message).toBe('the wire is cut');
    expect(conn.state).toBe('lost');
    expect(deliverEvents(conn)).toMatchObject({ events: 0, stoppedBy: 'ended' });
  });

  it('is told by takeEvents, waitForEvents and runDelivery as well', async () => {
    const lost = () => {
      const { conn, driver } = openScripted();
      driver.end = new Error('cut');
      return conn;
    };
    expect(() => takeEvents(lost())).toThrow(ConnectionLostError);
    await expect(waitForEvents(lost())).rejects.toThrow(ConnectionLostError);
    await expect(runDelivery(lost())).rejects.toThrow(ConnectionLostError);
  });
});

describe('a connection that has ended', () => {
  it('is in the state ended only when all that came is delivered', () => {
    const { conn, driver } = openScripted();
    driver.arrive(eventXml('e', 1), eventXml('e', 2));
    driver.end = 'in good order';
    expect(deliverEvents(conn, { limit: 1 }).stoppedBy).toBe('limit');
    expect(conn.state).toBe('open');
    expect(deliverEvents(conn)).toMatchObject({ events: 1, stoppedBy: 'ended' });
    expect(conn.state).toBe('ended');
  });
});
