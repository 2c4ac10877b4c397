import { calls } from '../../../../lib/drivers/remote/rpc/protocol';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { DaemonError, InvalidUriError, OpenError, ProtocolError } from '../../../../lib/errors';
import type { ChannelBench } from '../rpc/channel-bench';
import { replyBytes } from '../rpc/channel-bench';
import {
  type Answer,
  answers,
  authenticateAsync,
  authenticateAt,
  daemonThat,
  listOf,
  refuses,
  requestOf,
  saslDaemon,
  TIMEOUT,
} from './auth-bench';

const URI = 'qemu:///system';

const done = answers(new XdrWriter().int(1).finish());

/** A daemon that answers the question how to authenticate, and then polkit's call. */
function daemon(list: Answer, polkit: Answer = done): ChannelBench {
  return daemonThat([calls.authList, list], [calls.authPolkit, polkit]);
}

/** Authenticates if the URI asks for a way. */
function authenticateBy(bench: ChannelBench, auth: string): void {
  authenticateAt(bench, requestOf({ credentials: { user: 'ann', password: 'x' } }, `${URI}?auth=${auth}`));
}

it.each<[what: string, list: Answer]>([
  ['wants none', answers(listOf(0))],
  ['names no way', answers(listOf())],
  ['does not know the question', refuses(3, 'this function is not supported')],
])('asks, and goes on if the daemon %s', (_, list) => {
  const bench = daemon(list);
  authenticateAt(bench);
  expect(bench.sent()).toEqual([66]);
});

it('takes the first way that the daemon names', () => {
  const bench = daemon(answers(listOf(2, 1)));
  authenticateAt(bench);
  expect(bench.sent()).toEqual([66, 70]);
});

it('does the same from the event loop', async () => {
  const bench = daemon(answers(listOf(2, 1)));
  await authenticateAsync(bench, requestOf());
  expect(bench.sent()).toEqual([66, 70]);
});

it.each(['polkit', 'Polkit'])('takes another way if the URI asks for it: %s', (auth) => {
  const bench = daemon(answers(listOf(0, 1, 2)));
  authenticateBy(bench, auth);
  expect(bench.sent()).toEqual([66, 70]);
});

it.each([
  ['sasl', 'SCRAM-SHA-512'],
  ['SASL', 'SCRAM-SHA-512'],
  ['sasl.plain', 'PLAIN'],
  ['Sasl.SCRAM-SHA-1', 'SCRAM-SHA-1'],
])('takes SASL if the URI asks for it: %s', (auth, mechanism) => {
  const bench = saslDaemon('PLAIN,SCRAM-SHA-1,SCRAM-SHA-512', (message) => {
    expect(message.mechanism).toBe(mechanism);
    return { refusal: 45, message: 'authentication failed' };
  });
  expect(() => authenticateBy(bench, auth)).toThrow(`by ${mechanism} on localhost`);
});

it.each([
  ['polkit', answers(listOf(0)), 'the URI asks for auth=polkit, but the daemon takes only none'],
  ['sasl', answers(listOf(2, 9)), 'the URI asks for auth=sasl, but the daemon takes only polkit, the unknown type 9'],
  ['sasl.PLAIN', answers(listOf()), 'the URI asks for auth=sasl.PLAIN, but the daemon takes only none'],
  ['sasl', refuses(3, 'no'), 'the URI asks for auth=sasl, but the daemon takes only none'],
])('does not do without the way that the URI asks for: %s', (auth, list, problem) => {
  const bench = daemon(list);
  expect(() => authenticateBy(bench, auth)).toThrow(OpenError);
  expect(() => authenticateBy(daemon(list), auth)).toThrow(problem);
  expect(bench.sent()).toEqual([66]);
});

it.each(['', 'none', 'sasl.', 'saslx', 'polkit.PLAIN', 'krb5'])('refuses a way that there is not: %j', (auth) => {
  const bench = daemon(answers(listOf(0)));
  expect(() => authenticateBy(bench, auth)).toThrow(InvalidUriError);
  expect(() => authenticateBy(bench, auth)).toThrow(
    `auth must be sasl, sasl.MECHANISM (such as sasl.SCRAM-SHA-256) or polkit, but is ${JSON.stringify(auth)}`,
  );
  expect(bench.sent()).toEqual([]);
});

it('gives polkit more time than other calls, since it may ask a user', () => {
  const bench = daemon(answers(listOf(2)));
  authenticateAt(bench);
  const [forList, forPolkit] = bench.transport.writeTimes as [number, number];
  expect(forList).toBeLessThanOrEqual(TIMEOUT);
  expect(forPolkit).toBeGreaterThan(TIMEOUT);
});

it('says what to do if polkit refuses', () => {
  const bench = daemon(answers(listOf(2)), refuses(45, 'authentication failed: no agent'));
  const refused = expect.objectContaining({
    code: 'ERR_OPEN',
    message: `cannot open "${URI}": polkit refuses: authentication failed: no agent; run as root, join the group libvirt, or connect read-only`,
    cause: expect.any(DaemonError),
  });
  expect(() => authenticateAt(bench)).toThrow(refused);
});

it('refuses a way that it does not know, and says what would do', () => {
  const bench = daemon(answers(listOf(9)));
  expect(() => authenticateAt(bench)).toThrow(OpenError);
  expect(() => authenticateAt(daemon(answers(listOf(9))))).toThrow(
    'the daemon wants authentication of the unknown type 9; set it to none, sasl or polkit in its configuration',
  );
  expect(bench.sent()).toEqual([66]);
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
