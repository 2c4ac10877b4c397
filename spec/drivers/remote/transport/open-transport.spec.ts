import { processEnvironment } from '../../../../lib/drivers/remote/environment';
import { opensSynchronously, openTransport } from '../../../../lib/drivers/remote/transport/open-transport';
import { parseRemoteUri } from '../../../../lib/drivers/remote/uri';

const options = { readOnly: false, remoteMode: undefined, relay: false };

describe('a transport that is opened without the event loop', () => {
  it.each([
    [
      'qemu+tcp://host/system',
      'tcp connects in the event loop: use openConnectionAsync, or the option { relay: true }',
    ],
    ['qemu+tls:///system', 'tls connects in the event loop'],
    ['qemu://host/system', 'a host without a transport means tls, and tls connects in the event loop'],
    ['qemu://system', 'did you mean "qemu:///system"? a host without a transport means tls'],
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
