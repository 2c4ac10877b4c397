/** The remote driver against a real libvirtd that listens to tls, with certificates of the spec's own. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConnectionLostError,
  connectionStats,
  deliverEvents,
  domainXml,
  domainXmlAsync,
  openConnection,
} from '../../lib';
import { CertificateAuthority } from '../support/certificates';
import { childProcesses } from '../support/child-processes';
import { FaultProxy } from '../support/fault-proxy';
import { describeLiveWith, PrivateLibvirtd } from '../support/private-libvirtd';
import { thrownBy } from '../support/thrown-by';
import { validateEvents } from '../support/validate-xsd';
import { toggleDomain } from '../support/virsh';
import {
  connectionsOf,
  eventLoopWorld,
  refusalOf,
  synchronousWorld,
  takeTransitions,
  takeUntil,
  takeWordsUntil,
  type World,
  wordOf,
  worlds,
} from '../support/worlds';

describeLiveWith('openssl')('a connection by tls', () => {
  let daemon: PrivateLibvirtd;
  let folder: string;
  const proxies: FaultProxy[] = [];
  const open = connectionsOf();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'virdeliver-pki-'));
    makeCertificates();
    // It starts only with this where its own certificate is not valid.
    const settings = ['tls_no_sanity_certificate = 1'];
    daemon = await PrivateLibvirtd.start({ tls: 'none', pki: pki('usual'), settings });
  }, 60_000);
  afterEach(async () => {
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
  });
  afterAll(async () => {
    await daemon.stop();
    rmSync(folder, { recursive: true });
  });

  /** A folder of certificates. */
  const pki = (name: string) => join(folder, name);

  /** Makes a folder for each state of affairs, each with what a client and a daemon need. */
  function makeCertificates(): void {
    const authority = new CertificateAuthority(pki('authority'));
    const stranger = new CertificateAuthority(pki('other authority'), 'Stranger');
    for (const name of ['usual', 'revoking client', 'revoked client']) {
      authority.issue('server', pki(name));
      authority.issue('client', pki(name));
    }
    authority.revoke('client', pki('revoked client'));
    authority.publishRevocations(pki('usual'));
    // A list for this client alone, by which the daemon's certificate is revoked.
    authority.revoke('server', pki('usual'));
    authority.publishRevocations(pki('revoking client'));
    authority.issue('client', pki('expired client'), { valid: 'formerly' });
    authority.issue('client', pki('early client'), { valid: 'later' });
    stranger.issue('client', pki('strange client'));
    authority.trust(pki('strange client'));
    mkdirSync(pki('client without certificate'));
    authority.trust(pki('client without certificate'));
    authority.issue('client', pki('client of another authority'));
    stranger.trust(pki('client of another authority'));
    authority.issue('server', pki('elsewhere'), { hosts: ['elsewhere.example', '192.0.2.1'] });
    authority.issue('server', pki('expired'), { valid: 'formerly' });
    authority.issue('server', pki('early'), { valid: 'later' });
    mkdirSync(pki('nothing'));
    mkdirSync(pki('certificate without key'));
    authority.issue('client', pki('certificate without key'));
    rmSync(join(pki('certificate without key'), 'clientkey.pem'));
    mkdirSync(pki('text'));
    copyFileSync(__filename, join(pki('text'), 'cacert.pem'));
  }

  const uriOf = ({ client = 'usual', port = daemon.tlsPort, host = 'localhost', more = '' } = {}) =>
    `test+tls://${host}:${port}/default?pkipath=${encodeURIComponent(pki(client))}${more}`;

  async function startProxy(host?: string): Promise<FaultProxy> {
    const proxy = await FaultProxy.start({ port: daemon.tlsPort }, host);
    proxies.push(proxy);
    return proxy;
  }

  const toggle = (times: number) => toggleDomain(`test+unix:///default?socket=${daemon.socket}`, times);

  /** Each case of a table in each world. */
  function inBothWorlds<Case extends object>(cases: readonly Case[]): (Case & { world: World })[] {
    return cases.flatMap((row) => worlds.map((world) => ({ world, ...row })));
  }

  describe('if both ends are what they should be', () => {
    it.each(worlds)('delivers events in $name', async (world) => {
      const conn = await open(world, uriOf());
      const expected = toggle(3);
      expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
    });

    // A daemon may overlook calls that come in one piece, as TLS cuts them: every opening is a burst of calls.
    it.each(worlds)('is opened many times at once in $name', async (world) => {
      const connections = await Promise.all(Array.from({ length: 10 }, () => open(world, uriOf())));
      expect(connections.map(({ state }) => state)).toEqual(Array(10).fill('open'));
    });

    it.each(worlds)('takes the daemon by its address in $name, IPv6 too', async (world) => {
      const { port } = await startProxy('::1');
      const byFour = await open(world, uriOf({ host: '127.0.0.1' }));
      const bySix = await open(world, uriOf({ host: '[::1]', port }));
      const expected = toggle(1);
      expect(await takeTransitions(world, byFour, expected.length)).toEqual(expected);
      expect(await takeTransitions(world, bySix, expected.length)).toEqual(expected);
    });

    it.each(worlds)('loses nothing in $name where the network cuts everything to pieces, or is slow', async (world) => {
      const proxy = await startProxy();
      await proxy.fragment(1);
      const conn = await open(world, uriOf({ port: proxy.port }));
      const expected = toggle(20);
      expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
      await proxy.fragment(7);
      await proxy.delay(30);
      toggle(20);
      expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
      expect(connectionStats(conn)).toMatchObject({ lost: 0 });
    });

    it.each(worlds)('is lost in $name when the network breaks it off', async (world) => {
      const proxy = await startProxy();
      const conn = await open(world, uriOf({ port: proxy.port }));
      proxy.reset();
      expect(await takeWordsUntil(world, conn, ['connection-lost'])).toEqual(['connection-lost']);
      expect(() => deliverEvents(conn)).toThrow(ConnectionLostError);
      expect(conn.state).toBe('lost');
    });

    it('is lost when its relay is killed', async () => {
      const before = childProcesses('relay');
      const conn = await open(synchronousWorld, uriOf());
      const relays = childProcesses('relay').filter((relay) => !before.includes(relay));
      expect(relays).toHaveLength(1);
      process.kill(relays[0]!, 'SIGKILL');
      expect(await takeWordsUntil(synchronousWorld, conn, ['connection-lost'])).toEqual(['connection-lost']);
    });

    it.each(worlds)('comes back in $name when the daemon does', async (world) => {
      const conn = await open(world, uriOf(), { reconnect: true });
      await daemon.restart();
      expect(await takeWordsUntil(world, conn, ['connection-restored'])).toEqual([
        'connection-lost',
        'events-lost',
        'connection-restored',
      ]);
      const expected = toggle(2);
      expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
    });
  });

  describe('if the client does not trust the daemon', () => {
    const daemons = inBothWorlds([
      { name: 'elsewhere', message: /localhost.*elsewhere\.example/s },
      { name: 'expired', message: /expired/ },
      { name: 'early', message: /not (yet )?valid/ },
    ]);

    it.each(daemons)('says why in $world.name: $name', async ({ world, name, message }) => {
      await daemon.restart({ pki: pki(name) });
      expect((await refusalOf(world, uriOf())).message).toMatch(message);
    });

    it.each(worlds)('connects in $name all the same with no_verify, and warns', async (world) => {
      await daemon.restart({ pki: pki('elsewhere') });
      const conn = await open(world, uriOf({ more: '&no_verify=1' }));
      const expected = toggle(1);
      const [warning, ...events] = await takeUntil(world, conn, "transition/@event = 'resumed'");
      expect(warning).toMatchObject({
        type: 'connection-warning',
        detail: { message: expect.stringMatching(/verif/) },
      });
      expect(await validateEvents([warning!.xml])).toEqual([]);
      expect(events.map(wordOf)).toEqual(expected);
    });

    const clients = inBothWorlds([
      { client: 'revoking client', message: /revoked.*cacrl\.pem/s },
      { client: 'client of another authority', message: /which is not in .*cacert\.pem/ },
    ]);

    it.each(clients)('says why in $world.name: $client', async ({ world, client, message }) => {
      await daemon.restart({ pki: pki('usual') });
      expect((await refusalOf(world, uriOf({ client }))).message).toMatch(message);
    });
  });

  describe('if the daemon does not trust the client', () => {
    beforeAll(() => daemon.restart({ pki: pki('usual') }));

    const clients = inBothWorlds([
      { client: 'expired client' },
      { client: 'early client' },
      { client: 'revoked client' },
      { client: 'strange client' },
      { client: 'client without certificate' },
    ]);

    it.each(clients)('says so in $world.name: $client', async ({ world, client }) => {
      expect((await refusalOf(world, uriOf({ client }))).message).toMatch(/not accept.*certificate/);
    });
  });

  describe('if files are not there or not what they should be', () => {
    const folders = inBothWorlds([
      { client: 'nothing', message: /cacert\.pem/ },
      { client: 'certificate without key', message: /clientkey\.pem/ },
      { client: 'text', message: /cacert\.pem/ },
    ]);

    it.each(folders)('names them in $world.name: $client', async ({ world, client, message }) => {
      expect((await refusalOf(world, uriOf({ client }))).message).toMatch(message);
    });
  });

  it('has the XML of a domain asked for in the event loop, or by a relay', async () => {
    const inLoop = await open(eventLoopWorld, uriOf());
    const byRelay = await open(synchronousWorld, uriOf());
    const xml = await domainXmlAsync(inLoop, 'test');
    expect(xml).toContain('<name>test</name>');
    expect(domainXml(byRelay, 'test')).toBe(xml);
    expect(thrownBy(() => domainXml(inLoop, 'test'))).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      argument: 'conn',
      message: expect.stringMatching(/by tls in the event loop.*: await domainXmlAsync, or open it with the option /),
    });
    expect(await domainXmlAsync(inLoop, 'test')).toBe(xml);
  });

  it('is not opened in a synchronous way without a relay', () => {
    expect(() => openConnection(uriOf())).toThrow(
      expect.objectContaining({
        code: 'ERR_UNSUPPORTED_URI',
        message: expect.stringMatching(/openConnectionAsync.*relay: true/),
      }),
    );
  });
});
