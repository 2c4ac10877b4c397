import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import fc from 'fast-check';
import {
  addEventHandler,
  type Connection,
  ConnectionLostError,
  connectionStats,
  type DiagnosticsMessages,
  deliverEvents,
  listDomains,
  ManualClock,
  type QueuedEvent,
  runDelivery,
  takeEvents,
  waitForEvents,
} from '../../../lib';
import { calls, keepAliveProcedure, program } from '../../../lib/drivers/remote/rpc/protocol';
import { hexOf } from '../../support/annotated-hex';
import { CountingClock } from '../../support/counting-clock';
import { type FakeDaemon, messageBytes, type Step, writeDomain } from '../../support/fake-daemon';
import { often } from '../../support/often';
import { validateEvents } from '../../support/validate-xsd';
import {
  brief,
  DaemonBench,
  hypervisorGone,
  lifecycle,
  lifecycleEvent,
  numberedEvents,
  numbers,
  persistent,
  takeUntil,
  uriOf,
  useDaemonBench,
  web,
} from './daemon-bench';
import { keepAliveBytes, packetBytes } from './rpc/channel-bench';

const ping: Step = { do: 'send', bytes: hexOf(keepAliveBytes(keepAliveProcedure.ping)) };

/** A message of a kind that there is, which ends too soon. */
const cutShort: Step = { do: 'send', bytes: messageBytes(318, (writer) => writer.int(0).string('web')) };

const bench = useDaemonBench();

/** Takes what comes until there is no more, in the event loop. */
async function takeInLoopUntil(conn: Connection, last: string, limit?: number): Promise<string[]> {
  const seen: string[] = [];
  while (!seen.includes(last)) {
    await waitForEvents(conn);
    seen.push(...takeEvents(conn, { limit }).map(brief));
  }
  return seen;
}

/** How many packets of the keepalive program a daemon has got, by their kind. */
async function keepAlives(daemon: FakeDaemon, procedure: number): Promise<number> {
  const packets = await daemon.received();
  return packets.filter((each) => each.program === program.keepAlive && each.procedure === procedure).length;
}

describe('events of a daemon', () => {
  it('reach the handlers in a loop that never returns to the event loop', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    const seen: string[] = [];
    addEventHandler(conn, "transition/@to = 'paused'", (_, event) => seen.push(brief(event)));
    daemon.perform(lifecycleEvent(lifecycle.suspended), lifecycleEvent(lifecycle.resumed));
    let events = 0;
    while (events < 2) {
      events += deliverEvents(conn, { waitMs: 5000 }).events;
    }
    expect(seen).toEqual(['web: running → paused']);
  });

  it('are waited for the whole time that is asked for, whatever else the daemon says meanwhile', async () => {
    const conn = bench.connect(await bench.start(), { keepAlive: { intervalMs: 20, count: 1000 } });
    takeEvents(conn);
    const start = performance.now();
    expect(deliverEvents(conn, { waitMs: 150 }).events).toBe(0);
    expect(performance.now() - start).toBeGreaterThanOrEqual(149);
  });

  it('reach them in the event loop', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    const stop = new AbortController();
    const seen: string[] = [];
    addEventHandler(conn, null, (_, event) => {
      seen.push(brief(event));
      if (seen.length === 2) {
        stop.abort();
      }
    });
    const run = runDelivery(conn, { signal: stop.signal });
    daemon.perform(lifecycleEvent(lifecycle.suspended), lifecycleEvent(lifecycle.resumed));
    await run;
    expect(seen).toEqual(['web: running → paused', 'web: paused → running']);
  });

  it('carry the time at which they came', async () => {
    const daemon = await bench.start({ greeting: [] });
    const conn = bench.connect(daemon, { clock: new ManualClock('2026-01-02T03:04:05.678Z') });
    daemon.perform(lifecycleEvent(lifecycle.suspended));
    await waitForEvents(conn);
    expect(takeEvents(conn)[0]?.timestamp).toBe('2026-01-02T03:04:05.678000Z');
  });

  it('move on the states of the domains', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    for (const [event, state] of [
      [lifecycle.suspended, 'paused'],
      [lifecycle.resumed, 'running'],
      [lifecycle.stopped, 'shutoff'],
    ] as const) {
      daemon.perform(lifecycleEvent(event));
      takeEvents(conn, { waitMs: 5000 });
      expect(listDomains(conn)).toMatchObject([{ name: 'web', state }]);
    }
  });

  it('may come byte by byte', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    daemon.perform({ do: 'fragment', size: 1 }, numberedEvents(3));
    expect(takeUntil(conn, '0.2')).toEqual(numbers(3));
  });

  it('are passed over if this library does not know their kind', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    const unknown = [
      messageBytes(9999, (writer) => writer.int(1)),
      hexOf(packetBytes({ program: program.qemu, procedure: 9999 })),
    ];
    daemon.perform(...unknown.map((bytes): Step => ({ do: 'send', bytes })), numberedEvents(1));
    expect(takeUntil(conn, '0.0')).toEqual(['0.0']);
    expect(connectionStats(conn)).toMatchObject({ arrived: 1, lost: 0 });
  });

  it('leave a gap if they cannot be read, and the connection goes on', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    daemon.perform(numberedEvents(1, 1), cutShort, cutShort, numberedEvents(1, 2));
    const events: QueuedEvent[] = [];
    while (!events.some((event) => brief(event) === '2.0')) {
      events.push(...takeEvents(conn, { waitMs: 5000 }));
    }
    const gaps = events.filter(({ type }) => type === 'events-lost');
    expect(events.map(brief).filter((text) => text !== 'events-lost')).toEqual(['1.0', '2.0']);
    expect(gaps[0]?.string('@cause')).toBe('invalid');
    expect(gaps[0]?.string('error/@code')).toBe('ERR_PROTOCOL');
    expect(gaps[0]?.string('error')).toContain('cannot read the event domain-state-transition: "dom.uuid"');
    expect(connectionStats(conn)).toMatchObject({ state: 'open', lost: 2 });
    expect(await validateEvents(events.map(({ xml }) => xml))).toEqual([]);
  });

  it('leave a gap if the queue could never hold them, even empty', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon, { queue: { maxBytes: 1000 } });
    const long = messageBytes(333, (writer) => writeDomain(writer.int(0), web).string('x'.repeat(2000)));
    daemon.perform({ do: 'send', bytes: long }, numberedEvents(1));
    expect(takeUntil(conn, '0.0')).toEqual(['events-lost', '0.0']);
  });

  it('leave a gap if they are longer than any event may be', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    const long = messageBytes(333, (writer) => writeDomain(writer.int(0), web).string('<'.repeat(2_000_000)));
    daemon.perform({ do: 'send', bytes: long }, numberedEvents(1));
    // So long a message reaches the daemon's process only with some turns of the event loop.
    await daemon.received();
    expect(takeUntil(conn, '0.0')).toEqual(['events-lost', '0.0']);
  });
});

describe('a queue that is full', () => {
  it.each(['loop', 'event loop'])('has the rest stay where it is, in order, in the %s', async (world) => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon, { queue: { maxEvents: 7 } });
    daemon.perform(numberedEvents(5000));
    const seen = world === 'loop' ? takeUntil(conn, '0.4999') : await takeInLoopUntil(conn, '0.4999', 3);
    expect(seen).toEqual(numbers(5000));
    expect(connectionStats(conn)).toMatchObject({ lost: 0, highWaterMark: 7, arrived: 5000 });
  });

  it('is bounded in bytes as well', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon, { queue: { maxBytes: 1000 } });
    daemon.perform(numberedEvents(500));
    const seen: string[] = [];
    while (seen.length < 500) {
      seen.push(...takeEvents(conn, { limit: 1, waitMs: 5000 }).map(brief));
      expect(connectionStats(conn).queuedBytes).toBeLessThanOrEqual(1000);
    }
    expect(seen).toEqual(numbers(500));
  });

  it('drops the oldest if that is wanted, and tells how many', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon, { queue: { maxEvents: 3, overflow: 'drop-oldest' } });
    daemon.perform(numberedEvents(1000));
    const events: QueuedEvent[] = [];
    while (!events.some((event) => brief(event) === '0.999')) {
      events.push(...takeEvents(conn, { waitMs: 5000 }));
    }
    const kept = events.filter(({ type }) => type !== 'events-lost').map(brief);
    const lost = events.reduce((sum, event) => sum + (event.type === 'events-lost' ? event.number('@count') : 0), 0);
    expect(kept.slice(-3)).toEqual(['0.997', '0.998', '0.999']);
    expect(kept).toEqual(numbers(1000).filter((number) => kept.includes(number)));
    expect(kept.length + lost).toBe(1000);
  });

  it("lets nothing of the daemon's silence be held against it", async () => {
    const daemon = await bench.start({ ignoresPings: true });
    const clock = new ManualClock();
    const conn = bench.connect(daemon, { queue: { maxEvents: 1 }, clock });
    const stop = addEventHandler(conn, null, () => 'retry');
    daemon.perform(numberedEvents(2));
    await waitForEvents(conn);
    for (let round = 0; round < 10; round += 1) {
      deliverEvents(conn);
      clock.advance(10_000);
    }
    stop[Symbol.dispose]();
    expect(deliverEvents(conn).events).toBe(1);
    expect(takeEvents(conn).map(brief)).toEqual(['0.1']);
  });
});

describe('what comes while a connection is opened', () => {
  /** A daemon that sends an event then, and goes away after the last reply if that is wanted. */
  const start = (...last: Step[]) => {
    const rules = persistent(web);
    const state = rules.find(({ procedure }) => procedure === calls.domainGetState.number)!;
    const early = [lifecycleEvent(lifecycle.suspended), ...state.steps, ...last];
    return bench.start({ rules: [{ ...state, steps: early }, ...rules] });
  };

  it.each([
    ['one that is open', [], ['connected', 'sent']],
    ['one that is lost already', [{ do: 'close' } as const], ['connected', 'sent', 'sent', 'lost']],
  ])('is published of a connection that the program has, %s', async (_, last, expected) => {
    const daemon = await start(...last);
    const seen: string[] = [];
    const connections = new Set<unknown>();
    const listeners = (['event:sent', 'connection:connected', 'connection:lost'] as const).map((name) => {
      const listener = (message: unknown) => {
        seen.push(name.replace(/.*:/, ''));
        connections.add((message as DiagnosticsMessages['virdeliver:connection:connected']).connection);
      };
      subscribe(`virdeliver:${name}`, listener);
      return () => unsubscribe(`virdeliver:${name}`, listener);
    });
    const conn = bench.connect(daemon);
    const events: string[] = [];
    while (seen.length < expected.length) {
      events.push(...takeEvents(conn, { waitMs: 1000 }).map(brief));
    }
    for (const stop of listeners) {
      stop();
    }
    expect(seen).toEqual(expected);
    expect(events[0]).toBe('web: running → paused');
    expect([...connections]).toEqual([conn]);
  });
});

describe('the loss of a connection', () => {
  it.each([
    ['with room for it', {}],
    ['behind events that found no room', { maxBytes: 600 }],
    ['behind a full queue', { maxEvents: 1 }],
  ])('comes after all that came before, %s, and is thrown once', async (_, queue) => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon, { queue });
    daemon.perform(numberedEvents(9), { do: 'die' });
    await daemon.ended;
    expect(takeUntil(conn, 'connection-lost')).toEqual([...numbers(9), 'connection-lost']);
    expect(conn.state).toBe('open');
    expect(() => takeEvents(conn)).toThrow(ConnectionLostError);
    expect(conn.state).toBe('lost');
    expect(takeEvents(conn, { waitMs: 60_000 })).toEqual([]);
    expect(deliverEvents(conn, { waitMs: 60_000 })).toMatchObject({ events: 0 });
    expect(listDomains(conn)).toHaveLength(1);
  });

  it('comes likewise in the event loop', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon, { queue: { maxBytes: 600 } });
    daemon.perform(numberedEvents(9), { do: 'close' });
    expect(await takeInLoopUntil(conn, 'connection-lost')).toEqual([...numbers(9), 'connection-lost']);
    await expect(waitForEvents(conn)).rejects.toThrow(ConnectionLostError);
    expect(await waitForEvents(conn)).toBe(false);
  });

  it('leaves no timer in the event loop', async () => {
    const daemon = await bench.start();
    const clock = new CountingClock();
    const conn = bench.connect(daemon, { clock });
    const wait = waitForEvents(conn);
    daemon.perform({ do: 'close' });
    await wait;
    expect(takeEvents(conn).map(brief)).toEqual(['connection-lost']);
    expect(clock.pending.size).toBe(0);
  });

  it('tells why', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    daemon.perform({ do: 'close' });
    const [event] = takeEvents(conn, { waitMs: 5000 });
    expect(event?.detail).toMatchObject({ reason: 'eof', message: 'the daemon closed the connection' });
    expect(event?.string('connection/@uri')).toBe(uriOf(daemon));
    expect(await validateEvents([event!.xml])).toEqual([]);
  });

  it.each<[what: string, bytes: string]>([
    ['a length that no packet has', '7fffffff'],
    ['a reply to no call', hexOf(packetBytes({ type: 1, serial: 9999 }))],
    ['a packet of an unknown program', hexOf(packetBytes({ program: 7 }))],
    ['a packet of another version', hexOf(packetBytes({ version: 2 }))],
  ])('comes of %s', async (_, bytes) => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    daemon.perform(numberedEvents(1), { do: 'send', bytes });
    expect(takeUntil(conn, 'connection-lost')).toEqual(['0.0', 'connection-lost']);
    expect(() => takeEvents(conn)).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ code: 'ERR_PROTOCOL' }) }),
    );
  });

  it('comes of a daemon that has lost its own hypervisor: that one tells nothing any more', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    daemon.perform(numberedEvents(1), hypervisorGone, numberedEvents(1, 1));
    expect(takeUntil(conn, 'connection-lost')).toEqual(['0.0', 'connection-closed', 'connection-lost']);
    expect(() => takeEvents(conn)).toThrow('the daemon has lost its connection to the hypervisor');
    expect(conn.state).toBe('lost');
  });

  it('may come while the connection is opened, when that was done', async () => {
    const rules = persistent(web);
    const last = rules.find(({ procedure }) => procedure === 212)!;
    const daemon = await bench.start({
      rules: [{ ...last, steps: [...last.steps, lifecycleEvent(lifecycle.suspended), { do: 'close' }] }, ...rules],
    });
    const conn = bench.connect(daemon);
    expect(takeUntil(conn, 'connection-lost')).toEqual(['web: running → paused', 'connection-lost']);
  });
});

describe('a daemon that says nothing', () => {
  // With no others the daemon is asked nothing but by pings.
  const events = ['domain-state-transition'];

  it('is found dead after so many pings without an answer, in a synchronous loop', async () => {
    const daemon = await bench.start({ ignoresPings: true });
    const conn = bench.connect(daemon, { keepAlive: { intervalMs: 40, count: 2 } });
    const start = performance.now();
    const [event] = takeEvents(conn, { waitMs: 20_000 });
    expect(performance.now() - start).toBeGreaterThanOrEqual(100);
    expect(event?.detail).toMatchObject({ reason: 'keepalive' });
    expect(await keepAlives(daemon, keepAliveProcedure.ping)).toBe(2);
    expect(() => takeEvents(conn)).toThrow('the daemon does not answer pings any more');
  });

  it('is found dead in the event loop', async () => {
    const daemon = await bench.start({ ignoresPings: true });
    const conn = bench.connect(daemon, { keepAlive: { intervalMs: 40, count: 2 } });
    expect(await waitForEvents(conn, { timeoutMs: 20_000 })).toBe(true);
    expect(takeEvents(conn)[0]?.detail).toMatchObject({ reason: 'keepalive' });
    expect(await keepAlives(daemon, keepAliveProcedure.ping)).toBe(2);
  });

  it.each(['loop', 'event loop'])(
    'is pinged every 5 s and given up after 30 s by default, in the %s',
    async (world) => {
      const daemon = await bench.start({ ignoresPings: true });
      const clock = new ManualClock();
      const conn = bench.connect(daemon, { clock, events });
      const stop = new AbortController();
      const wait = world === 'loop' ? undefined : waitForEvents(conn, { signal: stop.signal });
      for (let pings = 1; pings <= 5; pings += 1) {
        clock.advance(5000);
        expect(world === 'loop' ? takeEvents(conn) : []).toEqual([]);
        expect(await keepAlives(daemon, keepAliveProcedure.ping)).toBe(pings);
      }
      clock.advance(4999);
      expect(connectionStats(conn).arrived).toBe(0);
      clock.advance(1);
      await wait;
      expect(takeEvents(conn).map(brief)).toEqual(['connection-lost']);
    },
  );

  it('is left alone if it answers pings, or sends anything', async () => {
    const daemon = await bench.start();
    const clock = new ManualClock();
    const conn = bench.connect(daemon, { clock, events });
    for (let round = 1; round <= 12; round += 1) {
      clock.advance(5000);
      takeEvents(conn);
      expect(await keepAlives(daemon, keepAliveProcedure.ping)).toBe(round);
      takeEvents(conn);
    }
    expect(conn.state).toBe('open');
  });

  it('is not pinged if that is not wanted', async () => {
    const daemon = await bench.start({ ignoresPings: true });
    const clock = new ManualClock();
    const conn = bench.connect(daemon, { clock, keepAlive: false });
    for (let round = 0; round < 10; round += 1) {
      clock.advance(60_000);
      expect(takeEvents(conn)).toEqual([]);
    }
    expect(await keepAlives(daemon, keepAliveProcedure.ping)).toBe(0);
  });

  it('loses nothing to a program that does not deliver for long', async () => {
    const daemon = await bench.start({ ignoresPings: true });
    const clock = new ManualClock();
    const conn = bench.connect(daemon, { clock });
    daemon.perform(numberedEvents(3));
    await daemon.received();
    clock.advance(3_600_000);
    await waitForEvents(conn);
    expect(takeEvents(conn).map(brief)).toEqual(numbers(3));
    expect(conn.state).toBe('open');
  });
});

describe("a daemon's own ping", () => {
  it.each(['loop', 'event loop'])('is answered in the %s', async (world) => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    daemon.perform(ping, ping, numberedEvents(1));
    expect(world === 'loop' ? takeUntil(conn, '0.0') : await takeInLoopUntil(conn, '0.0')).toEqual(['0.0']);
    expect(await keepAlives(daemon, keepAliveProcedure.pong)).toBe(2);
  });

  it('is answered while the connection is opened', async () => {
    const daemon = await bench.start({ greeting: [ping] });
    bench.connect(daemon);
    expect(await keepAlives(daemon, keepAliveProcedure.pong)).toBe(1);
  });
});

it('keeps the order however a program waits and takes', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('send' as const), times: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ do: fc.constantFrom('take', 'deliver', 'wait'), limit: fc.integer({ min: 1, max: 30 }) }),
  );
  const world = fc.record({
    steps: fc.array(step, { minLength: 5, maxLength: 25 }),
    maxEvents: fc.integer({ min: 1, max: 50 }),
    fragment: fc.integer({ min: 3, max: 5000 }),
  });
  await fc.assert(
    fc.asyncProperty(world, async ({ steps, maxEvents, fragment }) => {
      await using own = new DaemonBench();
      const daemon = await own.start({ greeting: [{ do: 'fragment', size: Math.max(fragment, 60) }] });
      const conn = own.connect(daemon, { queue: { maxEvents } });
      const seen: string[] = [];
      const expected: string[] = [];
      const handler = addEventHandler(conn, null, (_, event) => seen.push(brief(event)));
      for (const [series, { do: what, ...how }] of steps.entries()) {
        if ('times' in how) {
          daemon.perform(numberedEvents(how.times, series));
          expected.push(...numbers(how.times, series));
        } else if (what === 'take') {
          seen.push(...takeEvents(conn, { limit: how.limit, waitMs: 1 }).map(brief));
        } else if (what === 'deliver') {
          deliverEvents(conn, { limit: how.limit, waitMs: 1 });
        } else {
          await waitForEvents(conn, { timeoutMs: 1 });
        }
      }
      handler[Symbol.dispose]();
      while (seen.length < expected.length) {
        await waitForEvents(conn, { timeoutMs: 5 });
        seen.push(...takeEvents(conn, { waitMs: 5 }).map(brief));
      }
      expect(seen).toEqual(expected);
      expect(connectionStats(conn).highWaterMark).toBeLessThanOrEqual(maxEvents);
    }),
    { seed: 7, numRuns: often(25) },
  );
}, 60_000);
