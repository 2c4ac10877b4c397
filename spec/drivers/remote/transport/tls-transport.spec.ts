import { createHash, randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { Reading } from '../../../../lib/drivers/io/byte-source';
import { TimeLimit } from '../../../../lib/drivers/io/time-limit';
import { dialTls } from '../../../../lib/drivers/remote/transport/dial-tls';
import type { TlsTarget } from '../../../../lib/drivers/remote/transport/tls-target';
import { TlsTransport } from '../../../../lib/drivers/remote/transport/tls-transport';
import { builtModule } from '../../../support/built';
import { CertificateAuthority, describeWithCertificates, itWithCertificates } from '../../../support/certificates';
import { often } from '../../../support/often';
import { run } from '../../../support/run-program';
import { LONG, readBytesInLoop, timeOf, until } from '../../io/exercise';
import { type ServerName, SocketServer } from './serve-sockets';

let server: SocketServer;
const folder = mkdtempSync(join(tmpdir(), 'virdeliver-tls-'));
beforeAll(async () => {
  const authority = new CertificateAuthority(join(folder, 'authority'));
  server = await SocketServer.start((place) => authority.issue('server', place));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const open: TlsTransport[] = [];
afterEach(() => {
  for (const transport of open.splice(0)) {
    transport.close();
  }
});

function targetOf(name: ServerName): TlsTarget {
  return {
    host: '127.0.0.1',
    port: server.ports.tls[name],
    authorities: undefined,
    revocations: undefined,
    client: { pairs: [], description: 'no certificate' },
    settings: {},
  };
}

async function connect(name: ServerName): Promise<TlsTransport> {
  const transport = new TlsTransport(await dialTls(targetOf(name), new TimeLimit(LONG)));
  open.push(transport);
  return transport;
}

describeWithCertificates('a connection by TLS', () => {
  it('keeps what is to be sent until more than 1 MiB waits', async () => {
    const transport = await connect('echo');
    // While no turn is left to the event loop, nothing but the first piece goes out.
    for (let pieces = 0; pieces < 6; pieces += 1) {
      transport.write(Buffer.alloc(256 * 1024));
    }
    expect(() => transport.write(Buffer.of(1))).toThrow('the other end does not take what is sent; 1310720 bytes wait');
  });

  it('needs the event loop, which it says', async () => {
    const transport = await connect('echo');
    expect(transport.isSilentWhileBlocked).toBe(true);
    transport.write(Buffer.from('hello'));
    transport.wait(100);
    expect(transport.read()).toEqual({ kind: 'nothing' });
    expect((await readBytesInLoop(transport, 5)).bytes.toString()).toBe('hello');
  });

  it('waits for the whole time if nothing has come, and not at all if something has', async () => {
    const transport = await connect('echo');
    expect(timeOf(() => transport.wait(100))).toBeGreaterThanOrEqual(95);
    transport.write(Buffer.from('x'));
    let waited = LONG;
    await until(() => {
      waited = timeOf(() => transport.wait(20));
      return waited < 10;
    });
    expect(transport.read()).toMatchObject({ kind: 'bytes' });
  });

  it('keeps what is written, and not the memory that it was written from', async () => {
    const transport = await connect('echo');
    const bytes = Buffer.from('hello');
    transport.write(bytes);
    bytes.fill('!');
    expect((await readBytesInLoop(transport, 5)).bytes.toString()).toBe('hello');
  });

  it('makes a record of each write, however many there are at once', async () => {
    const transport = await connect('count');
    const sizes = [28, 40, 28, 300, 28, 9000, 4];
    for (const size of sizes) {
      transport.write(Buffer.alloc(size));
    }
    const expected = `${sizes.join(' ')} `;
    expect((await readBytesInLoop(transport, expected.length)).bytes.toString()).toBe(expected);
  });

  it('hands over what comes while it is watched, with what has come before', async () => {
    const transport = await connect('echo');
    transport.write(Buffer.from('one'));
    await until(() => timeOf(() => transport.wait(20)) < 10);
    const taken: string[] = [];
    expect(transport.watch((reading) => taken.push(textOf(reading)))).toBe(true);
    expect(taken).toEqual([]);
    await until(() => taken.length === 1);
    transport.write(Buffer.from('two'));
    await until(() => taken.length === 2);
    transport.unwatch();
    transport.write(Buffer.from('three'));
    expect((await readBytesInLoop(transport, 5)).bytes.toString()).toBe('three');
    expect(taken).toEqual(['one', 'two']);
  });

  it('reads no more ahead than a little', async () => {
    const transport = await connect('flood');
    await pause(200);
    let reading = transport.read();
    while (reading.kind === 'nothing') {
      await pause(10);
      reading = transport.read();
    }
    const read = (reading as { bytes: Uint8Array }).bytes.length;
    expect(read).toBeLessThan(500_000);
    expect((await readBytesInLoop(transport, 20_000_000 - read)).bytes).toHaveLength(20_000_000 - read);
  });

  it('sends much to a slow reader, without blocking', async () => {
    const transport = await connect('slow');
    const message = randomFillSync(Buffer.alloc(4 + 3_000_000));
    message.writeUInt32BE(3_000_000);
    transport.write(message);
    const digest = createHash('sha256').update(message).digest('hex');
    expect((await readBytesInLoop(transport, 64)).bytes.toString()).toBe(digest);
  });

  it('keeps the order of the bytes however they are read', async () => {
    const step = fc.oneof(
      fc.constantFrom('read', 'watch', 'unwatch', 'turn', 'turn', 'turn'),
      fc.integer({ min: 1, max: 40_000 }),
    );
    const source = randomFillSync(Buffer.alloc(4_000_000));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const transport = await connect('echo');
        let isWatched = false;
        let written = 0;
        const received: Buffer[] = [];
        const take = (reading: Reading) => {
          if (reading.kind === 'bytes') {
            received.push(Buffer.from(reading.bytes));
          }
        };
        for (const step of steps) {
          if (typeof step === 'number') {
            transport.write(source.subarray(written, written + step));
            written += step;
          } else if (step === 'read') {
            take(transport.read());
          } else if (step === 'watch') {
            isWatched = true;
            transport.watch((reading) => {
              expect(isWatched).toBe(true);
              take(reading);
            });
          } else if (step === 'unwatch') {
            isWatched = false;
            transport.unwatch();
          } else {
            await nextTurn();
          }
        }
        transport.unwatch();
        received.push((await readBytesInLoop(transport, written - Buffer.concat(received).length)).bytes);
        transport.close();
        expect(Buffer.concat(received).equals(source.subarray(0, written))).toBe(true);
      }),
      { seed: 16_514, numRuns: often(50) },
    );
  });
});

describeWithCertificates('the end of a connection by TLS', () => {
  it('comes after the last bytes, and stays', async () => {
    const transport = await connect('farewell');
    expect(await readBytesInLoop(transport, 100)).toEqual({ bytes: Buffer.from('bye'), end: { kind: 'ended' } });
    expect(transport.read()).toEqual({ kind: 'ended' });
    expect(timeOf(() => transport.wait(LONG))).toBeLessThan(5000);
    expect(transport.watch(() => {})).toBe(false);
    expect(() => transport.write(Buffer.from('x'))).toThrow('the connection was closed');
  });

  it('is told once in the event loop, and by reading from then on', async () => {
    const transport = await connect('farewell');
    const taken: string[] = [];
    transport.watch((reading) => taken.push(textOf(reading)));
    await until(() => taken.includes('ended'));
    transport.watch((reading) => taken.push(textOf(reading)));
    await pause(20);
    expect(taken).toEqual(['bye', 'ended']);
    expect(transport.read()).toEqual({ kind: 'ended' });
  });

  it('is a failure if the other end breaks it off', async () => {
    const transport = await connect('rude');
    transport.write(Buffer.alloc(1_000_000));
    const taken: Reading[] = [];
    transport.watch((reading) => taken.push(reading));
    await until(() => taken.length > 0);
    expect(taken).toEqual([
      { kind: 'failed', error: expect.objectContaining({ code: expect.stringMatching(/ECONNRESET|EPIPE/) }) },
    ]);
    expect(transport.read()).toEqual(taken[0]);
    expect(() => transport.write(Buffer.from('x'))).toThrow((taken[0] as { error: Error }).error);
  });

  it('leaves the bytes that came before a failure', async () => {
    const socket = await dialTls(targetOf('farewell'), new TimeLimit(LONG));
    const transport = new TlsTransport(socket);
    await until(() => socket.readableLength > 0);
    const error = new Error('it broke');
    socket.destroy(error);
    await pause(20);
    expect(await readBytesInLoop(transport, 100)).toEqual({
      bytes: Buffer.from('bye'),
      end: { kind: 'failed', error },
    });
  });

  it('tells nothing more once it is closed', async () => {
    const transport = await connect('farewell');
    const take = jest.fn();
    transport.watch(take);
    transport.close();
    await pause(20);
    expect(take).not.toHaveBeenCalled();
    expect(() => transport.write(Buffer.from('x'))).toThrow('the connection was closed');
  });
});

itWithCertificates('does not keep the process alive', async () => {
  const program = `
    const { dialTls } = ${builtModule('drivers/remote/transport/dial-tls')};
    const { TimeLimit } = ${builtModule('drivers/io/time-limit')};
    const { TlsTransport } = ${builtModule('drivers/remote/transport/tls-transport')};
    dialTls(${JSON.stringify(targetOf('echo'))}, new TimeLimit(10_000)).then((socket) => {
      new TlsTransport(socket).watch(() => {});
      console.log('connected');
    });
  `;
  expect(await run(process.execPath, ['-e', program])).toMatchObject({ status: 0, stdout: 'connected\n' });
});

function textOf(reading: Reading): string {
  return reading.kind === 'bytes' ? Buffer.from(reading.bytes).toString() : reading.kind;
}
