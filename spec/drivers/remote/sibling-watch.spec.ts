import type { Packet } from '../../../lib/drivers/remote/rpc/packet';
import { calls } from '../../../lib/drivers/remote/rpc/protocol';
import { SiblingWatch } from '../../../lib/drivers/remote/sibling-watch';
import { ChannelBench, refusalBytes, replyBytes } from './rpc/channel-bench';

const LOOK = 30_000;
const { listAllNetworks: networks, listAllSecrets: secrets } = calls;

let bench: ChannelBench;
let watch: SiblingWatch;
let problems: string[];
beforeEach(() => {
  bench = new ChannelBench();
  problems = [];
  watch = new SiblingWatch(bench.channel, bench.clock, ['network', 'network', 'secret'], (problem) =>
    problems.push(problem),
  );
});

/** Has the daemon answer what it is asked, but refuse the calls that are given with an error's number. */
function refuse(errors: Readonly<Record<number, number>>): void {
  bench.transport.onPacket = (call: Packet) => {
    const number = errors[call.procedure];
    bench.transport.arrive(
      number === undefined ? replyBytes(call) : refusalBytes(call, number, 'client socket is closed'),
    );
  };
}

function look(): void {
  bench.clock.advance(LOOK);
  watch.lookIfDue();
  bench.pump();
}

it('asks for the number of what each daemon has, every 30 seconds, and says nothing if that is answered', () => {
  refuse({});
  watch.lookIfDue();
  bench.clock.advance(LOOK - 1);
  watch.lookIfDue();
  expect([bench.sent(), watch.untilDue]).toEqual([[], 1]);
  bench.clock.advance(1);
  watch.lookIfDue();
  watch.lookIfDue();
  bench.pump();
  expect(bench.sent()).toEqual([networks.number, secrets.number]);
  // No results, and no flags.
  expect(bench.transport.sent.map(({ payload }) => payload)).toEqual([Buffer.alloc(8), Buffer.alloc(8)]);
  look();
  expect(bench.sent()).toHaveLength(4);
  expect(problems).toEqual([]);
});

it.each([1, 38, 39])('tells once of a daemon that cannot be reached any more, by error %d', (number) => {
  refuse({ [networks.number]: number });
  look();
  look();
  expect(problems).toEqual([
    'the daemon no longer reaches the one that has networks (client socket is closed): ' +
      'events of networks are missing until it is connected to anew; network:///system follows that one by itself',
  ]);
  expect(bench.sent()).toEqual([networks.number, secrets.number, secrets.number]);
});

it.each([3, 29, 84, 88])('does not take the refusal %d for that, and does not ask again', (number) => {
  refuse({ [networks.number]: number, [secrets.number]: number });
  look();
  look();
  expect([problems, bench.sent(), watch.untilDue]).toEqual([
    [],
    [networks.number, secrets.number],
    Number.POSITIVE_INFINITY,
  ]);
});

it('does not ask a daemon that still owes an answer', () => {
  look();
  look();
  expect(bench.sent()).toHaveLength(2);
  bench.transport.arrive(...bench.transport.sent.map((call) => replyBytes(call)));
  bench.pump();
  look();
  expect(bench.sent()).toHaveLength(4);
});

it('looks from the event loop between listen() and unlisten()', () => {
  refuse({ [secrets.number]: 1 });
  watch.listen();
  watch.listen();
  bench.clock.advance(LOOK);
  bench.pump();
  bench.clock.advance(LOOK);
  bench.pump();
  expect(bench.sent()).toEqual([networks.number, secrets.number, networks.number]);
  expect(problems).toEqual([expect.stringContaining('secret:///system')]);
  watch.unlisten();
  bench.clock.advance(LOOK);
  expect(bench.sent()).toHaveLength(3);
});
