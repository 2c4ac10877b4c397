/** The remote driver against a real libvirtd of the spec's own: its test driver, and QEMU with a real guest. */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  addEventHandler,
  type Connection,
  ConnectionLostError,
  closeConnection,
  connectionStats,
  deliverEvents,
  type FilterSource,
  listDomains,
  openConnection,
  type QueuedEvent,
  runDelivery,
  takeEvents,
  waitForEvents,
} from '../../lib';
import type { ConnectionOptions } from '../../lib/delivery/open-connection';
import { expectEvent, expectNoEvent } from '../../lib/testing';
import { dist } from '../support/built';
import { type LiveLibvirt, libvirtForms } from '../support/live-libvirt';
import { describeLive, PrivateLibvirtd } from '../support/private-libvirtd';
import { validateEvents } from '../support/validate-xsd';
import { runVirsh } from '../support/virsh';

const TEST_DOMAIN = '6695eb01-f6a4-8304-79aa-97f2502e193f';
const GUEST = '11111111-2222-4333-8444-5555555555aa';

/** A guest that runs under emulation, without a disk: its firmware finds nothing to start, and waits. */
const guestXml = `<domain type='qemu'><name>guest</name><uuid>${GUEST}</uuid><memory unit='MiB'>32</memory>
  <os><type arch='x86_64'>hvm</type></os><on_crash>preserve</on_crash></domain>`;

describeLive('a connection to a real libvirtd', () => {
  let daemon: PrivateLibvirtd;
  const open = new Set<Connection>();

  beforeAll(async () => {
    daemon = await PrivateLibvirtd.start();
    writeFileSync(join(daemon.folder, 'guest.xml'), guestXml);
  }, 60_000);
  afterEach(() => {
    for (const conn of open) {
      closeConnection(conn);
    }
    open.clear();
  });
  afterAll(async () => {
    // A guest that a failed test left behind would outlive the daemon.
    spawnSync('virsh', ['-c', uriOf('qemu'), 'destroy guest']);
    await daemon.stop();
  });

  const uriOf = (driver: 'test' | 'qemu') => {
    const path = driver === 'test' ? 'default' : 'system';
    return `${driver}+unix:///${path}?socket=${daemon.socket}`;
  };

  function connect(driver: 'test' | 'qemu', options?: ConnectionOptions): Connection {
    const conn = openConnection(uriOf(driver), options);
    open.add(conn);
    return conn;
  }

  const virsh = (driver: 'test' | 'qemu', ...args: string[]) => runVirsh(uriOf(driver), ...args);

  it('delivers real events in a synchronous loop that never returns to the event loop', () => {
    const conn = connect('test');
    const seen: string[] = [];
    addEventHandler(conn, `domain/uuid = '${TEST_DOMAIN}'`, (_, event) => seen.push(transitionOf(event)));
    virsh('test', 'suspend test');
    virsh('test', 'resume test');
    while (seen.length < 2) {
      deliverEvents(conn, { waitMs: 1000 });
    }
    expect(seen).toEqual(['test: running → paused, suspended paused', 'test: paused → running, resumed unpaused']);
  });

  it('wakes from a synchronous wait when an event comes meanwhile', () => {
    const conn = connect('test');
    const child = spawn('sh', ['-c', `sleep 0.2; virsh -q -c '${uriOf('test')}' 'suspend test; resume test'`]);
    const [first] = takeUntil(conn, "transition/@event = 'resumed'");
    expect(transitionOf(first as QueuedEvent)).toBe('test: running → paused, suspended paused');
    child.unref();
  });

  it('delivers in the event loop', async () => {
    const conn = connect('test');
    const seen: string[] = [];
    const stop = new AbortController();
    addEventHandler(conn, ['domain-state-transition'], (_, event) => {
      seen.push(transitionOf(event));
      if (seen.length === 2) {
        stop.abort();
      }
    });
    const child = spawn('virsh', ['-q', '-c', uriOf('test'), 'suspend test; resume test']);
    await runDelivery(conn, { signal: stop.signal });
    child.unref();
    expect(seen).toEqual(['test: running → paused, suspended paused', 'test: paused → running, resumed unpaused']);
  });

  it('keeps the order in both worlds on one socket', async () => {
    const conn = connect('test');
    const rounds = 40;
    const commands = Array(rounds).fill('suspend test; resume test').join('; ');
    const child = spawn('virsh', ['-q', '-c', uriOf('test'), commands]);
    const seen: string[] = [];
    for (let round = 0; seen.length < 2 * rounds; round += 1) {
      if (round % 2 === 0) {
        await waitForEvents(conn, { timeoutMs: 50 });
        seen.push(...takeEvents(conn, { limit: 3 }).map(transitionOf));
      } else {
        seen.push(...takeEvents(conn, { limit: 3, waitMs: 20 }).map(transitionOf));
      }
    }
    child.unref();
    const expected = Array(rounds).fill([
      'test: running → paused, suspended paused',
      'test: paused → running, resumed unpaused',
    ]);
    expect(seen).toEqual(expected.flat());
  });

  it('stops reading when the queue is full, and loses nothing', () => {
    const conn = connect('test', { queue: { maxEvents: 3 } });
    const rounds = 100;
    virsh('test', Array(rounds).fill('suspend test; resume test').join('; '));
    const seen: string[] = [];
    while (seen.length < 2 * rounds) {
      const events = takeEvents(conn, { waitMs: 1000 });
      expect(events.length).toBeLessThanOrEqual(3);
      seen.push(...events.map(transitionOf));
    }
    expect(new Set(seen.filter((_, place) => place % 2 === 0))).toEqual(
      new Set(['test: running → paused, suspended paused']),
    );
    expect(connectionStats(conn)).toMatchObject({ lost: 0, highWaterMark: 3 });
  });

  it('tells of networks and storage pools, too', async () => {
    const conn = connect('test');
    writeFileSync(
      join(daemon.folder, 'net.xml'),
      "<network><name>wire</name><ip address='192.168.7.1' netmask='255.255.255.0'/></network>",
    );
    virsh('test', `net-define ${join(daemon.folder, 'net.xml')}`);
    virsh('test', 'net-start wire');
    virsh('test', 'pool-refresh default-pool');
    const events = takeUntil(conn, ['storage-pool-refresh']);
    expect(events.map((event) => `${event.type} ${event.string('*/name')}`)).toEqual([
      'network-lifecycle wire',
      'network-lifecycle wire',
      'storage-pool-refresh default-pool',
    ]);
    expect(await validateEvents(events.map(({ xml }) => xml))).toEqual([]);
  });

  it('asks for the events that are chosen, and lists those that the daemon does not have', () => {
    const conn = connect('test', { events: ['domain-reboot', 'secret-lifecycle'] });
    expect(connectionStats(conn).unsupported).toEqual(['secret-lifecycle']);
    virsh('test', 'suspend test; resume test');
    expectNoEvent(conn, null, { within: 100 });
  });

  it('lists the domains as they are now', () => {
    const conn = connect('test', { readOnly: true });
    virsh('test', 'suspend test');
    const now = () => listDomains(conn).map(({ name, state }) => [name, state]);
    expectEvent(conn, "transition/@event = 'suspended'", { within: 15_000 });
    expect(now()).toEqual([['test', 'paused']]);
    virsh('test', 'resume test');
    expectEvent(conn, "transition/@event = 'resumed'", { within: 15_000 });
    expect(now()).toEqual([['test', 'running']]);
  });

  it('tells when the daemon goes away, and throws once when all that came before is delivered', async () => {
    const conn = connect('test');
    const seen: string[] = [];
    addEventHandler(conn, null, (_, event) => seen.push(transitionOf(event)));
    virsh('test', 'suspend test; resume test');
    await daemon.restart();
    deliverEvents(conn, { waitMs: 1000 });
    expect(seen).toEqual([
      'test: running → paused, suspended paused',
      'test: paused → running, resumed unpaused',
      'connection-lost',
    ]);
    expect(conn.state).toBe('open');
    expect(() => deliverEvents(conn)).toThrow(ConnectionLostError);
    expect(conn.state).toBe('lost');
  }, 60_000);

  it('comes back if it reconnects, and tells what has changed meanwhile', async () => {
    virsh('qemu', `create ${join(daemon.folder, 'guest.xml')}`);
    const conn = connect('qemu', { reconnect: true });
    const inLoop = connect('test', { reconnect: true });
    const wait = waitForEvents(inLoop);
    await daemon.restart();
    await wait;
    const transient = join(daemon.folder, 'other.xml');
    writeFileSync(transient, guestXml.replace('guest', 'other').replace(/aa(?=<\/uuid>)/, 'bb'));
    virsh('qemu', `define ${transient}`);
    const events = takeUntil(conn, ['connection-restored']);
    expect(events.map(transitionOf)).toEqual([
      'connection-lost',
      'other: absent → shutoff, defined added',
      'events-lost',
      'connection-restored',
    ]);
    expect(events[1]?.string('transition/@found')).toBe('by-comparison');
    expect(events[2]?.string('@unknown')).toBe('true');
    expect(await validateEvents(events.map(({ xml }) => xml))).toEqual([]);
    expect(takeUntil(inLoop, ['connection-restored']).map(transitionOf)[0]).toBe('connection-lost');
    // A daemon that was started anew may not have taken the guest over yet.
    virsh('qemu', 'suspend guest');
    virsh('qemu', 'destroy guest');
    const last = takeUntil(conn, "transition/@detail = 'destroyed'").map(transitionOf);
    expect(withoutShutdown(last).at(-1)).toBe('guest: paused → shutoff, stopped destroyed');
  }, 60_000);

  it('does not keep the process alive', () => {
    const program = `require(${JSON.stringify(dist)}).openConnection(${JSON.stringify(uriOf('test'))})`;
    expect(spawnSync(process.execPath, ['-e', program], { timeout: 10_000 }).status).toBe(0);
  });
});

const { monolithic, modular, proxied } = libvirtForms;

for (const form of [monolithic, modular, proxied]) {
  form.describe(`a real guest of QEMU at ${form.name}`, () => {
    let libvirt: LiveLibvirt;
    let processes: Record<string, string | undefined>;
    let conn: Connection;

    beforeAll(async () => {
      libvirt = await form.start();
      writeFileSync(join(libvirt.folder, 'guest.xml'), guestXml);
      processes = libvirt.processes();
    }, 60_000);
    afterEach(() => {
      closeConnection(conn);
      expect(libvirt.processes()).toEqual(processes);
    });
    afterAll(async () => {
      // A guest that a failed test left behind would outlive the daemon.
      spawnSync('virsh', ['-c', libvirt.uriOf('qemu'), 'destroy guest']);
      await libvirt.stop();
    });

    const connect = (options?: ConnectionOptions) => openConnection(libvirt.uriOf('qemu'), options);
    const virsh = (...args: string[]) => runVirsh(libvirt.uriOf('qemu'), ...args);

    it('tells what becomes of a real guest of QEMU, each event valid by the schema', async () => {
      conn = connect();
      const commands = [
        'start guest',
        'suspend guest',
        'resume guest',
        'desc guest --live words',
        'setmem guest 16M --live',
        'reset guest',
        'destroy guest',
      ];
      virsh(`define ${join(libvirt.folder, 'guest.xml')}`);
      for (const command of commands) {
        virsh(command);
      }
      virsh('undefine guest');
      const events = takeUntil(conn, "domain/name = 'guest' and transition/@to = 'absent'");
      const transitions = events.map(transitionOf).filter((text) => text.startsWith('guest'));
      expect(withoutShutdown(transitions)).toEqual([
        'guest: absent → shutoff, defined added',
        'guest: shutoff → running, resumed unpaused',
        'guest: running → running, started booted',
        'guest: running → paused, suspended paused',
        'guest: paused → running, resumed unpaused',
        'guest: running → shutoff, stopped destroyed',
        'guest: shutoff → absent, undefined removed',
      ]);
      expect(events.map(({ type }) => type)).toContain('domain-metadata-change');
      expect(await validateEvents(events.map(({ xml }) => xml))).toEqual([]);
      expect(events.filter(({ detail }) => detail === undefined)).toEqual([]);
    }, 60_000);

    it("passes on what QEMU's monitor says, if that is asked for", async () => {
      conn = connect({ events: ['qemu-monitor'] });
      virsh(`create ${join(libvirt.folder, 'guest.xml')}`);
      virsh('destroy guest');
      const events = takeUntil(conn, "monitor/@event = 'RESUME'");
      expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['qemu-monitor']));
      expect(await validateEvents(events.map(({ xml }) => xml))).toEqual([]);
    }, 60_000);
  });
}

/**
 * What a guest's transitions come to without the one to 'shutdown' on the way to its end: libvirt tells that one only if
 * it heard QEMU's own word of it before it saw QEMU end.
 */
function withoutShutdown(transitions: readonly string[]): string[] {
  return transitions
    .join('\n')
    .replaceAll(/→ shutdown, shutdown host\nguest: shutdown (?=→)/g, '')
    .split('\n');
}

/** Takes events up to the first that a filter matches, without ever returning to the event loop. */
function takeUntil(conn: Connection, last: FilterSource): QueuedEvent[] {
  const events: QueuedEvent[] = [];
  using _ = addEventHandler(conn, null, (_conn, event) => events.push(event));
  expectEvent(conn, last, { within: 15_000 });
  return events;
}

function transitionOf(event: QueuedEvent): string {
  return event.type === 'domain-state-transition' && event.detail !== undefined
    ? `${event.detail.domain.name}: ${event.detail.from} → ${event.detail.to}, ${event.detail.event} ${event.detail.detail}`
    : event.type;
}
