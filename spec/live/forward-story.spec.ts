/**
 * A fleet of two hosts: a guest moves from one to the other while the hub is away, and whoever reads the hub is told both hosts'
 * stories when it is back.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { addEventHandler, type Connection, deliverEvents, openConnection, type QueuedEventOf } from '../../lib';
import { partitionOf } from '../../lib/nats/subjects';
import { main } from '../support/built';
import { killChild } from '../support/child-processes';
import { freePort } from '../support/free-port';
import { NatsServer } from '../support/nats-server';
import { isThorough } from '../support/often';
import { describeLiveWith, PrivateLibvirtd } from '../support/private-libvirtd';
import { run } from '../support/run-program';

/** How long something may take, in milliseconds: it ends a test that would hang, and decides no other. */
const PATIENCE = 40_000;

/** For how long the hub is away, in milliseconds: a minute, unless someone waits for the result. */
const AWAY = isThorough ? 60_000 : 2000;

/** Each is in another of two shares. */
const HOSTS = ['kvm-1', 'kvm-4'] as const;

const GUEST = `<domain type='qemu'><name>guest</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os></domain>`;

const inShort = ({ detail }: QueuedEventOf<'domain-state-transition'>) =>
  `${detail?.from} to ${detail?.to}, ${detail?.event} ${detail?.detail}`;

/** The transitions in the journal of a daemon's host. */
function journaled({ folder }: PrivateLibvirtd): string[] {
  const found: string[] = [];
  using conn = openConnection(`journal:${join(folder, 'journal')}?follow=no`);
  addEventHandler(conn, ['domain-state-transition'], (_, event) => {
    found.push(inShort(event));
  });
  deliverEvents(conn);
  return found;
}

describeLiveWith('nats-server', 'setpriv')('A fleet of two hosts and a hub', () => {
  let hub: NatsServer;
  const daemons: PrivateLibvirtd[] = [];
  const children: ChildProcess[] = [];
  const readers: Connection[] = [];
  let said = '';
  const told: Record<string, { share: number; host: string; what: string }[]> = {};

  beforeAll(async () => {
    hub = await NatsServer.start();
    for (const place of HOSTS.keys()) {
      // Daemons of one machine move guests between them only if each takes the machine for another one.
      const uuid = `host_uuid = "11111111-2222-4333-8444-00000000000${place}"`;
      daemons.push(await PrivateLibvirtd.start({ settings: [uuid] }));
    }
  }, 60_000);

  afterAll(async () => {
    for (const reader of readers) {
      reader.close();
    }
    await Promise.all(children.map(killChild));
    // A guest would outlive its daemon.
    await Promise.all(daemons.map((_, place) => virsh(place, 'destroy guest')));
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    await hub.stop();
  }, 60_000);

  const uriOf = (place: number) => `qemu+unix:///system?socket=${daemons[place]!.socket}`;
  const virsh = (place: number, command: string) => run('virsh', ['-q', '-c', uriOf(place), command]);
  const stream = () => `nats://${hub.address}/EVENTS`;

  /** Runs a command of the library's, for as long as the test. */
  function start(...args: string[]): void {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'inherit', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    children.push(child);
  }

  async function until(what: string, isSo: () => boolean): Promise<void> {
    for (const deadline = Date.now() + PATIENCE; !isSo(); await pause(20)) {
      if (Date.now() > deadline) {
        throw new Error(`${what}: in vain\n${said}\n${JSON.stringify(told, undefined, 1)}`);
      }
    }
  }

  it('is told of as a whole, each host in order, though a guest moves while the hub is away', async () => {
    expect(HOSTS.map((host) => partitionOf(host) % 2).sort()).toEqual([0, 1]);
    for (const [place, host] of HOSTS.entries()) {
      const journal = join(daemons[place]!.folder, 'journal');
      start('collect', uriOf(place), '--journal', journal, '--host', host);
      await until('the collector', () => said.includes(`${journal}\n`));
      start('forward', `journal:${journal}?reader=nats`, stream(), ...(place === 0 ? ['--create'] : []));
      await until('the forwarder', () => said.includes(`the events of journal:${journal}`));
    }

    const stories = () =>
      HOSTS.map((host) => Object.values(told).flatMap((events) => events.filter((event) => event.host === host)));
    for (const share of [1, 2]) {
      const conn = openConnection(`${stream()}?reader=watcher&share=${share}/2`);
      readers.push(conn);
      addEventHandler(conn, ['domain-state-transition'], (_, event) => {
        told[share] ??= [];
        told[share].push({ share, host: event.string('@host'), what: inShort(event) });
      });
    }
    const hasCome = (what: string, events: number) =>
      until(what, () => {
        deliverEvents(readers, { waitMs: 50 });
        return stories().flat().length >= events;
      });

    const definition = join(hub.folder, 'guest.xml');
    writeFileSync(definition, GUEST);
    await virsh(0, `create ${definition}`);
    await hasCome('the start', 1);

    await hub.kill();
    const killedAt = performance.now();
    await until('the outage', () => said.split('waits: the server').length > HOSTS.length);
    const { stderr } = await virsh(
      0,
      `migrate --live guest '${uriOf(1)}' --migrateuri tcp://127.0.0.1:${await freePort()}`,
    );
    expect(stderr).toBe('');
    await pause(Math.max(0, killedAt + AWAY - performance.now()));
    await hub.restart();
    await virsh(1, 'suspend guest');
    await virsh(1, 'destroy guest');

    await until('the end of the story', () => {
      deliverEvents(readers, { waitMs: 50 });
      return stories().every((story) => / to absent, /.test(story.at(-1)?.what ?? ''));
    });
    // Nothing but what the journals have, which is an unbroken chain on each host, and all of that.
    expect(stories().map((story) => story.map(({ what }) => what))).toEqual(daemons.map(journaled));
    for (const story of stories()) {
      let state = 'absent';
      for (const { what } of story) {
        expect(what.split(' to ')[0]).toBe(state);
        state = / to (\w+),/.exec(what)![1]!;
      }
      expect(new Set(story.map(({ share }) => share)).size).toBe(1);
    }
    const [first, second] = stories();
    expect(first!.map(({ what }) => what)).toContainEqual(
      expect.stringMatching(/^paused to shutoff, stopped migrated$/),
    );
    expect(second![0]!.what).toBe('absent to running, started migrated');
    expect(said).not.toContain('fault of virdeliver');
  }, 240_000);
});
