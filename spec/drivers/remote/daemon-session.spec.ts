import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeConnection, connectionStats, listDomains, OpenError, openConnection, takeEvents } from '../../../lib';
import { systemClock } from '../../../lib/clock';
import { eventClasses } from '../../../lib/drivers/remote/events/event-classes';
import { authType, calls, program } from '../../../lib/drivers/remote/rpc/protocol';
import { RpcChannel } from '../../../lib/drivers/remote/rpc/rpc-channel';
import { XdrReader } from '../../../lib/drivers/remote/rpc/xdr-reader';
import { writeBridge } from '../../support/bridge';
import { type FakeDaemon, type Rule, replyTo, type Step, xdr } from '../../support/fake-daemon';
import { worlds } from '../../support/worlds';
import {
  brief,
  lifecycle,
  lifecycleEvent,
  numberedEvents,
  persistent,
  refusalOf,
  refusalOfEvent,
  stoppedWeb,
  takeUntil,
  uriOf,
  useDaemonBench,
  web,
} from './daemon-bench';

const DOMAIN_REGISTRATION = 316;

/** How long an answer may take that comes at once, in milliseconds: it ends a test that would hang, and decides no other. */
const LONG = 20_000;

const bench = useDaemonBench();

const isRegistration = (procedure: number) => eventClasses.some(({ register }) => register.number === procedure);

/** The rules of a daemon that does something, once, before it replies to a call. */
function before(procedure: number, step: Step): Rule[] {
  const rules = persistent(web);
  const rule = rules.find((each) => each.procedure === procedure)!;
  return [{ ...rule, times: 1, steps: [step, ...rule.steps] }, ...rules];
}

/** The rules of a daemon that does something instead of replying to a call. */
function instead(procedure: number, step: Step): Rule[] {
  const rules = persistent(web);
  const rule = rules.find((each) => each.procedure === procedure)!;
  return [{ ...rule, steps: [step] }, ...rules];
}

describe('the opening of a connection', () => {
  it('asks how to authenticate, opens, registers the events, and only then lists the domains', async () => {
    const daemon = await bench.start();
    bench.connect(daemon);
    const calledInTurn: number[] = [];
    for (const { procedure } of await daemon.received()) {
      if (procedure !== calledInTurn.at(-1)) {
        calledInTurn.push(procedure);
      }
    }
    const registrations = eventClasses.filter(({ id }) => id === 0).map(({ register }) => register.number);
    expect(calledInTurn).toEqual([66, 1, 3, 157, 60, ...registrations, 360, ...registrations, 273, 212]);
  });

  it('opens exactly once, by the name of the driver without what is for the transport', async () => {
    const daemon = await bench.start();
    bench.connect(daemon);
    const opens = (await daemon.received()).filter(({ procedure }) => procedure === 1);
    expect(opens).toHaveLength(1);
    const reader = new XdrReader(opens[0]!.payload, 'the call');
    expect([reader.optional('name', (each) => each.string('name')), reader.uint('flags')]).toEqual([
      'test:///default',
      0,
    ]);
  });

  it('asks for no more than reading if that is wanted', async () => {
    const daemon = await bench.start();
    bench.connect(daemon, { readOnly: true });
    const open = (await daemon.received()).find(({ procedure }) => procedure === 1)!;
    expect(Buffer.from(open.payload).readUInt32BE(open.payload.length - 4)).toBe(1);
  });

  it("never asks for the daemon's own pings, which a program that does not deliver would leave unanswered", async () => {
    const daemon = await bench.start();
    bench.connect(daemon);
    const asked = (await daemon.received()).filter(({ procedure }) => procedure === 60);
    expect(asked.map(({ payload }) => Buffer.from(payload).readInt32BE(0))).toEqual([14, 15]);
  });

  it('registers each kind of event once, and the monitor if it is chosen', async () => {
    const monitor = { ...replyTo(calls.monitorEventRegister, (reply) => reply.int(1)), program: program.qemu };
    const daemon = await bench.start({ rules: [monitor, ...persistent()] });
    bench.connect(daemon, { events: ['domain-reboot', 'qemu-monitor', 'network-lifecycle'] });
    const registered = (await daemon.received()).filter(({ procedure }) => [4, 313, 316, 360].includes(procedure));
    expect(registered.map((packet) => [packet.program, packet.procedure])).toEqual([
      [program.remote, 316],
      [program.remote, 313],
      [program.qemu, 4],
    ]);
  });

  it.each(worlds)('keeps to what a daemon can bear of calls under way in $name', async ({ open }) => {
    const domains = Array.from({ length: 7 }, (_, number) => ({ ...web, uuid: `${web.uuid.slice(0, -1)}${number}` }));
    const daemon = await bench.start({ rules: persistent(...domains), isFragile: true });
    using conn = await open(uriOf(daemon));
    expect(connectionStats(conn).unsupported).toEqual([]);
    expect(listDomains(conn)).toHaveLength(7);
  });

  it('goes through polkit if the daemon wants it', async () => {
    const types = replyTo(calls.authList, (reply) =>
      reply.array([authType.polkit], (writer, type) => writer.int(type)),
    );
    const polkit = replyTo(calls.authPolkit, (reply) => reply.int(1));
    const daemon = await bench.start({ rules: [types, polkit, ...persistent(web)] });
    const conn = bench.connect(daemon);
    expect(listDomains(conn)).toHaveLength(1);
    expect((await daemon.received()).slice(0, 3).map(({ procedure }) => procedure)).toEqual([66, 70, 1]);
  });
});

describe('an event that comes while a connection is opened', () => {
  it.each([
    ['before the reply to its registration', DOMAIN_REGISTRATION],
    ['while the domains are listed', calls.listAllDomains.number],
    ['while their states are asked for', calls.domainGetState.number],
  ])('%s is delivered, from the state that was listed', async (_, procedure) => {
    const daemon = await bench.start({ rules: before(procedure, lifecycleEvent(lifecycle.suspended)) });
    const conn = bench.connect(daemon);
    expect(takeEvents(conn).map(brief)).toEqual(['web: running → paused']);
    expect(listDomains(conn)).toMatchObject([{ name: 'web', state: 'paused' }]);
  });

  it('keeps its order with those that come later', async () => {
    const events = [lifecycle.suspended, lifecycle.resumed, lifecycle.stopped].map((event) => lifecycleEvent(event));
    const daemon = await bench.start({ rules: before(212, events[0]!) });
    const conn = bench.connect(daemon);
    daemon.perform(...events.slice(1));
    expect(takeUntil(conn, 'web: running → shutoff')).toEqual([
      'web: running → paused',
      'web: paused → running',
      'web: running → shutoff',
    ]);
  });
});

describe('the domains of a daemon', () => {
  it('are listed with their states', async () => {
    const other = { ...stoppedWeb, name: 'db', uuid: '22222222-2222-4333-8444-5555555555bb' };
    const conn = bench.connect(await bench.start({ rules: persistent(web, other) }));
    expect(listDomains(conn)).toEqual([
      { name: 'db', uuid: other.uuid, id: -1, state: 'shutoff' },
      { name: 'web', uuid: web.uuid, id: 3, state: 'running' },
    ]);
  });

  it('may be none', async () => {
    expect(listDomains(bench.connect(await bench.start({ rules: persistent() })))).toEqual([]);
  });

  it('that vanish before their state was asked for are left out', async () => {
    const gone = { ...web, name: 'gone', uuid: '22222222-2222-4333-8444-5555555555bb' };
    const rules = [
      refusalOf(
        calls.domainGetState,
        42,
        'Domain not found',
        xdr((call) => call.string('gone')),
      ),
      ...persistent(gone, web),
    ];
    expect(listDomains(bench.connect(await bench.start({ rules })))).toMatchObject([{ name: 'web' }]);
  });

  it('are there with an unknown state if the daemon refuses to tell it', async () => {
    const rules = [refusalOf(calls.domainGetState, 38, 'cannot tell'), ...persistent(web)];
    const conn = bench.connect(await bench.start({ rules }));
    expect(listDomains(conn)).toMatchObject([{ name: 'web', state: 'unknown' }]);
    expect(takeEvents(conn)).toEqual([]);
  });

  it('go when they stop, if they are transient', async () => {
    const rules = persistent(web).filter(({ payload }, place) => place > 0 || payload === undefined);
    const daemon = await bench.start({ rules });
    const conn = bench.connect(daemon);
    daemon.perform(lifecycleEvent(lifecycle.stopped));
    takeUntil(conn, 'web: running → shutoff');
    expect(listDomains(conn)).toEqual([]);
  });
});

describe('what a daemon does not have', () => {
  it.each([1, 3, 7, 8, 29, 38, 39, 84, 88, 1000])(
    'is skipped and told in the statistics, where it refuses by the error %i',
    async (number) => {
      const rules = [refusalOfEvent('domain', 29, number), refusalOfEvent('secret', 0, number), ...persistent(web)];
      const daemon = await bench.start({ rules });
      const conn = bench.connect(daemon);
      expect(connectionStats(conn).unsupported).toEqual(['domain-channel-lifecycle', 'secret-lifecycle']);
      daemon.perform(lifecycleEvent(lifecycle.suspended));
      expect(takeEvents(conn, { waitMs: 15_000 }).map(brief)).toEqual(['web: running → paused']);
    },
  );

  it('may be a whole family of events, which an old daemon does not even know how to be asked for', async () => {
    const secret = eventClasses.find(({ family }) => family === 'secret')!;
    const rules = persistent(web).filter(({ procedure }) => procedure !== secret.register.number);
    const conn = bench.connect(await bench.start({ rules }), {
      events: ['domain-reboot', 'secret-lifecycle', 'qemu-monitor'],
    });
    expect(connectionStats(conn).unsupported).toEqual(['secret-lifecycle', 'qemu-monitor']);
  });

  it.each([
    [
      9_000_000n,
      ['domain-nic-mac-change', 'domain-vcpu-removed', 'domain-channel-lifecycle', 'network-metadata-change'],
    ],
    [11_003_000n, ['domain-vcpu-removed', 'domain-channel-lifecycle']],
    [12_004_000n, []],
    [99_000_000n, []],
  ])('is not asked for of libvirt %i, so that it leaves nothing in the log', async (version, unsupported) => {
    const libVersion = replyTo(calls.getLibVersion, (reply) => reply.unsignedHyper(version));
    const daemon = await bench.start({ rules: [libVersion, ...persistent(web)] });
    expect(connectionStats(bench.connect(daemon)).unsupported).toEqual(unsupported);
    const asked = (await daemon.received()).filter(({ procedure }) => isRegistration(procedure));
    expect(asked).toHaveLength(eventClasses.length - unsupported.length);
  });

  it('is found out by asking if it does not say its version', async () => {
    const rules = persistent(web).filter(({ procedure }) => procedure !== calls.getLibVersion.number);
    const daemon = await bench.start({ rules: [refusalOfEvent('domain', 29, 1), ...rules] });
    expect(connectionStats(bench.connect(daemon)).unsupported).toEqual(['domain-channel-lifecycle']);
  });

  it.each<[driver: string, types: string[]]>([
    ['network', ['network-lifecycle', 'network-metadata-change']],
    ['storage', ['storage-pool-lifecycle', 'storage-pool-refresh']],
    ['nodedev', ['node-device-lifecycle', 'node-device-update']],
    ['secret', ['secret-lifecycle', 'secret-value-changed']],
    ['interface', []],
    ['nwfilter', []],
  ])('is all but its own if its driver is %s, and it is not even asked for domains', async (driver, types) => {
    const type = replyTo(calls.getType, (reply) => reply.string(driver));
    const daemon = await bench.start({ rules: [type, ...persistent(web)] });
    const conn = bench.connect(daemon);
    expect(listDomains(conn)).toEqual([]);
    const all = eventClasses.map(({ type }) => type);
    expect(connectionStats(conn).unsupported).toEqual(all.filter((each) => !types.includes(each)));
    const asked = (await daemon.received()).map(({ procedure }) => procedure);
    expect(asked.filter(isRegistration)).toHaveLength(types.length);
    expect(asked).not.toContain(calls.listAllDomains.number);
  });

  it('may be domains, for a driver that this library does not know', async () => {
    const rules = [refusalOf(calls.listAllDomains, 3, 'not supported: virConnectListAllDomains'), ...persistent(web)];
    expect(listDomains(bench.connect(await bench.start({ rules })))).toEqual([]);
  });

  it("may be QEMU's monitor, which no connection that only reads is given", async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon, { readOnly: true, events: ['domain-reboot', 'qemu-monitor'] });
    expect(connectionStats(conn).unsupported).toEqual(['qemu-monitor']);
    expect((await daemon.received()).filter((packet) => packet.program === program.qemu)).toEqual([]);
  });

  it.each([
    ['type', calls.getType],
    ['version', calls.getLibVersion],
    ['features', calls.supportsFeature],
  ])('may be the word of its %s', async (_, call) => {
    const daemon = await bench.start({ rules: [refusalOf(call, 38, 'cannot tell'), ...persistent(web)] });
    const conn = bench.connect(daemon, { events: ['domain-state-transition'] });
    expect(connectionStats(conn).unsupported).toEqual([]);
    daemon.perform(lifecycleEvent(lifecycle.suspended));
    const [event] = takeEvents(conn, { waitMs: 15_000 });
    expect([brief(event!), event!.string('domain/@type')]).toEqual(['web: running → paused', 'test']);
  });

  it('may be the call by which it tells of its hypervisor', async () => {
    const feature = replyTo(calls.supportsFeature, (reply) => reply.int(0));
    const daemon = await bench.start({
      rules: [{ ...feature, payload: xdr((call) => call.int(15)) }, ...persistent()],
    });
    expect(connectionStats(bench.connect(daemon)).unsupported).toEqual(['connection-closed']);
    expect((await daemon.received()).map(({ procedure }) => procedure)).not.toContain(360);
  });

  it('is nothing if it has all', async () => {
    expect(connectionStats(bench.connect(await bench.start())).unsupported).toEqual([]);
  });
});

describe('a connection that cannot be opened', () => {
  const steps = [66, 1, 3, 60, DOMAIN_REGISTRATION, 380, 360, 273, 212];

  it.each(steps)('says so if the daemon closes it at the call %i', async (procedure) => {
    const daemon = await bench.start({ rules: before(procedure, { do: 'close' }) });
    expect(() => bench.connect(daemon)).toThrow(
      expect.objectContaining({
        name: 'OpenError',
        code: 'ERR_OPEN',
        uri: uriOf(daemon),
        cause: expect.objectContaining({ code: 'ERR_DAEMON_GONE' }),
      }),
    );
  });

  it.each(steps)('says so if the daemon dies at the call %i', async (procedure) => {
    const daemon = await bench.start({ rules: before(procedure, { do: 'die' }) });
    expect(() => bench.connect(daemon)).toThrow(OpenError);
    await daemon.ended;
  });

  it.each<[what: string, step: Step, problem: string]>([
    [
      'text',
      { do: 'send', bytes: Buffer.from('HTTP/1.1 400 Bad Request\r\n').toString('hex') },
      "a packet's length must",
    ],
    [
      'the reply to no call',
      { do: 'send', bytes: xdr((w) => w.uint(28).uint(0x20008086).uint(1).int(1).int(1).uint(99).int(0)) },
      'must reply to a call that was made',
    ],
    ['a short reply', { do: 'reply', payload: '0000' }, 'cannot read the reply to'],
  ])('says so if the daemon answers %s', async (_, step, problem) => {
    const daemon = await bench.start({ rules: instead(3, step) });
    expect(() => bench.connect(daemon)).toThrow(
      expect.objectContaining({ code: 'ERR_OPEN', message: expect.stringContaining(problem) }),
    );
  });

  it.each([
    [16_384, 'has 16384 elements, which do not fit'],
    [16_385, 'has 16385 elements, more than the 16384 allowed'],
  ])('says so if the daemon lists more domains than there can be: %i', async (count, problem) => {
    const list = replyTo(calls.listAllDomains, (reply) => reply.uint(count));
    const daemon = await bench.start({ rules: [list, ...persistent()] });
    expect(() => bench.connect(daemon)).toThrow(problem);
  });

  it('says so if the daemon is too old', async () => {
    const feature = replyTo(calls.supportsFeature, (reply) => reply.int(0));
    const daemon = await bench.start({ rules: [feature, ...persistent()] });
    expect(() => bench.connect(daemon)).toThrow('the daemon is older than libvirt 1.2.1');
    expect((await daemon.received()).map(({ procedure }) => procedure)).toEqual([66, 1, 3, 157, 60, 60, 2]);
  });

  it.each<[number: number, message: string, call: Parameters<typeof refusalOf>[0]]>([
    [5, 'no connection driver available for test:///default', calls.connectOpen],
    [38, 'cannot list', calls.listAllDomains],
  ])("repeats libvirt's error %i, %s", async (number, message, call) => {
    const daemon = await bench.start({ rules: [refusalOf(call, number, message), ...persistent(web)] });
    expect(() => bench.connect(daemon)).toThrow(
      expect.objectContaining({
        message: `cannot open "${uriOf(daemon)}": ${message}`,
        cause: expect.objectContaining({ code: 'ERR_DAEMON', number }),
      }),
    );
  });

  it('says so if the daemon does not let us in', async () => {
    const types = replyTo(calls.authList, (reply) => reply.array([7], (writer, type) => writer.int(type)));
    const daemon = await bench.start({ rules: [types, ...persistent()] });
    expect(() => bench.connect(daemon)).toThrow('the daemon wants authentication of the unknown type 7');
    expect((await daemon.received()).map(({ procedure }) => procedure)).toEqual([66]);
  });
});

describe('the time for an answer while a connection is opened', () => {
  const realNow = systemClock.monotonic.bind(systemClock);
  let passed = 0;
  let granted: [procedure: number, timeoutMs: number][] = [];

  /** Notes down the time that calls are granted, and lets time pass after each. */
  function watchCalls(passing = 0): void {
    passed = 0;
    granted = [];
    const { callAll } = RpcChannel.prototype;
    jest.spyOn(systemClock, 'monotonic').mockImplementation(() => realNow() + passed);
    jest.spyOn(RpcChannel.prototype, 'callAll').mockImplementation(function (this: RpcChannel, some, timeoutMs) {
      granted.push([some[0]!.procedure.number, timeoutMs]);
      const answers = callAll.call(this, some, LONG);
      passed += passing;
      return answers;
    });
  }
  afterEach(() => jest.restoreAllMocks());

  const timesOf = (number: number) => granted.filter(([procedure]) => procedure === number).map(([, time]) => time);

  it('is 10 s for each call', async () => {
    const daemon = await bench.start();
    watchCalls();
    bench.connect(daemon);
    expect(granted.length).toBeGreaterThan(3);
    expect(new Set(granted.map(([, time]) => time))).toEqual(new Set([10_000]));
  });

  it('is 30 s for all of them together', async () => {
    const daemon = await bench.start();
    watchCalls(9000);
    bench.connect(daemon);
    const times = granted.map(([, time]) => time);
    expect(times.slice(0, 3)).toEqual([10_000, 10_000, 10_000]);
    expect(times[3]).toBeLessThanOrEqual(3000);
    expect(new Set(times.slice(4))).toEqual(new Set([1]));
  });

  it('is 120 s for polkit, which may ask a person', async () => {
    const types = replyTo(calls.authList, (reply) =>
      reply.array([authType.polkit], (writer, type) => writer.int(type)),
    );
    const daemon = await bench.start({ rules: [types, replyTo(calls.authPolkit), ...persistent()] });
    watchCalls(9000);
    bench.connect(daemon);
    expect(timesOf(calls.authPolkit.number)).toEqual([120_000]);
  });

  it('is 60 s over ssh until one is let in, since a person may be asked for a passphrase', async () => {
    const daemon = await bench.start();
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-ssh-'));
    writeBridge(join(folder, 'ssh'), daemon.path);
    const replaced = jest.replaceProperty(process, 'env', { ...process.env, PATH: `${folder}:${process.env['PATH']}` });
    try {
      watchCalls();
      openConnection('test+ssh://host/default').close();
      expect(timesOf(calls.authList.number)).toEqual([60_000]);
      expect(timesOf(calls.connectOpen.number)).toEqual([10_000]);
    } finally {
      replaced.restore();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the end of a connection', () => {
  const goodbyes = async (daemon: FakeDaemon) =>
    (await daemon.received()).filter(({ procedure }) => procedure === calls.connectClose.number).length;

  it.each(worlds)('begins with a goodbye to the daemon in $name', async ({ open }) => {
    const daemon = await bench.start();
    const conn = await open(uriOf(daemon));
    closeConnection(conn);
    closeConnection(conn);
    expect((await daemon.received()).at(-1)).toMatchObject({ procedure: calls.connectClose.number });
    expect(await goodbyes(daemon)).toBe(1);
  });

  it('begins with one, too, if the daemon does not open what is asked for', async () => {
    const daemon = await bench.start({ rules: [refusalOf(calls.connectOpen, 5, 'no driver'), ...persistent()] });
    expect(() => bench.connect(daemon)).toThrow('no driver');
    expect(await goodbyes(daemon)).toBe(1);
  });

  it('is without one if the daemon does not let us in', async () => {
    const types = replyTo(calls.authList, (reply) => reply.array([7], (writer, type) => writer.int(type)));
    const daemon = await bench.start({ rules: [types, ...persistent()] });
    expect(() => bench.connect(daemon)).toThrow(OpenError);
    expect(await goodbyes(daemon)).toBe(0);
  });

  describe.each(worlds)('in $name', ({ open }) => {
    it.each<[what: string, code: string, step: Step, call: number, message: RegExp]>([
      ['does not answer', 'ERR_CALL_TIMEOUT', { do: 'hold' }, calls.getType.number, /within \d+ ms$/],
      [
        'does not even answer the first call, as one with too many clients',
        'ERR_CALL_TIMEOUT',
        { do: 'hold' },
        calls.authList.number,
        /call auth_list within \d+ ms; it hangs, or has as many clients as it takes \(max_clients in its configuration\)$/,
      ],
      [
        'answers what cannot be understood',
        'ERR_PROTOCOL',
        { do: 'reply', payload: '0000' },
        calls.getType.number,
        /./,
      ],
    ])('is without one if the daemon %s', async (_what, code, step, call, message) => {
      const { callAll } = RpcChannel.prototype;
      jest.spyOn(RpcChannel.prototype, 'callAll').mockImplementation(function (this: RpcChannel, some, timeoutMs) {
        return callAll.call(this, some, Math.min(timeoutMs, 500));
      });
      try {
        const daemon = await bench.start({ rules: instead(call, step) });
        const opening = (async () => open(uriOf(daemon)))();
        await expect(opening).rejects.toMatchObject({
          code: 'ERR_OPEN',
          message: expect.stringMatching(message),
          cause: { code },
        });
        expect(await goodbyes(daemon)).toBe(0);
      } finally {
        jest.restoreAllMocks();
      }
    });
  });

  it.each<[what: string, step: Step]>([
    ['reads nothing any more', { do: 'deafen' }],
    ['is gone', { do: 'die' }],
  ])('comes soon if the daemon %s', async (_, step) => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    daemon.perform(step, lifecycleEvent(lifecycle.suspended));
    // What is done before this is answered, or the daemon is gone.
    await Promise.race([daemon.ended, daemon.received().catch(() => {})]);
    const start = performance.now();
    closeConnection(conn);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(conn.state).toBe('closed');
  });

  it('comes behind all that the queue had no room for', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon, { queue: { maxEvents: 2 } });
    daemon.perform(numberedEvents(20_000));
    expect(takeEvents(conn, { waitMs: 15_000 })).not.toEqual([]);
    closeConnection(conn);
    expect(await goodbyes(daemon)).toBe(1);
  });
});
