/** The whole exchange with a daemon in a process of its own, by the example of RFC 7677 §3. */
import { inspect } from 'node:util';
import { connectionStats, openConnectionAsync } from '../../../../lib';
import { authType, calls } from '../../../../lib/drivers/remote/rpc/protocol';
import { hexOf } from '../../../support/annotated-hex';
import { type Rule, replyTo, xdr } from '../../../support/fake-daemon';
import { DaemonBench, persistent, refusalOf, uriOf, web } from '../daemon-bench';
import { saslReply } from './auth-bench';

const CREDENTIALS = { user: 'user', password: 'pencil' };
const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const LONG_NONCE = `${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`;
const PROOF = `c=biws,r=${LONG_NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
const SIGNATURE = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

beforeEach(() => {
  const crypto = process.getBuiltinModule('node:crypto');
  jest.spyOn(crypto, 'randomBytes').mockImplementation(() => Buffer.from(NONCE, 'base64'));
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** The arguments of a call by SASL. */
const said = (data: string, mechanism?: string) =>
  xdr((call) =>
    (mechanism === undefined ? call : call.string(mechanism))
      .bool(false)
      .array([...Buffer.from(data)], (writer, byte) => writer.int(byte)),
  );

/** Rules by which a daemon asks by SCRAM-SHA-256, and lets in who answers rightly, with this last word. */
function saslRules(signature: string): Rule[] {
  const { authList, authSaslInit, authSaslStart, authSaslStep } = calls;
  const reply = (data: string, isComplete: boolean) => hexOf(saslReply({ isComplete, data: Buffer.from(data) }));
  return [
    replyTo(authList, (list) => list.array([authType.sasl], (writer, type) => writer.int(type))),
    replyTo(authSaslInit, (list) => list.string('DIGEST-MD5,SCRAM-SHA-256,PLAIN')),
    {
      procedure: authSaslStart.number,
      payload: said(`n,,n=user,r=${NONCE}`, 'SCRAM-SHA-256'),
      steps: [{ do: 'reply', payload: reply(`r=${LONG_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`, false) }],
    },
    {
      procedure: authSaslStep.number,
      payload: said(PROOF),
      steps: [{ do: 'reply', payload: reply(signature, true) }],
    },
    refusalOf(authSaslStep, 45, 'authentication failed: authentication failed'),
    ...persistent(web),
  ];
}

it('opens a connection, with and without the event loop', async () => {
  await using bench = new DaemonBench();
  const daemon = await bench.start({ rules: saslRules(SIGNATURE) });
  const conn = bench.connect(daemon, { credentials: CREDENTIALS });
  expect(conn.state).toBe('open');
  expect(inspect([conn, connectionStats(conn)], { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(
    CREDENTIALS.password,
  );
  using second = await openConnectionAsync(uriOf(daemon), { credentials: () => Promise.resolve(CREDENTIALS) });
  expect(second.state).toBe('open');
});

it('opens none if the password is wrong', async () => {
  await using bench = new DaemonBench();
  const daemon = await bench.start({ rules: saslRules(SIGNATURE) });
  const connect = () => bench.connect(daemon, { credentials: { ...CREDENTIALS, password: 'pen' } });
  expect(connect).toThrow(
    expect.objectContaining({
      code: 'ERR_OPEN',
      message: `cannot open "${uriOf(daemon)}": authentication failed for the user "user" by SCRAM-SHA-256 on localhost; check the user name and the password`,
      cause: expect.objectContaining({ code: 'ERR_DAEMON', number: 45 }),
    }),
  );
});

it('opens none to a daemon that does not know the password', async () => {
  await using bench = new DaemonBench();
  const daemon = await bench.start({ rules: saslRules(SIGNATURE.replace('6', '7')) });
  expect(() => bench.connect(daemon, { credentials: CREDENTIALS })).toThrow(
    'the daemon cannot prove that it knows the password',
  );
  const procedures = (await daemon.received()).map(({ procedure }) => procedure);
  expect(procedures).toEqual([66, 67, 68, 69]);
});
