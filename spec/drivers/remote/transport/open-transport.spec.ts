import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../../lib/clock';
import { ChildTransport } from '../../../../lib/drivers/io/child-transport';
import { runInLoop, runNow } from '../../../../lib/drivers/io/dialogue';
import { processEnvironment } from '../../../../lib/drivers/remote/environment';
import { opensSynchronously, openTransport } from '../../../../lib/drivers/remote/transport/open-transport';
import * as programFile from '../../../../lib/drivers/remote/transport/relay-program-file';
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
    const open = () => runNow(openTransport(parseRemoteUri(uri), options, processEnvironment()));
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

describe('connecting takes no longer than its time', () => {
  let now = 0;
  let scheduled: number[] = [];
  /** Has the machine's clock stand still; what is scheduled is noted down, and due at once if that is asked for. */
  function stopClock(isDue: (times: number) => boolean): void {
    now = 0;
    scheduled = [];
    jest.spyOn(systemClock, 'monotonic').mockImplementation(() => now);
    jest.spyOn(systemClock, 'schedule').mockImplementation((milliseconds, callback) => {
      scheduled.push(milliseconds);
      if (isDue(scheduled.length)) {
        setImmediate(callback);
      }
      now += 5000;
      return () => {};
    });
  }
  afterEach(() => jest.restoreAllMocks());

  it('20 s by tcp', async () => {
    stopClock(() => true);
    jest.spyOn(Socket.prototype, 'connect').mockReturnThis();
    const opening = runInLoop(
      openTransport(parseRemoteUri('qemu+tcp://localhost/system'), options, processEnvironment()),
    );
    await expect(opening).rejects.toThrow('does not answer within 20 s');
    expect(scheduled).toEqual([20_000]);
  });

  it('20 s by tls, of which the handshake gets what connecting has left', async () => {
    const server = createServer().listen(0, 'localhost');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    stopClock((times) => times === 2);
    const uri = parseRemoteUri(`qemu+tls://localhost:${port}/system?no_verify=1&pkipath=/nowhere`);
    const opening = runInLoop(openTransport(uri, options, processEnvironment()));
    await expect(opening).rejects.toThrow('does not go through the TLS handshake within 20 s');
    expect(scheduled).toEqual([20_000, 15_000]);
    server.close();
  });

  it.each(['now', 'in the event loop'])('20 s by a relay, and 10 s more for that to start, %s', async (when) => {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-relay-'));
    const program = join(folder, 'relay-program-that-hangs.js');
    writeFileSync(program, 'setInterval(() => {}, 1e6)');
    jest.replaceProperty(programFile, 'relayProgramFile', program);
    const written = jest.spyOn(ChildTransport.prototype, 'write').mockImplementation(() => {});
    jest.spyOn(ChildTransport.prototype, 'wait').mockImplementation((milliseconds) => {
      now += milliseconds;
    });
    try {
      stopClock(() => true);
      const opened = [parseRemoteUri('qemu+tcp://localhost/system'), { ...options, relay: true }] as const;
      const opening =
        when === 'now'
          ? (async () => runNow(openTransport(...opened, processEnvironment())))()
          : runInLoop(openTransport(...opened, processEnvironment()));
      await expect(opening).rejects.toThrow('said nothing within 30 s');
      const [job, timeoutMs] = written.mock.calls[0]!;
      expect([JSON.parse(Buffer.from(job).toString()), timeoutMs]).toMatchObject([{ timeoutMs: 20_000 }, 30_000]);
    } finally {
      rmSync(folder, { recursive: true });
    }
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
    const opening = runInLoop(openTransport(uri, { ...options, relay }, processEnvironment(), giveUp.signal));
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
  ])('fails at once if it is given up before, by %s, with a relay: %s', async (kind, relay) => {
    const uri = parseRemoteUri(`qemu+${kind}://localhost:1/system?no_verify=1&pkipath=/nowhere`);
    const signal = AbortSignal.abort(new Error('it was never wanted'));
    const opening = runInLoop(openTransport(uri, { ...options, relay }, processEnvironment(), signal));
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
      expect(() => runNow(openTransport(...given))).toThrow(problem);
      await expect(runInLoop(openTransport(...given))).rejects.toMatchObject({ code: 'ERR_INVALID_URI', uri });
    }
  });
});
