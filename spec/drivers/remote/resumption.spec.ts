import { type Connection, closeConnection, connectionStats, listDomains, type QueuedEvent } from '../../../lib';
import { systemClock } from '../../../lib/clock';
import { coreOf } from '../../../lib/delivery/connection-core';
import type { ConnectionOptions } from '../../../lib/delivery/open-connection';
import type { EarlierDomain, EarlierStates } from '../../../lib/drivers/driver';
import { calls } from '../../../lib/drivers/remote/rpc/protocol';
import { type FakeDaemon, type FakeDomain, openingRules, type Rule, type Step, xdr } from '../../support/fake-daemon';
import { validateEvents } from '../../support/validate-xsd';
import { synchronousWorld, takeUntil, type World, worlds } from '../../support/worlds';
import {
  brief,
  lifecycle,
  lifecycleEvent,
  numberedEvents,
  persistent,
  refusalOf,
  stoppedWeb,
  uriOf,
  useDaemonBench,
  web,
} from './daemon-bench';

const HOST = '99999999-2222-4333-8444-555555555555';
const OTHER_HOST = '88888888-2222-4333-8444-555555555555';

const db: FakeDomain = { ...web, name: 'db', uuid: web.uuid.replace('aa', 'bb'), id: 4 };
const knownWeb: EarlierDomain = { name: 'web', uuid: web.uuid, id: 3, persistent: true, state: 'running' };
const knownDb: EarlierDomain = { ...knownWeb, name: 'db', uuid: db.uuid, id: 4 };

const bench = useDaemonBench();
const opened: Connection[] = [];
afterEach(() => {
  for (const conn of opened.splice(0)) {
    closeConnection(conn);
  }
  jest.restoreAllMocks();
});

/** The URI of a daemon of QEMU on this machine. */
const localUri = () => `qemu:///system?socket=${bench.path}`;

/** What is said of the host when it is asked for. */
const hostRule = (...steps: Step[]): Rule => ({ procedure: calls.getCapabilities.number, steps });

const capabilities = (uuid: string) =>
  xdr((reply) =>
    reply.string(`<capabilities>\n\n  <host>\n    <uuid>${uuid}</uuid>\n    <cpu/>\n  </host>\n</capabilities>\n`),
  );

const hostIs = (uuid: string): Rule => hostRule({ do: 'reply', payload: capabilities(uuid) });

const start = (...rules: readonly Rule[]): Promise<FakeDaemon> =>
  bench.start({ rules: [...rules, hostIs(HOST)] }, bench.path);

const earlier = (domains: readonly EarlierDomain[], given: Partial<EarlierStates> = {}): EarlierStates => ({
  origin: { uri: localUri(), hostUuid: HOST },
  domains,
  rebooted: undefined,
  ...given,
});

type Given = ConnectionOptions & { readonly world?: World; readonly uri?: string };

/** Opens a connection that goes on from earlier states. */
async function resume(states: EarlierStates | undefined, given: Given = {}): Promise<Connection> {
  const { world = synchronousWorld, uri = localUri(), ...options } = given;
  const conn = await world.open(uri, options);
  opened.push(conn);
  coreOf(conn).driver.resumeFrom?.(states);
  return conn;
}

/** An event in short: a gap with its cause, a transition with the number of the domain. */
function told(event: QueuedEvent): string {
  switch (event.type) {
    case 'events-lost':
      return `lost: ${event.detail?.cause}, ${event.detail?.unknown ? 'nobody knows how many' : event.detail?.count}`;
    case 'domain-state-transition':
      return `${brief(event)}${event.detail?.found === 'by-comparison' ? ' (found)' : ''}`;
    default:
      return event.type;
  }
}

const GAP = 'lost: stopped, nobody knows how many';

/** What is told until now. */
async function story(conn: Connection, daemon: FakeDaemon, world = synchronousWorld): Promise<string[]> {
  daemon.perform(numberedEvents(1));
  const events = await takeUntil(world, conn, ['domain-rtc-change']);
  expect(await validateEvents(events.map(({ xml }) => xml))).toEqual([]);
  return events.map(told).slice(0, -1);
}

describe.each(worlds)('going on from earlier states in $name', (world) => {
  it('tells what must have happened, then a gap, in front of all that the daemon sends', async () => {
    const rules = persistent(stoppedWeb, db);
    const state = rules.find(({ procedure }) => procedure === calls.domainGetState.number)!;
    const early = { ...state, steps: [...state.steps, lifecycleEvent(lifecycle.started)] };
    const daemon = await start(early, ...rules);
    const conn = await resume(earlier([knownWeb]), { world });
    expect(await story(conn, daemon, world)).toEqual([
      'web: running → shutoff (found)',
      'db: absent → shutoff (found)',
      'db: shutoff → running (found)',
      GAP,
      'web: shutoff → running',
    ]);
    expect(listDomains(conn).map(({ name, state: now }) => `${name} ${now}`)).toEqual(['db running', 'web running']);
  });

  it('does so when a daemon comes that was not there', async () => {
    const conn = await resume(earlier([knownWeb, knownDb]), { world, reconnect: 'from-start' });
    expect(listDomains(conn)).toEqual([]);
    const daemon = await start(...persistent(db));
    await takeUntil(world, conn, ['events-lost']).then((events) =>
      expect(events.map(told)).toEqual([
        'connection-warning',
        'web: running → shutoff (found)',
        'web: shutoff → absent (found)',
        GAP,
      ]),
    );
    expect(await story(conn, daemon, world)).toEqual(['connection-restored']);
  });

  it('waits for the answer which host it is, and keeps in order what comes meanwhile', async () => {
    const held = hostRule({ do: 'hold', payload: capabilities(HOST) });
    const daemon = await start(held, ...persistent(stoppedWeb));
    const conn = await resume(earlier([knownWeb]), { world });
    daemon.perform(lifecycleEvent(lifecycle.started), numberedEvents(1));
    expect((await world.deliver(conn)).events).toBe(0);
    daemon.perform({ do: 'release' });
    const events = await takeUntil(world, conn, ['domain-rtc-change']);
    expect(events.map(told).slice(0, -1)).toEqual(['web: running → shutoff (found)', GAP, 'web: shutoff → running']);
  });

  it('does not wait for it for ever', async () => {
    const daemon = await start(hostRule(), ...persistent(stoppedWeb));
    const conn = await resume(earlier([knownWeb], { rebooted: false }), { world });
    expect((await world.deliver(conn)).events).toBe(0);
    const { monotonic } = systemClock;
    jest.spyOn(systemClock, 'monotonic').mockImplementation(() => monotonic() + 30_000);
    expect(await story(conn, daemon, world)).toEqual(['web: running → shutoff (found)', GAP]);
  });

  it('asks again, and tells all, when the daemon goes away before it has answered', async () => {
    const mute = await start(hostRule(), ...persistent(web));
    const conn = await resume(earlier([knownWeb]), { world, reconnect: true });
    mute.perform(lifecycleEvent(lifecycle.suspended));
    expect((await world.deliver(conn)).events).toBe(0);
    await mute.kill();
    const daemon = await start(...persistent(stoppedWeb));
    const events = await takeUntil(world, conn, "@cause = 'stopped'");
    expect(events.map(told)).toEqual([
      'connection-lost',
      'lost: disconnected, nobody knows how many',
      'connection-restored',
      'web: running → shutoff (found)',
      GAP,
    ]);
    expect(await story(conn, daemon, world)).toEqual([]);
  });

  it('says nothing of a domain whose state the daemon does not tell, until it does', async () => {
    const rules = persistent(web, db);
    const late = (domain: FakeDomain, state: number): Rule[] => {
      const payload = xdr((reply) => reply.int(state).int(1));
      const question = { procedure: calls.domainGetState.number, payload: xdr((call) => call.string(domain.name)) };
      return [
        { ...question, times: 1, steps: [{ do: 'hold', payload }] },
        { ...question, steps: [{ do: 'reply', payload }] },
      ];
    };
    const daemon = await start(...late(web, 3), ...late(db, 1), ...rules);
    const conn = await resume(earlier([knownWeb]), { world });
    const events = await takeUntil(world, conn, ['connection-warning']);
    expect(events.map(told)).toEqual([GAP, 'connection-warning']);
    expect(listDomains(conn)).toMatchObject([{ state: 'unknown' }, { state: 'running' }]);
    daemon.perform({ do: 'release' });
    const later = await takeUntil(world, conn, "domain/name = 'web'");
    expect(later.map(told)).toEqual([
      'db: absent → shutoff (found)',
      'db: shutoff → running (found)',
      'web: running → paused (found)',
    ]);
  });

  it('says nothing of any domain until the daemon has listed them, however late that is', async () => {
    const rules = persistent(db);
    const gone = {
      ...refusalOf(calls.domainGetState, 42, 'Domain not found'),
      payload: xdr((call) => call.string('web')),
    };
    const held = rules
      .filter(({ procedure }) => procedure === calls.listAllDomains.number)
      .map((rule) => ({
        ...rule,
        steps: rule.steps.map((step): Step => ({ do: 'hold', payload: (step as { payload: string }).payload })),
      }));
    const daemon = await start(...held, gone, ...rules);
    const conn = await resume(earlier([knownWeb, knownDb]), { world });
    expect(await story(conn, daemon, world)).toEqual([GAP, 'connection-warning']);
    // The list of all, then that of the transient ones.
    daemon.perform({ do: 'release' });
    const deadline = performance.now() + 15_000;
    while (listDomains(conn).length > 1 && performance.now() < deadline) {
      daemon.perform({ do: 'release' });
      await world.deliver(conn);
    }
    expect(connectionStats(conn).byType.find(({ type }) => type === 'domain-state-transition')?.delivered).toBe(2);
    expect(listDomains(conn)).toMatchObject([{ name: 'db', state: 'running' }]);
  });

  it('tells of a restart that it missed when the first event comes before the list', async () => {
    const rules = persistent(web);
    const held = rules.map((rule) =>
      rule.procedure === calls.listAllDomains.number ? { ...rule, steps: [{ do: 'hold' } as Step] } : rule,
    );
    const daemon = await start(...held, ...rules);
    const conn = await resume(earlier([{ ...knownWeb, id: web.id + 1 }]), { world });
    daemon.perform(lifecycleEvent(lifecycle.suspended));
    expect(await story(conn, daemon, world)).toEqual([
      GAP,
      'connection-warning',
      'web: running → shutoff (found)',
      'web: shutoff → running (found)',
      'web: running → paused',
    ]);
  });

  it('tells once what a late answer and an event that comes just after it tell', async () => {
    const question = { procedure: calls.domainGetState.number, payload: xdr((call) => call.string('web')) };
    const paused = xdr((reply) => reply.int(3).int(1));
    const late: Rule = { ...question, times: 1, steps: [{ do: 'hold', payload: paused }] };
    const daemon = await start(late, ...persistent({ ...web, id: web.id + 1 }));
    const conn = await resume(earlier([{ ...stoppedWeb, uuid: web.uuid, persistent: true, state: 'shutoff' }]), {
      world,
    });
    expect(await story(conn, daemon, world)).toEqual([GAP, 'connection-warning']);
    const running = { ...web, id: web.id + 1 };
    daemon.perform({ do: 'release' });
    daemon.perform(lifecycleEvent(lifecycle.started, running), lifecycleEvent(lifecycle.suspended, running));
    expect(await story(conn, daemon, world)).toEqual(['web: shutoff → running', 'web: running → paused']);
  });
});

describe('going on from earlier states', () => {
  const storyOf = async (
    states: EarlierStates | undefined,
    rules: readonly Rule[],
    given?: Given,
  ): Promise<string[]> => {
    const daemon = await start(...rules);
    return story(await resume(states, given), daemon);
  };

  it('says nothing of any domain if the daemon refuses to list them', async () => {
    const refusal = refusalOf(calls.listAllDomains, 38, 'cannot list');
    const late = { ...refusal, steps: [{ do: 'pause', milliseconds: 1200 } as const, ...refusal.steps] };
    const daemon = await start(late, ...persistent(web));
    const conn = await resume(earlier([knownWeb, knownDb]));
    expect(new Set(await story(conn, daemon))).toEqual(new Set(['connection-warning', GAP]));
    expect(listDomains(conn)).toMatchObject([{ name: 'db' }, { name: 'web' }]);
  });

  it('connects again to a daemon that refuses to list them at first, and says nothing of any meanwhile', async () => {
    const refusal = refusalOf(calls.listAllDomains, 38, 'cannot list');
    const daemon = await start({ ...refusal, times: 1 }, ...persistent(web));
    const conn = await resume(earlier([knownWeb, knownDb]), { reconnect: 'from-start' });
    expect(connectionStats(conn).reconnecting?.problem).toContain('cannot list');
    const events = await takeUntil(synchronousWorld, conn, ['events-lost']);
    expect(events.map(told)).toEqual([
      'connection-warning',
      'db: running → shutoff (found)',
      'db: shutoff → absent (found)',
      GAP,
    ]);
    expect(await story(conn, daemon)).toEqual(['connection-restored']);
  });

  it.each<[string, Partial<EarlierDomain>, FakeDomain | undefined, string[]]>([
    ['nothing has happened to', {}, web, []],
    ['has been started again', { id: 2 }, web, ['running → shutoff', 'shutoff → running']],
    [
      'was transient, and is another run',
      { id: 2, persistent: false },
      web,
      ['running → shutoff', 'shutoff → absent', 'absent → shutoff', 'shutoff → running'],
    ],
    ['was transient, and is gone', { persistent: false }, undefined, ['running → shutoff', 'shutoff → absent']],
    ['is gone', { id: -1, state: 'shutoff' }, undefined, ['shutoff → absent']],
    [
      'was defined anew and is shut off',
      { persistent: false },
      stoppedWeb,
      ['running → shutoff', 'shutoff → absent', 'absent → shutoff'],
    ],
    ['nobody knows to be persistent', { persistent: undefined }, stoppedWeb, ['running → shutoff']],
    ['whose state nobody knew', { state: 'unknown' }, web, []],
  ])('tells of a domain that %s', async (_, known, now, transitions) => {
    expect(
      await storyOf(earlier([{ ...knownWeb, ...known }]), persistent(...(now === undefined ? [] : [now]))),
    ).toEqual([...transitions.map((each) => `web: ${each} (found)`), GAP]);
  });

  it('knows a transient domain by the daemon’s word, too', async () => {
    expect(await storyOf(earlier([{ ...knownWeb, id: 2, persistent: false }]), openingRules([web]))).toEqual([
      'web: running → shutoff (found)',
      'web: shutoff → absent (found)',
      'web: absent → running (found)',
      GAP,
    ]);
  });

  it('tells of what is there, and of no gap, if nothing was known', async () => {
    expect(await storyOf(undefined, persistent(web, { ...stoppedWeb, name: 'db', uuid: db.uuid }))).toEqual([
      'web: absent → shutoff (found)',
      'web: shutoff → running (found)',
      'db: absent → shutoff (found)',
    ]);
  });

  it('gives the host’s UUID, and the URI', async () => {
    const daemon = await start(...persistent(web));
    const conn = await resume(undefined);
    const { driver } = coreOf(conn);
    expect(driver.origin).toEqual({ uri: localUri(), hostUuid: undefined });
    await story(conn, daemon);
    expect(driver.origin).toEqual({ uri: localUri(), hostUuid: HOST });
  });

  it.each<[string, Step[]]>([
    ['refuses to tell its host’s', refusalOf(calls.getCapabilities, 88, 'no').steps as Step[]],
    ['has none', [{ do: 'reply', payload: xdr((reply) => reply.string('<capabilities><host/></capabilities>')) }]],
    ['says something else', [{ do: 'reply', payload: xdr((reply) => reply.string('none')) }]],
  ])('compares with a host that has none if a daemon %s', async (_, steps) => {
    const states = earlier([knownWeb], { origin: { uri: localUri(), hostUuid: undefined } });
    expect(await storyOf(states, [hostRule(...steps), ...persistent(stoppedWeb)])).toEqual([
      'web: running → shutoff (found)',
      GAP,
    ]);
  });

  it('asks no daemon which host it is if nobody goes on from anything', async () => {
    const daemon = await start(...persistent(web));
    const conn = bench.connect(daemon);
    await story(conn, daemon);
    const asked = (await daemon.received()).map(({ procedure }) => procedure);
    expect(asked).not.toContain(calls.getCapabilities.number);
  });

  describe('of others', () => {
    const OTHERS = ['connection-warning', GAP, 'web: absent → shutoff (found)', 'web: shutoff → running (found)'];

    it.each<[string, Partial<EarlierStates>, Rule[]]>([
      ['on another host', {}, [hostIs(OTHER_HOST)]],
      ['on a host that is not told any more', {}, [refusalOf(calls.getCapabilities, 88, 'no')]],
      ['on another host, after a start of this machine', { rebooted: true }, [hostIs(OTHER_HOST)]],
      ['by another URI', { origin: { uri: 'qemu:///session', hostUuid: HOST } }, []],
      [
        'by another URI on the same machine',
        { origin: { uri: 'qemu:///session', hostUuid: HOST }, rebooted: false },
        [],
      ],
    ])('says nothing of them, and of these only what they are: %s', async (_, given, rules) => {
      expect(await storyOf(earlier([knownWeb, knownDb], given), [...rules, ...persistent(web)])).toEqual(OTHERS);
    });

    it('says why', async () => {
      await start(hostIs(OTHER_HOST), ...persistent(web));
      const conn = await resume(earlier([knownWeb]));
      const [warning] = await takeUntil(synchronousWorld, conn, ['events-lost']);
      expect(warning?.string('warning')).toMatch(
        `the daemon's host has the UUID ${OTHER_HOST}, but the domains that were known are those of ${HOST}: they are not compared`,
      );
      expect(coreOf(conn).driver.origin?.hostUuid).toBe(OTHER_HOST);
    });
  });

  describe('on this machine', () => {
    it('takes it for the same host while it was not started anew, whatever UUID its firmware leaves to chance', async () => {
      const daemon = await start(hostIs(OTHER_HOST), ...persistent(stoppedWeb));
      const conn = await resume(earlier([knownWeb], { rebooted: false }));
      expect(await story(conn, daemon)).toEqual(['web: running → shutoff (found)', GAP]);
      expect(coreOf(conn).driver.origin?.hostUuid).toBe(HOST);
    });

    const unsure: EarlierDomain = { ...knownDb, persistent: undefined };

    it.each<[string, EarlierDomain[], FakeDomain[], string[]]>([
      ['has the same number', [knownWeb], [web], ['web: running → shutoff', 'web: shutoff → running']],
      ['is shut off', [knownWeb], [stoppedWeb], ['web: running → shutoff']],
      ['was shut off', [{ ...knownWeb, id: -1, state: 'shutoff' }], [stoppedWeb], []],
      ['was transient', [{ ...knownWeb, persistent: false }], [], ['web: running → shutoff', 'web: shutoff → absent']],
      ['is gone, and nobody knew what it was', [unsure], [], ['db: running → shutoff', 'db: shutoff → absent']],
      ['was in a state that nobody knew', [{ ...knownWeb, state: 'unknown' }], [web], []],
    ])('which was started anew, takes every domain for stopped: one that %s', async (_, known, now, transitions) => {
      expect(await storyOf(earlier(known, { rebooted: true }), persistent(...now))).toEqual([
        ...transitions.map((each) => `${each} (found)`),
        GAP,
      ]);
    });

    it('tells so of one whose state is not told in time', async () => {
      const hold: Rule = {
        procedure: calls.domainGetState.number,
        times: 1,
        steps: [{ do: 'hold', payload: xdr((reply) => reply.int(1).int(1)) }],
      };
      const daemon = await start(hold, ...persistent(web));
      const conn = await resume(earlier([knownWeb], { rebooted: true }));
      const events = await takeUntil(synchronousWorld, conn, ['connection-warning']);
      expect(events.map(told)).toEqual(['web: running → shutoff (found)', GAP, 'connection-warning']);
      daemon.perform({ do: 'release' });
      const [later] = await takeUntil(synchronousWorld, conn, ['domain-state-transition']);
      expect(told(later!)).toBe('web: shutoff → running (found)');
    });

    it('does not take the domains of a test driver for stopped, which run nowhere', async () => {
      const uri = uriOf(bench);
      const states = earlier([knownWeb], { origin: { uri, hostUuid: HOST }, rebooted: true });
      expect(await storyOf(states, persistent(web), { uri })).toEqual([GAP]);
    });
  });

  it('tells all in order if the queue has room for one event only', async () => {
    const queue = { maxEvents: 1 };
    expect(await storyOf(earlier([knownWeb, knownDb]), persistent(), { queue })).toEqual([
      'web: running → shutoff (found)',
      'web: shutoff → absent (found)',
      'db: running → shutoff (found)',
      'db: shutoff → absent (found)',
      GAP,
    ]);
  });
});
