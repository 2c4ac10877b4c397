import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  addEventHandler,
  type Clock,
  type Connection,
  closeConnection,
  connectionStats,
  deliverEvents,
  InvalidArgumentError,
  listDomains,
  ManualClock,
  openConnection,
  openConnectionAsync,
  QueueFullError,
  sendEvent,
  takeEvents,
  testDomains,
} from '../../lib';
import { callEach } from '../../lib/delivery/call-each';
import { coreOf } from '../../lib/delivery/connection-core';
import type { Registration } from '../../lib/delivery/registration';
import { eventXml, openScripted } from '../support/scripted-driver';

/** What is published on a channel while something is done. */
function published(name: string, action: () => void): Record<string, unknown>[] {
  const messages: Record<string, unknown>[] = [];
  const listener = (message: unknown) => {
    messages.push(message as Record<string, unknown>);
  };
  subscribe(name, listener);
  try {
    action();
  } finally {
    unsubscribe(name, listener);
  }
  return messages;
}

describe('a connection', () => {
  it('takes from a transport that keeps what is not read no more than is wanted, and one event at least', () => {
    const { conn, driver } = openScripted();
    Object.assign(driver, { keepsUnread: true });
    driver.transport.push(...[1, 2, 3, 4, 5, 6].map((number) => eventXml('t', number)));
    const left = () => driver.transport.length;
    expect([deliverEvents(conn, { limit: 0 }).remaining, left()]).toEqual([1, 5]);
    expect([deliverEvents(conn, { limit: 0 }).remaining, left()]).toEqual([1, 5]);
    expect([deliverEvents(conn, { limit: 1 }).events, left()]).toEqual([1, 5]);
    expect([deliverEvents(conn, { limit: 2 }).events, left()]).toEqual([2, 3]);
    expect([takeEvents(conn, { limit: 1 }).length, left()]).toEqual([1, 2]);
    expect([takeEvents(conn).length, left()]).toEqual([2, 0]);
  });

  it('takes all of a transport that does not keep it', () => {
    const { conn, driver } = openScripted();
    driver.transport.push(eventXml('t', 1), eventXml('t', 2));
    expect(deliverEvents(conn, { limit: 1 })).toMatchObject({ events: 1, remaining: 1 });
    expect(driver.transport).toEqual([]);
  });

  it('tells its driver that the queue has no room', () => {
    const { conn } = openScripted({ queue: { maxEvents: 1 } });
    const sink = coreOf(conn).sink();
    expect(() => sink.requireRoomFor(10, 1)).not.toThrow();
    expect(() => sink.requireRoomFor(10, 2)).toThrow(QueueFullError);
  });

  it('is not exhausted while something is queued, ended or lost', () => {
    for (const end of ['in good order', new Error('gone')] as const) {
      const { conn, driver } = openScripted();
      driver.transport.push(eventXml('t'));
      driver.end = end;
      deliverEvents(conn, { limit: 0 });
      expect(coreOf(conn).exhausted).toBe(false);
      try {
        deliverEvents(conn);
      } catch {
        // The loss is told.
      }
      expect(coreOf(conn).exhausted).toBe(true);
    }
  });

  it('tells of its loss once, and of each that its driver mends', () => {
    const { conn } = openScripted();
    const sink = coreOf(conn).sink();
    const [first, second] = [new Error('first'), new Error('second')];
    const losses = published('virdeliver:connection:lost', () => {
      sink.interrupted(first);
      sink.lost(first);
      sink.lost(second);
    });
    expect(losses).toEqual([
      { connection: conn, error: first, reconnects: true },
      { connection: conn, error: first, reconnects: false },
    ]);
    expect(published('virdeliver:connection:connected', () => sink.connected(true))).toEqual([
      { connection: conn, again: true },
    ]);
    expect(() => deliverEvents(conn)).toThrow(expect.objectContaining({ cause: first }));
  });

  it('tells of the events that it has queued, and of no others', () => {
    const conn = openConnection('memory:', { queue: { maxEvents: 1, overflow: 'drop-newest' } });
    const sent = published('virdeliver:event:sent', () => {
      sendEvent(conn, eventXml('t', 1));
      sendEvent(conn, eventXml('t', 2));
    });
    expect(sent).toMatchObject([{ event: { sequence: 1 } }]);
  });

  it('goes on with a pause while one of several handlers wants the event again', () => {
    const clock = new ManualClock();
    const { conn } = openScripted({ clock });
    const [one, other] = [0, 1].map(() => addEventHandler(conn, null, () => 'retry'));
    sendEvent(conn, eventXml('t'));
    deliverEvents(conn, { retryDelayMs: 1000 });
    expect(coreOf(conn).headIsDeferred).toBe(true);
    one!.remove();
    expect(coreOf(conn).headIsDeferred).toBe(true);
    other!.remove();
    expect(coreOf(conn).headIsDeferred).toBe(false);
  });

  it('has its driver listen once, until the last one who listens goes', () => {
    const { conn, driver } = openScripted();
    const [listen, unlisten] = [jest.spyOn(driver, 'listen'), jest.spyOn(driver, 'unlisten')];
    const core = coreOf(conn);
    const [stopOne, stopOther] = [core.listen(() => {}), core.listen(() => {})];
    expect(listen).toHaveBeenCalledTimes(1);
    stopOne();
    stopOne();
    expect(unlisten).not.toHaveBeenCalled();
    stopOther();
    expect(unlisten).toHaveBeenCalledTimes(1);
  });

  it('ends a pause when every handler that wants the event is ready for it', () => {
    const { conn } = openScripted({ clock: new ManualClock() });
    const [one, other] = [0, 1].map(() => addEventHandler(conn, null, () => 'retry') as Registration);
    const core = coreOf(conn);
    sendEvent(conn, eventXml('t'));
    deliverEvents(conn, { retryDelayMs: 1000 });
    one!.longestPause = 0;
    core.handlerReady();
    expect(core.headIsDeferred).toBe(true);
    other!.longestPause = 0;
    const announced = jest.fn();
    const stop = core.listen(announced);
    core.handlerReady();
    expect(core.headIsDeferred).toBe(false);
    expect(announced).toHaveBeenCalledTimes(1);
    stop();
  });

  it('goes on listening after a delivery, if somebody does', () => {
    const { conn, driver } = openScripted();
    const core = coreOf(conn);
    const announced = jest.fn();
    deliverEvents(conn);
    expect(driver.isListening).toBe(false);
    const stop = core.listen(announced);
    driver.unlisten();
    deliverEvents(conn);
    expect(driver.isListening).toBe(true);
    expect(announced).toHaveBeenCalledTimes(1);
    stop();
  });

  it('closes its driver once, and throws what its handlers throw when they are released', () => {
    const { conn, driver } = openScripted();
    const close = jest.spyOn(driver, 'close');
    const fail = (message: string) => () => {
      throw new Error(message);
    };
    for (const message of ['one', 'two']) {
      addEventHandler(conn, null, () => {}, undefined, { onRelease: fail(message) });
    }
    expect(() => closeConnection(conn)).toThrow("2 'onRelease' functions failed");
    expect(() => closeConnection(conn)).not.toThrow();
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('is closed by the first of two calls in a handler, the event being unfinished if another is left', () => {
    const results = [1, 2].map((times) => {
      const conn = openConnection();
      addEventHandler(conn, null, () => {
        for (let time = 0; time < times; time += 1) {
          closeConnection(conn);
        }
      });
      addEventHandler(conn, null, () => {});
      sendEvent(conn, eventXml('t'));
      return deliverEvents(conn);
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[0]).toMatchObject({ events: 0, handlerCalls: 1 });
  });

  it('tells its clock', () => {
    const clock = new ManualClock();
    expect(openConnection('memory:', { clock }).clock).toBe(clock);
  });

  it.each([undefined, null, 5, 'memory:', {}, () => {}])('is no %p', (value) => {
    expect(() => connectionStats(value as unknown as Connection)).toThrow(InvalidArgumentError);
    expect(() => connectionStats(value as unknown as Connection)).toThrow(/^conn must be a connection, but is /);
  });
});

describe('the domains of a connection', () => {
  it('are those that its driver knows', () => {
    const { conn, driver } = openScripted();
    expect(() => listDomains(conn)).toThrow("conn is to 'scripted:', which has no domains; only hypervisors have");
    Object.assign(driver, { listDomains: () => [] });
    expect(listDomains(conn)).toEqual([]);
    closeConnection(conn);
    expect(() => listDomains(conn)).toThrow(/closed/);
  });

  it('are there to be changed if it is to the test driver', () => {
    using conn = openConnection('test:///default');
    testDomains(conn).get('test').suspend();
    expect(takeEvents(conn)).toHaveLength(1);
  });
});

describe('sending', () => {
  it('takes text, or the structure of an event', () => {
    const conn = openConnection();
    sendEvent(conn, { type: 'structured', content: [{ name: 'n' }] });
    sendEvent(conn, eventXml('text'));
    expect(takeEvents(conn).map(({ type }) => type)).toEqual(['structured', 'text']);
  });

  it('says what it cannot take', () => {
    const conn = openConnection();
    expect(() => sendEvent(conn, 5 as unknown as string)).toThrow(
      /^event must be XML text or a structured event, but is 5$/,
    );
  });
});

describe('doing something with each', () => {
  const each = (items: readonly number[]) => {
    const done: number[] = [];
    const run = () =>
      callEach(items, 'items', (item) => {
        done.push(item);
        if (item < 0) {
          throw new Error(`item ${item}`);
        }
      });
    return { run, done };
  };

  it('goes on after one that throws, and throws that at the end', () => {
    const { run, done } = each([1, -2, 3]);
    expect(run).toThrow(new Error('item -2'));
    expect(done).toEqual([1, -2, 3]);
  });

  it('throws all that was thrown, if it was more', () => {
    const { run } = each([-1, 2, -3]);
    expect(run).toThrow(
      expect.objectContaining({ message: '2 items failed', errors: [expect.anything(), expect.anything()] }),
    );
  });

  it('throws nothing if nothing was thrown', () => {
    expect(each([1, 2]).run).not.toThrow();
    expect(each([]).run).not.toThrow();
  });
});

describe('opening a connection', () => {
  const full = { manual: true, now: () => 0, monotonic: () => 0, schedule: () => () => {} };

  it.each<[what: string, clock: unknown]>([
    ['null', null],
    ['a number', 5],
    ['empty', {}],
    ['a function', Object.assign(() => {}, full)],
    ['without manual', { ...full, manual: undefined }],
    ['without now()', { ...full, now: undefined }],
    ['without monotonic()', { ...full, monotonic: 1 }],
    ['without schedule()', { ...full, schedule: undefined }],
  ])('refuses a clock that is %s', (_, clock) => {
    expect(() => openConnection('memory:', { clock: clock as Clock })).toThrow(
      /^options\.clock must have manual, now\(\), monotonic\(\) and schedule\(\), but is /,
    );
  });

  it('takes a clock that has all of it, and each way of overflowing', () => {
    expect(openConnection('memory:', { clock: full }).clock).toBe(full);
    for (const overflow of ['refuse', 'drop-oldest', 'drop-newest'] as const) {
      expect(coreOf(openConnection('memory:', { queue: { overflow } })).queue.bounds.overflow).toBe(overflow);
    }
  });

  it('refuses caps that are no whole numbers, by their names', () => {
    for (const value of [0, 1.5, Number.NaN]) {
      expect(() => openConnection('memory:', { limits: { eventDepth: value } })).toThrow(
        expect.objectContaining({ argument: 'options.limits.eventDepth' }),
      );
    }
  });

  it('knows the options of its drivers', () => {
    for (const option of [
      'seed',
      'domains',
      'replaySpeed',
      'readOnly',
      'events',
      'reconnect',
      'keepAlive',
      'relay',
      'credentials',
    ]) {
      expect(() => openConnection('memory:', { [option]: undefined })).not.toThrow();
    }
    expect(() => openConnection('memory:', { sead: 1 } as never)).toThrow(/options\.sead/);
  });

  it('needs no address, in the event loop or not, and says that it is done', async () => {
    const opened = published('virdeliver:connection:connected', () => openConnection());
    expect(opened).toEqual([{ connection: expect.objectContaining({ uri: 'memory:' }), again: false }]);
    expect((await openConnectionAsync()).uri).toBe('memory:');
  });
});
