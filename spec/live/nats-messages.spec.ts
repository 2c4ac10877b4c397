/** What one is told if a hub can't be reached, or doesn't let one in: what is wrong, where, and what to do. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { openConnectionAsync } from '../../lib';
import { runInLoop } from '../../lib/drivers/io/dialogue';
import { HubClient } from '../../lib/nats/hub-client';
import type { HubError } from '../../lib/nats/hub-error';
import type { HubJob } from '../../lib/nats/protocol';
import { CertificateAuthority, itWithCertificates } from '../support/certificates';
import { freePort } from '../support/free-port';
import { NatsBench } from '../support/nats-bench';
import { describeNats, NatsServer } from '../support/nats-server';
import '../support/built';

/** How a child says that it can't connect: which kind of problem it is, and in which words. */
async function refusal(server: string, more: Partial<HubJob> = {}): Promise<string> {
  const common = { tls: false, files: {}, options: {}, inbox: undefined, domain: undefined, name: 'spec' };
  const course = runInLoop(HubClient.connect({ ...common, servers: [server], timeoutMs: 1000, ...more }));
  const error = await course.then(
    (client) => {
      client.close();
      throw new Error('it has connected');
    },
    (problem: HubError) => problem,
  );
  return `${error.kind}: ${error.message.replaceAll(server, 'HERE')}`;
}

describeNats('A hub that cannot be reached', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) {
      await close();
    }
  });

  /** Listens for connections, and does something with each. */
  async function listen(greet: (socket: Socket) => void): Promise<string> {
    const sockets: Socket[] = [];
    const server: Server = createServer((socket) => {
      sockets.push(socket.on('error', () => {}));
      greet(socket);
    }).listen(0, '127.0.0.1');
    closing.push(() => {
      for (const socket of sockets) {
        socket.destroy();
      }
      server.close();
    });
    await once(server, 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('is not there', async () => {
    expect(await refusal(`127.0.0.1:${await freePort()}`)).toMatch(/^gone: HERE: connection refused/);
    expect(await refusal('no-such-host.invalid:4222')).toMatch(
      /^gone: HERE: .*; there is no such host, or its name cannot be looked up now$/,
    );
  });

  it('is another kind of server', async () => {
    const ssh = await listen((socket) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'));
    expect(await refusal(ssh)).toBe(
      'other: HERE: unexpected response from server; what answers there is no NATS server',
    );
    const mute = await listen(() => {});
    expect(await refusal(mute)).toBe('gone: HERE: timeout; no answer within 1 s: is that a NATS server?');
    const curt = await listen((socket) => socket.end());
    expect(await refusal(curt)).toMatch(/^gone: HERE: .*is that a NATS server\?$/);
  });

  it('has no TLS, or no JetStream', async () => {
    const server = await NatsServer.start({ domain: null });
    closing.push(() => server.stop());
    expect(await refusal(server.address, { tls: true })).toBe(
      "refused: HERE: server does not support 'tls'; it has no TLS, which tls://, ca= and cert= ask for",
    );
    await expect(openConnectionAsync(`nats://${server.address}/EVENTS?domain=far`)).rejects.toThrow(
      /: no JetStream answers: the server has none, or not for this user, or domain= names another than the hub \(/,
    );
  });

  itWithCertificates('has a certificate of an authority that is not known, or wants one of ours', async () => {
    const server = await NatsServer.start({
      settings: (folder) => {
        const authority = new CertificateAuthority(join(folder, 'authority'));
        const own = authority.issue('server', join(folder, 'server'));
        authority.issue('client', join(folder, 'client'));
        new CertificateAuthority(join(folder, 'other')).issue('client', join(folder, 'stranger'));
        const files = `cert_file: "${own}/servercert.pem", key_file: "${own}/serverkey.pem", ca_file: "${own}/cacert.pem"`;
        return [`tls { ${files}, verify: true }`];
      },
    });
    closing.push(() => server.stop());
    const file = (folder: string, name: string) => join(server.folder, folder, name);
    const ca = file('client', 'cacert.pem');
    expect(await refusal(server.address, { files: { ca: file('stranger', 'cacert.pem') } })).toMatch(
      /^refused: HERE: .*certificate\b.*; is ca= the file of who has signed the certificate of the server, and is that made out to this host\?$/,
    );
    expect(await refusal(server.address, { files: { ca } })).toMatch(/does it take the certificate \(cert=, key=\)\?$/);
    const cert = file('client', 'clientcert.pem');
    expect(await refusal(server.address, { files: { ca, cert, key: file('stranger', 'clientkey.pem') } })).toMatch(
      /^refused: HERE: .*; cert= and key= do not belong together$/,
    );
  });

  it('does not allow what is needed, and which permission that is', async () => {
    const user = (name: string, publish: readonly string[], subscribe = '_INBOX.>') =>
      `{ user: ${name}, password: s3cret, permissions: { publish: ${JSON.stringify(publish)}, subscribe: "${subscribe}" } }`;
    const info = '$JS.API.STREAM.INFO.EVENTS';
    const bench = await NatsBench.start({
      user: { user: 'operator', pass: 'o' },
      settings: () => [
        `authorization { users: [ { user: operator, password: o }, ${user('deaf', ['>'], 'x')}, ${user('reader', [info])} ] }`,
      ],
    });
    closing.push(() => bench.stop());
    await bench.makeStream();
    const message = (name: string, password: string) =>
      openConnectionAsync(bench.uri('?reader=pager'), { nats: { user: name, password } }).then(
        () => 'it opens',
        (error: Error) => error.message,
      );
    expect(await message('reader', 'not-s3cret')).toMatch(
      /^(?!.*s3cret).*: Authorization Violation; look at creds=, nkey=, login=, or the option nats$/,
    );
    expect(await message('deaf', 's3cret')).toMatch(
      /Permissions Violation for Subscription to "_INBOX\.[^"]*"; let the user subscribe to inboxes of its own, and name with inbox= how they begin$/,
    );
    // Not the way to read messages of everybody, which is tried otherwise.
    expect(await message('reader', 's3cret')).toMatch(
      /Permissions Violation for Publish to "\$JS\.API\.DIRECT\.GET\.EVENTS-readers\.virdeliver-reader\.pager"$/,
    );
  });
});
