/** What connections leave behind in real daemons, those of one driver each and the one for all: nothing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  addEventHandler,
  type Connection,
  closeConnection,
  connectionStats,
  ManualClock,
  openConnection,
  openConnectionAsync,
} from '../../lib';
import { describeLive, PrivateLibvirtd } from '../support/private-libvirtd';
import {
  describeModular,
  type ModularDaemon,
  modularDaemons,
  PrivateModularLibvirt,
} from '../support/private-modular-libvirt';
import { succeed } from '../support/run-program';
import { connectionsOf, takeUntil, worlds } from '../support/worlds';

const SECRET = '11111111-2222-4333-8444-5555555555cc';

/** How many connections are opened and closed. */
const TIMES = 200;

/** Has daemons deal with what they note down when they start, and with those who only looked whether they listen. */
function settle(...uris: readonly string[]): void {
  for (const uri of uris) {
    closeConnection(openConnection(uri));
  }
}

/** Opens and closes connections, every other one in the event loop. */
async function comeAndGo(uri: string): Promise<void> {
  for (let time = 0; time < TIMES; time += 1) {
    closeConnection(time % 2 === 0 ? openConnection(uri) : await openConnectionAsync(uri));
  }
}

describeLive('a libvirtd after many connections', () => {
  let daemon: PrivateLibvirtd;
  beforeAll(async () => {
    daemon = await PrivateLibvirtd.start();
    settle(uriOf('qemu'));
  }, 60_000);
  afterAll(() => daemon.stop());

  const uriOf = (driver: string) => `${driver}:///system?socket=${daemon.socket}`;

  it.each(['qemu', 'network', 'storage', 'nodedev', 'secret', 'interface', 'nwfilter'])(
    'has noted down nothing about %s:///system',
    async (driver) => {
      const before = daemon.log.length;
      await comeAndGo(uriOf(driver));
      expect(daemon.log.slice(before)).toBe('');
    },
    60_000,
  );
});

describeModular('modular daemons after many connections', () => {
  let libvirt: PrivateModularLibvirt;
  beforeAll(async () => {
    libvirt = await PrivateModularLibvirt.start(...modularDaemons);
    settle(uriOf('qemu', 'virtqemud'), uriOf('qemu', 'virtproxyd'));
  }, 60_000);
  afterAll(() => libvirt.stop());

  /**
   * What a daemon may note down of another one's connection: those of libvirt 11.3's virtproxyd to virtqemud sometimes end without a
   * goodbye on a busy machine, though the client's has ended with one.
   */
  const ownTo = (noting: ModularDaemon, spokenTo: ModularDaemon) =>
    noting === spokenTo ? /(?!)/ : /^.* End of file while reading data: .*\n/gm;

  const uriOf = (driver: string, daemon: ModularDaemon) => `${driver}:///system?socket=${libvirt.socketOf(daemon)}`;

  it.each<[driver: string, daemon: ModularDaemon]>([
    ['qemu', 'virtqemud'],
    ['network', 'virtnetworkd'],
    ['storage', 'virtstoraged'],
    ['nodedev', 'virtnodedevd'],
    ['secret', 'virtsecretd'],
    ['qemu', 'virtproxyd'],
    ['storage', 'virtproxyd'],
  ])(
    'all live, and have noted down nothing about %s:///system at %s',
    async (driver, daemon) => {
      const processes = libvirt.processes();
      const before = modularDaemons.map((each) => libvirt.logOf(each).length);
      await comeAndGo(uriOf(driver, daemon));
      const noted = modularDaemons.map((each, place) =>
        libvirt.logOf(each, before[place]).replace(ownTo(each, daemon), ''),
      );
      expect(noted.join('')).toBe('');
      expect(libvirt.processes()).toEqual(processes);
    },
    60_000,
  );
});

describeModular('a daemon beside virtqemud that is restarted', () => {
  let libvirt: PrivateModularLibvirt;
  beforeAll(async () => {
    libvirt = await PrivateModularLibvirt.start(...modularDaemons);
  }, 60_000);
  afterAll(() => libvirt.stop());
  const open = connectionsOf();

  it.each(
    worlds.flatMap((world) => [
      { world, through: 'virtqemud', restarted: 'virtnetworkd' } as const,
      { world, through: 'virtproxyd', restarted: 'virtsecretd' } as const,
    ]),
  )(
    'costs its events, of which $through has a warning told in $world.name',
    async ({ world, through, restarted }) => {
      const clock = new ManualClock();
      const conn = await open(world, `qemu:///system?socket=${libvirt.socketOf(through)}`, {
        clock,
        keepAlive: false,
      });
      const { [restarted]: _, ...others } = libvirt.processes();
      await libvirt.restart(restarted);
      const warnings: (string | undefined)[] = [];
      addEventHandler(conn, null, (_conn, event) => warnings.push(`${event.type}: ${event.string('warning')}`));
      for (const deadline = Date.now() + 20_000; warnings.length === 0 && Date.now() < deadline; ) {
        const delivered = world.deliver(conn);
        clock.advance(30_000);
        await delivered;
      }
      const things = restarted === 'virtnetworkd' ? 'networks' : 'secrets';
      expect(warnings).toEqual([expect.stringContaining(`no longer reaches the one that has ${things}`)]);
      expect(libvirt.processes()).toMatchObject(others);
    },
    60_000,
  );
});

describeModular('a virtqemud without the daemons beside it', () => {
  let libvirt: PrivateModularLibvirt;
  const open = connectionsOf();
  beforeEach(async () => {
    libvirt = await PrivateModularLibvirt.start('virtqemud');
  }, 60_000);
  afterEach(() => libvirt.stop());

  it('lives through many connections, and notes down no more than that the others are not there', async () => {
    const uri = `qemu:///system?socket=${libvirt.socketOf('virtqemud')}`;
    settle(uri);
    const processes = libvirt.processes();
    const before = libvirt.logOf('virtqemud').length;
    await comeAndGo(uri);
    const noted = libvirt.logOf('virtqemud', before).trimEnd().split('\n');
    expect(noted.filter((line) => !/Failed to connect socket to '.*\/virt\w+d-sock'/.test(line))).toEqual([]);
    expect(libvirt.processes()).toEqual(processes);
  }, 120_000);

  it.each(worlds)(
    'is followed all the same in $name, and asked again for what they have when it has been away',
    async (world) => {
      const lacking = (conn: Connection) =>
        connectionStats(conn).unsupported.filter((type) => /^(network|storage|node|secret)-/.test(type));
      const conn = await open(world, `qemu:///system?socket=${libvirt.socketOf('virtqemud')}`, { reconnect: true });
      expect(lacking(conn)).toEqual([
        ...['network-lifecycle', 'network-metadata-change', 'storage-pool-lifecycle', 'storage-pool-refresh'],
        ...['node-device-lifecycle', 'node-device-update', 'secret-lifecycle', 'secret-value-changed'],
      ]);
      await libvirt.restart('virtsecretd');
      await libvirt.restart('virtqemud');
      await takeUntil(world, conn, ['connection-restored']);
      expect(lacking(conn)).not.toContain('secret-lifecycle');
      expect(lacking(conn)).toContain('network-lifecycle');
      const file = join(libvirt.folder, 'secret.xml');
      writeFileSync(file, `<secret><uuid>${SECRET}</uuid><usage type='volume'><volume>/key</volume></usage></secret>`);
      const uri = `secret:///system?socket=${libvirt.socketOf('virtsecretd')}`;
      await succeed('virsh', ['-c', uri, '-q', `secret-define ${file}; secret-undefine ${SECRET}`]);
      const events = await takeUntil(world, conn, "lifecycle/@event = 'undefined'");
      expect(events.map((event) => event.string('secret/uuid'))).toEqual([SECRET, SECRET]);
    },
    60_000,
  );
});
