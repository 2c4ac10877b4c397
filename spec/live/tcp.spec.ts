/** The remote driver against a real libvirtd that listens to plain tcp. */
import {
  ConnectionLostError,
  connectionStats,
  deliverEvents,
  listDomains,
  openConnection,
  openConnectionAsync,
} from '../../lib';
import { childProcesses } from '../support/child-processes';
import { FaultProxy } from '../support/fault-proxy';
import { describeLive, PrivateLibvirtd } from '../support/private-libvirtd';
import { toggleDomain } from '../support/virsh';
import {
  connectionsOf,
  refusalOf,
  synchronousWorld,
  takeTransitions,
  takeUntil,
  takeWordsUntil,
  wordOf,
  worlds,
} from '../support/worlds';

/** A program that opens its connection in the event loop, and then does not return there. */
const adoptingWorld = {
  ...synchronousWorld,
  name: 'a synchronous loop on what was opened in the event loop',
  open: openConnectionAsync,
};

describeLive('a connection by tcp', () => {
  let daemon: PrivateLibvirtd;
  const proxies: FaultProxy[] = [];
  const open = connectionsOf();

  beforeAll(async () => {
    daemon = await PrivateLibvirtd.start({ tcp: 'none' });
  }, 60_000);
  afterEach(async () => {
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
  });
  afterAll(() => daemon.stop());

  const uriOf = (port: number, host = 'localhost') => `test+tcp://${host}:${port}/default`;

  async function startProxy(host?: string): Promise<FaultProxy> {
    const proxy = await FaultProxy.start({ port: daemon.tcpPort }, host);
    proxies.push(proxy);
    return proxy;
  }

  const toggle = (times: number) => toggleDomain(`test+unix:///default?socket=${daemon.socket}`, times);

  it.each([...worlds, adoptingWorld])('delivers events in $name', async (world) => {
    const conn = await open(world, uriOf(daemon.tcpPort));
    expect(listDomains(conn)).toMatchObject([{ name: 'test', state: 'running' }]);
    const expected = toggle(3);
    expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
  });

  it.each(worlds)('goes by IPv6 in $name', async (world) => {
    const { port } = await startProxy('::1');
    const conn = await open(world, uriOf(port, '[::1]'));
    const expected = toggle(1);
    expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
  });

  it.each(worlds)('loses nothing in $name where the network cuts everything to pieces, or is slow', async (world) => {
    const proxy = await startProxy();
    await proxy.fragment(1);
    const conn = await open(world, uriOf(proxy.port));
    const expected = toggle(20);
    expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
    await proxy.fragment(7);
    await proxy.delay(30);
    toggle(20);
    expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
    expect(connectionStats(conn)).toMatchObject({ lost: 0 });
  });

  const ends = [
    { how: 'is closed', reason: 'eof', end: (proxy: FaultProxy) => proxy.close() },
    { how: 'breaks off', reason: 'error', end: (proxy: FaultProxy) => proxy.reset() },
  ];
  const losses = ends.flatMap((loss) => [...worlds, adoptingWorld].map((world) => ({ world, ...loss })));

  it.each(losses)('is lost in $world.name when it $how', async ({ world, reason, end }) => {
    const proxy = await startProxy();
    const conn = await open(world, uriOf(proxy.port));
    const expected = toggle(1);
    expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
    end(proxy);
    const events = await takeUntil(world, conn, ['connection-lost']);
    expect(events.map((event) => `${wordOf(event)}: ${event.string('close/@reason')}`)).toEqual([
      `connection-lost: ${reason}`,
    ]);
    expect(() => deliverEvents(conn)).toThrow(ConnectionLostError);
    expect(conn.state).toBe('lost');
  });

  it('is lost when its relay is killed', async () => {
    const before = childProcesses('relay');
    const conn = await open(synchronousWorld, uriOf(daemon.tcpPort));
    const relays = childProcesses('relay').filter((relay) => !before.includes(relay));
    expect(relays).toHaveLength(1);
    process.kill(relays[0]!, 'SIGKILL');
    expect(await takeWordsUntil(synchronousWorld, conn, ['connection-lost'])).toEqual(['connection-lost']);
    expect(() => deliverEvents(conn)).toThrow(ConnectionLostError);
  });

  it.each(worlds)('comes back in $name when the daemon does', async (world) => {
    const conn = await open(world, uriOf(daemon.tcpPort), { reconnect: true });
    await daemon.restart();
    expect(await takeWordsUntil(world, conn, ['connection-restored'])).toEqual([
      'connection-lost',
      'events-lost',
      'connection-restored',
    ]);
    const expected = toggle(2);
    expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
  });

  it.each(worlds)('is refused in $name where nobody listens', async (world) => {
    // Its port for tls is free: it does not listen to that.
    expect((await refusalOf(world, uriOf(daemon.tlsPort))).message).toMatch(
      new RegExp(`localhost:${daemon.tlsPort}.*listen_tcp`),
    );
  });

  it('is not opened in a synchronous way without a relay', () => {
    expect(() => openConnection(uriOf(daemon.tcpPort))).toThrow(
      expect.objectContaining({
        code: 'ERR_UNSUPPORTED_URI',
        message: expect.stringMatching(/openConnectionAsync.*relay: true/),
      }),
    );
  });
});
