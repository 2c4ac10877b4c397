/** The remote driver under the load of clients that change domains as fast as a real libvirt lets them. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  addEventHandler,
  type Connection,
  closeConnection,
  connectionStats,
  deliverEvents,
  openConnection,
  type QueuedEvent,
  waitForEvents,
} from '../../lib';
import type { ConnectionOptions } from '../../lib/delivery/open-connection';
import { type LibvirtForm, type LiveLibvirt, libvirtForms } from '../support/live-libvirt';
import { succeed } from '../support/run-program';

/** How long the events may take to come, in milliseconds: it ends a test that would hang, and decides no other. */
const PATIENCE = 60_000;

/** How many of each event there were. */
interface Counts {
  readonly suspended: number;
  readonly resumed: number;
}

/** Counts the events of a connection by domain, and notes what should not be. */
class Tally {
  readonly counts: Record<string, Counts> = {};
  /** How many events were counted in all. */
  total = 0;
  /** The events that did not follow the one before: by their number, or by the state that they lead from. */
  readonly faults: string[] = [];
  readonly #racing: string | undefined;
  readonly #states = new Map<string, string>();
  #sequence = 0;

  /** @param racing The domain that several clients change at once: the daemon itself may tell of it out of order. */
  constructor(racing?: string) {
    this.#racing = racing;
  }

  take(event: QueuedEvent): void {
    if (event.sequence !== this.#sequence + 1) {
      this.faults.push(`number ${event.sequence} after ${this.#sequence}`);
    }
    this.#sequence = event.sequence;
    if (event.type !== 'domain-state-transition' || event.detail === undefined) {
      this.faults.push(event.xml);
      return;
    }
    const { domain, from, to, event: word } = event.detail;
    const { name } = domain;
    if (name !== this.#racing && from !== (this.#states.get(name) ?? 'running')) {
      this.faults.push(`${name}: ${from} → ${to} after ${this.#states.get(name)}`);
    }
    this.#states.set(name, to);
    if (word !== 'suspended' && word !== 'resumed') {
      this.faults.push(event.xml);
      return;
    }
    const { suspended, resumed } = this.counts[name] ?? { suspended: 0, resumed: 0 };
    this.counts[name] =
      word === 'suspended' ? { suspended: suspended + 1, resumed } : { suspended, resumed: resumed + 1 };
    this.total += 1;
  }
}

const sum = (counts: readonly Counts[]): Counts => ({
  suspended: counts.reduce((total, { suspended }) => total + suspended, 0),
  resumed: counts.reduce((total, { resumed }) => total + resumed, 0),
});

const totalOf = (counts: readonly Counts[]) => sum(counts).suspended + sum(counts).resumed;

/** What load is put on which domains. */
interface Load {
  readonly driver: 'test' | 'qemu';
  /** How many calls each client makes, for events that are delivered as they come, and for those that pile up. */
  readonly calls: number;
  readonly backlog: number;
  /** Whether a domain that is in a state already refuses to get there: then two clients can change one at once. */
  readonly canRace: boolean;
}

const NAMES = ['one', 'two', 'three', 'four'];

function bear(form: LibvirtForm, { driver, calls, backlog, canRace }: Load): void {
  let libvirt: LiveLibvirt;
  let processes: Record<string, string | undefined>;
  let keeper: Connection;
  const open = new Set<Connection>();

  beforeAll(async () => {
    libvirt = await form.start();
    processes = libvirt.processes();
    // The simulated hypervisor goes with its last connection.
    keeper = openConnection(uri(), { events: ['domain-reboot'] });
    const file = join(libvirt.folder, 'domain.xml');
    for (const name of NAMES) {
      const identity = `<name>${name}</name><memory unit='MiB'>32</memory>`;
      writeFileSync(file, `<domain type='${driver}'>${identity}<os><type arch='x86_64'>hvm</type></os></domain>`);
      await virsh(`create ${file}`);
    }
    rmSync(file);
  }, 60_000);
  afterEach(() => {
    for (const conn of open) {
      closeConnection(conn);
    }
    open.clear();
    expect(libvirt.processes()).toEqual(processes);
  });
  afterAll(async () => {
    for (const name of NAMES) {
      // A guest would outlive the daemon.
      await virsh(`destroy ${name}`).catch(() => {});
    }
    closeConnection(keeper);
    await libvirt.stop();
  }, 60_000);

  const uri = () => libvirt.uriOf(driver);
  const virsh = (command: string) => succeed('virsh', ['-c', uri(), '-q', command]);

  /** Opens a connection whose events are counted. */
  function connect(tally: Tally, options?: ConnectionOptions): Connection {
    const conn = openConnection(uri(), { events: ['domain-state-transition'], ...options });
    open.add(conn);
    addEventHandler(conn, null, (_, event) => tally.take(event));
    return conn;
  }

  /** Has a client make so many calls; tells how many succeeded, when it has ended. */
  async function toggle(name: string, times: number): Promise<Counts> {
    const program = join(__dirname, '..', 'support', 'toggling-client.js');
    const place = driver === 'test' ? 'test:///default' : 'qemu:///system';
    const socket = new URL(uri()).searchParams.get('socket') as string;
    return JSON.parse(await succeed(process.execPath, [program, socket, place, name, String(times)])) as Counts;
  }

  const deliveries: readonly [string, (conn: Connection) => unknown][] = [
    ['a synchronous loop', (conn) => deliverEvents(conn, { waitMs: 1000 })],
    ['the event loop', (conn) => waitForEvents(conn, { timeoutMs: 1000 }).then(() => deliverEvents(conn))],
  ];

  it.each(deliveries)(
    'loses, doubles and reorders nothing in %s',
    async (_, deliver) => {
      const tally = new Tally(canRace ? 'three' : undefined);
      const conn = connect(tally);
      const deliverUntil = async (total: number) => {
        const deadline = performance.now() + PATIENCE;
        while (tally.total < total && performance.now() < deadline) {
          const pending = deliver(conn);
          if (pending !== undefined) {
            await pending;
          }
        }
      };
      const alone = ['one', 'two'].map((name) => toggle(name, calls));
      // These two get into each other's way, so that many of their calls fail, and make no event.
      const racing = Array.from({ length: canRace ? 2 : 1 }, () => toggle('three', calls));
      // How many events there will be is known only when they have ended, but not less than this.
      await deliverUntil(2 * calls);
      const [one, two] = await Promise.all(alone);
      const three = await Promise.all(racing);
      await deliverUntil(2 * calls + totalOf(three));
      deliverEvents(conn, { waitMs: 100 });
      expect(one).toEqual({ suspended: calls / 2, resumed: calls / 2 });
      expect(tally.counts).toEqual({ one, two, three: sum(three) });
      expect(tally.faults).toEqual([]);
      expect(connectionStats(conn)).toMatchObject({ state: 'open', queued: 0, lost: 0 });
    },
    90_000,
  );

  it('takes in a backlog that has piled up in the daemon', async () => {
    const tally = new Tally();
    const conn = connect(tally);
    // The daemon takes the longer for an event the more of them wait, so that many more would take minutes to make.
    const made = await Promise.all(NAMES.map((name) => toggle(name, backlog)));
    const total = NAMES.length * backlog;
    expect(totalOf(made)).toBe(total);
    expect(connectionStats(conn).arrived).toBe(0);
    const deadline = performance.now() + PATIENCE;
    while (tally.total < total && performance.now() < deadline) {
      deliverEvents(conn, { waitMs: 1000 });
    }
    deliverEvents(conn, { waitMs: 100 });
    expect(tally.counts).toEqual(Object.fromEntries(NAMES.map((name, place) => [name, made[place]])));
    expect(tally.faults).toEqual([]);
  }, 90_000);

  it('stops reading when the queue is full, and loses nothing', async () => {
    const tally = new Tally();
    const conn = connect(tally, { queue: { maxEvents: 3 } });
    const made = await toggle('four', 200);
    const deadline = performance.now() + PATIENCE;
    while (tally.total < 200 && performance.now() < deadline) {
      expect(deliverEvents(conn, { waitMs: 1000 }).events).toBeLessThanOrEqual(3);
    }
    expect(tally.counts).toEqual({ four: made });
    expect(tally.faults).toEqual([]);
    expect(connectionStats(conn)).toMatchObject({ lost: 0, highWaterMark: 3 });
  }, 90_000);
}

const { monolithic, alone, proxied } = libvirtForms;

monolithic.describe('a connection to a real libvirtd under load', () =>
  bear(monolithic, { driver: 'test', calls: 6000, backlog: 5000, canRace: true }),
);

for (const form of [alone, proxied]) {
  // A real guest takes longer, and is content with the state that it has.
  form.describe(`a connection to ${form.name} under load`, () =>
    bear(form, { driver: 'qemu', calls: 300, backlog: 200, canRace: false }),
  );
}
