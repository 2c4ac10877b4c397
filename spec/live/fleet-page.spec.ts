/** The ways to set up a hub that docs/fleet.md shows, with real servers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addEventHandler, type Connection, deliverEvents, openConnection, testDomains } from '../../lib';
import { journalEvents } from '../../lib/collector';
import { type PublishOptions, publishEvents } from '../../lib/forwarder';
import type { NatsOptions } from '../../lib/nats/hub-options';
import { fencedBlocks } from '../docs/fenced-blocks';
import { freePort } from '../support/free-port';
import { describeNats, NatsServer } from '../support/nats-server';

const page = fencedBlocks('docs/fleet.md').map(({ text }) => text);

/** What the page says of a server, without where it listens and keeps its streams. */
function settingsOf(text: string): string {
  const block = page.find((one) => one.includes(text)) ?? '';
  const settings = block.replace(/^(?:#|port|jetstream).*\n/gm, '');
  expect(settings).toContain(text);
  return settings;
}

describeNats('A hub that is set up as docs/fleet.md says', () => {
  const servers: NatsServer[] = [];
  let folder: string;
  let hypervisor: Connection;

  async function start(...options: Parameters<typeof NatsServer.start>): Promise<string> {
    const server = await NatsServer.start(...options);
    servers.push(server);
    return server.address;
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'virdeliver-fleet-'));
    hypervisor = openConnection('test:///default');
    journalEvents(hypervisor, folder, { host: 'kvm-17' });
    testDomains(hypervisor).get('test').suspend();
    deliverEvents(hypervisor);
  });
  afterEach(async () => {
    hypervisor.close();
    rmSync(folder, { recursive: true });
    for (const server of servers.splice(0).reverse()) {
      await server.stop();
    }
  });

  /** Publishes the journal as far as it goes; returns how many events the stream has acknowledged. */
  function publish(uri: string, options: PublishOptions): number {
    using conn = openConnection(`journal:${folder}?reader=nats&follow=no`);
    using publication = publishEvents(conn, uri, options);
    while (deliverEvents(conn, { waitMs: 1000 }).stoppedBy !== 'ended');
    return publication.published;
  }

  /** The keys of all events that a reader of some name gets. */
  function read(uri: string, nats?: NatsOptions): (string | undefined)[] {
    using conn = openConnection(uri, { nats });
    const keys: (string | undefined)[] = [];
    addEventHandler(conn, null, (_, event) => keys.push(event.key));
    while (deliverEvents(conn, { waitMs: 300 }).events > 0);
    return keys;
  }

  it('lets a host publish what is its own, and a reader read all and keep its place', async () => {
    const address = await start({ settings: () => [settingsOf('authorization')] });
    const uri = (query = '') => `nats://${address}/EVENTS${query}`;
    const userOf = (user: string) => ({ user, password: 'change me' });
    publish(uri(), { nats: userOf('admin'), create: true });
    testDomains(hypervisor).get('test').resume();
    deliverEvents(hypervisor);
    expect(publish(uri('?inbox=_INBOX_kvm-17'), { nats: userOf('kvm-17') })).toBe(1);

    const pager = userOf('pager');
    const [first, second] = read(uri('?reader=pager&inbox=_INBOX_pager'), pager);
    expect([first, second]).toEqual([expect.stringMatching(/:1$/), expect.stringMatching(/:2$/)]);
    expect(read(uri('?reader=pager&inbox=_INBOX_pager'), pager)).toEqual([]);
    const shares = [1, 2].map((share) => read(uri(`?reader=pager&share=${share}/2&inbox=_INBOX_pager`), pager));
    expect(shares.flat()).toEqual([first, second]);
    expect(() => read(uri('?reader=other&inbox=_INBOX_pager'), pager)).toThrow(/Permissions Violation/);
    expect(() => publish(uri('?inbox=_INBOX_pager'), { nats: pager })).toThrow(/Permissions Violation/);
  });

  it('is reached through a leaf node without streams', async () => {
    const port = await freePort();
    const own = (settings: string) => settings.replaceAll(/(?<=hub:|port: )7422/g, String(port));
    await start({ domain: 'hub', settings: () => [own(settingsOf('leafnodes { port'))] });
    const leaf = own(settingsOf('remotes')).replace('//hub:', '//127.0.0.1:');
    const address = await start({ domain: null, settings: () => [leaf] });
    const uri = `nats://${address}/EVENTS?domain=hub`;
    while (!servers[1]?.log.includes('Leafnode connection created')) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(publish(uri, { create: true })).toBe(1);
    expect(read(`${uri}&reader=me`)).toEqual([expect.stringMatching(/:1$/)]);
    expect(read(`${uri}&reader=me`)).toEqual([]);
  });
});
