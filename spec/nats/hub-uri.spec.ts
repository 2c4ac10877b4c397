import { resolve } from 'node:path';
import { InvalidUriError } from '../../lib/errors';
import { parseHubUri } from '../../lib/nats/hub-uri';
import { thrownBy } from '../support/thrown-by';

describe('The URI of a stream', () => {
  it('names a server and a stream', () => {
    expect(parseHubUri('nats://hub/EVENTS')).toEqual({
      uri: 'nats://hub/EVENTS',
      servers: ['hub:4222'],
      tls: false,
      stream: 'EVENTS',
      files: {},
      inbox: undefined,
      domain: undefined,
      parameters: new Map(),
    });
  });

  it('may name several servers, with ports and IPv6 addresses', () => {
    expect(parseHubUri('NATS://a.example:1,10.0.0.1,[::1]:65535/EVENTS').servers).toEqual([
      'a.example:1',
      '10.0.0.1:4222',
      '[::1]:65535',
    ]);
  });

  it('asks for encryption by tls:', () => {
    expect(parseHubUri('tls://hub/EVENTS').tls).toBe(true);
  });

  it('names files that hold who we are and whom we trust, by absolute or relative paths', () => {
    const { files, inbox, domain } = parseHubUri(
      'tls://hub/E?creds=/etc/a%20b.creds&ca=ca.pem&cert=/c.pem&key=/k.pem&inbox=_INBOX.pager&domain=hub',
    );
    expect(files).toEqual({ creds: '/etc/a b.creds', ca: resolve('ca.pem'), cert: '/c.pem', key: '/k.pem' });
    expect(inbox).toBe('_INBOX.pager');
    expect(domain).toBe('hub');
    expect(parseHubUri('nats://hub/E?nkey=/n').files).toEqual({ nkey: '/n' });
    expect(parseHubUri('nats://hub/E?login=/l').files).toEqual({ login: '/l' });
  });

  it('has the parameters that whoever reads it knows', () => {
    const { parameters } = parseHubUri('nats://hub/E?reader=a%2Fb&creds=/c&from=oldest', ['reader', 'from']);
    expect([...parameters]).toEqual([
      ['reader', 'a/b'],
      ['from', 'oldest'],
    ]);
  });

  it.each([
    ['nats:hub/E', 'expected nats://HOST[:PORT][,HOST…]/STREAM'],
    ['nats://hub/E#x', 'holds a #, which nothing may stand behind'],
    ['nats:///E', 'the server "" is no HOST or HOST:PORT'],
    ['nats://a,,b/E', 'the server "" is no HOST or HOST:PORT'],
    ['nats://a b/E', 'the server "a b" is no HOST or HOST:PORT'],
    ['nats://hub:/E', 'the port of the server "hub:" is no number from 1 to 65535'],
    ['nats://hub:0/E', 'the port of the server "hub:0" is no number'],
    ['nats://hub:65536/E', 'the port of the server "hub:65536" is no number'],
    ['nats://[1.2.3.4]/E', 'the server "[1.2.3.4]" stands in brackets, but is no IPv6 address'],
    ['nats://hub', 'names no stream'],
    ['nats://hub/', 'names no stream'],
    ['nats://hub/a.b', 'the stream must be a name of letters, digits, hyphens and underscores, but is "a.b"'],
    ['nats://hub/a/b', 'the stream must be a name'],
    ['nats://hub/%zz', 'holds a % that begins no UTF-8 character'],
    [
      'nats://hub/E?reder=x',
      'unknown query parameter "reder"; expected creds, nkey, login, ca, cert, key, inbox, domain, reader',
    ],
    ['nats://hub/E?reader', 'the query parameter reader has no value'],
    ['nats://hub/E?creds=/a&creds=/b', 'the query parameter creds is given twice'],
    ['nats://hub/E?creds=/a&nkey=/b', 'has both creds and nkey; one says who you are'],
    ['nats://hub/E?cert=/a', 'needs both cert and key'],
    ['nats://hub/E?key=/a', 'needs both cert and key'],
    ['nats://hub/E?creds=', 'creds must be the path of a file'],
    ['nats://hub/E?domain=a.b', 'domain must be the name of a JetStream domain, but is "a.b"'],
    ['nats://hub/E?inbox=a.*', 'inbox must be the beginning of a subject, as _INBOX.pager, but is "a.*"'],
  ])('is refused as %s: %s', (uri, problem) => {
    const error = thrownBy(() => parseHubUri(uri, ['reader'])) as InvalidUriError;
    expect(error).toBeInstanceOf(InvalidUriError);
    expect(error.code).toBe('ERR_INVALID_URI');
    expect(error.message).toContain(problem);
  });

  it.each([
    'nats://pager:s3cret@hub/E',
    'nats://s3cret@hub/E',
    'nats://pager:s3/cret@hub/E',
    'nats://a,pager:s3cret@hub/E?reader=a',
  ])('never holds who we are, and the error for %s does not repeat it', (uri) => {
    const error = thrownBy(() => parseHubUri(uri, ['reader'])) as InvalidUriError;
    expect(error.message).toContain('who you are does not belong in a URI: give the option nats, or name a file');
    expect(`${error.message} ${error.uri}`).not.toMatch(/s3|cret/);
  });
});
