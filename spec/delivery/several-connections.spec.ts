import { writeSync } from 'node:fs';
import fc from 'fast-check';
import {
  addEventHandler,
  type Connection,
  ConnectionClosedError,
  ConnectionLostError,
  closeConnection,
  connectionStats,
  type DeliveryError,
  deliverEvents,
  ManualClock,
  openConnection,
  openEventPipe,
  sendEvent,
} from '../../lib';
import { systemClock } from '../../lib/clock';
import { openWriter, Scratch } from '../drivers/stream/scratch';
import { eventXml, openScripted } from '../support/scripted-driver';
import { thrownBy } from '../support/thrown-by';

const scratch = new Scratch();
afterAll(() => scratch.remove());

function send(conn: Connection, count: number): void {
  for (let number = 1; number <= count; number += 1) {
    sendEvent(conn, eventXml('e', number));
  }
}

describe('several connections', () => {
  it('are served alike while each has events, whatever limits the deliveries have and however full the queues are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 }),
        (queued, limits) => {
          const served = queued.map(() => 0);
          const conns = queued.map((count, place) => {
            const conn = openConnection();
            addEventHandler(conn, null, () => {
              served[place] = (served[place] as number) + 1;
            });
            send(conn, count);
            return conn;
          });
          for (const limit of limits) {
            const before = served.reduce((sum, count) => sum + count);
            const { events, remaining } = deliverEvents(conns, { limit });
            expect(served.reduce((sum, count) => sum + count)).toBe(before + events);
            expect(events === limit || remaining === 0).toBe(true);
            const waiting = served.filter((count, place) => count < (queued[place] as number));
            expect(Math.max(0, ...waiting) - Math.min(...waiting, Math.max(0, ...waiting))).toBeLessThanOrEqual(1);
            // Who has no events left had no more turns than those who still have some.
            const exhausted = served.filter((count, place) => count === queued[place]);
            expect(waiting.length === 0 || Math.max(0, ...exhausted) <= Math.min(...waiting) + 1).toBe(true);
          }
        },
      ),
      { seed: 20_260_101 },
    );
  });

  it('are served alike though one of them never runs dry', () => {
    const [busy, quiet] = [openConnection(), openConnection()];
    addEventHandler(busy, null, () => send(busy, 1));
    const seen: number[] = [];
    addEventHandler(quiet, null, (_, event) => seen.push(event.sequence));
    send(busy, 5);
    send(quiet, 3);
    for (let call = 0; call < 3; call += 1) {
      deliverEvents([busy, quiet], { limit: 2 });
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(connectionStats(busy)).toMatchObject({ delivered: 3, queued: 5 });
  });

  it('share one budget, and at most one handler call and one chunk are beyond it', () => {
    const clock = new ManualClock();
    const scripted = [1, 2, 3].map(() => openScripted({ clock }));
    const calls: number[] = [];
    let chunks = 0;
    for (const [place, { conn, driver }] of scripted.entries()) {
      driver.onChunk = () => {
        chunks += 1;
        clock.advance(10);
      };
      addEventHandler(conn, null, () => {
        calls.push(place);
        clock.advance(10);
      });
      driver.arrive(eventXml('e', 1), eventXml('e', 2));
    }
    const conns = scripted.map(({ conn }) => conn);
    expect(deliverEvents(conns, { budgetMs: 5 })).toMatchObject({ events: 1, stoppedBy: 'drained' });
    expect([chunks, calls]).toEqual([1, [0]]);
    // The others come first now, and then all in turn: nobody's transport is forgotten.
    for (let call = 0; call < 5; call += 1) {
      deliverEvents(conns, { budgetMs: 5 });
    }
    expect([chunks, calls]).toEqual([6, [0, 1, 2, 0, 1, 2]]);
  });

  it('with nothing to read do not keep others from being pumped, however small the budget is', () => {
    const [quiet, busy] = [openScripted(), openScripted()];
    addEventHandler(busy.conn, null, () => {});
    busy.driver.arrive(eventXml('e'));
    expect(deliverEvents([quiet.conn, busy.conn], { budgetMs: 0 }).events).toBe(1);
  });

  it('are told apart in the result, which counts them in sum as well', () => {
    const [plain, failing, waiting, unmatched] = [1, 2, 3, 4].map(() => openConnection()) as [
      Connection,
      Connection,
      Connection,
      Connection,
    ];
    addEventHandler(plain, null, () => {});
    addEventHandler(plain, null, () => {});
    addEventHandler(failing, null, () => {
      throw new Error('no');
    });
    addEventHandler(waiting, null, () => 'retry');
    const conns = [plain, failing, waiting, unmatched];
    for (const [place, conn] of conns.entries()) {
      send(conn, place + 1);
    }
    const result = deliverEvents(conns, { throwOnError: false });
    const nothing = {
      events: 0,
      handlerCalls: 0,
      unmatched: 0,
      failed: 0,
      lost: 0,
      remaining: 0,
      stoppedBy: 'drained',
    };
    expect(result.connections).toEqual([
      { ...nothing, connection: plain, events: 1, handlerCalls: 2 },
      { ...nothing, connection: failing, events: 2, handlerCalls: 2, failed: 2 },
      { ...nothing, connection: waiting, handlerCalls: 1, remaining: 3, stoppedBy: 'retry' },
      { ...nothing, connection: unmatched, events: 4, unmatched: 4 },
    ]);
    const { connections, ...sum } = result;
    expect(sum).toEqual({
      events: 7,
      handlerCalls: 5,
      unmatched: 4,
      failed: 2,
      lost: 0,
      remaining: 3,
      stoppedBy: 'retry',
    });
    for (const name of ['events', 'handlerCalls', 'unmatched', 'failed', 'remaining'] as const) {
      expect(connections?.reduce((total, part) => total + part[name], 0)).toBe(sum[name]);
    }
  });

  it('are not harmed by one whose handler fails: all is delivered, then the failures of all are thrown', () => {
    const conns = [openConnection(), openConnection(), openConnection()];
    const seen: string[] = [];
    for (const [place, conn] of conns.entries()) {
      addEventHandler(conn, null, (_, event) => {
        seen.push(`${place}/${event.sequence}`);
        if (place !== 1) {
          throw new Error(`${place}`);
        }
      });
      send(conn, 2);
    }
    const error = thrownBy(() => deliverEvents(conns)) as DeliveryError;
    expect(seen).toEqual(['0/1', '1/1', '2/1', '0/2', '1/2', '2/2']);
    expect(error.failures.map(({ cause }) => (cause as Error).message)).toEqual(['0', '2', '0', '2']);
    expect(error.result.connections?.map(({ failed, events }) => [failed, events])).toEqual([
      [2, 2],
      [0, 2],
      [2, 2],
    ]);
  });

  it('are not harmed by one that is lost, and every loss is told, one by one', () => {
    const [one, other, sound] = [openScripted(), openScripted(), openScripted()];
    const conns = [one, other, sound].map(({ conn }) => conn);
    const seen: string[] = [];
    for (const [place, { conn, driver }] of [one, other, sound].entries()) {
      addEventHandler(conn, null, (_, event) => seen.push(`${place}/${event.sequence}`));
      driver.arrive(eventXml('e', 1));
    }
    one.driver.end = new Error('the first wire is cut');
    other.driver.end = new Error('the second wire is cut');
    expect(deliverEvents(conns).events).toBe(3);
    sound.driver.arrive(eventXml('e', 2));
    const first = thrownBy(() => deliverEvents(conns)) as ConnectionLostError;
    expect([first.message, first.result?.events]).toEqual([expect.stringContaining('the first wire is cut'), 1]);
    sound.driver.arrive(eventXml('e', 3));
    const second = thrownBy(() => deliverEvents(conns)) as ConnectionLostError;
    expect([second.message, second.result?.events]).toEqual([expect.stringContaining('the second wire is cut'), 1]);
    expect(second).toBeInstanceOf(ConnectionLostError);
    expect(seen).toEqual(['0/1', '1/1', '2/1', '2/2', '2/3']);
    expect(deliverEvents(conns)).toMatchObject({ events: 0, stoppedBy: 'drained' });
  });

  it('are not told a loss that a failure has hidden, but by the next delivery', () => {
    const [lost, failing] = [openScripted(), openConnection()];
    lost.driver.end = new Error('the wire is cut');
    addEventHandler(failing, null, () => {
      throw new Error('no');
    });
    send(failing, 1);
    const conns = [lost.conn, failing];
    expect((thrownBy(() => deliverEvents(conns)) as DeliveryError).code).toBe('ERR_DELIVERY');
    expect(thrownBy(() => deliverEvents(conns))).toBeInstanceOf(ConnectionLostError);
  });

  it('are refused as a whole if one is closed, before anything is done', () => {
    const [open, closed] = [openConnection(), openConnection()];
    addEventHandler(open, null, () => {});
    send(open, 1);
    closeConnection(closed);
    expect(() => deliverEvents([open, closed])).toThrow(ConnectionClosedError);
    expect(connectionStats(open)).toMatchObject({ queued: 1, delivered: 0 });
  });

  it('go on if one is held up by an event pipe that nobody empties', () => {
    const [held, free] = [openConnection(), openConnection()];
    using pipe = openEventPipe(held, null);
    expect(pipe.active).toBe(true);
    send(held, 3000);
    send(free, 3000);
    const { connections, stoppedBy } = deliverEvents([held, free]);
    expect(stoppedBy).toBe('retry');
    expect(connections?.map((part) => part.stoppedBy)).toEqual(['retry', 'drained']);
  });
});

/** Opens a FIFO that has a writer, so that it does not end. */
function openFifo(): { readonly conn: Connection; readonly writer: number } {
  const path = scratch.fifo();
  const conn = openConnection(`fifo:${path}`);
  return { conn, writer: openWriter(path) };
}

describe('waitMs', () => {
  const FAR = 1e9;
  /** A life in which nothing happens for a while, since nobody lives. */
  const openQuiet: readonly [string, () => Connection][] = [
    ['memory:', () => openConnection()],
    ['test:///default', () => openConnection('test:///default')],
    ['test:///default with a life', () => openConnection('test:///default', { seed: 1, domains: [] })],
    ['fifo:', () => openFifo().conn],
    ['file: that is followed', () => openConnection(`file:${scratch.file('')}?follow`)],
    ['fd: of a pipe', () => openConnection(`fd:${openEventPipe(openConnection(), null).fd}`)],
  ];
  const timeOf = (action: () => unknown): number => {
    const start = systemClock.monotonic();
    action();
    return systemClock.monotonic() - start;
  };

  it.each(openQuiet)('lasts its full time on %s where nothing comes, and ends then', (_, open) => {
    using conn = open();
    const time = timeOf(() => expect(deliverEvents(conn, { waitMs: 40 }).events).toBe(0));
    expect(time).toBeGreaterThanOrEqual(39);
    expect(time).toBeLessThan(1000);
  });

  it('lasts its full time on one of each at once, and ends then', () => {
    const conns = openQuiet.map(([, open]) => open());
    const time = timeOf(() => expect(deliverEvents(conns, { waitMs: 40 }).events).toBe(0));
    expect(time).toBeGreaterThanOrEqual(39);
    expect(time).toBeLessThan(1000);
    conns.forEach(closeConnection);
  });

  it('ends at once if one of several has an event, whichever it is', () => {
    const fifos = [openFifo(), openFifo(), openFifo()];
    const conns = fifos.map(({ conn }) => conn);
    for (const { writer } of fifos) {
      writeSync(writer, eventXml('e'));
      expect(deliverEvents(conns, { waitMs: FAR }).events).toBe(1);
    }
    conns.forEach(closeConnection);
  });

  it('notices an event after one short sleep, whichever of many connections it comes to, on whichever it sleeps', () => {
    for (const place of [0, 1, 4, 9]) {
      const scripted = Array.from({ length: 10 }, () => openScripted());
      const sleeps: number[] = [];
      for (const { driver } of scripted) {
        driver.onWait = (milliseconds) => {
          sleeps.push(milliseconds);
          scripted[place]?.driver.arrive(eventXml('e'));
        };
      }
      const conns = scripted.map(({ conn }) => conn);
      expect(deliverEvents(conns, { waitMs: FAR }).connections?.[place]?.events).toBe(1);
      expect(sleeps).toEqual([2]);
    }
  });

  it('sleeps on each of several connections in turn', () => {
    const scripted = Array.from({ length: 3 }, () => openScripted());
    const sleptOn: number[] = [];
    for (const [place, { driver }] of scripted.entries()) {
      driver.onWait = () => {
        sleptOn.push(place);
        if (sleptOn.length === 6) {
          driver.arrive(eventXml('e'));
        }
      };
    }
    deliverEvents(
      scripted.map(({ conn }) => conn),
      { waitMs: FAR },
    );
    expect(sleptOn).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('is not made longer by many connections', () => {
    const conns = Array.from({ length: 20 }, () => openFifo().conn);
    const time = timeOf(() => deliverEvents(conns, { waitMs: 30 }));
    expect(time).toBeGreaterThanOrEqual(29);
    expect(time).toBeLessThan(1000);
    conns.forEach(closeConnection);
  });
});
