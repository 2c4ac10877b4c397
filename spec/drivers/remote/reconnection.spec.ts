import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import {
  type Connection,
  closeConnection,
  connectionStats,
  deliverEvents,
  listDomains,
  ManualClock,
  type QueuedEvent,
  takeEvents,
  waitForEvents,
} from '../../../lib';
import { systemClock } from '../../../lib/clock';
import { Attempt, RetrySchedule } from '../../../lib/drivers/io/reconnection';
import { authType, calls } from '../../../lib/drivers/remote/rpc/protocol';
import { type Rule, replyTo } from '../../support/fake-daemon';
import { validateEvents } from '../../support/validate-xsd';
import {
  brief,
  hypervisorGone,
  lifecycle,
  lifecycleEvent,
  numberedEvents,
  numbers,
  persistent,
  refusalOfEvent,
  stoppedWeb,
  takeUntil,
  useDaemonBench,
  web,
} from './daemon-bench';

/** The pauses before the attempts, in milliseconds. */
const PAUSES = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000];

/** In the place of chance: nothing comes off a pause. */
const never = () => 0;

it('tries again after pauses that double, up to half a minute', () => {
  const clock = new ManualClock();
  const schedule = new RetrySchedule(clock, never);
  for (const pause of PAUSES) {
    expect(schedule.untilDue()).toBe(pause);
    clock.advance(pause);
    expect(schedule.untilDue()).toBe(0);
    schedule.failed(new Error('no'));
  }
});

it('shortens each pause by chance, to its half at most', () => {
  const clock = new ManualClock();
  expect(new RetrySchedule(clock, () => 1).untilDue()).toBe(50);
  expect(new RetrySchedule(clock, () => 0.5).untilDue()).toBe(75);
  const pauses = new Set(Array.from({ length: 50 }, () => new RetrySchedule(clock).untilDue()));
  expect(pauses.size).toBeGreaterThan(1);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(100);
});

it('tells how often it has failed, and why it did last', () => {
  const schedule = new RetrySchedule(new ManualClock());
  expect(schedule.progress).toEqual({ attempts: 0, problem: undefined });
  schedule.failed(new Error('there is no socket'));
  schedule.failed(new Error('the daemon refuses'));
  expect(schedule.progress).toEqual({ attempts: 2, problem: 'the daemon refuses' });
});

it('counts the pause from the end of an attempt', () => {
  const clock = new ManualClock();
  const schedule = new RetrySchedule(clock, never);
  clock.advance(150);
  expect(schedule.untilDue()).toBe(-50);
  schedule.failed(new Error('no'));
  expect(schedule.untilDue()).toBe(200);
});

describe('a connection that reconnects', () => {
  const bench = useDaemonBench();

  const open = async (rules = persistent(web)): Promise<[Connection, kill: () => Promise<void>]> => {
    const daemon = await bench.start({ rules }, bench.path);
    return [bench.connect(daemon, { reconnect: true }), () => daemon.kill()];
  };

  /** What there is to tell of a daemon that was away while its only domain stopped. */
  const story = ['connection-lost', 'web: running → shutoff', 'events-lost', 'connection-restored'];

  it('tells what happened meanwhile, in a loop that never returns to the event loop', async () => {
    const [conn, kill] = await open();
    await kill();
    expect(takeEvents(conn, { waitMs: 5000 }).map(brief)).toEqual(['connection-lost']);
    const daemon = await bench.start({ rules: persistent(stoppedWeb) }, bench.path);
    const events: QueuedEvent[] = [];
    while (events.length < 3) {
      events.push(...takeEvents(conn, { waitMs: 5000 }));
    }
    expect(events.map(brief)).toEqual(story.slice(1));
    expect(events[0]?.string('transition/@found')).toBe('by-comparison');
    expect(events[1]?.detail).toMatchObject({ unknown: true, cause: 'disconnected' });
    expect(await validateEvents(events.map(({ xml }) => xml))).toEqual([]);
    expect(listDomains(conn)).toMatchObject([{ name: 'web', state: 'shutoff' }]);
    daemon.perform(lifecycleEvent(lifecycle.started));
    expect(takeEvents(conn, { waitMs: 5000 }).map(brief)).toEqual(['web: shutoff → running']);
    expect(conn.state).toBe('open');
  });

  it('tells the same in the event loop', async () => {
    const [conn, kill] = await open();
    const seen: string[] = [];
    const ended = kill().then(() => bench.start({ rules: persistent(stoppedWeb) }, bench.path));
    while (!seen.includes('connection-restored')) {
      await waitForEvents(conn);
      seen.push(...takeEvents(conn).map(brief));
    }
    expect(seen).toEqual(story);
    const daemon = await ended;
    daemon.perform(lifecycleEvent(lifecycle.started));
    await waitForEvents(conn);
    expect(takeEvents(conn).map(brief)).toEqual(['web: shutoff → running']);
  });

  it('tells both on the diagnostics channels', async () => {
    const seen: unknown[] = [];
    const channels = ['virdeliver:connection:lost', 'virdeliver:connection:connected'];
    const note = (message: unknown) => seen.push(message);
    for (const channel of channels) {
      subscribe(channel, note);
    }
    const [conn, kill] = await open();
    await kill();
    takeEvents(conn, { waitMs: 5000 });
    await bench.start({}, bench.path);
    takeUntil(conn, 'connection-restored');
    for (const channel of channels) {
      unsubscribe(channel, note);
    }
    expect(seen).toEqual([
      { connection: conn, again: false },
      { connection: conn, error: expect.objectContaining({ code: 'ERR_DAEMON_GONE' }), reconnects: true },
      { connection: conn, again: true },
    ]);
  });

  it('registers the events anew', async () => {
    const [conn, kill] = await open();
    await kill();
    takeUntil(conn, 'connection-lost');
    const daemon = await bench.start({ rules: [refusalOfEvent('domain', 29, 1), ...persistent(web)] }, bench.path);
    takeUntil(conn, 'connection-restored');
    const procedures = (await daemon.received()).map(({ procedure }) => procedure);
    expect(procedures.filter((procedure) => procedure === 316)).toHaveLength(30);
    expect(procedures.slice(0, 2)).toEqual([66, 1]);
  });

  it('asks again for the events that a daemon could not get from another one', async () => {
    const refused = [0, 1].map((id) => refusalOfEvent('network', id, 38));
    const [conn, kill] = await open([...refused, ...persistent(web)]);
    expect(connectionStats(conn).unsupported).toEqual(['network-lifecycle', 'network-metadata-change']);
    await kill();
    takeUntil(conn, 'connection-lost');
    await bench.start({}, bench.path);
    takeUntil(conn, 'connection-restored');
    expect(connectionStats(conn).unsupported).toEqual([]);
  });

  it('delivers events that come while it is opened again after those that it found', async () => {
    const [conn, kill] = await open();
    await kill();
    takeUntil(conn, 'connection-lost');
    const rules = persistent(stoppedWeb);
    const list = rules.find(({ procedure }) => procedure === calls.domainGetState.number)!;
    const early: Rule = { ...list, steps: [lifecycleEvent(lifecycle.started), ...list.steps] };
    await bench.start({ rules: [early, ...rules] }, bench.path);
    expect(takeUntil(conn, 'web: shutoff → running')).toEqual([...story.slice(1), 'web: shutoff → running']);
  });

  it('connects anew to a daemon that has lost its hypervisor', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon, { reconnect: true });
    daemon.perform(hypervisorGone);
    expect(takeUntil(conn, 'connection-restored')).toEqual([
      'connection-closed',
      'connection-lost',
      'events-lost',
      'connection-restored',
    ]);
    daemon.perform(numberedEvents(1));
    expect(takeUntil(conn, '0.0')).toEqual(['0.0']);
  });

  it('does so again and again', async () => {
    const first = await bench.start({}, bench.path);
    const conn = bench.connect(first, { reconnect: true });
    let daemon = first;
    for (const domain of [stoppedWeb, web, stoppedWeb]) {
      await daemon.kill();
      daemon = await bench.start({ rules: persistent(domain) }, bench.path);
      const seen = takeUntil(conn, 'connection-restored');
      expect(seen[0]).toBe('connection-lost');
      expect(seen[1]).toContain('web: ');
    }
  });

  it('tells all of it in order if the queue has room for one event only', async () => {
    const daemon = await bench.start({}, bench.path);
    const conn = bench.connect(daemon, { reconnect: true, queue: { maxEvents: 1 } });
    daemon.perform(numberedEvents(5), { do: 'die' });
    await daemon.ended;
    await bench.start({ rules: persistent(stoppedWeb) }, bench.path);
    expect(takeUntil(conn, 'connection-restored')).toEqual([...numbers(5), ...story]);
  });

  describe('while the daemon lets nobody in', () => {
    const LETS_IN = persistent(web);
    /** A daemon that lets in who comes first. */
    const closing: Rule[] = [
      { ...LETS_IN.find(({ procedure }) => procedure === 66)!, times: 1 },
      { procedure: 66, steps: [{ do: 'close' }] },
      ...LETS_IN,
    ];

    const openWith = async (clock: ManualClock) => {
      const daemon = await bench.start({ rules: closing }, bench.path);
      const conn = bench.connect(daemon, { reconnect: true, clock, keepAlive: false });
      daemon.perform({ do: 'close' });
      const attempts = async () => (await daemon.received()).filter(({ procedure }) => procedure === 66).length - 1;
      return { conn, attempts };
    };

    beforeEach(() => {
      // Nothing comes off a pause by chance.
      jest.spyOn(Math, 'random').mockReturnValue(0);
    });
    afterEach(() => {
      jest.restoreAllMocks();
    });

    it('tries at growing intervals, in a loop that never returns to the event loop', async () => {
      const clock = new ManualClock();
      const { conn, attempts } = await openWith(clock);
      const seen: string[] = [];
      while (seen.length === 0) {
        // Where the clock is moved by hand nothing waits; to ask is to give the daemon time.
        await attempts();
        seen.push(...takeEvents(conn).map(brief));
      }
      expect(seen).toEqual(['connection-lost']);
      for (const [made, pause] of PAUSES.entries()) {
        clock.advance(pause - 1);
        expect(takeEvents(conn)).toEqual([]);
        expect(await attempts()).toBe(made);
        clock.advance(1);
        expect(takeEvents(conn)).toEqual([]);
        expect(await attempts()).toBe(made + 1);
      }
      expect(conn.state).toBe('open');
    });

    it('tries at growing intervals in the event loop', async () => {
      const clock = new ManualClock();
      const { conn, attempts } = await openWith(clock);
      await waitForEvents(conn);
      expect(takeEvents(conn).map(brief)).toEqual(['connection-lost']);
      const stop = new AbortController();
      const wait = waitForEvents(conn, { signal: stop.signal });
      for (const [made, pause] of PAUSES.entries()) {
        clock.advance(pause - 1);
        expect(await attempts()).toBe(made);
        clock.advance(1);
        while (connectionStats(conn).reconnecting?.attempts === made) {
          await turn();
        }
        expect(await attempts()).toBe(made + 1);
        expect(connectionStats(conn).reconnecting?.problem).toContain('the daemon closed the connection');
      }
      stop.abort(new Error('enough'));
      await expect(wait).rejects.toThrow('enough');
      clock.advance(1_000_000);
      expect(await attempts()).toBe(PAUSES.length);
    });

    it('tries no more once it is closed', async () => {
      const clock = new ManualClock();
      const { conn, attempts } = await openWith(clock);
      await waitForEvents(conn);
      takeEvents(conn);
      const wait = waitForEvents(conn);
      clock.advance(100);
      while ((await attempts()) === 0) {
        await turn();
      }
      closeConnection(conn);
      expect(await wait).toBe(false);
      clock.advance(1_000_000);
      expect(await attempts()).toBe(1);
    });
  });

  it('lets go of the daemon when who is told of the connection closes it', async () => {
    const [conn, kill] = await open();
    await kill();
    takeUntil(conn, 'connection-lost');
    const before = readdirSync('/dev/fd').length;
    const daemon = await bench.start({ rules: persistent(stoppedWeb) }, bench.path);
    const ofDaemon = readdirSync('/dev/fd').length - before;
    const close = () => closeConnection(conn);
    const channels = ['virdeliver:event:sent', 'virdeliver:connection:connected'] as const;
    for (const channel of channels) {
      subscribe(channel, close);
    }
    while (conn.state === 'open') {
      takeEvents(conn, { waitMs: 1000 });
    }
    for (const channel of channels) {
      unsubscribe(channel, close);
    }
    expect((await daemon.received()).length).toBeGreaterThan(0);
    expect(readdirSync('/dev/fd').length - ofDaemon).toBe(before);
    expect(connectionStats(conn).queued).toBe(0);
  });

  describe('to a daemon that asks who the program is', () => {
    const asking = [
      replyTo(calls.authList, (reply) => reply.array([authType.sasl], (writer, type) => writer.int(type))),
      replyTo(calls.authSaslInit, (reply) => reply.string('PLAIN')),
      // All is done, and it says no more.
      replyTo(calls.authSaslStart, (reply) =>
        reply
          .int(1)
          .int(1)
          .array([], () => {}),
      ),
      ...persistent(web),
    ];
    const credentials = { user: 'ann', password: 'correct horse' };

    const lose = async (ask: () => typeof credentials | Promise<typeof credentials>): Promise<Connection> => {
      const first = await bench.start({}, bench.path);
      const conn = bench.connect(first, { reconnect: true, credentials: ask });
      await first.kill();
      takeUntil(conn, 'connection-lost');
      return conn;
    };

    it.each([
      ['answers', () => credentials],
      [
        'fails',
        () => {
          throw new Error('the key ring is locked');
        },
      ],
    ])('ends quietly if the program closes the connection when it is asked, and %s', async (_, answer) => {
      const conn = await lose(() => {
        closeConnection(conn);
        return answer();
      });
      const daemon = await bench.start({ rules: asking }, bench.path);
      const before = readdirSync('/dev/fd').length;
      while (conn.state === 'open') {
        expect(takeEvents(conn, { waitMs: 1000 })).toEqual([]);
      }
      await daemon.received();
      expect(readdirSync('/dev/fd')).toHaveLength(before);
    });

    it('asks a person once in an attempt, however long that takes', async () => {
      let asked = 0;
      let answer: (given: typeof credentials) => void = () => {};
      const conn = await lose(() => {
        asked += 1;
        return new Promise((resolve) => {
          answer = resolve;
        });
      });
      await bench.start({ rules: asking }, bench.path);
      const wait = waitForEvents(conn);
      while (asked === 0) {
        await turn();
      }
      const { monotonic } = systemClock;
      let minutes = 0;
      const later = jest.spyOn(systemClock, 'monotonic').mockImplementation(() => monotonic() + minutes * 60_000);
      for (; minutes < 5; minutes += 1) {
        deliverEvents(conn);
        await turn();
      }
      later.mockRestore();
      expect(asked).toBe(1);
      answer(credentials);
      expect(await wait).toBe(true);
      expect(takeEvents(conn).map(brief)).toContain('connection-restored');
    });

    it('asks nobody any more once the connection is closed', async () => {
      let asked = 0;
      const conn = await lose(() => {
        asked += 1;
        return credentials;
      });
      const daemon = await bench.start({ rules: [{ ...asking[0]!, steps: [] }, ...asking.slice(1)] }, bench.path);
      const before = readdirSync('/dev/fd').length;
      const wait = waitForEvents(conn);
      while ((await daemon.received()).length === 0) {
        await turn();
      }
      expect(readdirSync('/dev/fd').length).toBeGreaterThan(before);
      closeConnection(conn);
      expect(await wait).toBe(false);
      expect(await daemon.received()).toHaveLength(1);
      expect(readdirSync('/dev/fd')).toHaveLength(before);
      expect(asked).toBe(0);
    });
  });

  it('goes on in a synchronous loop with what it has begun in the event loop', async () => {
    const [conn, kill] = await open();
    await kill();
    takeUntil(conn, 'connection-lost');
    const silent = await bench.start(
      { rules: [{ procedure: calls.authList.number, times: 1, steps: [] }, ...persistent(web)] },
      bench.path,
    );
    const stop = new AbortController();
    const wait = waitForEvents(conn, { signal: stop.signal });
    while ((await silent.received()).length === 0) {
      await turn();
    }
    stop.abort(new Error('enough'));
    await expect(wait).rejects.toThrow('enough');
    const { monotonic } = systemClock;
    const start = monotonic();
    // The machine's time passes quickly.
    const quickly = jest.spyOn(systemClock, 'monotonic').mockImplementation(() => start + 6 * (monotonic() - start));
    expect(takeUntil(conn, 'connection-restored')).toContain('connection-restored');
    quickly.mockRestore();
  });

  it('waits for the whole time that is asked for while there is no daemon', async () => {
    const [conn, kill] = await open();
    await kill();
    takeUntil(conn, 'connection-lost');
    const start = performance.now();
    expect(takeEvents(conn, { waitMs: 250 })).toEqual([]);
    expect(performance.now() - start).toBeGreaterThanOrEqual(249);
  });
});

describe('an attempt to reconnect', () => {
  let now = 0;
  beforeEach(() => {
    jest.spyOn(systemClock, 'monotonic').mockImplementation(() => now);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is stuck when the event loop has had no turn for five seconds', () => {
    const attempt = new Attempt();
    expect(attempt.isStuck()).toBe(false);
    now += 5000;
    expect(attempt.isStuck()).toBe(false);
    now += 1;
    expect(attempt.isStuck()).toBe(true);
  });

  it('may take any time if the event loop has its turns', async () => {
    const attempt = new Attempt();
    for (let minute = 0; minute < 5; minute += 1) {
      expect(attempt.isStuck()).toBe(false);
      await turn();
      now += 60_000;
    }
  });

  it('can be given up', () => {
    const attempt = new Attempt();
    expect(attempt.signal.aborted).toBe(false);
    attempt.giveUp();
    expect(attempt.signal.aborted).toBe(true);
  });
});
