/** The remote driver against a real libvirtd, when one end hears nothing of the other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, ConnectionLostError, connectionStats, deliverEvents } from '../../lib';
import { sleep } from '../../lib/clock';
import { CertificateAuthority } from '../support/certificates';
import { FaultProxy } from '../support/fault-proxy';
import { describeLiveWith, PrivateLibvirtd } from '../support/private-libvirtd';
import { toggleDomain } from '../support/virsh';
import {
  connectionsOf,
  takeTransitions,
  takeUntil,
  takeWordsUntil,
  type World,
  wordOf,
  worlds,
} from '../support/worlds';

/** In 600 milliseconds a silent daemon is given up. */
const IMPATIENT = { intervalMs: 200, count: 2 };

/** Far more than that, and far less than with other settings: for a machine that is busy. */
const SOON = 6000;

/** For how long a program does not deliver, in milliseconds: the daemon below gives up a client that it pings in half of it. */
const PAUSE = 4000;

type Transport = 'unix' | 'tcp' | 'tls';
const TRANSPORTS: readonly Transport[] = ['unix', 'tcp', 'tls'];

const cases = TRANSPORTS.flatMap((transport) => worlds.map((world) => ({ transport, world })));

describeLiveWith('openssl')('a connection on which nothing comes any more', () => {
  let daemon: PrivateLibvirtd;
  let pki: string;
  const proxies: FaultProxy[] = [];
  const open = connectionsOf();

  beforeAll(async () => {
    pki = mkdtempSync(join(tmpdir(), 'virdeliver-pki-'));
    const authority = new CertificateAuthority(join(pki, 'authority'));
    authority.issue('server', pki);
    authority.issue('client', pki);
    const settings = ['keepalive_interval = 1', 'keepalive_count = 1'];
    daemon = await PrivateLibvirtd.start({ tcp: 'none', tls: 'none', pki, settings });
  }, 60_000);
  afterEach(async () => {
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
  });
  afterAll(async () => {
    await daemon.stop();
    rmSync(pki, { recursive: true });
  });

  const uriOf = (transport: Transport, place: { port: number; path: string }) =>
    ({
      unix: `test+unix:///default?socket=${place.path}`,
      tcp: `test+tcp://localhost:${place.port}/default`,
      tls: `test+tls://localhost:${place.port}/default?pkipath=${pki}`,
    })[transport];

  const targetOf = (transport: Transport) =>
    ({ unix: { path: daemon.socket }, tcp: { port: daemon.tcpPort }, tls: { port: daemon.tlsPort } })[transport];

  /** The daemon's own place, without a proxy. */
  const placeOf = (transport: Transport) => ({ port: 0, path: '', ...targetOf(transport) });

  async function startProxy(transport: Transport): Promise<FaultProxy> {
    const proxy = await FaultProxy.start(targetOf(transport));
    proxies.push(proxy);
    return proxy;
  }

  /** Suspends and resumes the domain, while this process stands still; and for so many milliseconds after it. */
  function toggle(pause = 0): string[] {
    const states = toggleDomain(`test+unix:///default?socket=${daemon.socket}`, 1);
    sleep(pause);
    return states;
  }

  it.each(cases)('is found dead in time over $transport in $world.name', async ({ transport, world }) => {
    const proxy = await startProxy(transport);
    const conn = await open(world, uriOf(transport, proxy), { keepAlive: IMPATIENT });
    const expected = toggle();
    expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
    const start = performance.now();
    proxy.halt();
    const events = await takeUntil(world, conn, ['connection-lost']);
    expect(performance.now() - start).toBeLessThan(SOON);
    expect(events.map((event) => `${wordOf(event)}: ${event.string('close/@reason')}`)).toEqual([
      'connection-lost: keepalive',
    ]);
    expect(() => deliverEvents(conn)).toThrow(ConnectionLostError);
  });

  it.each(cases)('is replaced over $transport in $world.name', async ({ transport, world }) => {
    const proxy = await startProxy(transport);
    const conn = await open(world, uriOf(transport, proxy), { keepAlive: IMPATIENT, reconnect: true });
    proxy.halt();
    expect(await takeWordsUntil(world, conn, ['connection-lost'])).toEqual(['connection-lost']);
    const expected = toggle();
    proxy.resume();
    // What happened meanwhile is told as far as it can still be seen: the domain runs as it did.
    expect(await takeWordsUntil(world, conn, ['connection-restored'])).toEqual(['events-lost', 'connection-restored']);
    toggle();
    expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
  });

  it.each(cases)('goes on over $transport in $world.name where it was for a moment', async ({ transport, world }) => {
    const proxy = await startProxy(transport);
    const conn = await open(world, uriOf(transport, proxy));
    proxy.halt();
    const expected = toggle();
    const delivery = world.deliver(conn);
    expect(delivery instanceof Promise ? await delivery : delivery).toMatchObject({ events: 0 });
    proxy.resume();
    expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
  });

  it('loses nothing if it is the program that does not deliver, for longer than the daemon waits', async () => {
    const connections: [World, Connection][] = [];
    for (const { transport, world } of cases) {
      connections.push([world, await open(world, uriOf(transport, placeOf(transport)))]);
    }
    const expected = [...toggle(PAUSE), ...toggle()];
    for (const [world, conn] of connections) {
      expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
      expect(connectionStats(conn)).toMatchObject({ state: 'open', lost: 0 });
    }
  });
});
