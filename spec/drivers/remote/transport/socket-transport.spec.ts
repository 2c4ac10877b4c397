import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Reading } from '../../../../lib/drivers/io/byte-source';
import { TimeLimit } from '../../../../lib/drivers/io/time-limit';
import { SocketTransport } from '../../../../lib/drivers/remote/transport/socket-transport';
import { LONG, readBytes, timeOf, turns, until, writeOnAndOn } from '../../io/exercise';
import { testTransport, tryMixtures } from '../../io/transport-contract';
import { countDescriptors } from '../../stream/scratch';
import { type ServerName, SocketServer } from './serve-sockets';

let server: SocketServer;
beforeAll(async () => {
  server = await SocketServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const open: SocketTransport[] = [];
afterEach(closeAll);

function closeAll(): void {
  for (const transport of open.splice(0)) {
    transport.close();
  }
}

type Connect = (name: ServerName, to?: SocketServer) => Promise<SocketTransport>;

const connectByPath: Connect = async (name, to = server) => kept(SocketTransport.toPath(to.path(name)));

const connectByPort: Connect = async (name, to = server) =>
  kept(await SocketTransport.toAddress({ host: '127.0.0.1', port: to.ports.tcp[name] }, new TimeLimit(LONG)));

const worlds: [string, Connect][] = [
  ['a unix socket', connectByPath],
  ['TCP', connectByPort],
];

function kept(transport: SocketTransport): SocketTransport {
  open.push(transport);
  return transport;
}

/** More than any socket takes without being read. */
const tooMuch = Buffer.alloc(30_000_000);

describe.each(worlds)('a connection by %s', (_, connect) => {
  testTransport(connect);

  it('writes nothing if there is nothing to write', async () => {
    const transport = await connect('echo');
    transport.write(new Uint8Array(0), LONG);
    transport.write(Buffer.from('x'), LONG);
    expect(readBytes(transport, 1).bytes.toString()).toBe('x');
  });

  it('waits for the whole time if nothing comes', async () => {
    const transport = await connect('echo');
    expect(timeOf(() => transport.wait(100))).toBeGreaterThanOrEqual(95);
  });

  it.each([
    ['before it has had a turn of the event loop', 0],
    ['after it has had turns of the event loop', 3],
  ])('leaves the bytes alone if watching ended at once, %s', async (__, count) => {
    const transport = await connect('echo');
    await turns(count);
    const take = jest.fn();
    transport.watch(take);
    transport.unwatch();
    transport.write(Buffer.from('hello'), LONG);
    transport.wait(LONG);
    await turns(5);
    expect(take).not.toHaveBeenCalled();
    expect(readBytes(transport, 5).bytes.toString()).toBe('hello');
  });

  it('keeps the order of the bytes in any mixture of both worlds', async () => {
    await tryMixtures(
      async () => {
        closeAll();
        return connect('echo');
      },
      16_509,
      100,
    );
  });
});

describe.each(worlds)('writing much at once by %s', (_, connect) => {
  it('fails if the other end does not take it in time, and says how much it took', async () => {
    const transport = await connect('deaf');
    const write = () => transport.write(tooMuch, 50);
    const problem = /^the other end took \d+ of 30000000 bytes within 50 ms$/;
    expect(timeOf(() => expect(write).toThrow(problem))).toBeLessThan(5000);
  });

  it('needs no time if it fits', async () => {
    (await connect('deaf')).write(Buffer.alloc(1000), 0);
  });
});

describe.each(worlds)('the end of a connection by %s', (_, connect) => {
  it('does not take back the bytes that came before if the process at the other end is killed', async () => {
    await using doomed = await SocketServer.start();
    const transport = await connect('echo', doomed);
    transport.write(Buffer.from('last words'), LONG);
    transport.wait(LONG);
    await doomed.kill();
    expect(readBytes(transport, 100)).toEqual({ bytes: Buffer.from('last words'), end: { kind: 'ended' } });
    expect(() => writeOnAndOn(transport)).toThrow('EPIPE');
  });

  it('is found out by writing', async () => {
    await using doomed = await SocketServer.start();
    const transport = await connect('deaf', doomed);
    await turns(3);
    expect(() => transport.write(tooMuch, 1)).toThrow('the other end took');
    await doomed.kill();
    expect(() => writeOnAndOn(transport)).toThrow(/EPIPE|ECONNRESET/);
  });

  it('is a failure if the other end threw away what was written', async () => {
    const transport = await connect('rude');
    transport.write(Buffer.alloc(150_000), LONG);
    const { end } = readBytes(transport, 1);
    expect(end).toMatchObject({ kind: 'failed', error: { code: 'ECONNRESET' } });
    expect(transport.read()).toEqual(end);
  });

  it('is a failure in the event loop, too', async () => {
    const transport = await connect('rude');
    const readings: Reading[] = [];
    transport.write(Buffer.alloc(150_000), LONG);
    transport.watch((reading) => readings.push(reading));
    await until(() => readings.length > 0);
    expect(readings).toEqual([{ kind: 'failed', error: expect.objectContaining({ code: 'ECONNRESET' }) }]);
    expect(transport.read()).toEqual(readings[0]);
    transport.wait(LONG);
    expect(() => transport.write(Buffer.from('x'), LONG)).toThrow('ECONNRESET');
  });
});

describe('connecting to a unix socket, and closing', () => {
  const connect = connectByPath;

  it('fails at once if nobody listens', async () => {
    await using gone = await SocketServer.start();
    await gone.kill();
    expect(() => SocketTransport.toPath(gone.path('echo'))).toThrow(expect.objectContaining({ code: 'ENOTCONN' }));
    await nextTurn();
  });

  it.each([
    [
      'the runtime does not tell the descriptor',
      {},
      /^this runtime does not tell the descriptor of a socket \(Node\.js v/,
    ],
    ['there is no descriptor left', { fd: -1 }, /^no descriptor could be had; too many files may be open/],
  ])('fails at once if %s', (_, handle, problem) => {
    const spy = jest.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket) {
      return Object.assign(this, { _handle: { close: () => {}, unref: () => {}, ...handle } });
    });
    try {
      expect(() => SocketTransport.toPath(server.path('echo'))).toThrow(problem);
      expect(spy.mock.contexts[0]).toMatchObject({ destroyed: true });
    } finally {
      spy.mockRestore();
    }
  });

  it('leaves no descriptor open, whether it fails or not, with and without the event loop', async () => {
    await nextTurn();
    const before = countDescriptors();
    for (let i = 0; i < 20; i += 1) {
      expect(() => SocketTransport.toPath(`${server.folder}/missing`)).toThrow('ENOTCONN');
      SocketTransport.toPath(server.path('echo')).close();
      const watched = SocketTransport.toPath(server.path('farewell'));
      watched.watch(() => {});
      if (i % 2 === 0) {
        await nextTurn();
      }
      watched.close();
    }
    expect(countDescriptors()).toBe(before);
    await nextTurn();
    expect(countDescriptors()).toBe(before);
  });

  it('tells nothing more once it is closed', async () => {
    const transport = await connect('farewell');
    const take = jest.fn();
    transport.watch(take);
    transport.wait(LONG);
    transport.close();
    await turns(3);
    expect(take).not.toHaveBeenCalled();
    expect(transport.read()).toMatchObject({ kind: 'failed' });
    expect(() => transport.write(Buffer.from('x'), LONG)).toThrow('the connection was closed');
  });
});
