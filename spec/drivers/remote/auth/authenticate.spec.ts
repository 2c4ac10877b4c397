import { authenticate } from '../../../../lib/drivers/remote/auth/authenticate';
import type { Packet } from '../../../../lib/drivers/remote/rpc/packet';
import { calls } from '../../../../lib/drivers/remote/rpc/protocol';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { DaemonError, OpenError, ProtocolError } from '../../../../lib/errors';
import { ChannelBench, refusalBytes, replyBytes } from '../rpc/channel-bench';

const URI = 'qemu:///system';
const TIMEOUT = 10_000;

const listOf = (...types: number[]) => new XdrWriter().array(types, (writer, type) => writer.int(type)).finish();

/** A daemon's answer to a call. */
type Answer = (call: Packet) => Uint8Array;
const answers =
  (payload: Uint8Array): Answer =>
  (call) =>
    replyBytes(call, payload);
const refuses =
  (number: number, message: string): Answer =>
  (call) =>
    refusalBytes(call, number, message);
const done = answers(new XdrWriter().int(1).finish());

/** A daemon that answers the question how to authenticate, and then polkit's call. */
function daemon(list: Answer, polkit: Answer = done): ChannelBench {
  const bench = new ChannelBench();
  bench.transport.onPacket = (packet) => {
    bench.transport.arrive((packet.procedure === calls.authList.number ? list : polkit)(packet));
  };
  return bench;
}

const authenticateAt = ({ channel }: ChannelBench) => authenticate(channel, URI, TIMEOUT);

it.each<[what: string, list: Answer]>([
  ['wants none', answers(listOf(0))],
  ['names no way', answers(listOf())],
  ['does not know the question', refuses(3, 'this function is not supported')],
])('asks, and goes on where the daemon %s', (_, list) => {
  const bench = daemon(list);
  authenticateAt(bench);
  expect(bench.sent()).toEqual([66]);
});

it('takes the first way that the daemon names', () => {
  const bench = daemon(answers(listOf(2, 1)));
  authenticateAt(bench);
  expect(bench.sent()).toEqual([66, 70]);
});

it('gives polkit more time than other calls, since it may ask a user', () => {
  const bench = daemon(answers(listOf(2)));
  authenticateAt(bench);
  const [forList, forPolkit] = bench.transport.writeTimes as [number, number];
  expect(forList).toBeLessThanOrEqual(TIMEOUT);
  expect(forPolkit).toBeGreaterThan(TIMEOUT);
});

it('says what to do where polkit refuses', () => {
  const bench = daemon(answers(listOf(2)), refuses(45, 'authentication failed: no agent'));
  const refused = expect.objectContaining({
    code: 'ERR_OPEN',
    message: `cannot open "${URI}": polkit refuses: authentication failed: no agent; run as root, join the group libvirt, or connect read-only`,
    cause: expect.any(DaemonError),
  });
  expect(() => authenticateAt(bench)).toThrow(refused);
});

it.each([
  [1, 'the daemon wants SASL, which is not supported'],
  [9, 'the daemon wants authentication of the unknown type 9, which is not supported'],
])('refuses the way %i, and says what would do', (type, problem) => {
  const bench = daemon(answers(listOf(type)));
  expect(() => authenticateAt(bench)).toThrow(OpenError);
  const again = daemon(answers(listOf(type)));
  expect(() => authenticateAt(again)).toThrow(`${problem}; use a socket whose authentication is none or polkit`);
  expect(again.sent()).toEqual([66]);
});

it('passes on that the daemon refuses to answer', () => {
  expect(() => authenticateAt(daemon(refuses(39, 'too many clients')))).toThrow(DaemonError);
});

it.each<[what: string, payload: Uint8Array]>([
  ['nothing', new Uint8Array(0)],
  ['more ways than there may be', listOf(...Array<number>(21).fill(0))],
  ['a count that it does not keep', new XdrWriter().uint(3).int(0).finish()],
])('refuses %s in the place of a list', (_, payload) => {
  expect(() => authenticateAt(daemon(answers(payload)))).toThrow(ProtocolError);
});

it('passes on that the daemon goes away while polkit asks', () => {
  const bench = daemon(answers(listOf(2)));
  bench.transport.onPacket = (packet) => {
    if (packet.procedure === calls.authPolkit.number) {
      bench.transport.end();
    } else {
      bench.transport.arrive(replyBytes(packet, listOf(2)));
    }
  };
  expect(() => authenticateAt(bench)).toThrow(expect.objectContaining({ code: 'ERR_DAEMON_GONE', reason: 'eof' }));
});
