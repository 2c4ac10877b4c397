import { inspect } from 'node:util';
import { calls } from '../../../../lib/drivers/remote/rpc/protocol';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { DaemonError, OpenError, ProtocolError } from '../../../../lib/errors';
import type { ChannelBench } from '../rpc/channel-bench';
import {
  answers,
  authenticateAsync,
  authenticateAt,
  daemonThat,
  listOf,
  refuses,
  requestOf,
  type SaslMessage,
  type SaslReply,
  saslDaemon,
  saslReply,
} from './auth-bench';
import { ScramServer } from './scram-server';

const CREDENTIALS = { user: 'änn', password: 'cörrect horse' };

const failure = (...problem: string[]) =>
  expect.objectContaining({
    code: 'ERR_OPEN',
    message: `cannot open "qemu:///system": ${problem.join('')}`,
  });

const authenticateAs = (bench: ChannelBench, credentials = CREDENTIALS) =>
  authenticateAt(bench, requestOf({ credentials }));

/** What a daemon says in an exchange by SCRAM-SHA-256, with the last word changed. */
function scramReplies(last: (signature: Buffer | undefined) => SaslReply): (message: SaslMessage) => SaslReply {
  const server = new ScramServer({
    ...CREDENTIALS,
    hash: 'sha256',
    salt: Buffer.from('salt'),
    iterations: 4096,
    nonce: 'xyz',
  });
  return ({ mechanism, data }) => {
    if (mechanism !== undefined) {
      expect(mechanism).toBe('SCRAM-SHA-256');
      return { isComplete: false, data: server.first(data!) };
    }
    return last(data && server.final(data));
  };
}

/** A daemon that takes whoever says this by PLAIN. */
function plainDaemon(expected: string, data?: Uint8Array): ChannelBench {
  return saslDaemon('PLAIN', (message) => {
    expect(message).toEqual({ mechanism: 'PLAIN', data: Buffer.from(expected) });
    return { isComplete: true, data };
  });
}

describe('the exchange', () => {
  it('takes two messages by SCRAM', () => {
    const bench = saslDaemon(
      'PLAIN,SCRAM-SHA-256,SCRAM-SHA-1',
      scramReplies((data) => ({ isComplete: true, data })),
    );
    authenticateAs(bench);
    expect(bench.sent()).toEqual([66, 67, 68, 69]);
  });

  it('takes two messages in the event loop, too', async () => {
    const bench = saslDaemon(
      'SCRAM-SHA-256',
      scramReplies((data) => ({ isComplete: true, data })),
    );
    await authenticateAsync(bench, requestOf({ credentials: async () => CREDENTIALS }));
    expect(bench.sent()).toEqual([66, 67, 68, 69]);
  });

  it('takes one message by PLAIN', () => {
    const bench = plainDaemon('\0änn\0cörrect horse');
    authenticateAs(bench);
    expect(bench.sent()).toEqual([66, 67, 68]);
  });

  it('does not mind an empty answer if there need be none', () => {
    expect(() => authenticateAs(plainDaemon('\0änn\0cörrect horse', new Uint8Array(0)))).not.toThrow();
  });

  it('goes on with no message if the daemon has said its last but is not done', () => {
    const said: (Buffer | undefined)[] = [];
    const replies = scramReplies((data) => ({ isComplete: data === undefined, data }));
    const bench = saslDaemon('SCRAM-SHA-256', (message) => {
      said.push(message.data);
      return replies(message);
    });
    authenticateAs(bench);
    expect(bench.sent()).toEqual([66, 67, 68, 69, 69]);
    expect(said[2]).toBeUndefined();
  });

  it.each<[what: string, last: (signature: Buffer | undefined) => SaslReply, problem: string]>([
    [
      'is done, but has proved nothing',
      () => ({ isComplete: true }),
      'the daemon says nothing where it has to prove that it knows the password',
    ],
    [
      'is done, but proves it wrongly',
      (data) => ({ isComplete: true, data: Buffer.from(data!.toString().replace(/v=./, 'v=*')) }),
      "the daemon's SCRAM message is not as it must be: v= must be a signature in base64 (RFC 5802 §5.1)",
    ],
    [
      'cannot prove that it knows the password',
      () => ({ isComplete: true, data: Buffer.from(`v=${Buffer.alloc(32).toString('base64')}`) }),
      'the daemon cannot prove that it knows the password; another may stand in its place',
    ],
    ['never is done', (data) => ({ isComplete: false, data }), 'the daemon goes on asking when all is said'],
  ])('fails if the daemon %s', (_, last, problem) => {
    const bench = saslDaemon('SCRAM-SHA-256', scramReplies(last));
    const who = 'authentication failed for the user "änn" by SCRAM-SHA-256 on localhost: ';
    expect(() => authenticateAs(bench)).toThrow(failure(who, problem));
  });

  it('fails if the daemon is done before the client has proved anything', () => {
    const replies = scramReplies((data) => ({ isComplete: true, data }));
    const bench = saslDaemon('SCRAM-SHA-256', (message) => ({ ...replies(message), isComplete: true }));
    expect(() => authenticateAs(bench)).toThrow('the daemon claims that all is done before');
    expect(bench.sent()).toEqual([66, 67, 68]);
  });

  it('fails if the daemon goes on asking after PLAIN', () => {
    const bench = saslDaemon('PLAIN', () => ({ isComplete: false, data: Buffer.from('more?') }));
    expect(() => authenticateAs(bench)).toThrow('the daemon goes on asking when all is said');
    expect(bench.sent()).toEqual([66, 67, 68, 69]);
  });

  it.each([
    [45, 'authentication failed', '; check the user name and the password'],
    [45, 'authentication failed: authentication failed', '; check the user name and the password'],
    [45, 'authentication failed: no mech', ': no mech; check the user name and the password'],
    [39, 'Unable to decode message payload', ': Unable to decode message payload'],
  ])('tells of the error %i, %j', (refusal, message, told) => {
    const bench = saslDaemon('PLAIN', () => ({ refusal, message }));
    const problem = failure('authentication failed for the user "änn" by PLAIN on localhost', told);
    expect(() => authenticateAs(bench)).toThrow(problem);
    const again = saslDaemon('PLAIN', () => ({ refusal, message }));
    expect(() => authenticateAs(again)).toThrow(expect.objectContaining({ cause: expect.any(DaemonError) }));
  });

  it.each([
    ['user name is empty', { user: '', password: 'x' }],
    ['password is empty', { user: 'ann', password: '' }],
    ['user name holds a NUL or half a character', { user: 'a\0b', password: 'x' }],
    ['password holds a NUL or half a character', { user: 'ann', password: '\0' }],
    ['password holds a NUL or half a character', { user: 'ann', password: 'x\uD800' }],
  ])('says nothing if the %s', (problem, credentials) => {
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256']) {
      const bench = saslDaemon(mechanism, () => ({ isComplete: true }));
      expect(() => authenticateAs(bench, credentials)).toThrow(`on localhost: the ${problem}`);
      expect(bench.sent()).toEqual([66, 67]);
    }
  });

  it.each<[what: string, payload: Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['a count that it does not keep', new XdrWriter().int(1).int(0).uint(3).int(0).finish()],
    ['more than there may be', saslReply({ isComplete: true, data: new Uint8Array(65_537) })],
  ])('refuses %s in the place of a message', (_, payload) => {
    const bench = daemonThat(
      [calls.authList, answers(listOf(1))],
      [calls.authSaslInit, answers(new XdrWriter().string('PLAIN').finish())],
      [calls.authSaslStart, answers(payload)],
    );
    expect(() => authenticateAs(bench)).toThrow(ProtocolError);
  });

  it('takes a message of 65,536 bytes', () => {
    const bench = daemonThat(
      [calls.authList, answers(listOf(1))],
      [calls.authSaslInit, answers(new XdrWriter().string('PLAIN').finish())],
      [calls.authSaslStart, answers(saslReply({ isComplete: true, data: new Uint8Array(65_536) }))],
    );
    expect(() => authenticateAs(bench)).not.toThrow(ProtocolError);
  });

  it('passes on that the daemon does not tell its mechanisms', () => {
    const bench = daemonThat([calls.authList, answers(listOf(1))], [calls.authSaslInit, refuses(1, 'no SASL')]);
    expect(() => authenticateAs(bench)).toThrow(DaemonError);
  });
});

describe('if it fails', () => {
  it('asks for no password if there is no mechanism for it', () => {
    const credentials = jest.fn();
    const bench = saslDaemon('GSSAPI DIGEST-MD5', () => ({ isComplete: true }));
    expect(() => authenticateAt(bench, requestOf({ credentials }))).toThrow(
      failure(
        'cannot authenticate by SASL on localhost: the daemon offers GSSAPI (would encrypt the traffic in a layer of its own), ',
        'DIGEST-MD5 (would encrypt the traffic in a layer of its own); ',
        "let mech_list in /etc/sasl2/libvirt.conf of the daemon's machine hold scram-sha-256",
      ),
    );
    expect(credentials).not.toHaveBeenCalled();
    expect(bench.sent()).toEqual([66, 67]);
  });

  it('sends no readable password if others may read it', () => {
    const bench = saslDaemon('PLAIN', () => ({ isComplete: true }));
    const request = requestOf({ credentials: CREDENTIALS, isPrivate: false }, 'qemu+tcp://host/system?auth=sasl.PLAIN');
    expect(() => authenticateAt(bench, request)).toThrow('PLAIN, which would send the password readable');
    expect(bench.sent()).toEqual([66, 67]);
  });

  const secret = 'staple-battery';
  const refusal = { refusal: 45, message: 'authentication failed' };
  it.each<[what: string, bench: () => ChannelBench]>([
    ['is refused by PLAIN', () => saslDaemon('PLAIN', () => refusal)],
    [
      'is refused by SCRAM',
      () =>
        saslDaemon(
          'SCRAM-SHA-256',
          scramReplies(() => refusal),
        ),
    ],
    [
      'does not believe the daemon',
      () =>
        saslDaemon(
          'SCRAM-SHA-256',
          scramReplies(() => ({ isComplete: true })),
        ),
    ],
    ['cannot read what the daemon says', () => saslDaemon('SCRAM-SHA-256', () => ({ isComplete: false }))],
    ['finds no mechanism', () => saslDaemon('GSSAPI', () => refusal)],
  ])('shows no password, in the error or behind it, if it %s', (_, bench) => {
    const failures = [{ user: 'änn', password: secret }, () => ({ user: 'änn', password: secret })].map(
      (credentials) => {
        try {
          authenticateAt(bench(), requestOf({ credentials }));
        } catch (error) {
          return error;
        }
        return undefined;
      },
    );
    for (const error of failures) {
      expect(error).toBeInstanceOf(OpenError);
      expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(secret);
    }
  });
});
