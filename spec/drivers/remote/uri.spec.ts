import * as fc from 'fast-check';
import { isRemoteScheme, parseRemoteUri } from '../../../lib/drivers/remote/uri';
import { InvalidUriError } from '../../../lib/errors';
import { often } from '../../support/often';

describe('the URI of a daemon', () => {
  it.each([
    ['qemu:///system', { driver: 'qemu', transport: 'unix', path: '/system' }],
    ['qemu:/system', { driver: 'qemu', transport: 'unix', path: '/system' }],
    ['qemu+unix:///session', { driver: 'qemu', transport: 'unix', path: '/session' }],
    ['QEMU+UNIX:///system', { driver: 'qemu', transport: 'unix', path: '/system' }],
    ['test+unix:///default', { driver: 'test', transport: 'unix', path: '/default' }],
    ['test+unix:///tmp/a%20b.xml', { driver: 'test', transport: 'unix', path: '/tmp/a b.xml' }],
    ['xen:///', { driver: 'xen', transport: 'unix', path: '/' }],
    ['xen:', { driver: 'xen', transport: 'unix', path: '' }],
    ['lxc:///', { driver: 'lxc', transport: 'unix', path: '/' }],
    ['nodedev:///system', { driver: 'nodedev', transport: 'unix', path: '/system' }],
    ['remote:///system', { driver: undefined, transport: 'unix', path: '/system' }],
    ['', { driver: undefined, transport: 'unix', path: '' }],
    ['qemu+unix://root@:16509/system', { transport: 'unix', user: 'root', host: undefined, port: 16_509 }],
    ['qemu://host.example/system', { transport: 'tls', host: 'host.example', port: undefined, path: '/system' }],
    ['test://host/default', { driver: 'test', transport: 'tls', host: 'host' }],
    ['qemu+tls://host:16514/system', { transport: 'tls', host: 'host', port: 16_514 }],
    ['qemu+tcp://192.0.2.1/system', { transport: 'tcp', host: '192.0.2.1' }],
    ['qemu+tcp://[2001:db8::1]:16509/system', { transport: 'tcp', host: '2001:db8::1', port: 16_509 }],
    ['qemu+tcp://[fe80::1%25eth0]/system', { transport: 'tcp', host: 'fe80::1%eth0' }],
    ['qemu+ssh://j%40x@host/system', { transport: 'ssh', user: 'j@x', host: 'host' }],
    ['qemu+libssh://host/system', { transport: 'libssh', host: 'host' }],
    ['qemu+libssh2://host/system', { transport: 'libssh2', host: 'host' }],
    ['qemu+ext:///system?command=/bin/x', { transport: 'ext', parameters: { command: '/bin/x' } }],
  ])('%j is understood', (uri, parts) => {
    expect(parseRemoteUri(uri)).toMatchObject({ text: uri, ...parts });
  });

  it.each([
    ['?socket=/run/a%2fb%3D&mode=legacy', { socket: '/run/a/b=', mode: 'legacy' }],
    ['?MODE=direct;No_Verify=1', { mode: 'direct', no_verify: '1' }],
    ['?socket=/a&socket=/b', { socket: '/b' }],
    ['?socket=/grün', { socket: '/grün' }],
    ['?no_tty', { no_tty: '' }],
    ['?&&=x&socket=', { socket: '' }],
    ['?', {}],
    ['?keep=1', {}],
  ])('the client takes from %j what is meant for it', (query, parameters) => {
    expect(parseRemoteUri(`qemu:///system${query}`).parameters).toEqual(parameters);
  });

  it.each([
    ['qemu+unix:///system?socket=/x', 'qemu:///system'],
    ['QEMU:/system', 'qemu:///system'],
    ['test+tcp://localhost/default', 'test:///default'],
    ['test+unix:///a%20b/grün.xml', 'test:///a%20b/gr%C3%BCn.xml'],
    ['test+unix:///a{"b"}', 'test:///a%7B%22b%22%7D'],
    ['xen:', 'xen:///'],
    ['qemu:///system?a=1&socket=/x&b=c%26d&mode=auto;e', 'qemu:///system?a=1&b=c%26d&e='],
    ['qemu:///system?a=%20#part', 'qemu:///system?a=%20#part'],
    ['qemu+unix:///system?name=test:///default', 'test:///default'],
    ['qemu+unix:///system?name=', ''],
    ['remote+unix:///system', ''],
    ['remote:///?name=lxc%3A%2F%2F%2F', 'lxc:///'],
    ['', ''],
  ])('%j asks the daemon for %j', (uri, name) => {
    expect(parseRemoteUri(uri).name).toBe(name);
  });

  it.each([
    ['/system', 'not a libvirt URI; expected driver[+transport]://'],
    ['qemu', 'not a libvirt URI'],
    ['+unix:///', 'not a libvirt URI'],
    ['qemu://[a/system', 'not a libvirt URI'],
    ['qemu+tcp://::1/system', 'its port is no number from 1 to 65535 (an IPv6 address stands in brackets)'],
    ['qemu+tcp://[::1]x/system', 'not a libvirt URI'],
    ['qemu:///system\n', 'holds "\\n" at position 14'],
    ['qemu:///a b', 'holds " " at position 9; write it percent-encoded'],
    ['qemu:///\u0000', 'holds "\\u0000" at position 8'],
    ['qemu:///\ud800', 'holds "\\ud800" at position 8'],
    ['qemu:system', 'did you mean "qemu:///system"?'],
    ['qemu+:///system', 'unknown transport ""; there are unix, tcp, tls'],
    ['qemu+smoke:///system', 'unknown transport "smoke"; there are unix, tcp, tls'],
    ['qemu+unix+tcp:///system', 'unknown transport "unix+tcp"'],
    ['qemu+unix://host/system', 'a unix socket is on this machine, but a host is named'],
    ['qemu+unix://[::1]/system', 'a host is named'],
    ['qemu+tcp://[1.2.3.4]/', 'is no IPv6 address'],
    ['qemu+tcp://host:0/', 'its port is no number from 1 to 65535'],
    ['qemu+tcp://host:65536/', 'its port is no number'],
    ['qemu+tcp://host:1e3/', 'its port is no number'],
    ['qemu:///a%zz', 'holds a % that begins no UTF-8 character'],
    ['qemu:///a%ff', 'begins no UTF-8 character'],
    ['qemu:///a%00b', 'holds a NUL character'],
    ['qemu:///system?socket=%', 'holds a %'],
    ['qemu:///system?sock=/x', 'the parameter "sock" is unknown; did you mean \'socket\'?'],
    ['qemu+ssh://host/system?key_file=/x', "did you mean 'keyfile'?"],
    ['qemu:///sytem', "qemu's path \"/sytem\" is unknown; did you mean '/system'?"],
  ])('%j is refused', (uri, problem) => {
    const parse = () => parseRemoteUri(uri);
    expect(parse).toThrow(InvalidUriError);
    expect(parse).toThrow(expect.objectContaining({ code: 'ERR_INVALID_URI' }));
    expect(parse).toThrow(problem);
  });

  it.each([
    ['test:///default', "'test:' is the library's own test driver; a daemon's is 'test+unix:'"],
    ['esx://host/', "libvirt's driver 'esx' runs inside its client library; there is no daemon to connect to"],
    ['vmwareplayer:///session', 'there is no daemon to connect to'],
  ])('%j is refused, since it reaches no daemon', (uri, problem) => {
    const parse = () => parseRemoteUri(uri);
    expect(parse).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED_URI' }));
    expect(parse).toThrow(problem);
  });

  it('leaves to the daemon what is like nothing of its own', () => {
    expect(parseRemoteUri('qemu:///embed?root=/x').name).toBe('qemu:///embed?root=%2Fx');
    expect(parseRemoteUri('lxc:///sytem').name).toBe('lxc:///sytem');
  });

  it('takes a driver of the client if a daemon is asked for it', () => {
    expect(parseRemoteUri('esx+unix:///').name).toBe('esx:///');
  });

  it('is read, or refused with an InvalidUriError, whatever it holds', () => {
    const piece = fc.oneof(
      fc.constantFrom('qemu', 'test', '+unix', '+', ':', '//', '/', '?', '&', ';', '=', '#', '%', '%41', '@', '[', ']'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (uri) => {
        try {
          const { name, parameters } = parseRemoteUri(uri);
          expect(parameters.name === undefined ? name : '').toMatch(/^[!-~]*$/);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidUriError);
        }
      }),
      { seed: 16_514, numRuns: often(2000) },
    );
  });
});

describe('a password in a URI', () => {
  it('is refused, and not shown', () => {
    const parse = () => parseRemoteUri('qemu+tls://ann:secret@host/system');
    expect(parse).toThrow('"qemu+tls://…/system": a password does not belong in a URI');
    expect(parse).toThrow(expect.objectContaining({ code: 'ERR_INVALID_URI', uri: 'qemu+tls://…/system' }));
  });

  it('is what follows the port, if it holds an @', () => {
    const parse = () => parseRemoteUri('qemu+tcp://ann:22/x@host/system');
    expect(parse).toThrow('what looks like a password does not belong in a URI');
    expect(parseRemoteUri('qemu+tcp://ann@host:22/x@y').port).toBe(22);
    expect(parseRemoteUri('qemu+tcp://host:22/x%40y').path).toBe('/x@y');
    expect(parseRemoteUri('qemu+tcp://host/x@y').path).toBe('/x@y');
  });

  it('is not what a colon is that is percent-encoded', () => {
    expect(parseRemoteUri('qemu+tls://ann%3Ab@host/system').user).toBe('ann:b');
  });
});

describe('a scheme', () => {
  it.each(['qemu', 'QEMU', 'qemu+ssh', 'test+unix', 'remote', 'secret', 'esx', 'novelty+unix'])(
    '%s: is a daemon’s',
    (scheme) => {
      expect(isRemoteScheme(scheme)).toBe(true);
    },
  );

  it.each(['test', 'memory', 'file', 'novelty'])('%s: is not', (scheme) => {
    expect(isRemoteScheme(scheme)).toBe(false);
  });
});
