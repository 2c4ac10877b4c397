import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { processEnvironment } from '../../../../lib/drivers/remote/environment';
import {
  opensSynchronously,
  openTransport,
  openTransportAsync,
} from '../../../../lib/drivers/remote/transport/open-transport';
import { parseRemoteUri } from '../../../../lib/drivers/remote/uri';
import '../../../support/built';

const options = { readOnly: false, remoteMode: undefined, relay: false };

describe('a transport that is opened without the event loop', () => {
  it.each([
    [
      'qemu+tcp://host/system',
      'tcp connects in the event loop: use openConnectionAsync, or the option { relay: true }',
    ],
    ['qemu+tls:///system', 'tls connects in the event loop'],
    ['qemu://host/system', 'a host without a transport means tls, and tls connects in the event loop'],
  ])('%j is refused, and what to do instead is said', (uri, problem) => {
    const open = () => openTransport(parseRemoteUri(uri), options, processEnvironment());
    expect(open).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED_URI', uri }));
    expect(open).toThrow(problem);
  });

  it.each([
    ['qemu:///system', true, true],
    ['qemu+ssh://host/system', true, true],
    ['qemu+libssh://host/system', true, true],
    ['qemu+ext:///system?command=x', true, true],
    ['qemu+tcp://host/system', false, true],
    ['qemu://host/system', false, true],
  ])('%j can be or not, by itself and by a relay', (uri, byItself, byRelay) => {
    expect(opensSynchronously(parseRemoteUri(uri), options)).toBe(byItself);
    expect(opensSynchronously(parseRemoteUri(uri), { ...options, relay: true })).toBe(byRelay);
  });
});

describe('a transport that is opened in the event loop', () => {
  it.each([
    ['in this process', false],
    ['by a relay', true],
  ])('leaves the event loop free, and nothing when it is given up, %s', async (_, relay) => {
    // It takes connections, and does not answer a handshake.
    const server = createServer().listen(0, 'localhost');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const uri = parseRemoteUri(`qemu+tls://localhost:${port}/system?no_verify=1&pkipath=/nowhere`);
    const giveUp = new AbortController();
    const opening = openTransportAsync(uri, { ...options, relay }, processEnvironment(), giveUp.signal);
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.on('error', () => {}).resume();
    const closed = once(socket, 'close');
    giveUp.abort(new Error('it is not wanted any more'));
    await expect(opening).rejects.toThrow('it is not wanted any more');
    await closed;
    server.close();
  });

  it.each([
    ['tcp', false],
    ['tcp', true],
    ['tls', false],
    ['tls', true],
  ])('fails at once where it is given up before, by %s, with a relay: %s', async (kind, relay) => {
    const uri = parseRemoteUri(`qemu+${kind}://localhost:1/system?no_verify=1&pkipath=/nowhere`);
    const signal = AbortSignal.abort(new Error('it was never wanted'));
    const opening = openTransportAsync(uri, { ...options, relay }, processEnvironment(), signal);
    await expect(opening).rejects.toThrow('it was never wanted');
  });
});

describe('a host that is not meant for one', () => {
  it.each([
    ['qemu://system', 'did you mean "qemu:///system"? With two slashes system is a host, to be reached by tls'],
    ['xen://session?no_verify=1', 'did you mean "xen:///session"?'],
  ])('in %j is refused in both worlds', async (uri, problem) => {
    for (const relay of [false, true]) {
      const given = [parseRemoteUri(uri), { ...options, relay }, processEnvironment()] as const;
      expect(() => openTransport(...given)).toThrow(problem);
      await expect(openTransportAsync(...given)).rejects.toMatchObject({ code: 'ERR_INVALID_URI', uri });
    }
  });
});
