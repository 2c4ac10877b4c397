/** What a function of the program's own, called by a filter, or a handler changes while an event is in hand. */
import {
  addEventHandler,
  ConnectionLostError,
  compileFilter,
  connectionStats,
  deliverEvents,
  type Filter,
  type FilterSource,
  type HandlerRegistration,
  iterateEvents,
  ManualClock,
  openConnection,
  type QueuedEvent,
  sendEvent,
  takeEvents,
} from '../../lib';
import * as clock from '../../lib/clock';
import { coreOf } from '../../lib/delivery/connection-core';
import { jsonDetail } from '../../lib/delivery/queue/event-json';
import type { Registration } from '../../lib/delivery/registration';
import { eventXml, openScripted, type ScriptedDriver } from '../support/scripted-driver';

/** A connection with two handlers of one filter, whose function removes the first of them. */
function withFunction(source: FilterSource, own: () => boolean) {
  const conn = openConnection();
  const seen: string[] = [];
  const first: { registration?: HandlerRegistration } = {};
  const functions = {
    own: () => {
      first.registration?.remove();
      return own();
    },
  };
  const filter: Filter = compileFilter(source, { functions });
  first.registration = addEventHandler(conn, filter, () => seen.push('first'));
  addEventHandler(conn, filter, () => seen.push('second'));
  sendEvent(conn, eventXml('t'));
  return { conn, seen };
}

describe('a handler that is removed while its filter is asked', () => {
  it('is not called, and another of the same filter is', () => {
    const { conn, seen } = withFunction('own()', () => true);
    expect(deliverEvents(conn)).toMatchObject({ handlerCalls: 1, unmatched: 0 });
    expect(seen).toEqual(['second']);
  });

  it('does not fail with the filter, and another of the same filter does', () => {
    const { conn } = withFunction('own()', () => {
      throw new Error('no');
    });
    const result = deliverEvents(conn, { throwOnError: false });
    expect(result).toMatchObject({ failed: 1, unmatched: 0 });
  });

  it('is not kept from the event by suppress, and another of the same filter is', () => {
    const { conn } = withFunction({ select: null, suppress: 'own()' }, () => true);
    deliverEvents(conn);
    expect(connectionStats(conn)).toMatchObject({ suppressed: 1, unmatched: 1 });
  });

  it('does not keep another of the same filter from an event that is found after that', () => {
    const conn = openConnection();
    const seen: string[] = [];
    const functions = {
      own: () => {
        removed.remove();
        return false;
      },
    };
    addEventHandler(conn, 'own()', () => seen.push('own'), undefined, { functions });
    const removed = addEventHandler(conn, 'n', () => seen.push('removed'));
    addEventHandler(conn, 'n', () => seen.push('left'));
    sendEvent(conn, eventXml('t'));
    deliverEvents(conn);
    expect(seen).toEqual(['left']);
  });
});

describe('a handler that wants an event again', () => {
  it('is not waited for once it is removed, and the next event is not its', () => {
    const conn = openConnection();
    const seen: string[] = [];
    const again = addEventHandler(conn, null, (_, event) => {
      seen.push(`again ${event.number('n')} ${event.attempt}`);
      return 'retry';
    });
    addEventHandler(conn, null, (_, event) => {
      seen.push(`other ${event.number('n')} ${event.attempt}`);
    });
    sendEvent(conn, eventXml('t', 1));
    sendEvent(conn, eventXml('t', 2));
    expect(deliverEvents(conn)).toMatchObject({ events: 0, stoppedBy: 'retry' });
    expect(deliverEvents(conn)).toMatchObject({ events: 0, stoppedBy: 'retry' });
    again.remove();
    expect(deliverEvents(conn)).toMatchObject({ events: 2, stoppedBy: 'drained' });
    expect(seen).toEqual(['again 1 1', 'other 1 1', 'again 1 2', 'other 2 1']);
  });
});

describe('a pause after a retry', () => {
  it('lasts as long as a handler allows that is still there', () => {
    const conn = openConnection();
    const [one, other] = [0, 1].map(() => addEventHandler(conn, null, () => 'retry') as Registration);
    one!.longestPause = 500;
    other!.longestPause = 20;
    sendEvent(conn, eventXml('t'));
    deliverEvents(conn);
    expect(coreOf(conn).head.longestPause).toBe(500);
    one!.remove();
    expect(coreOf(conn).head.longestPause).toBe(20);
  });
});

describe('a round that a budget cuts short', () => {
  it('is no further attempt, also if those that are left are removed', () => {
    const manual = new ManualClock();
    const conn = openConnection('memory:', { clock: manual });
    const attempts: number[] = [];
    const [events, left]: [QueuedEvent[], HandlerRegistration[]] = [[], []];
    addEventHandler(conn, null, (_, event) => {
      events.push(event);
      manual.advance(100);
    });
    left.push(addEventHandler(conn, null, (_, event) => attempts.push(event.attempt)));
    sendEvent(conn, eventXml('t', 1));
    expect(deliverEvents(conn, { budgetMs: 50 })).toMatchObject({ events: 0, stoppedBy: 'budget' });
    left[0]!.remove();
    expect(deliverEvents(conn)).toMatchObject({ events: 1, handlerCalls: 0 });
    expect([events[0]!.attempt, attempts]).toEqual([1, []]);
  });
});

describe('what comes during a wait', () => {
  function waiting(onFirst: (driver: ScriptedDriver) => void) {
    const { conn, driver } = openScripted();
    let waits = 0;
    driver.onWait = (milliseconds) => {
      waits += 1;
      if (waits === 1) {
        onFirst(driver);
      } else {
        clock.sleep(milliseconds);
      }
    };
    return { conn, waits: () => waits };
  }

  afterEach(() => jest.restoreAllMocks());

  it('is delivered, all of it', () => {
    const { conn, waits } = waiting(({ transport }) => transport.push(eventXml('t', 1), eventXml('t', 2)));
    expect(deliverEvents(conn, { waitMs: 30 })).toMatchObject({ events: 2 });
    expect(waits()).toBe(1);
  });

  it('is taken, and ends the wait', () => {
    const { conn, waits } = waiting(({ transport }) => transport.push(eventXml('t', 1), eventXml('t', 2)));
    const slept = jest.spyOn(clock, 'sleep');
    expect(takeEvents(conn, { waitMs: 30 })).toHaveLength(2);
    expect([waits(), slept.mock.calls.length]).toEqual([1, 0]);
  });

  it('may be a loss, which ends the wait', () => {
    const { conn, waits } = waiting((driver) => {
      driver.end = new Error('gone');
    });
    const slept = jest.spyOn(clock, 'sleep');
    expect(() => takeEvents(conn, { waitMs: 30 })).toThrow(ConnectionLostError);
    expect([waits(), slept.mock.calls.length]).toEqual([1, 0]);
  });
});

describe('an event that a filter is asked about and does not match', () => {
  it('counts for no handler as kept from it', () => {
    const conn = openConnection();
    addEventHandler(conn, 'count(n) = 2', () => {});
    sendEvent(conn, eventXml('t'));
    expect(deliverEvents(conn)).toMatchObject({ unmatched: 1 });
    expect(connectionStats(conn)).toMatchObject({ suppressed: 0, unmatched: 1 });
  });
});

describe('a budget for several connections', () => {
  it('ends before a handler of one if a handler of another was called, and the filter of the one takes long', () => {
    const manual = new ManualClock();
    const [one, other] = [openScripted({ clock: manual }), openScripted({ clock: manual })];
    const seen: string[] = [];
    const functions = {
      long: () => {
        manual.advance(100);
        return true;
      },
    };
    addEventHandler(one.conn, null, () => seen.push('one'));
    addEventHandler(other.conn, 'long()', () => seen.push('other'), undefined, { functions });
    one.driver.arrive(eventXml('t'));
    other.driver.arrive(eventXml('t'));
    const both = [one.conn, other.conn];
    expect(deliverEvents(both, { budgetMs: 50 })).toMatchObject({ events: 1, remaining: 1, stoppedBy: 'budget' });
    expect(seen).toEqual(['one']);
    expect(deliverEvents(both, { budgetMs: 50 })).toMatchObject({ events: 1, remaining: 0 });
    expect(seen).toEqual(['one', 'other']);
  });
});

describe('a budget that is used up by a pump', () => {
  it('leaves what the transports of the other connections hold', () => {
    const manual = new ManualClock();
    const [one, other] = [openScripted({ clock: manual }), openScripted({ clock: manual })];
    one.driver.onChunk = () => manual.advance(100);
    one.driver.transport.push(eventXml('t', 1), eventXml('t', 2));
    other.driver.transport.push(eventXml('t', 3));
    deliverEvents([one.conn, other.conn], { budgetMs: 50 });
    expect([one.driver.transport.length, other.driver.transport.length]).toEqual([1, 1]);
  });
});

describe('a handler that is called once, and whose release fails', () => {
  it('fails, and is not called again', () => {
    const conn = openConnection();
    const seen: number[] = [];
    const onRelease = () => {
      throw new Error('no');
    };
    addEventHandler(conn, null, (_, event) => seen.push(event.sequence), undefined, { once: true, onRelease });
    sendEvent(conn, eventXml('t', 1));
    sendEvent(conn, eventXml('t', 2));
    expect(deliverEvents(conn, { throwOnError: false })).toMatchObject({ events: 2, failed: 1, handlerCalls: 1 });
    expect(seen).toEqual([1]);
  });
});

describe('an iteration whose filter fails more than once in a delivery by the program', () => {
  it('is told of all of it', async () => {
    const conn = openConnection();
    const functions = {
      fail: () => {
        throw new Error('no');
      },
    };
    const events = iterateEvents(conn, "n = '0' and fail()", { functions });
    sendEvent(conn, eventXml('a'));
    sendEvent(conn, eventXml('b'));
    expect(deliverEvents(conn, { throwOnError: false })).toMatchObject({ failed: 2 });
    const failures = [{ event: { sequence: 1 } }, { event: { sequence: 2 } }];
    await expect(events.next()).rejects.toMatchObject({ failures });
    await expect(events.next()).resolves.toMatchObject({ done: true });
  });
});

describe('the detail of an event as plain data', () => {
  it('has decimal strings for whole numbers of 64 bits, however deep they are', () => {
    expect(jsonDetail({ a: 1n, b: [2n, { c: 3n, d: null, e: 'x', f: undefined }], g: true })).toEqual({
      a: '1',
      b: ['2', { c: '3', d: null, e: 'x', f: undefined }],
      g: true,
    });
    expect(jsonDetail(undefined)).toBeUndefined();
  });
});

describe('a wait for several connections', () => {
  const slept = () => jest.spyOn(clock, 'sleep').mockImplementation(() => {});
  afterEach(() => jest.restoreAllMocks());

  it('does not last if the clock of one is moved by hand', () => {
    const sleeping = slept();
    const [one, other] = [openScripted(), openScripted({ clock: new ManualClock() })];
    one.driver.onWait = () => {
      throw new Error('it waited');
    };
    expect(deliverEvents([one.conn, other.conn], { waitMs: 1000 })).toMatchObject({ events: 0 });
    expect(sleeping).not.toHaveBeenCalled();
  });

  it('asks no driver to wait to which nothing can come meanwhile, and sleeps instead', () => {
    const { conn, driver } = openScripted();
    Object.assign(driver, { isSilentWhileBlocked: true });
    driver.onWait = () => {
      throw new Error('it waited');
    };
    const sleeping = jest.spyOn(clock, 'sleep');
    expect(deliverEvents(conn, { waitMs: 5 })).toMatchObject({ events: 0 });
    expect(sleeping).toHaveBeenCalled();
  });

  it('pumps no further connection once an event has come to one', () => {
    const [one, other] = [openScripted(), openScripted()];
    let pumps = 0;
    one.driver.onWait = () => {
      one.driver.transport.push(eventXml('t'));
    };
    const pump = other.driver.pump.bind(other.driver);
    other.driver.pump = (shouldContinue) => {
      pumps += 1;
      pump(shouldContinue);
    };
    expect(deliverEvents([one.conn, other.conn], { waitMs: 1000 })).toMatchObject({ events: 1 });
    expect(pumps).toBe(1);
  });
});
