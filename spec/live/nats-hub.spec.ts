import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { runInLoop, runNow } from '../../lib/drivers/io/dialogue';
import { TimeLimit } from '../../lib/drivers/io/time-limit';
import { HubClient } from '../../lib/nats/hub-client';
import { HubError } from '../../lib/nats/hub-error';
import type { HubJob } from '../../lib/nats/protocol';
import '../support/built';
import { childProcesses } from '../support/child-processes';
import { freePort } from '../support/free-port';
import { describeNats, NatsServer } from '../support/nats-server';
import { thrownBy } from '../support/thrown-by';

const children = () => childProcesses('hub-program');

/** Waits until no child is left: the system takes a moment to end one. */
async function untilChildless(): Promise<void> {
  for (const limit = new TimeLimit(5000); children().length > 0 && limit.left > 0; ) {
    await pause(5);
  }
  expect(children()).toEqual([]);
}

describeNats("The hub's client", () => {
  let server: NatsServer;
  const open: HubClient[] = [];
  const job = (more: Partial<HubJob> = {}): Omit<HubJob, 'folders'> => ({
    servers: [server.address],
    tls: false,
    files: {},
    options: {},
    inbox: undefined,
    domain: undefined,
    name: 'spec',
    timeoutMs: 5000,
    ...more,
  });
  const start = (more?: Partial<HubJob>) => {
    const client = runNow(HubClient.connect(job(more)));
    open.push(client);
    return client;
  };
  const problem = (more: Partial<HubJob>) => thrownBy(() => start(more)) as HubError;
  /** The next thing that the child says by itself. */
  const news = (client: HubClient) => {
    const limit = new TimeLimit(20_000);
    for (let next = client.next(); limit.left > 0; next = client.next()) {
      if (next !== undefined) {
        return next.notice;
      }
      client.wait(limit.left);
    }
    throw new Error('the child says nothing');
  };

  beforeAll(async () => {
    server = await NatsServer.start();
    const connection = await connect({ servers: server.address });
    await (await jetstreamManager(connection)).streams.add({ name: 'EVENTS', subjects: ['virdeliver.>'] });
    await connection.close();
  });
  afterEach(() => {
    for (const client of open.splice(0)) {
      client.close();
    }
  });
  afterAll(() => server.stop());

  it('connects and finds a stream, without a turn of the event loop', () => {
    const client = start();
    expect(client.server).toEqual({ version: expect.stringMatching(/^2\./), maxPayload: 1_048_576 });
    expect(runNow(client.ask('stream', { stream: 'EVENTS' }))).toEqual({
      created: expect.stringMatching(/^20\d\d-.*Z$/),
      first: expect.any(Number),
      last: 0,
      isDirect: false,
    });
  });

  it('does so in the event loop, too', async () => {
    const client = await runInLoop(HubClient.connect(job()));
    open.push(client);
    expect(await runInLoop(client.ask('stream', { stream: 'EVENTS' }))).toMatchObject({ last: 0 });
  });

  it('says that there is no such stream', () => {
    const client = start();
    const error = thrownBy(() => runNow(client.ask('stream', { stream: 'OTHER' }))) as HubError;
    expect(error).toBeInstanceOf(HubError);
    expect(error).toMatchObject({ kind: 'absent', message: 'stream not found' });
  });

  it('says why it cannot connect, and leaves no child behind', async () => {
    const error = problem({ servers: [`127.0.0.1:${await freePort()}`] });
    expect(error).toBeInstanceOf(HubError);
    expect(error).toMatchObject({ kind: 'gone', message: expect.stringContaining('connection refused') });
    await untilChildless();
  });

  it('tells when the server goes away, and when it is back', async () => {
    const client = start();
    await server.kill();
    expect(news(client)).toEqual({ notice: 'disconnected', problem: `the server ${server.address} is gone` });
    await server.restart();
    expect(news(client)).toEqual({ notice: 'connected' });
    expect(runNow(client.ask('stream', { stream: 'EVENTS' }))).toMatchObject({ last: 0 });
  });

  it('says when its child was killed, to who asks and to who waits', () => {
    const client = start();
    const [child] = children();
    process.kill(Number(child), 'SIGKILL');
    expect(() => news(client)).toThrow('the NATS client process has ended, and did not say why');
    expect(() => runNow(client.ask('stream', { stream: 'EVENTS' }))).toThrow('the NATS client process');
  });

  it('ends its child with it', async () => {
    start().close();
    await untilChildless();
  });

  it('says which files cannot be read, and does not show what they hold', () => {
    const login = join(server.folder, 'login.json');
    writeFileSync(login, '{"pasword": "s3cret"}');
    const shouldBe = `the file ${login} of login must hold {"user": "…", "password": "…"} or {"token": "…"}`;
    expect(problem({ files: { login } }).message).toBe(shouldBe);
    writeFileSync(login, '{"password": "s3cret');
    expect(problem({ files: { login } }).message).toBe(`the file ${login} of login is no JSON`);
    for (const name of ['creds', 'nkey', 'login', 'ca'] as const) {
      const { message } = problem({ files: { [name]: '/nowhere/x' } });
      expect(message).toContain(`the file of ${name} can't be read: ENOENT`);
    }
  });
});
