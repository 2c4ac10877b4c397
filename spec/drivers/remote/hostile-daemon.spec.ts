import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  closeConnection,
  connectionStats,
  deliverEvents,
  listDomains,
  OpenError,
  openConnection,
  type QueuedEvent,
  takeEvents,
  VirdeliverError,
  waitForEvents,
} from '../../../lib';
import { calls } from '../../../lib/drivers/remote/rpc/protocol';
import { hexOf } from '../../support/annotated-hex';
import { messageBytes, openingRules, type Rule, replyTo, type Step, xdr } from '../../support/fake-daemon';
import { often } from '../../support/often';
import {
  brief,
  lifecycle,
  lifecycleEvent,
  numberedEvents,
  persistent,
  stoppedWeb,
  takeUntil,
  useDaemonBench,
  web,
} from './daemon-bench';
import { keepAliveBytes, packetBytes } from './rpc/channel-bench';

jest.setTimeout(120_000);

/** The queue's default bound. */
const CAP = 65_536;

const bench = useDaemonBench();

/** A string of a daemon's as it stands on the wire, whatever its bytes are. */
function wireString(bytes: Buffer): string {
  const padding = Buffer.alloc((4 - (bytes.length % 4)) % 4);
  return xdr((writer) => writer.uint(bytes.length)) + Buffer.concat([bytes, padding]).toString('hex');
}

function typeReply(bytes: Buffer): Rule {
  return { procedure: calls.getType.number, steps: [{ do: 'reply', payload: wireString(bytes) }] };
}

const badTypes: [what: string, bytes: Buffer][] = [
  ['U+0000', Buffer.from('te\0st')],
  ['an escape', Buffer.from('te\u001b[31mst')],
  ['a control character of C1', Buffer.from('te\u009bst')],
  ['what is not UTF-8', Buffer.from('te\xffst', 'latin1')],
  ['half a character', Buffer.from('eda080', 'hex')],
  ['U+FFFF', Buffer.from('te\uffffst')],
  ['a text that runs backwards', Buffer.from('te\u202est')],
  ['nothing', Buffer.alloc(0)],
  ['65 characters', Buffer.alloc(65, 'x')],
  ['4 MiB', Buffer.alloc(4 * 1024 * 1024, 'x')],
];

describe("a hypervisor's name", () => {
  it.each(badTypes)('that holds %s is an error of the opening', async (_, bytes) => {
    const daemon = await bench.start({ rules: [typeReply(bytes), ...persistent(web)] });
    let error: unknown;
    try {
      bench.connect(daemon);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(OpenError);
    const { message, cause } = error as OpenError;
    expect(cause).toMatchObject({ code: 'ERR_PROTOCOL' });
    expect(message.length).toBeLessThan(1000);
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  });

  it('may be of 64 characters', async () => {
    const daemon = await bench.start({ rules: [typeReply(Buffer.alloc(64, 'x')), ...persistent(web)] });
    const conn = bench.connect(daemon);
    daemon.perform(lifecycleEvent(lifecycle.suspended));
    expect(takeEvents(conn, { waitMs: 5000 })[0]?.string('domain/@type')).toBe('x'.repeat(64));
  });

  it.each(badTypes.slice(0, 4))('that holds %s is an error of an attempt to reconnect', async (_, bytes) => {
    const first = await bench.start({}, bench.path);
    const conn = bench.connect(first, { reconnect: true });
    await first.kill();
    expect(takeUntil(conn, 'connection-lost')).toEqual(['connection-lost']);
    const hostile = await bench.start({ rules: [typeReply(bytes), ...persistent(stoppedWeb)] }, bench.path);
    while (!connectionStats(conn).reconnecting?.problem?.includes('calls its hypervisor')) {
      expect(deliverEvents(conn, { waitMs: 100 }).events).toBe(0);
    }
    await hostile.kill();
    await bench.start({ rules: persistent(stoppedWeb) }, bench.path);
    expect(takeUntil(conn, 'connection-restored')).toEqual([
      'web: running → shutoff',
      'events-lost',
      'connection-restored',
    ]);
  });

  it('that holds U+0000 ends no process that waits in the event loop', async () => {
    const first = await bench.start({}, bench.path);
    const conn = bench.connect(first, { reconnect: true });
    await first.kill();
    const hostile = await bench.start({ rules: [typeReply(Buffer.from('\0')), ...persistent(stoppedWeb)] }, bench.path);
    const seen: string[] = [];
    while (!connectionStats(conn).reconnecting?.problem?.includes('calls its hypervisor')) {
      await waitForEvents(conn, { timeoutMs: 100 });
      seen.push(...takeEvents(conn).map(brief));
    }
    expect(seen).toEqual(['connection-lost']);
    await hostile.kill();
    await bench.start({ rules: persistent(stoppedWeb) }, bench.path);
    while (!seen.includes('connection-restored')) {
      await waitForEvents(conn);
      seen.push(...takeEvents(conn).map(brief));
    }
    expect(seen).toEqual(['connection-lost', 'web: running → shutoff', 'events-lost', 'connection-restored']);
  });
});

it('a domain whose name holds what XML cannot carry is listed, and its events come', async () => {
  const name = wireString(Buffer.from('a\0b\u001bc\xff', 'latin1'));
  const rest = xdr((writer) => writer.uuid(web.uuid).int(3));
  const list = { procedure: 273, steps: [{ do: 'reply', payload: `00000001${name}${rest}00000001` }] } as const;
  const daemon = await bench.start({
    rules: [list, replyTo(calls.domainGetState, (w) => w.int(1).int(1)), ...openingRules()],
  });
  const conn = bench.connect(daemon);
  expect(listDomains(conn)).toMatchObject([{ name: 'a\ufffdb\ufffdc\ufffd', state: 'running' }]);
  daemon.perform({ do: 'send', bytes: messageOf(`00000000${name}${rest}0000000300000000`) });
  expect(takeEvents(conn, { waitMs: 5000 }).map(brief)).toEqual(['a\ufffdb\ufffdc\ufffd: running → paused']);
});

/** A lifecycle message with a payload of these bytes. */
function messageOf(payload: string): string {
  return hexOf(packetBytes({ procedure: 318, payload: Buffer.from(payload, 'hex') }));
}

it("a daemon's own words are one line in an error, without what a terminal would act upon, and of bounded length", async () => {
  const words = `no \u001b]0;x\u0007\u009b31m\u202e\r\nsecond\0 ${'long '.repeat(800_000)}`;
  const payload =
    xdr((writer) => writer.int(38).int(7).uint(1)) + wireString(Buffer.from(words)) + xdr((w) => w.int(2));
  const refusal: Rule = { procedure: calls.connectOpen.number, steps: [{ do: 'reply', status: 1, payload }] };
  const daemon = await bench.start({ rules: [refusal, ...persistent()] });
  let message = '';
  try {
    bench.connect(daemon);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toContain('no  ]0;x 31m second  long long');
  expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  expect(message.length).toBeLessThan(1500);
  expect(message).toMatch(/…$/);
});

describe('events that come before the connection is open', () => {
  /** A daemon that sends so many of them before it answers the first call. */
  const sending = (times: number) => ({ greeting: [numberedEvents(times)], rules: persistent(web) });

  it('are all kept if they are as many as the queue may hold', async () => {
    const conn = bench.connect(await bench.start(sending(CAP)));
    expect(takeEvents(conn)).toHaveLength(CAP);
  });

  it('are an error of the opening if they are more', async () => {
    const daemon = await bench.start(sending(CAP + 1));
    expect(() => bench.connect(daemon)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPEN',
        message: expect.stringContaining('has sent more than 65536 events or 67108864 bytes of them before'),
      }),
    );
  });

  it('are an error of the opening if they are without end, whatever the queue drops', async () => {
    const large = messageBytes(318, (writer) => writer.int(0).string('x'.repeat(60_000)));
    const daemon = await bench.start({ greeting: [{ do: 'flood', bytes: large }] });
    const before = process.memoryUsage().rss;
    expect(() => bench.connect(daemon, { queue: { overflow: 'drop-oldest', maxEvents: 10 } })).toThrow(OpenError);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  });

  it('do not keep what comes between them in memory', async () => {
    // Each small event stands in a chunk of pings of its own.
    const pings = hexOf(packetBytes({ program: 0x6b656570, procedure: 3, payload: new Uint8Array(60_000) }));
    const event = lifecycleEvent(lifecycle.suspended) as Extract<Step, { do: 'send' }>;
    const times = 5000;
    const daemon = await bench.start({ greeting: [{ do: 'send', bytes: event.bytes + pings, times }] });
    const before = process.memoryUsage().rss;
    const conn = bench.connect(daemon);
    expect(takeEvents(conn)).toHaveLength(times);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  });
});

describe('a daemon that sends without end', () => {
  const floods: [what: string, bytes: string][] = [
    ['pings', hexOf(keepAliveBytes(1))],
    ['pongs', hexOf(keepAliveBytes(2))],
    ['messages of an unknown kind', hexOf(packetBytes({ procedure: 9999 }))],
    ['messages of the other program', hexOf(packetBytes({ program: 0x20008087, procedure: 9999 }))],
    ['messages that cannot be read', messageBytes(318, (writer) => writer.int(0).string('web'))],
    ['a packet that does not end', `02000000${'00'.repeat(65_532)}`],
  ];

  it.each(floods)('%s ends no wait later than its time', async (_, bytes) => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon, { keepAlive: false });
    daemon.perform({ do: 'flood', bytes });
    const rounds = often(3);
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now();
      try {
        deliverEvents(conn);
        deliverEvents(conn, { waitMs: 100 });
        takeEvents(conn);
        takeEvents(conn, { waitMs: 100 });
      } catch (error) {
        expect(error).toBeInstanceOf(VirdeliverError);
      }
      // Without a bound none of them returns at all.
      expect(performance.now() - start).toBeLessThan(20_000);
      if (conn.state !== 'open') {
        break;
      }
    }
  });

  it.each(floods)('%s leaves timers and waits in the event loop their turn', async (_, bytes) => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon, { keepAlive: false });
    daemon.perform({ do: 'flood', bytes });
    const stop = new AbortController();
    const waiting = (async () => {
      while (!stop.signal.aborted && conn.state === 'open') {
        await waitForEvents(conn, { timeoutMs: 20 }).catch(() => {});
        takeEvents(conn);
      }
    })().catch(() => {});
    for (let timers = 0; timers < 10; timers += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    stop.abort();
    await waiting;
    closeConnection(conn);
  });

  it('pings, and reads nothing, holds up a wait for no longer than a moment', async () => {
    const daemon = await bench.start();
    const conn = bench.connect(daemon);
    daemon.perform({ do: 'deafen' }, { do: 'flood', bytes: hexOf(keepAliveBytes(1)) });
    const start = performance.now();
    deliverEvents(conn, { waitMs: 100 });
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

it.each([
  [4096, 'the daemon offers'],
  [4097, 'is a string of 4097 bytes, longer than the 4096 allowed'],
])('a list of SASL mechanisms may be of 4,096 bytes: %i', async (length, problem) => {
  const types = replyTo(calls.authList, (reply) => reply.array([1], (writer, type) => writer.int(type)));
  const mechanisms = replyTo(calls.authSaslInit, (reply) => reply.string('x'.repeat(length)));
  const daemon = await bench.start({ rules: [types, mechanisms] });
  expect(() => bench.connect(daemon)).toThrow(problem);
});

it.each([
  [20, 'unknown type 7'],
  [21, 'has 21 elements, more than the 20 allowed'],
])('a list of ways to authenticate may be of 20: %i', async (length, problem) => {
  const types = replyTo(calls.authList, (reply) =>
    reply.array(Array(length).fill(7), (writer, type) => writer.int(type)),
  );
  const daemon = await bench.start({ rules: [types] });
  expect(() => bench.connect(daemon)).toThrow(problem);
});

it('a failed opening leaves nothing in memory, in a program that never returns to the event loop', () => {
  const fail = (times: number): void => {
    for (let opening = 0; opening < times; opening += 1) {
      try {
        openConnection(`test+unix:///default?socket=${bench.path}`);
      } catch (error) {
        expect((error as OpenError).code).toBe('ERR_OPEN');
      }
    }
  };
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  fail(500);
  collect();
  const before = process.memoryUsage().heapUsed;
  fail(2000);
  collect();
  expect((process.memoryUsage().heapUsed - before) / 2000).toBeLessThan(200);
});

describe('a daemon that comes and goes while the program takes nothing', () => {
  it('is not asked again and again, each of which would be more to tell', async () => {
    const rules = persistent(web);
    const daemon = await bench.start({ rules }, bench.path);
    const conn = bench.connect(daemon, { reconnect: true, queue: { maxEvents: 2 } });
    daemon.perform({ do: 'close' });
    // What is queued is not taken, so that the queue is full of the first loss and what follows it.
    const seen: QueuedEvent[] = [];
    for (let round = 0; round < 20; round += 1) {
      deliverEvents(conn, { limit: 0 });
      await new Promise((resolve) => setTimeout(resolve, 30));
      daemon.perform({ do: 'close' });
    }
    const opened = (await daemon.received()).filter(({ procedure }) => procedure === calls.authList.number).length;
    expect(opened).toBeLessThanOrEqual(2);
    while (!seen.some(({ type }) => type === 'connection-restored')) {
      seen.push(...takeEvents(conn, { waitMs: 1000 }));
    }
    expect(seen.slice(0, 3).map(brief)).toEqual(['connection-lost', 'events-lost', 'connection-restored']);
  });
});
