import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { runInLoop } from '../../../../lib/drivers/io/dialogue';
import { processEnvironment } from '../../../../lib/drivers/remote/environment';
import { openNetworkTransport } from '../../../../lib/drivers/remote/transport/open-network-transport';
import type { OpenedTransport } from '../../../../lib/drivers/remote/transport/opened-transport';
import { parseRemoteUri } from '../../../../lib/drivers/remote/uri';
import { countDescriptors } from '../../stream/scratch';

const LONG = 10_000;

let server: Server | undefined;
const opened: OpenedTransport[] = [];
afterEach(() => {
  jest.restoreAllMocks();
  for (const { transport } of opened.splice(0)) {
    transport.close();
  }
  server?.close();
});

/** Starts a server that sends back what it gets. */
async function listen(host: string): Promise<number> {
  const listener = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  server = listener;
  await new Promise<void>((resolve) => {
    listener.listen(0, host, resolve);
  });
  return (listener.address() as AddressInfo).port;
}

async function connect(uri: string, timeoutMs?: number): Promise<OpenedTransport> {
  const connection = await runInLoop(
    openNetworkTransport(parseRemoteUri(uri), { relay: false }, processEnvironment(), timeoutMs),
  );
  opened.push(connection);
  return connection;
}

/** What connecting fails with, after the URI. */
async function failure(uri: string, timeoutMs?: number): Promise<string> {
  const error = await connect(uri, timeoutMs).then(
    () => new Error('it was connected'),
    (error: Error) => error,
  );
  expect(error).toMatchObject({ code: 'ERR_OPEN' });
  return error.message.replace(`cannot open ${JSON.stringify(uri)}: `, '');
}

/** Has connecting fail as the system would. */
function failWith(error: Error): void {
  jest.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket) {
    process.nextTick(() => this.destroy(error));
    return this;
  });
}

describe('connecting by TCP', () => {
  it.each([
    ['localhost', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
  ])('reaches %s', async (host, written) => {
    const port = await listen(host);
    const { transport, ...rest } = await connect(`test+tcp://${written}:${port}/default`);
    expect(rest).toEqual({ name: 'test:///default', host, isPrivate: false, warnings: [] });
    transport.write(Buffer.from('hello'), LONG);
    let received = '';
    await new Promise<void>((resolve) => {
      transport.watch((reading) => {
        received += reading.kind === 'bytes' ? Buffer.from(reading.bytes).toString() : reading.kind;
        if (received.length >= 5) {
          resolve();
        }
      });
    });
    expect(received).toBe('hello');
  });

  it('goes to this machine and the port 16509 if the URI names none', async () => {
    const spy = jest.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket) {
      process.nextTick(() => this.destroy(new Error('no')));
      return this;
    });
    expect(await failure('qemu+tcp:///system')).toBe('localhost:16509 cannot be connected to: no');
    expect(spy).toHaveBeenCalledWith({ host: 'localhost', port: 16_509 });
  });

  it('says how to start what listens, if nothing does', async () => {
    const port = await listen('localhost');
    server?.close();
    const problem = await failure(`qemu+tcp://localhost:${port}/system`);
    expect(problem).toMatch(
      new RegExp(`^nothing listens at localhost:${port}; .*virtproxyd-tcp\\.socket.*listen_tcp = 1`),
    );
  });

  it('says so if the name is not known', async () => {
    expect(await failure('qemu+tcp://nowhere.invalid/system')).toMatch(
      /^the host name "nowhere\.invalid" (is not known|cannot be looked up now); check /,
    );
  });

  it.each([
    ['EAI_AGAIN', 'the host name "::1" cannot be looked up now; '],
    ['ETIMEDOUT', '[::1]:7 does not answer; '],
    ['EHOSTUNREACH', '[::1]:7 cannot be reached from this machine (EHOSTUNREACH); '],
    ['ENETUNREACH', '[::1]:7 cannot be reached from this machine (ENETUNREACH); '],
    ['EACCES', '[::1]:7 cannot be connected to: connect EACCES'],
  ])('says what is wrong if the system says %s', async (code, problem) => {
    failWith(Object.assign(new Error(`connect ${code}`), { code }));
    expect(await failure('qemu+tcp://[::1]:7/system')).toContain(problem);
  });

  it('says what is wrong with a name whose addresses all fail', async () => {
    const errors = ['EACCES', 'EPERM'].map((code) => Object.assign(new Error(`connect ${code}`), { code }));
    failWith(Object.assign(new AggregateError(errors), { code: 'EACCES' }));
    expect(await failure('qemu+tcp://localhost:7/system')).toBe('localhost:7 cannot be connected to: EACCES');
  });

  it('gives up when the time is over', async () => {
    jest.spyOn(Socket.prototype, 'connect').mockReturnThis();
    expect(await failure('qemu+tcp://localhost:7/system', 50)).toContain('localhost:7 does not answer within 0.05 s; ');
  });

  it.each(['%20', "a'b", '$(id)', 'x'.repeat(300), '..', '%C3%A4.invalid', '-h'])(
    'fails in good order with the odd host %s',
    async (host) => {
      expect(await failure(`qemu+tcp://${host}:7/system`)).not.toBe('it was connected');
    },
  );

  it('leaves no descriptor open if it fails', async () => {
    const port = await listen('localhost');
    server?.close();
    await failure(`qemu+tcp://localhost:${port}/system`);
    const before = countDescriptors();
    for (let i = 0; i < 5; i += 1) {
      await failure(`qemu+tcp://localhost:${port}/system`);
    }
    expect(countDescriptors()).toBeLessThanOrEqual(before);
  });
});
