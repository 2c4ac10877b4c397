/**
 * Holds the states that a connection follows against virsh, after every operation that virsh has on a domain of QEMU: what
 * `listDomains` says, and where the last transition has led to, is what `virsh domstate` says.
 *
 * What cannot be done here: `dompmsuspend` needs an agent in the guest, so that the guest is put to sleep by its ACPI registers;
 * migration by `--p2p` and `--tunnelled` is refused between daemons of one machine.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  addEventHandler,
  type Connection,
  closeConnection,
  deliverEvents,
  listDomains,
  openConnection,
  type QueuedEvent,
  runDelivery,
} from '../../lib';
import { freePort } from '../support/free-port';
import { describeLive, PrivateLibvirtd } from '../support/private-libvirtd';
import { describeModular, PrivateModularLibvirt } from '../support/private-modular-libvirt';
import { run } from '../support/run-program';
import { validateEvents } from '../support/validate-xsd';

/** How long an operation may take until all agree, in milliseconds: it ends a test that would hang, and decides no other. */
const PATIENCE = 40_000;

/** What has the guest write to a port: of its device for panics, and of its ACPI registers. */
const port = (...write: readonly string[]) => `qemu-monitor-command guest --hmp o ${write.join(' ')}`;
const crash = port('/b', '0x505', '1');
const crashload = port('/b', '0x505', '2');
const sleep = port('/w', '0x604', '0x2400');
const powerOff = port('/w', '0x604', '0x2000');

/**
 * What an operation may need: the program of libvirt's that writes what a guest is saved to, which modular daemons lack if they
 * were moved; that a snapshot of a running guest can be loaded, which libvirt 11.3 cannot do with QEMU 7.2.
 */
type Need = 'iohelper' | 'loading';

/** An operation, in commands of virsh, and what it leads to. */
interface Row {
  readonly does: string;
  /** The state of the guest afterwards. */
  readonly here: string;
  /** Its state on the other host. */
  readonly there?: string;
  /** What must be told meanwhile: an event of a transition, or a type. */
  readonly tells?: string;
  /** What must be there; if it isn't, all must agree with virsh, whatever that says. */
  readonly needs?: Need;
}

const story: readonly Row[] = [
  { does: 'define DIR/preserve.xml', here: 'shutoff', tells: 'defined' },
  { does: 'start guest', here: 'running', tells: 'started' },
  { does: 'suspend guest', here: 'paused', tells: 'suspended' },
  { does: 'resume guest', here: 'running', tells: 'resumed' },
  { does: 'reset guest', here: 'running', tells: 'domain-reboot' },
  { does: 'reboot guest', here: 'running' },
  { does: 'define DIR/preserve.xml', here: 'running', tells: 'defined' },
  { does: 'destroy guest', here: 'shutoff', tells: 'stopped' },
  { does: 'define DIR/preserve.xml', here: 'shutoff', tells: 'defined' },
  { does: 'start guest --paused', here: 'paused', tells: 'started' },
  { does: 'resume guest', here: 'running', tells: 'resumed' },
  { does: 'shutdown guest', here: 'running' },

  { does: 'save guest DIR/saved', here: 'shutoff', tells: 'stopped', needs: 'iohelper' },
  { does: 'restore DIR/saved', here: 'running', tells: 'started', needs: 'iohelper' },
  { does: 'save guest DIR/saved --paused', here: 'shutoff', tells: 'stopped', needs: 'iohelper' },
  { does: 'restore DIR/saved', here: 'paused', tells: 'started', needs: 'iohelper' },
  { does: 'managedsave guest', here: 'shutoff', tells: 'stopped', needs: 'iohelper' },
  { does: 'start guest', here: 'paused', tells: 'started', needs: 'iohelper' },
  { does: 'resume guest', here: 'running', needs: 'iohelper' },

  { does: sleep, here: 'pmsuspended', tells: 'pmsuspended' },
  { does: 'dompmwakeup guest', here: 'running', tells: 'started' },
  { does: powerOff, here: 'shutoff', tells: 'stopped' },
  { does: 'start guest', here: 'running', tells: 'started' },
  { does: 'qemu-monitor-command guest --hmp stop', here: 'paused', tells: 'suspended' },
  { does: 'qemu-monitor-command guest --hmp cont', here: 'running', tells: 'resumed' },
  { does: 'qemu-monitor-command guest --hmp quit', here: 'shutoff', tells: 'stopped' },

  { does: 'start guest', here: 'running', tells: 'started' },
  { does: crashload, here: 'running', tells: 'crashed' },
  { does: crash, here: 'crashed', tells: 'crashed' },
  { does: 'reset guest', here: 'paused', tells: 'domain-reboot' },
  { does: 'resume guest', here: 'running', tells: 'resumed' },
  { does: crash, here: 'crashed', tells: 'crashed' },
  { does: 'destroy guest', here: 'shutoff', tells: 'stopped' },
  { does: 'define DIR/restart.xml; start guest', here: 'running', tells: 'started' },
  { does: crash, here: 'running', tells: 'resumed' },
  { does: 'destroy guest', here: 'shutoff', tells: 'stopped' },
  { does: 'define DIR/destroy.xml; start guest', here: 'running', tells: 'started' },
  { does: crash, here: 'shutoff', tells: 'stopped' },
  { does: 'define DIR/coredump-destroy.xml; start guest', here: 'running', tells: 'started', needs: 'iohelper' },
  { does: crash, here: 'shutoff', tells: 'stopped', needs: 'iohelper' },
  { does: 'define DIR/coredump-restart.xml; start guest', here: 'running', tells: 'started', needs: 'iohelper' },
  { does: crash, here: 'running', tells: 'resumed', needs: 'iohelper' },
  { does: 'destroy guest', here: 'shutoff', tells: 'stopped', needs: 'iohelper' },
  { does: 'undefine guest', here: 'absent', tells: 'undefined' },
  { does: 'create DIR/destroy.xml', here: 'running', tells: 'started' },
  { does: crash, here: 'absent', tells: 'stopped' },

  { does: 'define DIR/disk.xml; snapshot-create-as guest off', here: 'shutoff', tells: 'defined' },
  { does: 'start guest; snapshot-create-as guest on', here: 'running', tells: 'started' },
  { does: 'suspend guest; snapshot-create-as guest held', here: 'paused', tells: 'suspended' },
  { does: 'snapshot-revert guest on', here: 'running', tells: 'started', needs: 'loading' },
  { does: 'snapshot-revert guest held', here: 'paused', tells: 'started', needs: 'loading' },
  { does: 'snapshot-revert guest off', here: 'shutoff', tells: 'stopped', needs: 'loading' },
  { does: 'snapshot-revert guest on --paused', here: 'paused', tells: 'started', needs: 'loading' },
  { does: 'snapshot-revert guest off --running', here: 'running', tells: 'started', needs: 'loading' },
  { does: 'snapshot-revert guest held --running', here: 'running', tells: 'started', needs: 'loading' },
  { does: 'snapshot-revert guest off --paused', here: 'paused', tells: 'started', needs: 'loading' },
  { does: 'destroy guest', here: 'shutoff', tells: 'stopped', needs: 'loading' },
  { does: 'undefine guest --snapshots-metadata', here: 'absent', tells: 'undefined' },

  { does: 'create DIR/preserve.xml', here: 'running', tells: 'started' },
  { does: 'destroy guest', here: 'absent', tells: 'stopped' },
  { does: 'create DIR/preserve.xml --paused', here: 'paused', tells: 'started' },
  { does: 'define DIR/preserve.xml', here: 'paused', tells: 'defined' },
  { does: 'undefine guest', here: 'paused', tells: 'undefined' },
  { does: 'destroy guest', here: 'absent', tells: 'stopped' },
  { does: 'define DIR/preserve.xml; domrename guest other', here: 'absent', tells: 'defined' },
  { does: 'domrename other guest', here: 'shutoff', tells: 'defined' },
  { does: `start guest${'; destroy guest; start guest'.repeat(5)}`, here: 'running', tells: 'started' },

  { does: 'migrate --live guest OTHER', here: 'shutoff', there: 'running', tells: 'stopped' },
  { does: 'there: destroy guest', here: 'shutoff', there: 'absent' },
  { does: 'start guest; migrate --live --suspend guest OTHER', here: 'shutoff', there: 'paused', tells: 'stopped' },
  { does: 'there: destroy guest', here: 'shutoff', there: 'absent' },
  { does: 'start guest --paused; migrate guest OTHER', here: 'shutoff', there: 'paused', tells: 'stopped' },
  { does: 'there: destroy guest', here: 'shutoff', there: 'absent' },
  { does: 'start guest', here: 'running', there: 'absent', tells: 'started' },
  { does: 'migrate --live --persistent guest OTHER', here: 'shutoff', there: 'running', tells: 'stopped' },
  { does: 'there: destroy guest; undefine guest', here: 'shutoff', there: 'absent' },
  { does: 'start guest', here: 'running', there: 'absent', tells: 'started' },
  {
    does: 'migrate --live --persistent --undefinesource guest OTHER',
    here: 'absent',
    there: 'running',
    tells: 'stopped',
  },
  { does: 'there: destroy guest; undefine guest', here: 'absent', there: 'absent' },
  { does: 'create DIR/preserve.xml', here: 'running', there: 'absent', tells: 'started' },
  {
    does: 'migrate --live --postcopy --postcopy-after-precopy guest OTHER',
    here: 'absent',
    there: 'running',
    tells: 'stopped',
  },
  { does: 'there: destroy guest', here: 'absent', there: 'absent' },
];

/** A guest under emulation: its firmware finds nothing to start, and waits. */
function guestXml(onCrash: string, disk = ''): string {
  return `<domain type='qemu'><name>guest</name><uuid>11111111-2222-4333-8444-5555555555aa</uuid>
    <memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
    <pm><suspend-to-mem enabled='yes'/></pm><on_crash>${onCrash}</on_crash>
    <devices><panic model='isa'/>${disk}</devices></domain>`;
}

/** An empty disk in QEMU's own format, version 2, in which a guest's snapshots are kept: a header and its three tables. */
function emptyDisk(): Buffer {
  const cluster = 65_536;
  const disk = Buffer.alloc(4 * cluster);
  disk.write('QFI\xfb', 'latin1');
  disk.writeUInt32BE(2, 4);
  disk.writeUInt32BE(16, 20);
  disk.writeBigUInt64BE(16n << 20n, 24);
  disk.writeUInt32BE(1, 36);
  disk.writeBigUInt64BE(BigInt(3 * cluster), 40);
  disk.writeBigUInt64BE(BigInt(cluster), 48);
  disk.writeUInt32BE(1, 56);
  disk.writeBigUInt64BE(BigInt(2 * cluster), cluster);
  for (let used = 0; used < 4; used += 1) {
    disk.writeUInt16BE(1, 2 * cluster + 2 * used);
  }
  return disk;
}

/** Makes the files that the story names. */
function writeFiles(folder: string): void {
  for (const onCrash of ['preserve', 'restart', 'destroy', 'coredump-destroy', 'coredump-restart']) {
    writeFileSync(join(folder, `${onCrash}.xml`), guestXml(onCrash));
  }
  const disk = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
    <source file='${folder}/disk.qcow2'/><target dev='vda'/></disk>`;
  writeFileSync(join(folder, 'disk.xml'), guestXml('preserve', disk));
  writeFileSync(join(folder, 'disk.qcow2'), emptyDisk());
}

/** Has daemons find a qemu-img that does nothing: snapshots of a guest that does not run have nothing to keep here. */
async function withQemuImg<Result>(folder: string, start: () => Promise<Result>): Promise<Result> {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin', 'qemu-img'), '#!/bin/sh\n');
  chmodSync(join(folder, 'bin', 'qemu-img'), 0o755);
  const { PATH } = process.env;
  process.env['PATH'] = `${join(folder, 'bin')}:${PATH}`;
  try {
    return await start();
  } finally {
    process.env['PATH'] = PATH;
  }
}

/** The words of virsh for states, as far as they differ from ours. */
const WORDS: Readonly<Record<string, string>> = {
  'no state': 'nostate',
  idle: 'blocked',
  'in shutdown': 'shutdown',
  'shut off': 'shutoff',
};

/** A connection, and what it tells of the guest. */
class Follower {
  readonly conn: Connection;
  readonly events: QueuedEvent[] = [];
  readonly #name: string;

  constructor(name: string, uri: string) {
    this.#name = name;
    this.conn = openConnection(uri);
    addEventHandler(this.conn, null, (_, event) => this.events.push(event));
  }

  get transitions() {
    return this.events.flatMap(({ type, detail }) => (type === 'domain-state-transition' && detail ? [detail] : []));
  }

  /** Whether it has told of something since so many events. */
  hasTold(what: string | undefined, since: number): boolean {
    const words = this.events
      .slice(since)
      .map(({ type, detail }) => (type === 'domain-state-transition' && detail ? detail.event : type));
    return what === undefined || words.includes(what);
  }

  /** What it says of the guest, in the list and by the last transition. */
  get says(): string {
    const listed = listDomains(this.conn).find(({ name }) => name === 'guest')?.state ?? 'absent';
    const told = this.transitions.at(-1);
    const to = told === undefined ? listed : told.domain.name === 'guest' ? told.to : 'absent';
    return `${this.#name}: ${listed}, by the last transition ${to}`;
  }
}

/** Two hosts. */
interface Hosts {
  readonly folder: string;
  readonly here: string;
  readonly there: string;
  readonly has: readonly Need[];
  stop(): Promise<void>;
}

const uriOf = (socket: string) => `qemu+unix:///system?socket=${socket}`;

/** Has the same things hold for the story on these hosts. */
function followStory(start: () => Promise<Hosts>): void {
  let hosts: Hosts;
  let migrationPort: number;
  let followers: Record<'loop' | 'eventLoop' | 'there', Follower>;
  const stop = new AbortController();
  let delivery: Promise<void>;

  beforeAll(async () => {
    hosts = await start();
    migrationPort = await freePort();
    writeFiles(hosts.folder);
    followers = {
      loop: new Follower('a synchronous loop', hosts.here),
      eventLoop: new Follower('the event loop', hosts.here),
      there: new Follower('the other host', hosts.there),
    };
    delivery = runDelivery(followers.eventLoop.conn, { signal: stop.signal });
  }, 60_000);

  afterAll(async () => {
    stop.abort();
    await delivery;
    for (const { conn } of Object.values(followers)) {
      closeConnection(conn);
    }
    // A guest that a failed test has left behind would outlive the daemon.
    await Promise.all([hosts.here, hosts.there].map((uri) => run('virsh', ['-c', uri, 'destroy guest'])));
    await hosts.stop();
  }, 60_000);

  const virsh = (uri: string, command: string) => run('virsh', ['-q', '-c', uri, command]);

  /** Runs commands of virsh, whose destination of a migration is written `OTHER`, and returns what they complain of. */
  async function perform(does: string): Promise<string> {
    const destination = `'${hosts.there}' --migrateuri tcp://127.0.0.1:${migrationPort}`;
    const isThere = does.startsWith('there: ');
    const commands = does.replace('there: ', '').replaceAll('DIR', hosts.folder).replace('OTHER', destination);
    if (does === sleep || does === powerOff) {
      await untilFirmwareHasRun();
    }
    let complaints = '';
    for (const command of commands.split('; ')) {
      complaints += (await virsh(isThere ? hosts.there : hosts.here, command)).stderr;
    }
    return complaints;
  }

  /** Waits until the guest's firmware has made its ACPI registers answer. */
  async function untilFirmwareHasRun(): Promise<void> {
    const deadline = performance.now() + PATIENCE;
    while (performance.now() < deadline) {
      const { stdout } = await virsh(hosts.here, 'qemu-monitor-command guest --hmp i /w 0x604');
      if (!stdout.includes('0xffffffff')) {
        return;
      }
    }
  }

  async function domstate(uri: string): Promise<string> {
    const { status, stdout } = await virsh(uri, 'domstate guest');
    const word = stdout.trim();
    return status === 0 ? (WORDS[word] ?? word) : 'absent';
  }

  let there = 'absent';

  it.each(story)(
    '$does: $here',
    async (row) => {
      there = row.there ?? there;
      const since = Object.values(followers).map(({ events }) => events.length);
      const complaints = await perform(row.does);
      const isMet = row.needs === undefined || hosts.has.includes(row.needs);
      const expectedWhere = (here: string) => ({
        virsh: here,
        virshThere: there,
        says: [
          ...['a synchronous loop', 'the event loop'].map((name) => `${name}: ${here}, by the last transition ${here}`),
          `the other host: ${there}, by the last transition ${there}`,
        ],
        tells: true,
      });
      const deadline = performance.now() + PATIENCE;
      let found: ReturnType<typeof expectedWhere>;
      let expected: ReturnType<typeof expectedWhere>;
      do {
        deliverEvents([followers.loop.conn, followers.there.conn], { waitMs: 20 });
        found = {
          virsh: await domstate(hosts.here),
          virshThere: await domstate(hosts.there),
          says: Object.values(followers).map(({ says }) => says),
          tells:
            !isMet ||
            [followers.loop, followers.eventLoop].every((each, place) => each.hasTold(row.tells, since[place]!)),
        };
        expected = expectedWhere(isMet ? row.here : found.virsh);
      } while (JSON.stringify(found) !== JSON.stringify(expected) && performance.now() < deadline);
      expect({ ...found, complaints }).toEqual({ ...expected, complaints });
    },
    PATIENCE + 20_000,
  );

  it('has told it in an unbroken chain', () => {
    for (const { transitions } of Object.values(followers)) {
      let state = 'absent';
      for (const { from, to } of transitions) {
        expect(from).toBe(state);
        state = to;
      }
    }
  });

  it('has told each start once', () => {
    for (const { transitions } of [followers.loop, followers.eventLoop]) {
      const starts = transitions.filter(({ from, to }) => /^(shutoff|absent)$/.test(from) && to === 'running');
      const started = transitions.filter(({ event, detail }) => event === 'started' && detail !== 'wakeup');
      expect(starts).toHaveLength(started.length);
      expect(starts.length).toBeGreaterThan(10);
    }
  });

  it('has told the same in a synchronous loop and in the event loop, in events that fit the schema', async () => {
    const inShort = ({ transitions }: Follower) =>
      transitions.map(({ from, to, event, detail }) => `${from} -> ${to}, ${event} ${detail}`);
    expect(inShort(followers.loop)).toEqual(inShort(followers.eventLoop));
    const events = Object.values(followers).flatMap((each) => each.events);
    expect(await validateEvents(events.map(({ xml }) => xml))).toEqual([]);
    expect(events.map(({ type }) => type)).not.toContain('connection-warning');
  }, 60_000);
}

/** Daemons of one machine migrate guests between them only if each takes the machine for another one. */
const hostUuid = (end: string) => [`host_uuid = "11111111-2222-4333-8444-${end.padStart(12, '0')}"`];

describeLive('the states that are followed, against virsh and libvirtd', () => {
  followStory(async () => {
    const there = await PrivateLibvirtd.start({ settings: hostUuid('b') });
    const here = await withQemuImg(there.folder, () => PrivateLibvirtd.start({ settings: hostUuid('a') }));
    return {
      folder: here.folder,
      here: uriOf(here.socket),
      there: uriOf(there.socket),
      has: ['iohelper', 'loading'],
      stop: async () => {
        await here.stop();
        await there.stop();
      },
    };
  });
});

describeModular('the states that are followed, against virsh and virtqemud', () => {
  followStory(async () => {
    const there = await PrivateLibvirtd.start({ settings: hostUuid('b') });
    const here = await withQemuImg(there.folder, () => PrivateModularLibvirt.start('virtqemud'));
    return {
      folder: here.folder,
      here: uriOf(here.socketOf('virtqemud')),
      there: uriOf(there.socket),
      has: [],
      stop: async () => {
        await here.stop();
        await there.stop();
      },
    };
  });
});
