import { chooseMechanism } from '../../../../lib/drivers/remote/auth/sasl-choice';
import { SaslError } from '../../../../lib/drivers/remote/auth/sasl-mechanism';

const SERVER = "let mech_list in /etc/sasl2/libvirt.conf of the daemon's machine hold scram-sha-256";

it.each([
  ['DIGEST-MD5 PLAIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512', 'SCRAM-SHA-512'],
  ['PLAIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'],
  ['SCRAM-SHA-1 PLAIN', 'SCRAM-SHA-1'],
  ['GSSAPI LOGIN PLAIN', 'PLAIN'],
])('of %s the best is %s', (offered, best) => {
  expect(chooseMechanism(offered.split(' '), undefined, true).name).toBe(best);
});

it('is the one that is wanted, if it is offered', () => {
  const offered = ['SCRAM-SHA-512', 'SCRAM-SHA-1', 'PLAIN'];
  for (const wanted of offered) {
    expect(chooseMechanism(offered, wanted, true).name).toBe(wanted);
  }
});

it('is never PLAIN if others may read it', () => {
  expect(chooseMechanism(['PLAIN', 'SCRAM-SHA-1'], undefined, false).name).toBe('SCRAM-SHA-1');
  const problem = `the daemon offers PLAIN (would send the password readable); use tls or ssh that are verified, or a unix socket, and ${SERVER}`;
  expect(() => chooseMechanism(['PLAIN'], undefined, false)).toThrow(new SaslError(problem));
});

it.each([
  ['DIGEST-MD5', 'would encrypt the traffic in a layer of its own'],
  ['GSSAPI', 'would encrypt the traffic in a layer of its own'],
  ['GSS-SPNEGO', 'would encrypt the traffic in a layer of its own'],
  ['LOGIN', 'would send the password readable'],
  ['CRAM-MD5', 'would show enough to guess the password from'],
  ['ANONYMOUS', 'would prove nothing'],
  ['EXTERNAL', 'would need a proof from outside of SASL'],
  ['SCRAM-SHA-256-PLUS', 'is not supported'],
  ['OTP', 'is not supported'],
])('is not %s, which %s', (name, reason) => {
  const choose = (wanted?: string) => chooseMechanism([name], wanted, true);
  expect(() => choose()).toThrow(new SaslError(`the daemon offers ${name} (${reason}); ${SERVER}`));
  const supported = 'SCRAM-SHA-512, SCRAM-SHA-256, SCRAM-SHA-1, PLAIN';
  const problem = `the URI asks for ${name}, which ${reason}; here it may be ${supported}`;
  expect(() => choose(name)).toThrow(new SaslError(problem));
});

it.each([
  [[], 'no mechanism'],
  [['PLAIN', 'OTP'], 'PLAIN, OTP'],
])('fails if the one that is wanted is not offered', (offered, shown) => {
  const problem = `the URI asks for SCRAM-SHA-256, but the daemon offers ${shown}; ${SERVER}`;
  expect(() => chooseMechanism(offered, 'SCRAM-SHA-256', true)).toThrow(new SaslError(problem));
});

it('fails if nothing is offered', () => {
  const problem = `the daemon offers no mechanism; use tls or ssh that are verified, or a unix socket, and ${SERVER}`;
  expect(() => chooseMechanism([], undefined, false)).toThrow(new SaslError(problem));
});
