import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, nkeys } from '@nats-io/transport-node';
import { runInLoop, runNow } from '../../lib/drivers/io/dialogue';
import { TimeLimit } from '../../lib/drivers/io/time-limit';
import { HubClient } from '../../lib/nats/hub-client';
import { HubError } from '../../lib/nats/hub-error';
import type { HubJob } from '../../lib/nats/protocol';
import '../support/built';
import { CertificateAuthority, itWithCertificates } from '../support/certificates';
import { childProcesses } from '../support/child-processes';
import { freePort } from '../support/free-port';
import { describeNats, NatsServer } from '../support/nats-server';
import { thrownBy } from '../support/thrown-by';

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** How to connect to a server, without being anybody. */
function jobFor(server: NatsServer): Omit<HubJob, 'folders'> {
  return {
    servers: [server.address],
    tls: false,
    files: {},
    options: {},
    inbox: undefined,
    domain: undefined,
    name: 'spec',
    timeoutMs: 5000,
  };
}

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
  const job = (more: Partial<HubJob> = {}) => ({ ...jobFor(server), ...more });
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
      subjects: ['virdeliver.>'],
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
    const shouldBe = `the login file ${login} must hold {"user": "…", "password": "…"} or {"token": "…"}`;
    expect(problem({ files: { login } }).message).toBe(shouldBe);
    writeFileSync(login, '{"password": "s3cret');
    expect(problem({ files: { login } }).message).toBe(`the login file ${login} is not JSON`);
    for (const name of ['creds', 'nkey', 'login', 'ca'] as const) {
      const { message } = problem({ files: { [name]: '/nowhere/x' } });
      expect(message).toContain(`the file of ${name} can't be read: ENOENT`);
    }
  });
});

describeNats('who a program is to a hub', () => {
  const servers: NatsServer[] = [];
  const start = async (settings: (folder: string) => readonly string[]) => {
    const server = await NatsServer.start({ settings });
    servers.push(server);
    return server;
  };
  const connectsTo = (server: NatsServer, more: Partial<HubJob>) => {
    runNow(HubClient.connect({ ...jobFor(server), ...more })).close();
  };
  const refusal = (server: NatsServer, more: Partial<HubJob>) =>
    thrownBy<HubError>(() => connectsTo(server, more)).message;
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      await server.stop();
    }
  });

  it('is said by a token, from an option or a file', async () => {
    const server = await start(() => ['authorization { token: s3cret }']);
    const login = join(server.folder, 'login.json');
    writeFileSync(login, '{"token":"s3cret"}');
    connectsTo(server, { options: { token: 's3cret' } });
    connectsTo(server, { files: { login } });
    for (const options of [{}, { token: 'other' }]) {
      expect(refusal(server, { options })).toMatch(/authorization violation/i);
    }
  });

  it('is said by an nkey, from an option or a file, which is read anew each time', async () => {
    const [user, other] = [nkeys.createUser(), nkeys.createUser()];
    const seed = (pair: typeof user) => Buffer.from(pair.getSeed()).toString();
    const server = await start(() => [`authorization { users: [{ nkey: ${user.getPublicKey()} }] }`]);
    const nkey = join(server.folder, 'seed');
    writeFileSync(nkey, `${seed(user)}\n`);
    connectsTo(server, { options: { nkey: seed(user) } });
    connectsTo(server, { files: { nkey } });
    writeFileSync(nkey, seed(other));
    expect(refusal(server, { files: { nkey } })).toMatch(/authorization violation/i);
  });

  it('is said by a credentials file, or what it holds', async () => {
    const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
    const any = -1;
    const limits = {
      subs: any,
      data: any,
      payload: any,
      imports: any,
      exports: any,
      wildcards: true,
      conn: any,
      leaf: any,
    };
    const operatorJwt = jwt(operator, operator, { type: 'operator' });
    const accountJwt = jwt(account, operator, { type: 'account', limits });
    const system = nkeys.createAccount();
    const systemJwt = jwt(system, operator, { type: 'account', limits });
    const userJwt = jwt(user, account, { type: 'user', pub: {}, sub: {}, subs: any, data: any, payload: any });
    const creds =
      `-----BEGIN NATS USER JWT-----\n${userJwt}\n------END NATS USER JWT------\n\n` +
      `-----BEGIN USER NKEY SEED-----\n${Buffer.from(user.getSeed())}\n------END USER NKEY SEED------\n`;
    const server = await start(() => [
      `operator: ${operatorJwt}`,
      'resolver: MEMORY',
      `system_account: ${system.getPublicKey()}`,
      `resolver_preload: { ${account.getPublicKey()}: ${accountJwt}, ${system.getPublicKey()}: ${systemJwt} }`,
    ]);
    const file = join(server.folder, 'user.creds');
    writeFileSync(file, creds);
    connectsTo(server, { files: { creds: file } });
    connectsTo(server, { options: { creds } });
    expect(refusal(server, {})).toMatch(/authorization violation/i);
  });

  itWithCertificates('is said by a certificate, and only a server is trusted whose authority is known', async () => {
    const server = await start((folder) => {
      const authority = new CertificateAuthority(join(folder, 'authority'));
      const own = authority.issue('server', join(folder, 'server'));
      authority.issue('client', join(folder, 'client'));
      const files = `cert_file: "${own}/servercert.pem", key_file: "${own}/serverkey.pem", ca_file: "${own}/cacert.pem"`;
      return [`tls { ${files}, verify: true }`];
    });
    const file = (name: string) => join(server.folder, 'client', name);
    const files = { ca: file('cacert.pem'), cert: file('clientcert.pem'), key: file('clientkey.pem') };
    const read = (path: string) => readFileSync(path, 'utf8');
    connectsTo(server, { tls: true, files });
    const options = { ca: read(files.ca), cert: read(files.cert), key: read(files.key) };
    connectsTo(server, { tls: true, options });
    expect(refusal(server, { tls: true, files: { ca: files.ca }, timeoutMs: 1000 })).not.toBe('');
    expect(refusal(server, { tls: true, files: { cert: files.cert, key: files.key } })).toMatch(/certificate/);
  });

  it('stays with itself where encryption is asked for, and the server has none', async () => {
    const server = await start(() => []);
    expect(refusal(server, { tls: true })).toMatch(/tls/i);
  });
});

/** A claim about one pair of keys, signed by another. */
function jwt(subject: KeyPair, issuer: KeyPair, nats: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { jti: 'a', iat: 1_700_000_000, iss: issuer.getPublicKey(), name: 'a', sub: subject.getPublicKey() };
  const text = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode({ ...claims, nats: { version: 2, ...nats } })}`;
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString('base64url')}`;
}
