import { readFileSync } from 'node:fs';
import { type Connection, deliverEvents, openConnection, sendEvent } from '../../lib';
import { openJournal } from '../../lib/collector/journal-events';
import { coreOf } from '../../lib/delivery/connection-core';
import type { EarlierStates } from '../../lib/drivers/driver';
import { JournalWriter } from '../../lib/journal/journal-writer';
import { FakeDisk } from '../journal/fake-disk';

const URI = 'qemu:///system';
const HERE = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

const transition = (name: string, to: string) =>
  `<event type="domain-state-transition" timestamp="now"><domain id="3" type="qemu"><name>${name}</name>` +
  `<uuid>uuid-of-${name}</uuid></domain><transition from="shutoff" to="${to}" event="started" detail="booted"/></event>`;

let disk: FakeDisk;

beforeEach(() => {
  disk = new FakeDisk(new Map([['/', new Map()]]));
});

/** A connection whose driver says that it is one to a daemon, and what that was told when a collector was given it. */
function collect(origin: { uri: string; hostUuid: string | undefined }): {
  conn: Connection;
  told: (EarlierStates | undefined)[];
} {
  const conn = openConnection();
  const told: (EarlierStates | undefined)[] = [];
  const { driver } = coreOf(conn);
  Object.assign(driver, { origin, resumeFrom: (earlier: EarlierStates | undefined) => told.push(earlier) });
  openJournal(conn, '/journal', { host: 'kvm-17' }, disk);
  return { conn, told };
}

describe('the driver of a collector', () => {
  it('is told that nothing is known when a journal begins', () => {
    expect(collect({ uri: URI, hostUuid: undefined }).told).toEqual([undefined]);
  });

  it('is told the domains as of the last event, whose they are, and whether the machine is the same', () => {
    const first = collect({ uri: URI, hostUuid: HERE });
    sendEvent(first.conn, transition('web', 'running'));
    sendEvent(first.conn, transition('db', 'running'));
    deliverEvents(first.conn);
    // What is not written is not known.
    sendEvent(first.conn, transition('mail', 'running'));
    first.conn.close();
    const domain = { id: 3, state: 'running', persistent: undefined };
    expect(collect({ uri: URI, hostUuid: undefined }).told).toEqual([
      {
        origin: { uri: URI, hostUuid: HERE },
        domains: [
          { ...domain, name: 'web', uuid: 'uuid-of-web' },
          { ...domain, name: 'db', uuid: 'uuid-of-db' },
        ],
        rebooted: false,
      },
    ]);
  });

  it('is told of another source as it is, and of none of its domains', () => {
    const first = collect({ uri: URI, hostUuid: HERE });
    sendEvent(first.conn, transition('web', 'running'));
    deliverEvents(first.conn);
    first.conn.close();
    expect(collect({ uri: 'xen:///system', hostUuid: undefined }).told).toEqual([
      { origin: { uri: URI, hostUuid: HERE }, domains: [], rebooted: false },
    ]);
  });

  it('has its domains forgotten when it turns out to be on another host', () => {
    const first = collect({ uri: URI, hostUuid: HERE });
    sendEvent(first.conn, transition('web', 'running'));
    deliverEvents(first.conn);
    first.conn.close();
    const origin = { uri: URI, hostUuid: undefined as string | undefined };
    const second = collect(origin);
    origin.hostUuid = 'another';
    sendEvent(second.conn, transition('db', 'running'));
    deliverEvents(second.conn);
    second.conn.close();
    const third = collect({ uri: URI, hostUuid: undefined });
    expect(third.told[0]?.origin.hostUuid).toBe('another');
    expect(third.told[0]?.domains.map(({ name }) => name)).toEqual(['db']);
  });

  it.each([
    ['another-boot', true],
    ['', undefined],
    [boot, false],
  ])('is told whether the machine was started anew: from boot %j it is %j', (earlier, rebooted) => {
    const options = { host: 'kvm-17', source: URI, boot: earlier, now: () => Date.now() };
    const writer = JournalWriter.open(disk, '/journal', options);
    writer.append(transition('web', 'running'));
    writer.close();
    expect(collect({ uri: URI, hostUuid: undefined }).told).toMatchObject([{ rebooted }]);
  });

  it('is told so as long as nothing is known of the domains since, however often the collector was started', () => {
    const options = { host: 'kvm-17', source: URI, boot: 'another-boot', now: () => Date.now() };
    const writer = JournalWriter.open(disk, '/journal', options);
    writer.append(transition('web', 'running'));
    writer.sync();
    // The power fails; the collector is started twice before its daemon is.
    disk.killAll();
    const origin = { uri: URI, hostUuid: undefined };
    for (const _ of ['first', 'second']) {
      const { conn, told } = collect(origin);
      expect(told).toMatchObject([{ rebooted: true }]);
      sendEvent(conn, '<event type="hook" timestamp="now"/>');
      deliverEvents(conn);
      disk.killAll();
    }
    const { conn } = collect(origin);
    sendEvent(conn, transition('web', 'shutoff'));
    deliverEvents(conn);
    conn.close();
    expect(collect(origin).told).toMatchObject([{ rebooted: false }]);
  });
});
