import {
  type Clock,
  type Connection,
  connectionStats,
  type DeliveryOptions,
  deliverEvents,
  listDomains,
  openConnectionAsync,
  type QueuedEvent,
  takeEvents,
  waitForEvents,
} from '../../../lib';
import { sleep } from '../../../lib/clock';
import { DaemonSession } from '../../../lib/drivers/remote/daemon-session';
import { calls } from '../../../lib/drivers/remote/rpc/protocol';
import { type FakeDomain, messageBytes, type Rule, type Step, writeDomain, xdr } from '../../support/fake-daemon';
import { validateEvents } from '../../support/validate-xsd';
import { brief, numberedEvents, numbers, persistent, refusalOf, uriOf, useDaemonBench, web } from './daemon-bench';

const GET_STATE = calls.domainGetState.number;

/** How long a test waits for what is to come, in milliseconds: it ends one that would hang, and decides no other. */
const PATIENCE = 15_000;

const db: FakeDomain = { ...web, name: 'db', uuid: '22222222-2222-4333-8444-5555555555bb', id: 4 };

/** A lifecycle event, as a daemon sends it. */
function lifecycle(event: number, detail: number, domain: FakeDomain = web): Step {
  return {
    do: 'send',
    bytes: messageBytes(318, (writer) => writeDomain(writer.int(0), domain).int(event).int(detail)),
  };
}

const panicked = lifecycle(8, 0);
const migrated = lifecycle(5, 3);
const reboot: Step = { do: 'send', bytes: messageBytes(319, (writer) => writeDomain(writer.int(0), web)) };

const stateReply = (state: number, reason = 0) => xdr((reply) => reply.int(state).int(reason));

/** Answers questions about the domain, after the first one, which is asked when the connection is opened. */
function thenAnswering(...steps: readonly Step[]): Rule[] {
  const rules = persistent(web, db);
  const first = rules.find(({ procedure }) => procedure === GET_STATE)!;
  return [{ ...first, times: 1 }, { ...first, steps }, ...rules];
}

const thenIn = (state: number, reason = 0) => thenAnswering({ do: 'reply', payload: stateReply(state, reason) });

const thenGone = (): Rule[] => {
  const [first, second, ...rest] = thenIn(1) as [Rule, Rule, ...Rule[]];
  return [first, { ...refusalOf(calls.domainGetState, 42, 'Domain not found'), payload: second.payload! }, ...rest];
};

const bench = useDaemonBench();

/** An event in short, with what is found by comparison marked. */
function inShort(event: QueuedEvent): string {
  const found = event.type === 'domain-state-transition' && event.detail?.found !== undefined ? ' (found)' : '';
  return brief(event) + found;
}

type Next = (conn: Connection) => QueuedEvent[] | Promise<QueuedEvent[]>;

const worlds: readonly [string, Next][] = [
  ['a synchronous loop', (conn) => takeEvents(conn, { waitMs: 500 })],
  ['the event loop', (conn) => waitForEvents(conn, { timeoutMs: 500 }).then(() => takeEvents(conn, { limit: 100 }))],
];

/** Takes events until so many are there. */
async function take(conn: Connection, next: Next, count: number): Promise<QueuedEvent[]> {
  const events: QueuedEvent[] = [];
  const deadline = performance.now() + PATIENCE;
  while (events.length < count && performance.now() < deadline) {
    const more = next(conn);
    events.push(...(more instanceof Promise ? await more : more));
  }
  return events;
}

const stateOf = (conn: Connection, name = 'web') => listDomains(conn).find((domain) => domain.name === name)?.state;

describe.each(worlds)('an event that leaves the state open, in %s,', (world, next) => {
  const isInLoop = world === 'the event loop';

  it.each<[what: string, event: Step, rules: () => Rule[], told: string[], state: string | undefined]>([
    ['a guest that crashes and runs on', panicked, () => thenIn(1, 1), ['web: running → running'], 'running'],
    ['a guest that crashes and goes on by then', panicked, () => thenIn(1, 9), ['web: running → crashed'], 'crashed'],
    ['a guest that crashes and is being shut down', panicked, () => thenIn(4), ['web: running → crashed'], 'crashed'],
    ['a guest that crashes and is kept', panicked, () => thenIn(6, 1), ['web: running → crashed'], 'crashed'],
    ['a domain that migrates and stays', migrated, () => thenIn(5, 4), ['web: running → shutoff'], 'shutoff'],
    [
      'a domain that migrates and is undefined',
      migrated,
      thenGone,
      ['web: running → shutoff', 'web: shutoff → absent (found)'],
      undefined,
    ],
    ['what a later libvirt tells', lifecycle(9, 0), () => thenIn(3), ['web: running → paused'], 'paused'],
    [
      'what the daemon refuses to tell',
      panicked,
      () => [thenIn(1)[0]!, refusalOf(calls.domainGetState, 38, 'cannot tell'), ...persistent(web, db)],
      ['web: running → crashed'],
      'crashed',
    ],
  ])('says what is true: %s', async (_what, event, rules, told, state) => {
    const daemon = await bench.start({ rules: rules() });
    const conn = bench.connect(daemon);
    daemon.perform(event);
    const events = await take(conn, next, told.length);
    expect(events.map(inShort)).toEqual(told);
    expect(stateOf(conn)).toBe(state);
    expect(await validateEvents(events.map(({ xml }) => xml))).toEqual([]);
  });

  it.each([
    ['at once', 1],
    ['a moment later', 2],
    ['after some time', 4],
  ])('is that a guest which had crashed is reset, which the daemon says %s', async (_when, times) => {
    const daemon = await bench.start({
      rules: [thenIn(6)[0]!, { ...thenIn(6)[1]!, times }, thenIn(3, 10)[1]!, ...persistent(web, db)],
    });
    const conn = bench.connect(daemon);
    daemon.perform(panicked, reboot);
    expect((await take(conn, next, 3)).map(inShort)).toEqual([
      'web: running → crashed',
      'domain-reboot',
      'web: crashed → paused (found)',
    ]);
    daemon.perform(lifecycle(4, 0));
    expect((await take(conn, next, 1)).map(inShort)).toEqual(['web: paused → running']);
  });

  it.each<[what: string, rules: () => Rule[], told: string[]]>([
    ['it has stopped', () => thenIn(5, 6), ['web: running → shutdown', 'web: shutdown → shutoff (found)']],
    [
      'it is gone',
      thenGone,
      ['web: running → shutdown', 'web: shutdown → shutoff (found)', 'web: shutoff → absent (found)'],
    ],
  ])('is that a guest shuts down and nothing follows: %s', async (_what, rules, told) => {
    const daemon = await bench.start({ rules: rules() });
    const conn = bench.connect(daemon);
    daemon.perform(lifecycle(6, 2));
    expect((await take(conn, next, told.length)).map(inShort)).toEqual(told);
  });

  it('keeps its place among those that come after it', async () => {
    const daemon = await bench.start({ rules: thenIn(1, 1) });
    const conn = bench.connect(daemon);
    // All of them are sent before the daemon gets the question.
    daemon.perform(numberedEvents(2), panicked, numberedEvents(50, 1), lifecycle(3, 0, db), panicked);
    expect((await take(conn, next, 55)).map(inShort)).toEqual([
      ...numbers(2),
      'web: running → running',
      ...numbers(50, 1),
      'db: running → paused',
      'web: running → running',
    ]);
  });

  it('is not waited for long, and neither is the next one; the answer follows', async () => {
    const ofDb = persistent(db).find(({ procedure }) => procedure === GET_STATE)!;
    const [first, held] = thenAnswering({ do: 'hold', payload: stateReply(1) }) as [Rule, Rule];
    const rules = [
      { ...ofDb, times: 1 },
      { ...ofDb, steps: [{ do: 'reply', payload: stateReply(3) }] as Step[] },
      first,
      { ...held, times: 1 },
      ...thenIn(1).slice(1),
    ];
    const daemon = await bench.start({ rules });
    const conn = bench.connect(daemon);
    daemon.perform(panicked, lifecycle(8, 0, db), lifecycle(3, 0, db));
    expect((await take(conn, next, 3)).map(inShort)).toEqual([
      'web: running → crashed',
      'db: running → crashed',
      'db: crashed → paused',
    ]);
    expect(stateOf(conn)).toBe('crashed');
    daemon.perform({ do: 'release' });
    const [correction] = await take(conn, next, 1);
    expect(inShort(correction!)).toBe('web: crashed → running (found)');
    expect(stateOf(conn)).toBe('running');
    expect(stateOf(conn, 'db')).toBe('paused');
  });

  it.each<[answer: string, payload: string, event: Step, told: string]>([
    ['it has stopped', stateReply(5, 3), lifecycle(5, 2), 'web: crashed → shutoff'],
    ['it is being shut down', stateReply(4), lifecycle(6, 2), 'web: crashed → shutdown'],
    ['it is paused', stateReply(3), lifecycle(3, 0), 'web: crashed → paused'],
  ])('waits a little for the event that tells what a late answer says: %s', async (_answer, payload, event, told) => {
    const daemon = await bench.start({ rules: thenAnswering({ do: 'hold', payload }) });
    const conn = bench.connect(daemon);
    daemon.perform(panicked);
    expect((await take(conn, next, 1)).map(inShort)).toEqual(['web: running → crashed']);
    daemon.perform({ do: 'release' }, event, numberedEvents(1));
    expect((await take(conn, next, 2)).map(inShort)).toEqual([told, '0.0']);
  });

  it('takes the answer that came in time, though the program was away for longer', async () => {
    const reply: Step[] = [
      { do: 'pause', milliseconds: 200 },
      { do: 'reply', payload: stateReply(1, 1) },
    ];
    const daemon = await bench.start({ rules: thenAnswering(...reply) });
    const conn = bench.connect(daemon);
    daemon.perform(panicked);
    const questions = async () => (await daemon.received()).filter(({ procedure }) => procedure === GET_STATE);
    const events: QueuedEvent[] = [];
    // In the event loop somebody waits all the time, so that a timer is due before what came is read.
    const waiting = isInLoop ? waitForEvents(conn, { timeoutMs: PATIENCE }) : undefined;
    while ((await questions()).length < 3) {
      events.push(...(isInLoop ? [] : takeEvents(conn)));
    }
    sleep(1500);
    await waiting;
    events.push(...(await take(conn, next, 1 - events.length)));
    expect(events.map(inShort)).toEqual(['web: running → running']);
  });

  it('does not wait for long for that event', async () => {
    const [first, held, ...rest] = thenAnswering({ do: 'hold', payload: stateReply(5, 3) }) as [Rule, Rule, ...Rule[]];
    const rules = [first, { ...held, times: 1 }, thenIn(5, 3)[1]!, ...rest];
    const daemon = await bench.start({ rules });
    const conn = bench.connect(daemon);
    daemon.perform(panicked);
    expect((await take(conn, next, 1)).map(inShort)).toEqual(['web: running → crashed']);
    daemon.perform({ do: 'release' });
    expect((await take(conn, next, 1)).map(inShort)).toEqual(['web: crashed → shutoff (found)']);
  });

  it('comes before the loss of a daemon that died without an answer', async () => {
    const daemon = await bench.start({ rules: thenAnswering({ do: 'die' }) });
    const conn = bench.connect(daemon, { reconnect: true });
    daemon.perform(panicked, numberedEvents(1));
    const told = (await take(conn, next, 2)).map(inShort);
    expect(told.slice(0, 1)).toEqual(['web: running → crashed']);
    expect(told.at(-1)).toBe('connection-lost');
  });
});

it('an event that leaves the state open is delivered by the same delivery that reads it', async () => {
  const daemon = await bench.start({ rules: thenIn(6, 1) });
  const conn = bench.connect(daemon);
  daemon.perform(panicked);
  // It is there when the daemon has answered this.
  await daemon.received();
  const deadline = performance.now() + PATIENCE;
  let events = 0;
  while (events === 0 && performance.now() < deadline) {
    const asked = (await daemon.received()).filter(({ procedure }) => procedure === GET_STATE).length;
    events = deliverEvents(conn).events;
    const askedAfter = (await daemon.received()).filter(({ procedure }) => procedure === GET_STATE).length;
    expect(askedAfter - asked).toBe(events);
  }
  expect(events).toBe(1);
});

describe('a delivery that reads an event which leaves the state open, of a daemon that does not answer,', () => {
  /** Delivers until the daemon was asked, and some times more; returns how long each delivery waited, by a clock that nothing else moves. */
  async function waits(options: DeliveryOptions): Promise<number[]> {
    let time = 0;
    const clock: Clock = { now: Date.now, monotonic: () => time, manual: false, schedule: () => () => {} };
    const wait = jest.spyOn(DaemonSession.prototype, 'wait').mockImplementation((milliseconds) => {
      time += milliseconds;
      sleep(milliseconds);
    });
    const waited: number[] = [];
    const deliver = (conn: Connection): void => {
      const start = time;
      deliverEvents(conn, options);
      waited.push(time - start);
    };
    try {
      const daemon = await bench.start({ rules: thenAnswering({ do: 'hold' }) });
      const questions = async () => (await daemon.received()).filter(({ procedure }) => procedure === GET_STATE).length;
      const conn = bench.connect(daemon, { clock, keepAlive: false });
      const before = await questions();
      daemon.perform(panicked);
      while ((await questions()) === before) {
        deliver(conn);
      }
      for (let delivery = 0; delivery < 10; delivery += 1) {
        deliver(conn);
      }
      return waited;
    } finally {
      wait.mockRestore();
    }
  }

  it('waits no longer for it than its budget lasts', async () => {
    expect(Math.max(...(await waits({ budgetMs: 10 })))).toBeLessThanOrEqual(10);
    expect(Math.max(...(await waits({ budgetMs: 0 })))).toBe(0);
  });

  it('waits for a moment without a budget, and those after it not at all', async () => {
    const waited = (await waits({})).filter((each) => each > 0);
    expect(waited.length).toBeLessThanOrEqual(1);
    expect(Math.max(0, ...waited)).toBeLessThanOrEqual(50);
  });
});

it('an event that leaves the state open is held for a second, however long the wait for it is', async () => {
  const daemon = await bench.start({ rules: thenAnswering({ do: 'hold', payload: stateReply(1) }) });
  const conn = bench.connect(daemon, { keepAlive: false });
  daemon.perform(panicked);
  const start = performance.now();
  expect(takeEvents(conn, { waitMs: 20_000 }).map(inShort)).toEqual(['web: running → crashed']);
  expect(performance.now() - start).toBeLessThan(10_000);
});

it('no more than four calls are under way when many events leave states open', async () => {
  const domains = Array.from({ length: 12 }, (_, number) => ({
    ...web,
    name: `d${number}`,
    uuid: web.uuid.replace('aa', `a${number.toString(16)}`),
  }));
  const rules = persistent(...domains);
  const later: Rule = { procedure: GET_STATE, steps: [] };
  const daemon = await bench.start({
    rules: [
      ...rules.filter(({ procedure }) => procedure === GET_STATE).map((rule) => ({ ...rule, times: 1 })),
      later,
      ...rules,
    ],
  });
  const conn = bench.connect(daemon);
  daemon.perform(...domains.map((domain) => lifecycle(8, 0, domain)));
  await take(conn, worlds[0]![1], 12);
  const questions = (await daemon.received()).filter(({ procedure }) => procedure === GET_STATE);
  expect(questions.length - 12).toBeGreaterThan(0);
  expect(questions.length - 12).toBeLessThanOrEqual(4);
});

describe('a daemon that is slow to tell its states', () => {
  const opened = async (rules: Rule[]) => {
    const daemon = await bench.start({ rules });
    const start = performance.now();
    const conn = bench.connect(daemon);
    return { daemon, conn, took: performance.now() - start };
  };

  const stateRule = (domain: FakeDomain, ...steps: Step[]): Rule => ({
    procedure: GET_STATE,
    payload: xdr((call) => call.string(domain.name)),
    steps,
  });

  it('of one domain opens, lists the others, and tells of it when it can', async () => {
    const { daemon, conn, took } = await opened([
      stateRule(web, { do: 'hold', payload: stateReply(3) }),
      ...persistent(web, db),
    ]);
    expect(took).toBeLessThan(5000);
    expect(listDomains(conn).map(({ name, state }) => [name, state])).toEqual([
      ['db', 'running'],
      ['web', 'unknown'],
    ]);
    daemon.perform(lifecycle(3, 0, db));
    const events = await take(conn, worlds[0]![1], 2);
    expect(events.map(inShort)).toEqual(['connection-warning', 'db: running → paused']);
    expect(events[0]?.string('warning')).toContain('in which state it has web');
    expect(conn.state).toBe('open');
    daemon.perform({ do: 'release' }, lifecycle(4, 0));
    expect((await take(conn, worlds[0]![1], 1)).map(inShort)).toEqual(['web: paused → running']);
    expect(stateOf(conn)).toBe('running');
  });

  it('is not taken for slow if it was this process that stood still', async () => {
    const list = persistent(web).find(({ procedure }) => procedure === calls.listAllDomains.number)!;
    const slow = { ...list, steps: [{ do: 'pause', milliseconds: 300 } as const, ...list.steps] };
    const daemon = await bench.start({ rules: [slow, ...persistent(web)] });
    const opening = openConnectionAsync(uriOf(daemon));
    while (!(await daemon.received()).some(({ procedure }) => procedure === calls.listAllDomains.number)) {
      // It answers 300 ms later.
    }
    sleep(2500);
    using conn = await opening;
    expect(stateOf(conn)).toBe('running');
  });

  it('opens after ten seconds, though one answer follows another', async () => {
    const domains = Array.from({ length: 100 }, (_, number): FakeDomain => {
      const uuid = `22222222-2222-4333-8444-${String(number).padStart(12, '0')}`;
      return { ...web, name: `d${number}`, uuid };
    });
    const slow = { do: 'pause', milliseconds: 200 } as const;
    const { conn } = await opened([
      ...domains.map((domain) => stateRule(domain, slow, { do: 'reply', payload: stateReply(1) })),
      ...persistent(...domains),
    ]);
    const states = listDomains(conn).map(({ state }) => state);
    expect(states).toHaveLength(100);
    expect(new Set(states)).toEqual(new Set(['running', 'unknown']));
  });

  it.each(worlds)('of all domains opens, and tells events from what is not known, in %s', async (_, next) => {
    const list = persistent(web, db).filter(({ procedure }) => procedure === calls.listAllDomains.number);
    const held = list.map((rule) => ({
      ...rule,
      steps: rule.steps.map((step): Step => ({ do: 'hold', payload: (step as { payload: string }).payload })),
    }));
    const { daemon, conn } = await opened([...held, ...persistent(web, db)]);
    expect(listDomains(conn)).toEqual([]);
    daemon.perform(lifecycle(3, 0));
    const events = await take(conn, next, 2);
    expect(events.map(inShort)).toEqual(['connection-warning', 'web: unknown → paused']);
    expect(await validateEvents(events.map(({ xml }) => xml))).toEqual([]);
    expect(listDomains(conn)).toMatchObject([{ name: 'web', state: 'paused' }]);
    // The list of all, then that of the transient ones.
    daemon.perform({ do: 'release' });
    const deadline = performance.now() + PATIENCE;
    while (listDomains(conn).length < 2 && performance.now() < deadline) {
      await next(conn);
      daemon.perform({ do: 'release' });
    }
    daemon.perform(lifecycle(4, 0, db));
    await take(conn, next, 1);
    expect(stateOf(conn, 'db')).toBe('running');
  });

  it('and then refuses, is told of', async () => {
    const refusal = refusalOf(calls.listAllDomains, 38, 'cannot list');
    const { conn } = await opened([
      { ...refusal, steps: [{ do: 'pause', milliseconds: 1200 }, ...refusal.steps] },
      ...persistent(web),
    ]);
    const events = await take(conn, worlds[0]![1], 2);
    expect(events.map((event) => event.string('warning'))).toEqual([
      expect.stringContaining('has not listed its domains'),
      'the daemon lists no domains: cannot list',
    ]);
    expect(connectionStats(conn).state).toBe('open');
  });
});
