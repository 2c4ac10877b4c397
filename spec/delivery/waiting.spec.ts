import {
  addEventHandler,
  type Clock,
  type Connection,
  ConnectionLostError,
  closeConnection,
  connectionStats,
  DeliveryError,
  deliverEvents,
  type EventFields,
  InvalidArgumentError,
  ManualClock,
  openConnection,
  runDelivery,
  sendEvent,
  takeEvents,
  waitForEvents,
} from '../../lib';
import { eventXml, openScripted } from '../support/scripted-driver';

const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A clock on which some time passes between any two looks at it; what is scheduled is called in the next turn of the loop. */
class BusyClock implements Clock {
  readonly manual = false;
  #time = 0;

  now(): number {
    return this.#time;
  }

  monotonic(): number {
    this.#time += 1;
    return this.#time;
  }

  schedule(milliseconds: number, callback: () => void): () => void {
    const call = setImmediate(() => {
      this.#time += milliseconds;
      callback();
    });
    return () => clearImmediate(call);
  }
}

describe('waitForEvents', () => {
  it('finds nothing when the time is up', async () => {
    await expect(waitForEvents(openConnection(), { timeoutMs: 5 })).resolves.toBe(false);
    await expect(waitForEvents(openConnection(), { timeoutMs: 0 })).resolves.toBe(false);
  });

  it("measures the time on the connection's clock", async () => {
    const clock = new ManualClock();
    const wait = waitForEvents(openConnection('memory:', { clock }), { timeoutMs: 60_000 });
    clock.advance(60_000);
    await expect(wait).resolves.toBe(false);
  });

  it('looks once if the time is 0, whatever the clock', async () => {
    const clock = new ManualClock();
    await expect(waitForEvents(openConnection('memory:', { clock }), { timeoutMs: 0 })).resolves.toBe(false);
  });

  it("is rejected with the signal's reason when it aborts, before or meanwhile", async () => {
    const conn = openConnection();
    const reason = new Error('enough');
    await expect(waitForEvents(conn, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const stop = new AbortController();
    const wait = waitForEvents(conn, { signal: stop.signal });
    stop.abort(reason);
    await expect(wait).rejects.toBe(reason);
  });

  it('resolves every one of several waits, and stops reading with the last of them', async () => {
    const { conn, driver } = openScripted();
    const stop = new AbortController();
    const waits = [waitForEvents(conn), waitForEvents(conn), waitForEvents(conn, { signal: stop.signal })];
    stop.abort();
    await expect(waits[2]).rejects.toBeDefined();
    expect(driver.isListening).toBe(true);
    driver.arrive(eventXml('a'));
    await expect(Promise.all(waits.slice(0, 2))).resolves.toEqual([true, true]);
    expect(driver.isListening).toBe(false);
  });

  it('finds what the transport holds as soon as it listens', async () => {
    const { conn, driver } = openScripted();
    driver.transport.push(eventXml('a'));
    await expect(waitForEvents(conn)).resolves.toBe(true);
    expect(driver.isListening).toBe(false);
  });

  it('finds nothing when the connection ends', async () => {
    const { conn, driver } = openScripted();
    const wait = waitForEvents(conn);
    driver.end = 'in good order';
    driver.arrive();
    await expect(wait).resolves.toBe(false);
    expect(conn.state).toBe('ended');
  });

  it('is told once of a loss, however many wait', async () => {
    const { conn, driver } = openScripted();
    const waits = [waitForEvents(conn), waitForEvents(conn)];
    driver.end = new Error('the wire is cut');
    driver.arrive();
    await expect(waits[0]).rejects.toBeInstanceOf(ConnectionLostError);
    await expect(waits[1]).resolves.toBe(false);
  });

  it('is one of any number that share a signal, of which Node hears once', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const conn = openConnection();
    const { signal } = new AbortController();
    const listen = jest.spyOn(signal, 'addEventListener');
    const stop = new AbortController();
    const waits = Array.from({ length: 30 }, () => [
      waitForEvents(conn, { signal }),
      waitForEvents(conn, { signal: stop.signal }),
      runDelivery(conn, { signal: stop.signal }),
    ]).flat();
    expect(listen).toHaveBeenCalledTimes(1);
    stop.abort('enough');
    const outcomes = Promise.allSettled(waits);
    closeConnection(conn);
    const statuses = (await outcomes).map(({ status }) => status);
    expect(statuses.slice(0, 3)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(statuses.filter((status) => status === 'rejected')).toHaveLength(30);
    process.removeListener('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('takes the same time on a signal that many wait for', async () => {
    const waitAndAbort = async (count: number) => {
      const conn = openConnection();
      const stop = new AbortController();
      const start = process.cpuUsage();
      const waits = Array.from({ length: count }, () =>
        waitForEvents(conn, { signal: stop.signal, timeoutMs: 60_000 }),
      );
      stop.abort();
      await Promise.allSettled(waits);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / count;
    };
    await waitAndAbort(1000);
    const few = await waitAndAbort(1000);
    // A walk over all listeners would take thirty times as long for each.
    expect(await waitAndAbort(30_000)).toBeLessThan(few * 8);
  });

  it('leaves no listener on its signal', async () => {
    const conn = openConnection();
    const { signal } = new AbortController();
    const added = jest.spyOn(signal, 'addEventListener');
    const removed = jest.spyOn(signal, 'removeEventListener');
    const wait = waitForEvents(conn, { signal });
    sendEvent(conn, eventXml('a'));
    await wait;
    expect(added.mock.calls).toHaveLength(1);
    expect(removed.mock.calls).toEqual(added.mock.calls);
  });

  it('finds the event at once of which a budget left handlers uncalled, though others had put it off', async () => {
    const clock = new ManualClock();
    const conn = openConnection('memory:', { clock });
    for (let handler = 0; handler < 2; handler += 1) {
      addEventHandler(conn, null, (_, event) => {
        clock.advance(10);
        return event.attempt === 1 ? 'retry' : undefined;
      });
    }
    sendEvent(conn, eventXml('a'));
    deliverEvents(conn);
    await expect(waitForEvents(conn, { timeoutMs: 0 })).resolves.toBe(false);
    expect(deliverEvents(conn, { budgetMs: 5 }).stoppedBy).toBe('budget');
    await expect(waitForEvents(conn, { timeoutMs: 0 })).resolves.toBe(true);
  });

  it('lets the driver read on when a delivery has made room', async () => {
    const { conn, driver } = openScripted({ queue: { maxEvents: 1 } });
    addEventHandler(conn, null, (_, event) => (event.attempt === 1 ? 'retry' : undefined));
    sendEvent(conn, eventXml('a', 1));
    deliverEvents(conn, { retryDelayMs: 60_000 });
    const wait = waitForEvents(conn);
    driver.arrive(eventXml('a', 2));
    expect(driver.transport).toHaveLength(1);
    deliverEvents(conn);
    await expect(wait).resolves.toBe(true);
    expect(driver.transport).toHaveLength(0);
  });

  it.each([[{ timeoutMs: -1 }], [{ timeoutMs: '5' }], [{ timeout: 5 }], [{ signal: {} }]])(
    'is rejected where the options are %j',
    async (options) => {
      await expect(waitForEvents(openConnection(), options as never)).rejects.toBeInstanceOf(InvalidArgumentError);
    },
  );
});

describe('the end of the pause after a retry', () => {
  const PAUSES = Array.from({ length: 20 }, (_, place) => place + 1);

  /** A connection whose only event is put off for so many looks at its clock. */
  function putOff(retryDelayMs: number): Connection {
    const conn = openConnection('memory:', { clock: new BusyClock() });
    addEventHandler(conn, null, (_, event) => (event.attempt === 1 ? 'retry' : undefined));
    sendEvent(conn, eventXml('a'));
    deliverEvents(conn, { retryDelayMs });
    return conn;
  }

  it('is not missed by a wait that begins just then', async () => {
    const missed: number[] = [];
    for (const pause of PAUSES) {
      const stop = new AbortController();
      const wait = waitForEvents(putOff(pause), { signal: stop.signal });
      await turnOfTheLoop();
      await turnOfTheLoop();
      stop.abort();
      await wait.catch(() => missed.push(pause));
    }
    expect(missed).toEqual([]);
  });

  it('is not slept over by a synchronous wait that begins just then', () => {
    const sleeps = jest.spyOn(Atomics, 'wait').mockReturnValue('timed-out');
    try {
      for (const pause of PAUSES) {
        expect(deliverEvents(putOff(pause), { waitMs: 60_000 }).events).toBe(1);
        expect(Math.max(0, ...sleeps.mock.calls.map(([, , , milliseconds]) => milliseconds ?? 0))).toBeLessThan(pause);
      }
    } finally {
      sleeps.mockRestore();
    }
  });

  it('is nothing to take for takeEvents, which goes on sleeping', () => {
    const conn = putOff(30);
    const sleeps = jest.spyOn(Atomics, 'wait').mockReturnValue('timed-out');
    try {
      expect(takeEvents(conn, { waitMs: 1000 })).toEqual([]);
      expect(sleeps.mock.calls[0]?.[3]).toBeLessThan(30);
      expect(Math.max(...sleeps.mock.calls.map(([, , , milliseconds]) => milliseconds ?? 0))).toBeGreaterThan(900);
    } finally {
      sleeps.mockRestore();
    }
  });
});

describe('runDelivery', () => {
  it('delivers what comes until the signal aborts', async () => {
    const conn = openConnection();
    const stop = new AbortController();
    const seen: string[] = [];
    addEventHandler(conn, null, (_, event) => seen.push(event.type));
    const run = runDelivery(conn, { signal: stop.signal });
    for (const type of ['a', 'b', 'c']) {
      sendEvent(conn, eventXml(type));
      await turnOfTheLoop();
      await turnOfTheLoop();
    }
    stop.abort();
    await run;
    expect(seen).toEqual(['a', 'b', 'c']);
    sendEvent(conn, eventXml('d'));
    await turnOfTheLoop();
    expect(connectionStats(conn).queued).toBe(1);
  });

  it('ends when every connection has ended or is closed', async () => {
    const { conn: ending, driver } = openScripted();
    const closing = openConnection();
    const seen: string[] = [];
    addEventHandler(ending, null, (_, event) => seen.push(event.type));
    addEventHandler(closing, null, (conn) => closeConnection(conn));
    const run = runDelivery([ending, closing]);
    driver.arrive(eventXml('last'));
    driver.end = 'in good order';
    driver.arrive();
    sendEvent(closing, eventXml('close'));
    await run;
    expect(seen).toEqual(['last']);
    expect([ending.state, closing.state]).toEqual(['ended', 'closed']);
  });

  it("goes on after 'break', limit and budget, with a turn of the event loop between two deliveries", async () => {
    const conn = openConnection();
    const order: string[] = [];
    addEventHandler(conn, null, (_, event: EventFields) => {
      order.push(event.type);
      if (event.type === 'a') {
        setImmediate(() => order.push('loop'));
        return 'break';
      }
      if (event.type === 'c') {
        closeConnection(conn);
      }
      return undefined;
    });
    for (const type of ['a', 'b', 'c']) {
      sendEvent(conn, eventXml(type));
    }
    await runDelivery(conn, { limit: 1 });
    expect(order).toEqual(['a', 'loop', 'b', 'c']);
  });

  it('ends with what a delivery throws, unless throwOnError is false', async () => {
    const conn = openConnection();
    const seen: string[] = [];
    addEventHandler(conn, null, (_, event: EventFields) => {
      seen.push(event.type);
      if (event.type === 'end') {
        closeConnection(conn);
      }
      throw new Error('no');
    });
    sendEvent(conn, eventXml('a'));
    await expect(runDelivery(conn)).rejects.toBeInstanceOf(DeliveryError);
    sendEvent(conn, eventXml('b'));
    sendEvent(conn, eventXml('end'));
    await runDelivery(conn, { throwOnError: false });
    expect(seen).toEqual(['a', 'b', 'end']);
  });

  it('resolves at once if the signal has aborted already', async () => {
    const conn = openConnection();
    sendEvent(conn, eventXml('a'));
    await runDelivery(conn, { signal: AbortSignal.abort() });
    expect(takeEvents(conn)).toHaveLength(1);
  });

  it('refuses a connection that is given twice, and a limit of 0, before it begins', async () => {
    const conn = openConnection();
    await expect(runDelivery([conn, conn])).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(runDelivery(conn, { limit: 0 })).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  it("goes on under a test runner's fake timers", async () => {
    jest.useFakeTimers();
    try {
      const conn = openConnection();
      addEventHandler(conn, null, (_, event) => {
        if (event.sequence < 3) {
          sendEvent(conn, eventXml('a'));
        } else {
          closeConnection(conn);
        }
      });
      sendEvent(conn, eventXml('a'));
      await runDelivery(conn);
      expect(connectionStats(conn).arrived).toBe(3);
    } finally {
      jest.useRealTimers();
    }
  });

  it('refuses waitMs, which is its own business', async () => {
    await expect(runDelivery(openConnection(), { waitMs: 1 } as never)).rejects.toThrow('options.waitMs is no option');
  });
});
