import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../../lib/clock';
import { runNow } from '../../../../lib/drivers/io/dialogue';
import { eventClasses } from '../../../../lib/drivers/remote/events/event-classes';
import { noPayload } from '../../../../lib/drivers/remote/rpc/packet';
import { calls } from '../../../../lib/drivers/remote/rpc/protocol';
import { RpcChannel } from '../../../../lib/drivers/remote/rpc/rpc-channel';
import { XdrReader } from '../../../../lib/drivers/remote/rpc/xdr-reader';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { SocketTransport } from '../../../../lib/drivers/remote/transport/socket-transport';
import { hexOf } from '../../../support/annotated-hex';
import { FakeDaemon, messageBytes, openingRules, type Scenario, type Step, xdr } from '../../../support/fake-daemon';
import { callNow, keepAliveBytes } from './channel-bench';

const MINUTE = 60_000;

/** A ping of the daemon. */
const ping: Step = { do: 'send', bytes: hexOf(keepAliveBytes(1)) };

/** Events with a counter: 36 bytes each, the counter in the first four of the payload. */
function events(times: number): Step {
  return { do: 'send', bytes: messageBytes(319, (writer) => writer.int(0).int(0)), times, counterAt: 28 };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

/** A fake daemon, a channel to it over its socket, and what that hands over. */
class Connected {
  readonly numbers: number[] = [];
  readonly failures: Error[] = [];
  room: number = Number.POSITIVE_INFINITY;
  onChange: () => void = () => {};
  readonly daemon: FakeDaemon;
  readonly channel: RpcChannel;

  private constructor(daemon: FakeDaemon) {
    this.daemon = daemon;
    this.channel = new RpcChannel(SocketTransport.toPath(daemon.path), {
      clock: systemClock,
      mayRead: () => this.room > 0,
      onMessage: ({ payload }) => {
        this.numbers.push(new XdrReader(payload, 'an event').int('counter'));
        this.room -= 1;
        this.onChange();
      },
      onFailure: (cause) => {
        this.failures.push(cause);
        this.onChange();
      },
    });
  }

  static async to(scenario: Scenario, path?: string): Promise<Connected> {
    return new Connected(await FakeDaemon.start(scenario, path));
  }

  /** Waits and pumps, as a delivery does, without a turn of the event loop. */
  until(condition: () => boolean): void {
    const deadline = systemClock.monotonic() + 10_000;
    while (!condition()) {
      const left = deadline - systemClock.monotonic();
      if (left <= 0) {
        throw new Error('waited for ten seconds in vain');
      }
      this.channel.wait(left);
      this.channel.pump(() => true);
    }
  }

  /** Lets the event loop run until a condition holds. */
  happens(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.onChange = () => {
        if (condition()) {
          resolve();
        }
      };
      this.onChange();
    });
  }
}

let connected: Connected;
afterEach(async () => {
  connected.channel.close();
  await connected.daemon.kill();
});

it('calls and replies, without a turn of the event loop', async () => {
  connected = await Connected.to({ rules: openingRules() });
  const { channel } = connected;
  const name = new XdrWriter()
    .optional('test:///default', (writer, uri) => writer.string(uri))
    .uint(0)
    .finish();
  expect(hexOf(callNow(channel, calls.authList))).toBe('0000000100000000');
  expect(callNow(channel, calls.connectOpen, name, MINUTE)).toHaveLength(0);
  expect(new XdrReader(callNow(channel, calls.getType), 'the type').string('type')).toBe('TEST');
  expect(() => callNow(channel, calls.authPolkit)).toThrow(
    expect.objectContaining({ code: 'ERR_DAEMON', number: 39, message: 'unknown procedure: 70' }),
  );
  expect((await connected.daemon.received()).map(({ procedure, serial }) => [procedure, serial])).toEqual([
    [66, 1],
    [1, 2],
    [3, 3],
    [70, 4],
  ]);
});

it('registers for all events at once', async () => {
  connected = await Connected.to({ rules: openingRules() });
  const registrations = eventClasses.map(({ register, id }) => ({
    id,
    procedure: register,
    payload: new XdrWriter().int(id).bool(false).finish(),
  }));
  const answers = runNow(connected.channel.callAll(registrations, MINUTE)) as Uint8Array[];
  expect(answers.map((answer) => new XdrReader(answer, 'a reply').int('callbackID'))).toEqual(
    registrations.map(({ id }) => id),
  );
});

it('matches replies that come in the wrong order, in pieces, with events and pings between', async () => {
  const hold = (number: number): Step => ({ do: 'hold', payload: xdr((writer) => writer.int(number)) });
  connected = await Connected.to({
    greeting: [{ do: 'fragment', size: 5 }],
    rules: [
      { procedure: 1, steps: [hold(1)] },
      { procedure: 2, steps: [ping, hold(2)] },
      { procedure: 3, steps: [events(3), hold(3), { do: 'release' }] },
    ],
  });
  const { channel, numbers, daemon } = connected;
  const all = [1, 2, 3].map((number) => ({
    procedure: { ...calls.getType, number },
    payload: noPayload,
  }));
  expect(runNow(channel.callAll(all, MINUTE)).map((answer) => hexOf(answer as Uint8Array))).toEqual([
    '00000001',
    '00000002',
    '00000003',
  ]);
  expect(numbers).toEqual([0, 1, 2]);
  expect((await daemon.received()).map(({ procedure }) => procedure)).toEqual([1, 2, 3, 2]);
});

it('loses nothing of a flood that there is little room for', async () => {
  connected = await Connected.to({ greeting: [events(20_000)], rules: openingRules() });
  const { numbers } = connected;
  while (numbers.length < 20_000) {
    connected.room = 777;
    const before = numbers.length;
    connected.until(() => connected.room === 0 || numbers.length === 20_000);
    expect(numbers.length - before).toBeLessThanOrEqual(777);
  }
  expect(numbers).toEqual(upTo(20_000));
});

it('reads by waits, calls and the event loop in turn, and keeps the order', async () => {
  connected = await Connected.to({ rules: openingRules() });
  const { channel, numbers, daemon } = connected;
  for (let round = 0; round < 10; round += 1) {
    const before = numbers.length;
    daemon.perform(events(1000));
    connected.until(() => numbers.length > before);
    channel.listen();
    daemon.perform(events(1000));
    await connected.happens(() => numbers.length > before + 1000);
    callNow(channel, calls.getType);
    channel.unlisten();
    connected.until(() => numbers.length === before + 2000);
  }
  expect(numbers).toEqual(upTo(20).flatMap(() => upTo(1000)));
});

describe('a daemon that dies', () => {
  const flood: Scenario = { greeting: [events(1000), { do: 'die' }], rules: [] };
  const death = expect.objectContaining({ code: 'ERR_DAEMON_GONE' });

  it('is found dead by a pump, after all that it has sent', async () => {
    connected = await Connected.to(flood);
    connected.until(() => connected.failures.length > 0);
    expect([connected.numbers, connected.failures]).toEqual([upTo(1000), [death]]);
  });

  it('is found dead in the event loop, after all that it has sent', async () => {
    connected = await Connected.to(flood);
    connected.channel.listen();
    await connected.happens(() => connected.failures.length > 0);
    expect([connected.numbers, connected.failures]).toEqual([upTo(1000), [death]]);
  });

  it('is found dead by the call that it does not answer, after all that it has sent', async () => {
    connected = await Connected.to({ rules: [{ procedure: calls.getType.number, steps: flood.greeting! }] });
    expect(() => callNow(connected.channel, calls.getType)).toThrow(death);
    expect([connected.numbers, connected.failures]).toEqual([upTo(1000), [death]]);
  });

  it('was dead for long when it is called, and what it had sent is handed over all the same', async () => {
    connected = await Connected.to(flood);
    await connected.daemon.ended;
    expect(() => callNow(connected.channel, calls.getType)).toThrow(death);
    expect([connected.numbers, connected.failures]).toEqual([upTo(1000), [death]]);
  });
});

it('gives up writing to a daemon that takes nothing', async () => {
  connected = await Connected.to({ greeting: [{ do: 'deafen' }, events(5)], rules: [] });
  connected.until(() => connected.numbers.length === 5);
  const large = { procedure: calls.connectOpen, payload: new Uint8Array(4_000_000) };
  expect(() => runNow(connected.channel.callAll([large], 100))).toThrow(
    expect.objectContaining({ reason: 'error', message: expect.stringContaining('writing to the daemon failed') }),
  );
});

it.each([
  ['ffffffff', 'ERR_PROTOCOL'],
  ['0000001c 20008086 00000001 0000013e 00000009', 'ERR_DAEMON_GONE'],
])('ends with %s from the daemon', async (bytes, code) => {
  connected = await Connected.to({
    greeting: [events(2), { do: 'send', bytes: bytes.replaceAll(' ', '') }, { do: 'close' }],
    rules: [],
  });
  connected.until(() => connected.failures.length > 0);
  expect([connected.numbers, connected.failures]).toEqual([[0, 1], [expect.objectContaining({ code })]]);
});

it('pings a daemon that is silent, and finds out that it does not answer', async () => {
  connected = await Connected.to({ rules: openingRules(), ignoresPings: true });
  connected.channel.startKeepAlive({ intervalMs: 20, count: 2 });
  connected.until(() => connected.failures.length > 0);
  expect(connected.failures).toEqual([expect.objectContaining({ reason: 'keepalive' })]);
  expect((await connected.daemon.received()).map(({ program, procedure }) => [program, procedure])).toEqual([
    [0x6b656570, 1],
    [0x6b656570, 1],
  ]);
});

it('finds the daemon again that was killed and started in the same place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'virdeliver-channel-'));
  const path = join(folder, 'libvirt-sock');
  connected = await Connected.to({ rules: openingRules() }, path);
  const first = connected;
  await first.daemon.kill();
  first.until(() => first.failures.length > 0);
  connected = await Connected.to({ rules: openingRules() }, path);
  expect(hexOf(callNow(connected.channel, calls.authList))).toBe('0000000100000000');
  expect(() => callNow(first.channel, calls.authList)).toThrow(first.failures[0]);
  rmSync(folder, { recursive: true });
});
