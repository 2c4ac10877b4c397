/** Going on from earlier states, with a real libvirtd and real guests that change while nobody is connected. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listDomains, openConnection } from '../../lib';
import { coreOf } from '../../lib/delivery/connection-core';
import type { EarlierDomain, EarlierStates } from '../../lib/drivers/driver';
import { describeLive, PrivateLibvirtd } from '../support/private-libvirtd';
import { runVirsh } from '../support/virsh';
import { eventLoopWorld, synchronousWorld, takeUntil } from '../support/worlds';

jest.setTimeout(180_000);

const NAMES = ['destroyed', 'restarted', 'undefined', 'transient', 'steady', 'new'];

const guestXml = (name: string) => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory>
  <uuid>11111111-2222-4333-8444-55555555550${NAMES.indexOf(name)}</uuid>
  <os><type arch='x86_64'>hvm</type></os></domain>`;

describeLive('going on from earlier states of real guests', () => {
  let daemon: PrivateLibvirtd;
  let uri: string;

  const virsh = (...commands: string[]) => runVirsh(uri, commands.join('; '));

  beforeAll(async () => {
    daemon = await PrivateLibvirtd.start();
    uri = `qemu:///system?socket=${daemon.socket}`;
    for (const name of NAMES) {
      writeFileSync(join(daemon.folder, `${name}.xml`), guestXml(name));
    }
    const define = (name: string) => `define ${daemon.folder}/${name}.xml`;
    virsh(
      ...['destroyed', 'restarted', 'undefined', 'steady'].map(define),
      ...['destroyed', 'restarted', 'steady'].map((name) => `start ${name}`),
      `create ${daemon.folder}/transient.xml`,
    );
  });
  afterAll(async () => {
    for (const name of NAMES) {
      try {
        virsh(`destroy ${name}`);
      } catch {
        // It doesn't run.
      }
    }
    await daemon.stop();
  });

  /** What is known of the guests now, by a connection that is closed when it has told. */
  async function known(): Promise<EarlierStates> {
    using conn = openConnection(uri);
    const { driver } = coreOf(conn);
    driver.resumeFrom?.(undefined);
    await takeUntil(synchronousWorld, conn, "domain/name = 'steady'");
    const domains = listDomains(conn).map(
      (domain): EarlierDomain => ({ ...domain, persistent: domain.name !== 'transient' }),
    );
    return { origin: driver.origin!, domains, rebooted: undefined };
  }

  /** What is told of each guest to one who goes on from there, with the cause of the gap that follows. */
  async function story(earlier: EarlierStates, world = synchronousWorld): Promise<Record<string, string[]>> {
    using conn = openConnection(uri, { reconnect: 'from-start' });
    coreOf(conn).driver.resumeFrom?.(earlier);
    const told: Record<string, string[]> = {};
    for (const event of await takeUntil(world, conn, ['events-lost'])) {
      const { detail } = event;
      if (event.type === 'domain-state-transition' && event.detail !== undefined) {
        const { domain, from, to, found } = event.detail;
        expect(found).toBe('by-comparison');
        told[domain.name] = [...(told[domain.name] ?? []), `${from} → ${to}`];
      } else if (event.type === 'events-lost') {
        expect(detail).toMatchObject({ unknown: true, cause: 'stopped' });
      }
    }
    return told;
  }

  it('tells every transition, also when the daemon was restarted meanwhile, and that of nothing else', async () => {
    const before = await known();
    virsh('destroy destroyed', 'destroy restarted', 'start restarted', 'undefine undefined', 'destroy transient');
    virsh(`create ${daemon.folder}/transient.xml`, `define ${daemon.folder}/new.xml`);
    await daemon.kill();
    const opening = story({ ...before, rebooted: false }, eventLoopWorld);
    await daemon.restart();
    expect(await opening).toEqual({
      destroyed: ['running → shutoff'],
      restarted: ['running → shutoff', 'shutoff → running'],
      undefined: ['shutoff → absent'],
      transient: ['running → shutoff', 'shutoff → absent', 'absent → running'],
      new: ['absent → shutoff'],
    });
  });

  it('takes guests with the same number for others after a start of the machine', async () => {
    const before = await known();
    expect(await story({ ...before, rebooted: true })).toEqual({
      restarted: ['running → shutoff', 'shutoff → running'],
      steady: ['running → shutoff', 'shutoff → running'],
      transient: ['running → shutoff', 'shutoff → absent', 'absent → running'],
    });
  });

  it('says nothing of guests that were known on another host', async () => {
    const before = await known();
    const elsewhere = { ...before.origin, hostUuid: '99999999-2222-4333-8444-555555555555' };
    expect(await story({ ...before, origin: elsewhere })).toEqual({});
  });
});
