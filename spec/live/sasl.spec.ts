/** The remote driver against a real libvirtd that asks its clients who they are by SASL. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { type Connection, connectionStats, openConnection } from '../../lib';
import type { ConnectionOptions } from '../../lib/delivery/open-connection';
import type { CredentialsRequest } from '../../lib/drivers/driver';
import { CertificateAuthority } from '../support/certificates';
import { describeLiveWith, PrivateLibvirtd } from '../support/private-libvirtd';
import type { SaslSetup } from '../support/sasl-setup';
import { runVirsh, toggleDomain } from '../support/virsh';
import {
  connectionsOf,
  eventLoopWorld,
  refusalOf,
  synchronousWorld,
  takeTransitions,
  takeWordsUntil,
  type World,
  worlds,
} from '../support/worlds';

/** Names and passwords that are hard to carry, and one that is not. */
const USERS = { ann: 'correct horse', 'a,b=c': 'pässwörd, = and "quotes"' };
const SECRET = USERS.ann;

/** What no error may show: those passwords, and the wrong one. */
const ANY_PASSWORD = /correct horse|pässw|staple/;

const ANN = { user: 'ann', password: SECRET };

/** The mechanisms that are to work over every transport on which nobody else listens. */
const MECHANISMS = ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'];

const ALL_MECHANISMS = [...MECHANISMS, 'DIGEST-MD5', 'ANONYMOUS'];

const offer = (mechanisms: readonly string[]): SaslSetup => ({ mechanisms, users: USERS });

describeLiveWith('openssl', 'saslpasswd2')('a daemon that asks by SASL', () => {
  let daemon: PrivateLibvirtd;
  let pki: string;
  let configuration: string;
  const open = connectionsOf();

  beforeAll(async () => {
    pki = mkdtempSync(join(tmpdir(), 'virdeliver-pki-'));
    const authority = new CertificateAuthority(join(pki, 'authority'));
    authority.issue('server', pki);
    authority.issue('client', pki);
    daemon = await PrivateLibvirtd.start({ unix: 'sasl', tcp: 'sasl', tls: 'sasl', pki, sasl: offer(ALL_MECHANISMS) });
  }, 60_000);
  beforeEach(() => {
    // What the machine's user has is not to be found.
    configuration = mkdtempSync(join(daemon.folder, 'configuration-'));
    process.env['XDG_CONFIG_HOME'] = configuration;
    delete process.env['LIBVIRT_AUTH_FILE'];
  });
  afterAll(async () => {
    await daemon.stop();
    rmSync(pki, { recursive: true });
  });

  const unixUri = (more = '') => `test+unix:///default?socket=${daemon.socket}${more}`;
  const tlsUri = (more = '', host = 'localhost') =>
    `test+tls://${host}:${daemon.tlsPort}/default?pkipath=${pki}${more}`;
  const tcpUri = (more = '') => `test+tcp://localhost:${daemon.tcpPort}/default?${more}`;

  /** Writes a file of credentials in libvirt's format. */
  function writeAuthFile({ file = join(daemon.folder, 'auth.conf'), host = 'localhost' } = {}): string {
    const lines = ['[credentials-spec]', 'authname=ann', 'username=ann', `password=${SECRET}`];
    writeFileSync(file, [...lines, `[auth-libvirt-${host}]`, 'credentials=spec', ''].join('\n'));
    return file;
  }

  /** Suspends and resumes the domain by libvirt's own client, while this process stands still. */
  const toggle = () => toggleDomain(unixUri(`&authfile=${writeAuthFile()}`), 1);

  async function expectEvents(world: World, conn: Connection): Promise<void> {
    const expected = toggle();
    expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
  }

  /** Expects an error that says this, and in which no password can be seen. */
  async function expectRefusal(world: World, uri: string, options: ConnectionOptions, message: RegExp): Promise<void> {
    const error = await refusalOf(world, uri, options);
    expect(error.message).toMatch(message);
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toMatch(ANY_PASSWORD);
  }

  describe.each(worlds)('in $name', (world) => {
    it.each(MECHANISMS)('lets a client in by %s over a unix socket and over tls', async (mechanism) => {
      const options = { credentials: ANN };
      await expectEvents(world, await open(world, unixUri(`&auth=sasl.${mechanism}`), options));
      await expectEvents(world, await open(world, tlsUri(`&auth=sasl.${mechanism}`), options));
    });

    it('takes any name and password', async () => {
      for (const [user, password] of Object.entries(USERS)) {
        for (const mechanism of MECHANISMS) {
          await open(world, unixUri(`&auth=sasl.${mechanism}`), { credentials: { user, password } });
        }
      }
    });

    it('is asked by the best mechanism that it offers, and tells the program which', async () => {
      const requests: CredentialsRequest[] = [];
      const credentials = (request: CredentialsRequest) => {
        requests.push(request);
        return ANN;
      };
      await expectEvents(world, await open(world, unixUri(), { credentials }));
      const conn = await open(world, tlsUri('', 'ann@localhost'), { credentials });
      expect(requests).toEqual([
        { uri: unixUri(), host: 'localhost', mechanism: 'SCRAM-SHA-512', user: undefined },
        { uri: tlsUri('', 'ann@localhost'), host: 'localhost', mechanism: 'SCRAM-SHA-512', user: 'ann' },
      ]);
      expect(inspect([conn, connectionStats(conn)], { depth: Number.POSITIVE_INFINITY })).not.toMatch(ANY_PASSWORD);
    });

    it("finds credentials in the file that the URI or the environment names, and in the user's own", async () => {
      const file = writeAuthFile();
      await open(world, unixUri(`&authfile=${file}`));
      await open(world, tlsUri(`&authfile=${file}`));
      process.env['LIBVIRT_AUTH_FILE'] = file;
      await open(world, unixUri());
      delete process.env['LIBVIRT_AUTH_FILE'];
      await expectRefusal(world, unixUri(), {}, /credentials/);
      const own = join(configuration, 'libvirt', 'auth.conf');
      mkdirSync(dirname(own), { recursive: true });
      writeAuthFile({ file: own });
      await open(world, unixUri());
    });

    it('refuses a wrong password, and an unknown user', async () => {
      for (const uri of [unixUri(), unixUri('&auth=sasl.PLAIN'), tlsUri()]) {
        const wrong = { credentials: { user: 'ann', password: 'staple' } };
        await expectRefusal(world, uri, wrong, /authentication failed.*"?ann"?/s);
        const unknown = { credentials: { user: 'nobody', password: SECRET } };
        await expectRefusal(world, uri, unknown, /authentication failed.*"?nobody"?/s);
      }
    });

    it('says what to do if there are no credentials', async () => {
      const missing = /credentials.*auth\.conf/s;
      await expectRefusal(world, unixUri(), {}, missing);
      await expectRefusal(world, tlsUri(), {}, missing);
      const file = writeAuthFile({ host: 'elsewhere.example' });
      await expectRefusal(world, unixUri(`&authfile=${file}`), {}, missing);
    });

    it('is refused if it would encrypt the traffic itself: on plain tcp', async () => {
      await expectRefusal(world, tcpUri(), { credentials: ANN }, /DIGEST-MD5.*(tls|TLS).*(SCRAM|ssh|unix)/s);
      // Not by mistake of the daemon: libvirt's own client speaks that mechanism.
      const uri = tcpUri(`authfile=${writeAuthFile()}`);
      runVirsh(uri, 'list');
    });

    it('is refused if it does not offer the mechanism that the URI asks for', async () => {
      await expectRefusal(world, unixUri('&auth=sasl.SCRAM-SHA-384'), { credentials: ANN }, /asks for SCRAM-SHA-384/);
    });

    it('asks the program anew when the daemon comes back', async () => {
      for (const uri of [unixUri(), tlsUri()]) {
        let asked = 0;
        const credentials = () => {
          asked += 1;
          return ANN;
        };
        const conn = await open(world, uri, { credentials, reconnect: true });
        await daemon.restart();
        await takeWordsUntil(world, conn, ['connection-restored']);
        expect(asked).toBe(2);
        await expectEvents(world, conn);
      }
    });
  });

  describe.each(worlds)('with little choice, in $name', (world) => {
    afterAll(() => daemon.restart({ sasl: offer(ALL_MECHANISMS) }));

    it('lets a client in by PLAIN if it offers nothing else', async () => {
      await daemon.restart({ sasl: offer(['PLAIN']) });
      await open(world, unixUri(), { credentials: ANN });
      await open(world, tlsUri(), { credentials: ANN });
    });

    it('is refused if it offers nothing that is safe', async () => {
      await daemon.restart({ sasl: offer(['DIGEST-MD5', 'CRAM-MD5']) });
      await expectRefusal(world, unixUri(), { credentials: ANN }, /DIGEST-MD5.*scram-sha-256/s);
    });
  });

  it('awaits a promise of credentials in the event loop', async () => {
    const credentials = () => Promise.resolve(ANN);
    await expectEvents(eventLoopWorld, await open(eventLoopWorld, unixUri(), { credentials }));
    await expectEvents(eventLoopWorld, await open(eventLoopWorld, tlsUri(), { credentials }));
  });

  it('says that a synchronous program cannot await a promise of credentials', () => {
    const credentials = () => Promise.resolve(ANN);
    for (const uri of [unixUri(), tlsUri()]) {
      expect(() => openConnection(uri, { credentials, relay: true })).toThrow(
        expect.objectContaining({
          code: 'ERR_INVALID_ARGUMENT',
          message: expect.stringMatching(/options\.credentials.*openConnectionAsync/s),
        }),
      );
    }
  });

  it("passes on what the program's own function throws, as the cause", async () => {
    const failure = new Error('the key ring is locked');
    const credentials = () => {
      throw failure;
    };
    for (const { open: opening } of [synchronousWorld, eventLoopWorld]) {
      await expect((async () => opening(unixUri(), { credentials }))()).rejects.toMatchObject({ cause: failure });
    }
  });
});
