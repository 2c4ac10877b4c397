import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { runInLoop } from '../../../../lib/drivers/io/dialogue';
import { openNetworkTransport } from '../../../../lib/drivers/remote/transport/open-network-transport';
import type { OpenedTransport } from '../../../../lib/drivers/remote/transport/opened-transport';
import { parseRemoteUri } from '../../../../lib/drivers/remote/uri';
import { CertificateAuthority, describeWithCertificates, itWithCertificates } from '../../../support/certificates';
import { bareEnvironment } from '../../io/exercise';
import { countDescriptors } from '../../stream/scratch';

const folder = mkdtempSync(join(tmpdir(), 'virdeliver-tls-'));
let authority: CertificateAuthority;
let stranger: CertificateAuthority;
const pki = (name: string) => join(folder, name);

beforeAll(() => {
  authority = new CertificateAuthority(join(folder, 'authority'));
  stranger = new CertificateAuthority(join(folder, 'stranger'), 'Stranger');
  authority.issue('server', pki('server'));
  authority.issue('client', pki('client'));
  stranger.trust(stranger.issue('server', pki('strange server')));
});

let server: Server | undefined;
const sockets = new Set<Socket>();
const opened: OpenedTransport[] = [];
afterEach(() => {
  for (const { transport } of opened.splice(0)) {
    transport.close();
  }
  for (const socket of sockets) {
    socket.destroy();
  }
  server?.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function listen(listener: Server, host = 'localhost'): Promise<number> {
  server = listener;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, host, resolve);
  });
  return (listener.address() as AddressInfo).port;
}

/** Starts a server with the certificate in a folder; by default it accepts the client and sends back what it gets. */
function serve(
  certificates: string,
  behave: (socket: TLSSocket) => void = acceptAndEcho,
  host?: string,
): Promise<number> {
  const cert = readFileSync(join(certificates, 'servercert.pem'));
  const key = readFileSync(join(certificates, 'serverkey.pem'));
  const ca = readFileSync(join(folder, 'authority', 'cacert.pem'));
  const listener = createTlsServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false }, (socket) => {
    socket.on('error', () => {});
    behave(socket);
  });
  return listen(listener, host);
}

function acceptAndEcho(socket: TLSSocket): void {
  socket.write(Buffer.of(1));
  socket.pipe(socket);
}

interface Connecting {
  /** The folder of the client's files. */
  readonly client?: string;
  readonly host?: string;
  readonly query?: string;
  readonly timeoutMs?: number;
}

async function connect(port: number, connecting: Connecting = {}): Promise<OpenedTransport> {
  const { client = 'client', host = 'localhost', query = '', timeoutMs } = connecting;
  const uri = parseRemoteUri(`test+tls://${host}:${port}/default?pkipath=${encodeURIComponent(pki(client))}${query}`);
  const transport = await runInLoop(openNetworkTransport(uri, { relay: false }, bareEnvironment, timeoutMs));
  opened.push(transport);
  return transport;
}

/** What connecting fails with. */
async function failure(port: number, connecting?: Connecting): Promise<string> {
  const error = await connect(port, connecting).then(
    () => new Error('it was connected'),
    (error: Error) => error,
  );
  expect(error).toMatchObject({ code: 'ERR_OPEN' });
  return error.message;
}

/** Writes, and reads as much as it wrote. */
async function echo({ transport }: OpenedTransport, text: string): Promise<string> {
  transport.write(Buffer.from(text), 0);
  let received = '';
  await new Promise<void>((resolve) => {
    transport.watch((reading) => {
      received += reading.kind === 'bytes' ? Buffer.from(reading.bytes).toString() : reading.kind;
      if (received.length >= text.length) {
        resolve();
      }
    });
  });
  return received;
}

describeWithCertificates('connecting by TLS', () => {
  it('gives a private connection, with what the daemon is asked for and its host', async () => {
    const connection = await connect(await serve(pki('server')));
    expect(connection).toMatchObject({ name: 'test:///default', host: 'localhost', isPrivate: true, warnings: [] });
    expect(await echo(connection, 'hello')).toBe('hello');
  });

  it.each(['127.0.0.1', '[::1]'])('takes an address that the certificate is for: %s', async (host) => {
    let name: string | false | null = null;
    const port = await serve(
      pki('server'),
      (socket) => {
        name = (socket as TLSSocket & { servername: string | false }).servername;
        acceptAndEcho(socket);
      },
      host.replaceAll(/[[\]]/g, ''),
    );
    expect(await echo(await connect(port, { host }), 'hello')).toBe('hello');
    expect(name).toBe(false);
  });

  it('tells the server the host name, and shows it the certificate', async () => {
    let seen: unknown;
    const port = await serve(pki('server'), (socket) => {
      seen = [(socket as TLSSocket & { servername: string }).servername, socket.getPeerCertificate().subject.CN];
      acceptAndEcho(socket);
    });
    await connect(port);
    expect(seen).toEqual(['localhost', 'a client of Authority']);
  });

  it('leaves what comes behind the byte of acceptance to the transport', async () => {
    const port = await serve(pki('server'), (socket) => socket.end(Buffer.from('\x01all the rest')));
    const { transport } = await connect(port);
    const readings: string[] = [];
    await new Promise<void>((resolve) => {
      transport.watch((reading) => {
        readings.push(reading.kind === 'bytes' ? Buffer.from(reading.bytes).toString() : reading.kind);
        if (reading.kind !== 'bytes') {
          resolve();
        }
      });
    });
    expect(readings).toEqual(['all the rest', 'ended']);
  });
});

describeWithCertificates('a daemon that is not who it should be', () => {
  it.each([
    [
      'another host',
      { hosts: ['elsewhere', '10.0.0.1'] },
      "the daemon's certificate is not for localhost, but for elsewhere, 10.0.0.1; use one of the names that it is for",
    ],
    [
      'a time that is over',
      { valid: 'formerly' as const },
      "the daemon's certificate expired on Dec 31 23:59:59 2020 GMT; it must be issued anew",
    ],
    [
      'a time to come',
      { valid: 'later' as const },
      "the daemon's certificate is not valid before Jan  1 00:00:00 2090 GMT; check the clocks of both machines",
    ],
  ])('is found out if its certificate is for %s', async (_, options, problem) => {
    authority.issue('server', pki('odd server'), options);
    const port = await serve(pki('odd server'));
    expect(await failure(port)).toContain(`: ${problem}`);
  });

  it('is found out if its certificate is of another authority', async () => {
    const port = await serve(pki('strange server'));
    expect(await failure(port)).toContain(
      `: the daemon's certificate is of the authority "Stranger", which is not in ${pki('client')}/cacert.pem`,
    );
  });

  it('is found out if its certificate is of no authority but itself', async () => {
    mkdirSync(pki('single server'));
    const files = ['-keyout', 'serverkey.pem', '-out', 'servercert.pem'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', ...files], {
      cwd: pki('single server'),
      stdio: 'ignore',
    });
    const port = await serve(pki('single server'));
    expect(await failure(port)).toContain(`of the authority "localhost", which is not in ${pki('client')}/cacert.pem`);
  });

  it("is found out if its certificate is a client's", async () => {
    authority.issue('client', pki('posing'));
    for (const what of ['cert', 'key']) {
      renameSync(join(pki('posing'), `client${what}.pem`), join(pki('posing'), `server${what}.pem`));
    }
    const port = await serve(pki('posing'));
    expect(await failure(port)).toContain(
      `does not pass the check against ${pki('client')}/cacert.pem (OpenSSL: INVALID_PURPOSE)`,
    );
  });

  it('is connected to all the same with no_verify, which a warning tells, but is told no secret', async () => {
    const port = await serve(pki('strange server'));
    const connection = await connect(port, { query: '&no_verify=1' });
    expect(connection.warnings).toEqual([
      `the daemon was not verified (no_verify): whoever answers at localhost:${port} is taken for it`,
    ]);
    expect(connection.isPrivate).toBe(false);
    expect(await echo(connection, 'hello')).toBe('hello');
  });
});

describeWithCertificates('a list of revoked certificates', () => {
  beforeAll(() => {
    authority.issue('server', pki('revoked server'));
    authority.revoke('server', pki('revoked server'));
    authority.publishRevocations(authority.issue('client', pki('wary client')));
  });

  it('lets those pass that are not in it', async () => {
    const connection = await connect(await serve(pki('server')), { client: 'wary client' });
    expect(await echo(connection, 'hello')).toBe('hello');
  });

  it('stops those that are in it', async () => {
    const port = await serve(pki('revoked server'));
    expect(await failure(port, { client: 'wary client' })).toContain(
      `: the daemon's certificate is revoked, by ${pki('wary client')}/cacrl.pem`,
    );
    await connect(port);
  });

  it.each([
    ['has expired', ['20200101000000Z', '20200201000000Z'], 'has expired; get a new one from its authority'],
    ['is not valid yet', ['20900101000000Z', '20900201000000Z'], 'is not valid yet; check the clock of this machine'],
  ])('stops all if it %s', async (_, [from, to], problem) => {
    const list = join(authority.issue('client', pki('late client')), 'cacrl.pem');
    const period = ['-crl_lastupdate', from!, '-crl_nextupdate', to!];
    execFileSync('openssl', ['ca', '-config', 'authority.cnf', '-gencrl', ...period, '-out', list], {
      cwd: join(folder, 'authority'),
      stdio: 'ignore',
    });
    const port = await serve(pki('server'));
    expect(await failure(port, { client: 'late client' })).toContain(
      `the list of revoked certificates ${list} ${problem}`,
    );
  });

  it('stops all if it is of another authority', async () => {
    stranger.publishRevocations(authority.issue('client', pki('confused client')));
    const port = await serve(pki('server'));
    expect(await failure(port, { client: 'confused client' })).toContain(
      `${pki('confused client')}/cacrl.pem holds no list of the authority "Authority", which the daemon's certificate is of`,
    );
  });
});

describeWithCertificates('a daemon that does not take the client', () => {
  const check = "look at the daemon's log, at tls_allowed_dn_list in its configuration, and at its own cacert.pem";

  it.each([
    ['closes the connection', (socket: TLSSocket) => socket.end()],
    ['breaks the connection', (socket: TLSSocket) => socket.destroy()],
    ['says something else', (socket: TLSSocket) => socket.write(Buffer.of(0, 1))],
  ])('is told of if it %s', async (_, behave) => {
    const port = await serve(pki('server'), behave);
    expect(await failure(port)).toMatch(
      new RegExp(
        `: the daemon at localhost:${port} did not accept this client's certificate, or its address; the client has the certificate ${pki('client')}/clientcert.pem \\(CN=a client of Authority\\); ${check}$`,
      ),
    );
  });

  it('is told of if it refuses during the handshake', async () => {
    const cert = readFileSync(join(pki('server'), 'servercert.pem'));
    const key = readFileSync(join(pki('server'), 'serverkey.pem'));
    const ca = readFileSync(join(folder, 'stranger', 'cacert.pem'));
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const port = await listen(createTlsServer({ cert, key, ca, maxVersion, requestCert: true }));
      expect(await failure(port)).toMatch(
        /: (the TLS handshake with localhost:\d+ failed: |the daemon at localhost:\d+ did not accept this client's certificate)/,
      );
      server?.close();
    }
  });

  it.each([
    ['formerly' as const, 'expired on Dec 31 23:59:59 2020 GMT'],
    ['later' as const, 'is not valid before Jan  1 00:00:00 2090 GMT'],
  ])('is told of with what may be the reason: %s', async (valid, reason) => {
    authority.issue('client', pki('odd client'), { valid });
    const port = await serve(pki('server'), (socket) => socket.end());
    expect(await failure(port, { client: 'odd client' })).toContain(`, which ${reason}; `);
  });

  it('is told of with where a certificate was looked for', async () => {
    mkdirSync(pki('bare client'));
    authority.trust(pki('bare client'));
    const port = await serve(pki('server'), (socket) => socket.end());
    expect(await failure(port, { client: 'bare client' })).toContain(
      `; the client has no certificate, looked for at ${pki('bare client')}/clientcert.pem; `,
    );
  });

  it('is told of if it says nothing', async () => {
    const port = await serve(pki('server'), () => {});
    expect(await failure(port, { timeoutMs: 300 })).toContain(
      `: localhost:${port} does not say within 0.3 s whether it accepts this client; the daemon may hang`,
    );
  });
});

describeWithCertificates('what is no TLS', () => {
  const check = "check that this is the daemon's port for TLS, and look at its log";

  it('is told of if the other end closes', async () => {
    const port = await listen(createServer((socket) => socket.once('data', () => socket.destroy())));
    expect(await failure(port)).toMatch(new RegExp(`: the TLS handshake with localhost:${port} failed: .*; ${check}$`));
  });

  it('is told of if the other end speaks another protocol', async () => {
    const port = await listen(createServer((socket) => socket.end('220 mail ready\r\n')));
    expect(await failure(port)).toMatch(
      new RegExp(`: the TLS handshake with localhost:${port} failed: [a-z ]+; ${check}$`),
    );
  });

  it('is told of if the other end says nothing', async () => {
    const port = await listen(createServer(() => {}));
    expect(await failure(port, { timeoutMs: 300 })).toContain(
      `: localhost:${port} does not go through the TLS handshake within 0.3 s; ${check}`,
    );
  });

  it('is told of if nothing listens, with how it is started', async () => {
    const port = await listen(createServer());
    server?.close();
    expect(await failure(port)).toContain(
      `: nothing listens at localhost:${port}; start virtproxyd-tls.socket there, or libvirtd-tls.socket; `,
    );
  });
});

describeWithCertificates('the parameters', () => {
  it.each([
    ['tls_priority=NORMAL', 'tls_priority'],
    ['no_verify=yes', 'no_verify'],
  ])('are refused if they make no sense: %s', async (query, name) => {
    await expect(connect(1, { query: `&${query}` })).rejects.toMatchObject({
      code: 'ERR_INVALID_URI',
      message: expect.stringContaining(name),
    });
  });

  it('take no_sanity', async () => {
    await connect(await serve(pki('server')), { query: '&no_sanity=1&no_verify=0' });
  });
});

itWithCertificates('leaves no descriptor open if it fails', async () => {
  const port = await serve(pki('strange server'));
  await failure(port);
  const before = countDescriptors();
  for (let i = 0; i < 5; i += 1) {
    await failure(port);
  }
  const deadline = Date.now() + 10_000;
  while (countDescriptors() > before && Date.now() < deadline) {
    await nextTurn();
  }
  expect(countDescriptors()).toBeLessThanOrEqual(before);
});
