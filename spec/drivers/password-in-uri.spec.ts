import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { openConnection, openConnectionAsync } from '../../lib';
import { InvalidUriError, OpenError } from '../../lib/errors';
import { shownUri } from '../../lib/shown-uri';
import { often } from '../support/often';

/** All that an error shows to whoever logs it. */
function logged(error: unknown): string {
  return `${String(error)} ${JSON.stringify(error)} ${inspect(error, { depth: 5, showHidden: true })}`;
}

function refusal(uri: string): unknown {
  try {
    return openConnection(uri).uri;
  } catch (error) {
    return error;
  }
}

const schemes = [
  'qemu',
  'qemu+ssh',
  'qemu+tcp',
  'test',
  'test+unix',
  'esx',
  'file',
  'fifo',
  'fd',
  'memory',
  'nats',
  'x',
];

describe('a password in a URI', () => {
  it.each([
    'qemu+ssh://user:pa/ss@host/system',
    'qemu+tcp://u:p@ss@h/system',
    'qemu+tls://u:p w@h/system',
    'qemu://u:sec#ret@h/system',
    'qemu+tcp://$&:secret@h/system',
    '$&:secret@h',
    'user:secret@host',
    '//u:secret@h/system',
    'qemu:u:secret@h/system',
    'qemu+tcp://u:22/secret@h/system',
    'qemu+tcp://u:?secret@h/system',
    'qemu+tcp://u:1#secret@h/system',
    'qemu+tcp://u:se%zzcret@h/system',
    'qemu+unix://u:1/secret@h/system',
    'qemu+tcp://[u:secret@h/system',
    'qemu+tcp://u:secret/system',
    'qemu+ssh://h/system?name=-qemu://u:secret@h/',
    'memory:u:secret@h',
    'fd:u:secret@h',
    'file:events.xml?u:secret@h',
    'test:///default?u:secret@h',
    'u:secret%40h',
  ])('is not shown by the refusal of %j', async (uri) => {
    const error = refusal(uri);
    expect(error).toBeInstanceOf(InvalidUriError);
    const later: unknown = await openConnectionAsync(uri).catch((reason: unknown) => reason);
    for (const text of [logged(error), logged(later)].map((text) => text.replace(/^ +at .*$/gm, ''))) {
      expect(text).not.toMatch(/secret|pa\/ss|p@ss|p w|sec#ret|cret|"pa"/);
    }
  });

  it('is not shown, whatever it is and whatever the scheme', () => {
    const secret = fc
      .array(
        fc.oneof(fc.constantFrom('/', '?', '#', '@', ':', ' ', '%', '%zz', '[', ']', '$&', '22'), fc.constant('Zq')),
      )
      .map((pieces) => `${pieces.join('')}Zq`);
    fc.assert(
      fc.property(
        fc.constantFrom(...schemes),
        secret,
        fc.constantFrom('h', 'h/system', ''),
        (scheme, password, rest) => {
          const error = refusal(`${scheme}://user:${password}@${rest}`);
          expect(error).toBeInstanceOf(InvalidUriError);
          expect(logged(error)).not.toContain('Zq');
        },
      ),
      { seed: 16_509, numRuns: often(500) },
    );
  });

  it('is not shown by errors and connections of URIs that can be read, either', () => {
    expect(new OpenError('qemu:///u:secret@h/system', 'it is not there').message).not.toContain('secret');
    expect(shownUri('qemu+ssh://u:a/b@c@h/system')).toBe('qemu+ssh://…@h/system');
    expect(shownUri('user:a@h')).toBe('user:…@h');
    expect(shownUri(shownUri('user:a@h'))).toBe('user:…@h');
  });

  it('is not what else holds an @', () => {
    for (const uri of [
      'file:/home/a:b@c/x',
      'test:///home/a:b@c/x.xml',
      'qemu+ssh://root@host:22/system',
      'qemu+ssh://h/system?socket=/run/a@b',
      'qemu+ssh://root@host:22/system?authfile=/a@b',
      'qemu+ssh://host:22/system?mode=auto;keyfile=/a:b@c&socket=/d@e',
      'qemu+libssh2:///system?KNOWN_HOSTS=/a:b@c',
      '',
    ]) {
      expect(shownUri(uri)).toBe(uri);
    }
  });

  it.each([
    ['qemu+ssh://u:secret@h/system?authfile=/a@b', 'qemu+ssh://…@h/system?authfile=/a@b'],
    ['qemu:u:secret@h/system?authfile=/a@b', 'qemu:…@h/system?authfile=/a@b'],
    ['qemu+tcp://u:22?socket=x:secret@h', 'qemu+tcp://…@h'],
    ['qemu+tcp://u:22?secret=/a@h', 'qemu+tcp://…@h'],
    ['qemu+tcp://u:22?authfile=/a&secret@h', 'qemu+tcp://…@h'],
    ['qemu:///system?authfile=/a?u:secret@h', 'qemu://…@h'],
    ['qemu:///system?authfile=/a#u:secret@h', 'qemu://…@h'],
    ['test://u:secret@h/default', 'test://…@h/default'],
    ['qemu+tcp://u%3Asecret@h/system', 'qemu+tcp://…@h/system'],
    ['qemu+ssh://u%3asecret@h/system', 'qemu+ssh://…@h/system'],
    ['test+unix:///u:secret@h', 'test+unix://…@h'],
    ['qemu+unix:///system?name=test:///u:secret@h', 'qemu+unix://…@h'],
  ])('is what may be one in %j, beside paths', (uri, shown) => {
    expect(shownUri(uri)).toBe(shown);
  });
});

describe('a URI that cannot be read', () => {
  it.each([
    ['qemu+tcp://host.example:0/system', 'qemu+tcp://…/system'],
    ['qemu+tcp://user@host:x/system?a=b', 'qemu+tcp://…/system?a=b'],
    ['qemu+smoke:///system', 'qemu+smoke:///system'],
    ['file://host/x', 'file://…/x'],
    ['qemu:system', 'qemu:system'],
    ['nowhere', 'nowhere'],
  ])('%j is shown without its authority part', (uri, shown) => {
    const error = refusal(uri) as InvalidUriError;
    expect(error.message).toContain(JSON.stringify(shown));
    expect(error.message).not.toMatch(/host\.example|user@/);
  });
});
