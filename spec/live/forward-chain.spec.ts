/** A journal published to a stream, and the stream written to another journal, by processes that are killed again and again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { addEventHandler, deliverEvents, openConnection } from '../../lib';
import { verifyJournal } from '../../lib/collector';
import { main } from '../support/built';
import { killChild } from '../support/child-processes';
import { Operator } from '../support/hubs';
import { describeNats, NatsServer } from '../support/nats-server';
import { often } from '../support/often';
import { PublishedHost, range } from '../support/published-host';

/** How long something may take, in milliseconds: it ends a test that would hang, and decides no other. */
const PATIENCE = 30_000;

describeNats('A chain of a journal, a stream and a journal', () => {
  let server: NatsServer;
  let folder: string;
  const hosts: PublishedHost[] = [];
  const children = new Map<string, ChildProcess>();
  let said = '';

  beforeEach(async () => {
    server = await NatsServer.start();
    folder = mkdtempSync(join(tmpdir(), 'virdeliver-chain-'));
    const operator = await Operator.at(server);
    await operator.makeStream();
    await operator.manager.streams.add({
      name: 'EVENTS-readers',
      subjects: ['virdeliver-reader.>'],
      allow_direct: true,
      max_msgs_per_subject: 1,
    });
    await operator.close();
  });

  afterEach(async () => {
    await Promise.all([...children.values()].map(killChild));
    for (const one of hosts.splice(0)) {
      one[Symbol.dispose]();
    }
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const stream = () => `nats://${server.address}/EVENTS`;

  /** How each link of the chain is started. */
  const links = (): Record<string, string[]> => ({
    ...Object.fromEntries(
      hosts.map(({ name, journal }) => [name, ['forward', `journal:${journal}?reader=nats`, stream()]]),
    ),
    archive: ['collect', `${stream()}?reader=archive`, '--journal', join(folder, 'archive'), '--host', 'archive'],
  });

  function start(link: string): void {
    const child = spawn(process.execPath, [main, ...links()[link]!], { stdio: ['ignore', 'inherit', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += `${link}: ${text}`;
    });
    children.set(link, child);
  }

  /** The numbers that the archive has of a host, each where it stands first. */
  function archived(host: string): number[] {
    const numbers = new Set<number>();
    if (!existsSync(join(folder, 'archive'))) {
      return [];
    }
    using conn = openConnection(`journal:${join(folder, 'archive')}?follow=no`);
    addEventHandler(conn, "@type != 'collector-alive'", (_, event) => {
      expect(event.type).toBe('t');
      if (event.string('@host') === host) {
        numbers.add(event.number('n'));
      }
    });
    deliverEvents(conn);
    return [...numbers];
  }

  it('has every event of every host, in order, whichever of its processes and servers are killed', async () => {
    hosts.push(new PublishedHost('kvm-1'), new PublishedHost('kvm-2'));
    Object.keys(links()).forEach(start);
    const rounds = often(8);
    for (let round = 0; round < rounds; round += 1) {
      for (const host of hosts) {
        host.write(50);
      }
      await pause(Math.random() * 400);
      const names = [...Object.keys(links()), 'server'];
      const name = names[round % names.length]!;
      if (name === 'server') {
        await server.kill();
        await server.restart();
      } else {
        await killChild(children.get(name)!);
        start(name);
      }
    }
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await pause(100)) {
      if (hosts.every(({ name }) => archived(name).length >= rounds * 50)) {
        break;
      }
    }
    for (const { name } of hosts) {
      expect({ name, numbers: archived(name), said }).toEqual({ name, numbers: range(1, rounds * 50), said });
    }
    expect(verifyJournal(join(folder, 'archive')).filter(({ isLoss }) => isLoss)).toEqual([]);
  }, 120_000);
});
