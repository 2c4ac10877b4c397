import * as fc from 'fast-check';
import type { Dialogue, Wait } from '../../../../lib/drivers/io/dialogue';
import { SaslError } from '../../../../lib/drivers/remote/auth/sasl-mechanism';
import { scram } from '../../../../lib/drivers/remote/auth/scram';
import { type ScramAccount, ScramServer } from './scram-server';

/** A message of the client's, which waits for what the daemon says to it. */
class Said implements Wait<Uint8Array> {
  readonly message: Uint8Array;
  constructor(message: Uint8Array) {
    this.message = message;
  }
  now(): never {
    throw new Error('the daemon says nothing by itself');
  }
  inLoop(): never {
    throw new Error('the daemon says nothing by itself');
  }
}

/** A client's side that stops at each of its messages. */
function begin(hash: ScramAccount['hash'], credentials: typeof CREDENTIALS, nonce?: string): Dialogue<void> {
  const say = function* (message: Uint8Array): Dialogue<Uint8Array> {
    return (yield new Said(message)) as Uint8Array;
  };
  return scram(hash, credentials, say, nonce);
}

/** The client's next message; nothing when it is content. */
function answer(exchange: Dialogue<void>, message: Uint8Array = new Uint8Array(0)): Uint8Array | undefined {
  let turn = exchange.next(message);
  while (turn.done !== true && !(turn.value instanceof Said)) {
    turn = exchange.next(turn.value.now());
  }
  return turn.done === true ? undefined : (turn.value as Said).message;
}

/** What the client says next; `done` when it is content. */
function next(exchange: Dialogue<void>, message = ''): string {
  const said = answer(exchange, Buffer.from(message));
  return said === undefined ? 'done' : Buffer.from(said).toString();
}

const CREDENTIALS = { user: 'user', password: 'pencil' };

/** The example of RFC 7677 §3. */
const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const FIRST = `r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const PROOF = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
const SIGNATURE = '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

/** An exchange in which the client has said its first word. */
function begun(): Dialogue<void> {
  const exchange = begin('sha256', CREDENTIALS, NONCE);
  exchange.next();
  return exchange;
}

/** An exchange in which the client has proved who it is. */
function proved(): Dialogue<void> {
  const exchange = begun();
  next(exchange, FIRST);
  return exchange;
}

it('goes through the example of RFC 7677 for SCRAM-SHA-256', () => {
  const exchange = begin('sha256', CREDENTIALS, NONCE);
  expect(next(exchange)).toBe(`n,,n=user,r=${NONCE}`);
  expect(next(exchange, FIRST)).toBe(`c=biws,r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=${PROOF}`);
  expect(next(exchange, `v=${SIGNATURE}`)).toBe('done');
});

it('goes through the example of RFC 5802 for SCRAM-SHA-1', () => {
  const nonce = 'fyko+d2lbbFgONRv9qkxdawL';
  const longNonce = `${nonce}3rfcNHYJY1ZVvWVs7j`;
  const exchange = begin('sha1', CREDENTIALS, nonce);
  expect(next(exchange)).toBe(`n,,n=user,r=${nonce}`);
  expect(next(exchange, `r=${longNonce},s=QSXCR+Q6sek8bf92,i=4096`)).toBe(
    `c=biws,r=${longNonce},p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=`,
  );
  expect(next(exchange, 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=')).toBe('done');
});

describe('with any user and password', () => {
  // Letters that are written in one, two, three and four bytes, and what means something in a message.
  const text = fc.string({ unit: fc.constantFrom(...'aZ0 ,=="%\\é日ﬁ𝄞'), minLength: 1, maxLength: 20 });
  const accounts: fc.Arbitrary<ScramAccount> = fc.record({
    hash: fc.constantFrom('sha1', 'sha256', 'sha512'),
    user: text,
    password: text,
    salt: fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    iterations: fc.integer({ min: 4096, max: 4200 }),
    nonce: fc.string({ unit: fc.constantFrom(...'aZ09+/=!~%"'), minLength: 1 }),
  });

  it('convinces a server that knows them, and is convinced by it', () => {
    fc.assert(
      fc.property(accounts, (account) => {
        const server = new ScramServer(account);
        const exchange = begin(account.hash, account);
        const first = server.first(answer(exchange)!)!;
        const final = server.final(answer(exchange, first)!)!;
        expect(answer(exchange, final)).toBeUndefined();
      }),
      { seed: 5802, numRuns: 100 },
    );
  });

  it('convinces no server that knows another password, and is not convinced by it', () => {
    fc.assert(
      fc.property(accounts, text, (account, other) => {
        fc.pre(other !== account.password);
        const impostor = new ScramServer({ ...account, password: other });
        const exchange = begin(account.hash, account);
        const first = impostor.first(answer(exchange)!)!;
        const proof = answer(exchange, first)!;
        expect(impostor.final(proof)).toBeUndefined();
        expect(() => exchange.next(impostor.sign(proof))).toThrow('the daemon cannot prove that it knows the password');
      }),
      { seed: 7677, numRuns: 50 },
    );
  });
});

it('writes commas and equals signs in a user name as RFC 5802 §5.1 has it', () => {
  const exchange = begin('sha256', { user: 'a,b=c=2C', password: 'x' }, NONCE);
  expect(next(exchange)).toBe(`n,,n=a=2Cb=3Dc=3D2C,r=${NONCE}`);
});

it.each([4096, 600_000])('takes from 4,096 to 600,000 iterations: %i', (iterations) => {
  expect(next(begun(), FIRST.replace('4096', String(iterations)))).toMatch(/^c=biws,r=.*,p=/);
});

it('takes a new nonce each time', () => {
  const nonces = Array.from({ length: 20 }, () => next(begin('sha256', CREDENTIALS)).split(',r=')[1]!);
  expect(new Set(nonces).size).toBe(20);
  for (const nonce of nonces) {
    expect(nonce).toMatch(/^[A-Za-z\d+/]{24}$/);
  }
});

it.each([
  ['nothing', '', 'the daemon says nothing where it has to prove that it knows the password'],
  ['an extension that must be known', `m=x,${FIRST}`, 'an extension of SCRAM that is not known (m=)'],
  ['an error', 'e=unknown-user', 'the daemon refuses: "unknown-user"'],
  ['a long error', `e=${'x'.repeat(5000)}`, `the daemon refuses: "${'x'.repeat(80)}"`],
  ['something else', 'hello', 'r= is not there'],
  ['attributes in another order', FIRST.split(',').reverse().join(','), 'r= is not there'],
  ['another nonce', FIRST.replace('rOpr', 'rOpR'), 'r= does not begin with our own'],
  ['our nonce alone', FIRST.replace(/%[^,]*/, ''), 'r= must go on after our own'],
  ['a nonce with a space', FIRST.replace('%', ' '), 'r= must go on after our own in printable characters of ASCII'],
  ['no salt', FIRST.replace(/s=[^,]*,/, ''), 's= is not there'],
  ['an empty salt', FIRST.replace(/s=[^,]*/, 's='), 's= must be a salt in base64'],
  ['a salt with a stray character', FIRST.replace('W22', 'W*2'), 's= must be a salt in base64'],
  ['a salt that is cut off', FIRST.replace('gQ==', 'gQ='), 's= must be a salt in base64'],
  ['no iterations', FIRST.replace(/,i=.*/, ''), 'i= is not there'],
  ['iterations that are no number', FIRST.replace('4096', '4e3'), 'i= must be a number of iterations'],
  ['a number of iterations with a sign', FIRST.replace('4096', '+4096'), 'i= must be a number of iterations'],
  ['a number of iterations with a zero before it', FIRST.replace('4096', '04096'), 'i= must be a number of iterations'],
  ['too few iterations', FIRST.replace('4096', '4095'), 'from 4096 to 600000, but is 4095'],
  ['too many iterations', FIRST.replace('4096', '600001'), 'from 4096 to 600000, but is 600001'],
  ['an endless number of iterations', FIRST.replace('4096', '9'.repeat(400)), `but is ${'9'.repeat(20)}`],
])('refuses %s in the place of a first message', (_, message, problem) => {
  const exchange = begun();
  expect(() => next(exchange, message)).toThrow(SaslError);
  expect(() => next(begun(), message)).toThrow(problem);
});

it('passes over optional extensions, which are signed like all the rest', () => {
  const answer = next(begun(), `${FIRST},x=new`);
  expect(answer).toMatch(/^c=biws,r=[^,]+,p=[^,]+$/);
  expect(answer).not.toContain(PROOF);
  expect(next(proved(), `v=${SIGNATURE},x=new`)).toBe('done');
});

it.each([
  ['nothing', '', 'the daemon says nothing where it has to prove that it knows the password'],
  ['an error', 'e=invalid-proof', 'the daemon refuses: "invalid-proof"'],
  ['its first message again', FIRST, 'v= is not there'],
  ['no base64', 'v=*', 'v= must be a signature in base64'],
  ['an empty signature', 'v=', 'the daemon cannot prove that it knows the password'],
  ['a part of the signature', `v=${SIGNATURE.slice(0, 40)}`, 'the daemon cannot prove that it knows the password'],
  ['another signature', `v=7${SIGNATURE.slice(1)}`, 'the daemon cannot prove that it knows the password'],
  ['our own proof', `v=${PROOF}`, 'the daemon cannot prove that it knows the password'],
])("refuses %s in the place of the daemon's proof", (_, message, problem) => {
  expect(() => next(proved(), message)).toThrow(SaslError);
  expect(() => next(proved(), message)).toThrow(problem);
});

it('refuses what another exchange with the same password has brought', () => {
  const exchange = begin('sha256', CREDENTIALS);
  next(exchange);
  expect(() => next(exchange, FIRST)).toThrow('it belongs to another exchange');
});

it('takes as many iterations as may be, and reckons with them in the background if that is wanted', async () => {
  const exchange = begun();
  const turn = exchange.next(Buffer.from(FIRST.replace('4096', '600000')));
  if (turn.done === true || turn.value instanceof Said) {
    throw new Error('the password is not salted as a piece of work of its own');
  }
  let turns = 0;
  const interval = setInterval(() => {
    turns += 1;
  }, 1);
  const inBackground = await turn.value.inLoop();
  clearInterval(interval);
  expect(inBackground).toEqual(turn.value.now());
  // Were the thread blocked for it, the timer would have had no turn.
  expect(turns).toBeGreaterThan(1);
});
