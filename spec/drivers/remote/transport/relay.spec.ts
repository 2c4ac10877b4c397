import { spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import tls from 'node:tls';
import { sleep } from '../../../../lib/clock';
import { runInLoop, runNow } from '../../../../lib/drivers/io/dialogue';
import type { Transport } from '../../../../lib/drivers/io/transport';
import { openNetworkTransport } from '../../../../lib/drivers/remote/transport/open-network-transport';
import type { OpenedTransport } from '../../../../lib/drivers/remote/transport/opened-transport';
import * as programFile from '../../../../lib/drivers/remote/transport/relay-program-file';
import { parseRemoteUri } from '../../../../lib/drivers/remote/uri';
import { builtModule } from '../../../support/built';
import { CertificateAuthority, describeWithCertificates, itWithCertificates } from '../../../support/certificates';
import { childProcesses } from '../../../support/child-processes';
import { root } from '../../../support/run-program';
import { bareEnvironment, LONG, readBytes, until, writeOnAndOn } from '../../io/exercise';
import { type ServerName, SocketServer } from './serve-sockets';

const folder = mkdtempSync(join(tmpdir(), 'virdeliver-relay-'));
const client = join(folder, 'client');
let server: SocketServer;
beforeAll(async () => {
  const authority = new CertificateAuthority(join(folder, 'authority'));
  authority.issue('client', client);
  server = await SocketServer.start((place) => authority.issue('server', place));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const open: OpenedTransport[] = [];
afterEach(async () => {
  for (const { transport } of open.splice(0)) {
    transport.close();
  }
  await until(() => relays().length === 0);
});

const relays = () => childProcesses('relay-program');

type Kind = 'tcp' | 'tls';

const byRelay = { relay: true };

function uriOf(kind: Kind, port: number, query = ''): string {
  return `test+${kind}://localhost:${port}/default?pkipath=${client}${query}`;
}

function openUri(uri: string, timeoutMs?: number): OpenedTransport {
  const opened = runNow(openNetworkTransport(parseRemoteUri(uri), byRelay, bareEnvironment, timeoutMs));
  open.push(opened);
  return opened;
}

function connect(kind: Kind, name: ServerName): Transport {
  return openUri(uriOf(kind, server.ports[kind][name])).transport;
}

describeWithCertificates.each(['tcp', 'tls'] as const)('a relay by %s', (kind) => {
  it('writes and reads without a turn of the event loop', () => {
    const opened = openUri(uriOf(kind, server.ports[kind].echo));
    expect(opened).toMatchObject({
      name: 'test:///default',
      host: 'localhost',
      isPrivate: kind === 'tls',
      warnings: [],
    });
    opened.transport.write(Buffer.from('hello'), LONG);
    expect(readBytes(opened.transport, 5).bytes.toString()).toBe('hello');
  });

  it('hands over in the event loop what comes, while it is watched', async () => {
    const transport = connect(kind, 'echo');
    let taken = '';
    transport.watch((reading) => {
      taken += reading.kind === 'bytes' ? Buffer.from(reading.bytes).toString() : reading.kind;
    });
    transport.write(Buffer.from('hello'), LONG);
    await until(() => taken === 'hello');
  });

  it('passes on all bytes as they are, in both directions, to a slow reader', () => {
    const transport = connect(kind, 'echo');
    const sent = randomFillSync(Buffer.alloc(10_000_000));
    const received: Buffer[] = [];
    for (let written = 0, length = 0; length < sent.length; ) {
      while (written < sent.length && written - length < 400_000) {
        transport.write(sent.subarray(written, written + 100_000), LONG);
        written += 100_000;
      }
      const { bytes } = readBytes(transport, 1);
      received.push(bytes);
      length += bytes.length;
      sleep(1);
    }
    expect(Buffer.concat(received).equals(sent)).toBe(true);
  });

  it('waits for a slow daemon, and all of it arrives', () => {
    const transport = connect(kind, 'slow');
    const message = randomFillSync(Buffer.alloc(4 + 5_000_000));
    message.writeUInt32BE(5_000_000);
    transport.write(message, LONG);
    const digest = createHash('sha256').update(message).digest('hex');
    expect(readBytes(transport, 64).bytes.toString()).toBe(digest);
  });

  it('passes on what is written while nothing is read', async () => {
    rmSync(join(server.folder, 'heard'), { force: true });
    const transport = connect(kind, 'flood');
    // By then the flood fills all there is on the way.
    transport.wait(LONG);
    await pause(200);
    transport.write(Buffer.from('x'), LONG);
    await until(() => existsSync(join(server.folder, 'heard')));
    expect(readBytes(transport, 20_000_000).bytes).toHaveLength(20_000_000);
  });

  it('fails if the daemon takes nothing in time', () => {
    const transport = connect(kind, 'deaf');
    expect(() => transport.write(Buffer.alloc(30_000_000), 100)).toThrow(
      /^the other end took \d+ of 30000000 bytes within 100 ms$/,
    );
  });

  it('tells that the other end closed, behind the last bytes', () => {
    const transport = connect(kind, 'farewell');
    expect(readBytes(transport, 100)).toEqual({ bytes: Buffer.from('bye'), end: { kind: 'ended' } });
  });

  it('tells that the other end broke the connection', () => {
    const transport = connect(kind, 'rude');
    expect(() => writeOnAndOn(transport, 'x'.repeat(150_000))).toThrow(
      /^the relay process ended.*, and said: the connection broke: (read|write) (ECONNRESET|EPIPE)$/,
    );
  });
});

itWithCertificates('makes a TLS record of each packet, however they come', () => {
  const transport = connect('tls', 'count');
  const sizes = [28, 40, 28, 300, 28, 9000, 4];
  const packets = sizes.map((size) => {
    const packet = Buffer.alloc(size);
    packet.writeUInt32BE(size);
    return packet;
  });
  transport.write(Buffer.concat(packets), LONG);
  const expected = `${sizes.join(' ')} `;
  expect(readBytes(transport, expected.length).bytes.toString()).toBe(expected);
});

describeWithCertificates('a relay that is started from the event loop', () => {
  const openInLoop = async (uri: string, timeoutMs?: number): Promise<Transport> => {
    const opened = await runInLoop(openNetworkTransport(parseRemoteUri(uri), byRelay, bareEnvironment, timeoutMs));
    open.push(opened);
    return opened.transport;
  };

  it.each(['tcp', 'tls'] as const)('works like any other, by %s', async (kind) => {
    const transport = await openInLoop(uriOf(kind, server.ports[kind].echo));
    transport.write(Buffer.from('hello'), LONG);
    expect(readBytes(transport, 5).bytes.toString()).toBe('hello');
  });

  it('leaves the event loop free while it connects', async () => {
    // What listens there for plain connections does not answer a handshake.
    const opening = openInLoop(uriOf('tls', server.ports.tcp.deaf), LONG);
    process.kill(relays()[0]!, 'SIGKILL');
    await expect(opening).rejects.toThrow(/: the relay process (ended|was ended by SIGKILL)/);
  });

  it('fails in the same words', async () => {
    const opening = openInLoop(uriOf('tcp', 1));
    await expect(opening).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_OPEN',
        message: expect.stringContaining('nothing listens at localhost:1; '),
      }),
    );
  });

  it('fails if it says nothing in time', async () => {
    // Ten seconds are added for Node to start.
    const opening = openInLoop(uriOf('tls', server.ports.tcp.deaf), -9990);
    await expect(opening).rejects.toThrow('the relay process said nothing within 0.01 s');
  });
});

describeWithCertificates('a relay that does not connect', () => {
  it.each(['tcp', 'tls'] as const)('fails in the same words as without one, by %s', async (kind) => {
    const refused = parseRemoteUri(uriOf(kind, 1));
    const inProcess = runInLoop(openNetworkTransport(refused, { relay: false }, bareEnvironment));
    const { message } = await inProcess.then(
      () => new Error(),
      (error: Error) => error,
    );
    expect(message).toContain('nothing listens at localhost:1; ');
    expect(() => openUri(refused.text)).toThrow(expect.objectContaining({ code: 'ERR_OPEN', message }));
  });

  it('fails if the daemon is not who it should be, unless that is not verified', () => {
    const stranger = join(folder, 'stranger');
    new CertificateAuthority(stranger, 'Stranger');
    const uri = `test+tls://localhost:${server.ports.tls.echo}/default?pkipath=${stranger}`;
    expect(() => openUri(uri)).toThrow(`of the authority "Authority", which is not in ${stranger}/cacert.pem`);
    expect(openUri(`${uri}&no_verify=1`)).toMatchObject({
      isPrivate: false,
      warnings: [
        `the daemon was not verified (no_verify): whoever answers at localhost:${server.ports.tls.echo} is taken for it`,
      ],
    });
  });

  it('fails within the time', () => {
    // What listens there for plain connections does not answer a handshake.
    const uri = uriOf('tls', server.ports.tcp.deaf);
    expect(() => openUri(uri, 300)).toThrow(`does not go through the TLS handshake within 0.3 s; `);
  });

  it('fails if a file is missing, before anything is started', () => {
    expect(() => openUri('test+tls://localhost/default?pkipath=/nowhere')).toThrow(
      expect.objectContaining({ code: 'ERR_OPEN', message: expect.stringContaining('/nowhere/cacert.pem') }),
    );
    expect(relays()).toEqual([]);
  });

  it.each([
    ['says something else', 'console.log("Welcome!")', 'the relay process says "Welcome!"; is ', LONG],
    ['says half a line', 'process.stdout.write(`{"isConn`)', /the relay process ended.*/, LONG],
    ['says nothing', '', 'the relay process ended, and did not say why', LONG],
    [
      'says too much',
      'process.stdout.write("x".repeat(1e6)); setInterval(() => {}, 1e6)',
      'the relay process says "xxx',
      LONG,
    ],
    ['fails', 'throw new Error("no way")', /the relay process ended.*, and said: .*no way/s, LONG],
    // Ten seconds are added for Node to start.
    ['hangs', 'setInterval(() => {}, 1e6)', 'the relay process said nothing within 0.4 s', -9600],
  ])('fails if the process %s', (_, code, problem, timeoutMs) => {
    expect(() => openOdd(code, timeoutMs)).toThrow(problem);
  });

  it.each([
    [64 * 1024, 'q!'],
    [64 * 1024 + 1, 'the relay process says'],
  ])('takes of a first line 64 KiB: %i bytes', (length, problem) => {
    const outcome = (filling: string) => JSON.stringify({ isConnected: false, problem: `${filling}!` });
    const line = outcome('q'.repeat(length - outcome('').length));
    expect(line).toHaveLength(length);
    expect(() => openOdd(`process.stdout.write(${JSON.stringify(`${line}\n`)})`, LONG)).toThrow(problem);
  });

  /** Opens a connection by a relay whose program is this. */
  function openOdd(code: string, timeoutMs: number): OpenedTransport {
    const file = join(folder, 'relay-program-that-is-odd.js');
    writeFileSync(file, code);
    const replaced = jest.replaceProperty(programFile, 'relayProgramFile', file);
    try {
      return openUri(uriOf('tcp', server.ports.tcp.echo), timeoutMs);
    } finally {
      replaced.restore();
    }
  }
});

describeWithCertificates('the process of a relay', () => {
  it('tells others nothing of what it knows', () => {
    connect('tls', 'echo');
    const [relay] = relays();
    const words = readFileSync(`/proc/${relay}/cmdline`, 'utf8').split('\0');
    expect(words).toEqual([process.execPath, programFile.relayProgramFile, '']);
  });

  it('has none of the options of this one', () => {
    const variables = { NODE_OPTIONS: '--require /nowhere/loader.js' };
    const uri = parseRemoteUri(uriOf('tcp', server.ports.tcp.farewell));
    const opened = runNow(openNetworkTransport(uri, byRelay, { ...bareEnvironment, variables }));
    open.push(opened);
    expect(readBytes(opened.transport, 3).bytes.toString()).toBe('bye');
  });

  it("keeps to this one's settings for TLS all the same", () => {
    const replaced = jest.replaceProperty(tls, 'DEFAULT_MAX_VERSION', 'TLSv1.2');
    try {
      expect(readBytes(connect('tls', 'version'), 7).bytes.toString()).toBe('TLSv1.2');
    } finally {
      replaced.restore();
    }
    expect(readBytes(connect('tls', 'version'), 7).bytes.toString()).toBe('TLSv1.3');
  });

  it.each(['SIGINT', 'SIGHUP'] as const)('goes on at %s, which a terminal sends to it as well', (signal) => {
    const transport = connect('tcp', 'echo');
    process.kill(relays()[0]!, signal);
    transport.write(Buffer.from('hello'), LONG);
    expect(readBytes(transport, 5).bytes.toString()).toBe('hello');
  });

  it('is missed when it is killed', () => {
    const transport = connect('tcp', 'echo');
    process.kill(relays()[0]!, 'SIGKILL');
    const { end } = readBytes(transport, 1);
    expect(end?.kind).toMatch(/^(ended|failed)$/);
    expect(() => writeOnAndOn(transport, 'x')).toThrow(/^the relay process (ended|was ended by SIGKILL)/);
  });

  it('ends when the server is killed', async () => {
    await using doomed = await SocketServer.start();
    const transport = openUri(uriOf('tcp', doomed.ports.tcp.echo)).transport;
    transport.write(Buffer.from('last words'), LONG);
    transport.wait(LONG);
    await doomed.kill();
    expect(readBytes(transport, 100)).toEqual({ bytes: Buffer.from('last words'), end: { kind: 'ended' } });
    await until(() => relays().length === 0);
  });

  it.each(['echo', 'flood', 'deaf'] as const)('does not outlive its parent: connected to %s', async (name) => {
    const program = `
      const { runNow } = ${builtModule('drivers/io/dialogue')};
      const { openNetworkTransport } = ${builtModule('drivers/remote/transport/open-network-transport')};
      const { parseRemoteUri } = ${builtModule('drivers/remote/uri')};
      const uri = parseRemoteUri(process.argv[1]);
      const { transport } = runNow(openNetworkTransport(uri, { relay: true }, { variables: {} }));
      try { transport.write(Buffer.alloc(30_000_000), 100); } catch {}
      console.log('ready');
      setInterval(() => {}, 1e6);
    `;
    const parent = spawn(process.execPath, ['-e', program, uriOf('tcp', server.ports.tcp[name])], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    const relay = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').trim();
    expect(relay).toMatch(/^\d+$/);
    parent.kill('SIGKILL');
    await until(() => !existsSync(`/proc/${relay}`));
  });
});
