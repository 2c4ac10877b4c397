import { InvalidArgumentError } from '../../lib/errors';
import { type NatsOptions, readNatsOptions } from '../../lib/nats/hub-options';
import { parseHubUri } from '../../lib/nats/hub-uri';
import { thrownBy } from '../support/thrown-by';

const read = (given: unknown, query = '') =>
  readNatsOptions('options.nats', given as NatsOptions, parseHubUri(`tls://hub/E${query}`));

describe('The option nats', () => {
  it.each([
    {},
    { user: 'pager', password: 's3cret' },
    { token: 's3cret' },
    { creds: 's3cret' },
    { nkey: 'SUs3cret', ca: 'ca', cert: 'cert', key: 's3cret' },
  ])('says who a program is: %j', (given) => {
    expect(read(given)).toBe(given);
  });

  it('needs not be given', () => {
    expect(read(undefined)).toEqual({});
  });

  it.each<[unknown, string, string, string]>([
    [['s3cret'], 'options.nats', 'must be an object, but is a list', ''],
    ['s3cret', 'options.nats', 'must be an object, but is string', ''],
    [{ pass: 's3cret' }, 'options.nats.pass', 'is no option', ''],
    [{ token: ['s3cret'] }, 'options.nats.token', 'must be a string, but is object', ''],
    [{ user: 's3cret' }, 'options.nats.password', 'must be given where user is', ''],
    [{ password: 's3cret' }, 'options.nats.user', 'must be given where password is', ''],
    [{ cert: 's3cret' }, 'options.nats.key', 'must be given where cert is', ''],
    [{ user: 'a', password: 's3cret', token: 's3cret' }, 'options.nats', 'has both user and token', ''],
    [{ token: 's3cret' }, 'options.nats', 'has token, but the URI has creds', '?creds=/c'],
    [{ ca: 's3cret' }, 'options.nats.ca', 'is given, but the URI names a file of it', '?ca=/c'],
    [{ cert: 's3cret', key: 's3cret' }, 'options.nats.cert', 'is given, but the URI names', '?cert=/c&key=/k'],
  ])('is refused as %j, without being shown', (given, argument, problem, query) => {
    const error = thrownBy(() => read(given, query)) as InvalidArgumentError;
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.argument).toBe(argument);
    expect(error.message).toContain(problem);
    expect(error.message).not.toContain('s3cret');
  });
});
