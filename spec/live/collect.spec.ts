/** `virdeliver collect` at a real libvirt with real guests, while the daemon and the collector themselves come and go. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { addEventHandler, deliverEvents, openConnection, type QueuedEvent } from '../../lib';
import { journalStats, verifyJournal } from '../../lib/collector';
import { main } from '../support/built';
import { type LiveLibvirt, libvirtForms } from '../support/live-libvirt';
import { runVirsh } from '../support/virsh';

jest.setTimeout(180_000);

/** How long something may take, in milliseconds: it ends a test that would hang, and decides no other. */
const PATIENCE = 30_000;

const guestXml = (name: string) => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64'>hvm</type></os></domain>`;

for (const form of [libvirtForms.monolithic, libvirtForms.alone]) {
  form.describe(`a collector of ${form.name}`, () => {
    let libvirt: LiveLibvirt;
    let folder: string;
    const children: ChildProcess[] = [];
    /** What the collectors have said. */
    const messages: string[] = [];

    beforeEach(async () => {
      libvirt = await form.start();
      folder = join(libvirt.folder, 'journal');
    });
    afterEach(async () => {
      for (const child of children) {
        child.kill('SIGKILL');
      }
      await libvirt.stop();
    });

    const virsh = (...commands: string[]) => {
      for (const command of commands) {
        runVirsh(libvirt.uriOf('qemu'), command);
      }
    };

    /** Waits until a condition holds; what throws doesn't hold yet. */
    const until = async (condition: () => boolean) => {
      const deadline = Date.now() + PATIENCE;
      for (;;) {
        if (Date.now() > deadline) {
          throw new Error(`in vain: ${condition}\n${messages.join('')}\n${readAll()}`);
        }
        try {
          if (condition()) {
            return;
          }
        } catch {
          // Not there yet.
        }
        await pause(50);
      }
    };

    /** Starts a collector; its messages grow. */
    const start = () => {
      const args = [main, 'collect', libvirt.uriOf('qemu'), '--journal', folder, '--host', 'kvm-17'];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'] });
      children.push(child);
      const collector = { child, messages: '' };
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        collector.messages += text;
        messages.push(text);
      });
      return collector;
    };

    /** What a reader that comes now and then finds new: transitions, losses, and how the connection fared. */
    const read = (): string[] => {
      const found: string[] = [];
      using conn = openConnection(`journal:${folder}?reader=report&follow=no`);
      addEventHandler(conn, null, (_, event: QueuedEvent) => {
        if (event.string('@host') !== 'kvm-17') {
          throw new Error(`an event without its host: ${event.xml}`);
        }
        if (event.type === 'domain-state-transition') {
          const { domain, from, to, found: how } = event.detail!;
          // A guest that starts resumes, too, sooner or later.
          if (from !== to) {
            found.push(`${domain.name} ${from} ${to}${how === undefined ? '' : ' found'}`);
          }
        } else if (event.type === 'events-lost') {
          found.push(`lost ${event.string('@cause')}`);
        } else if (event.type.startsWith('connection-')) {
          found.push(event.type);
        }
      });
      while (deliverEvents(conn).stoppedBy !== 'ended') {}
      return found;
    };
    /** Waits until something was written so many times. */
    const written = (text: string, times = 1) => until(() => readAll().split(text).length > times);
    const readAll = (): string => {
      using conn = openConnection(`journal:${folder}?follow=no`);
      let all = '';
      addEventHandler(conn, ['domain-state-transition', 'connection-restored'], (_, event) => {
        all += `${event.string('concat(@type, " ", domain/name, " ", transition/@from, " ", transition/@to)')}\n`;
      });
      deliverEvents(conn);
      return all;
    };

    it('tells every change, also those that happened while the daemon, or it itself, was gone', async () => {
      for (const name of ['one', 'two']) {
        writeFileSync(join(libvirt.folder, `${name}.xml`), guestXml(name));
      }
      virsh(`define ${libvirt.folder}/one.xml`, 'start one');
      await libvirt.kill();

      // It is there before its daemon.
      const first = start();
      await until(() => first.messages.includes('waits for the daemon'));
      await until(() => journalStats(folder).writer?.alive === true);
      expect(journalStats(folder).writer?.connected).toBe(false);
      await libvirt.restart();
      await until(() => journalStats(folder).writer?.connected === true);
      await written('connection-restored');
      // What runs when a journal begins is told as what was found.
      expect(read()).toEqual([
        ...['connection-warning', 'one absent shutoff found', 'one shutoff running found'],
        'connection-restored',
      ]);

      virsh('suspend one', `define ${libvirt.folder}/two.xml`, 'start two');
      await written('two shutoff running');
      expect(read()).toEqual(['one running paused', 'two absent shutoff', 'two shutoff running']);

      // The daemon is killed, while a guest ends.
      await libvirt.kill();
      await until(() => first.messages.includes('the daemon is gone'));
      await until(() => journalStats(folder).writer?.connected === false);
      await libvirt.restart();
      await written('connection-restored', 2);
      expect(read()).toEqual(['connection-lost', 'lost disconnected', 'connection-restored']);
      expect(first.messages).toContain('virdeliver: connected to the daemon again\n');

      // The collector is ended in good order, while guests change.
      first.child.kill('SIGTERM');
      expect(await once(first.child, 'exit')).toEqual([0, null]);
      virsh('resume one', 'destroy two', 'start two', 'suspend two');
      const second = start();
      await written('two running paused');
      expect(read()).toEqual([
        ...['one paused running found', 'two running shutoff found', 'two shutoff running found'],
        ...['two running paused found', 'lost stopped'],
      ]);

      // It is killed, and both it and the daemon are away while a guest goes.
      virsh('suspend one');
      await written('one running paused', 2);
      second.child.kill('SIGKILL');
      await once(second.child, 'exit');
      virsh('destroy two', 'undefine two');
      await libvirt.kill();
      const third = start();
      await until(() => third.messages.includes('waits for the daemon'));
      await libvirt.restart();
      await until(() => journalStats(folder).writer?.connected === true);
      await written('connection-restored', 3);
      expect(read()).toEqual([
        ...['one running paused', 'connection-warning', 'two paused shutoff found', 'two shutoff absent found'],
        ...['lost stopped', 'connection-restored'],
      ]);
      virsh('destroy one');
      await until(() => /one \w+ shutoff\n$/.test(readAll()));
      third.child.kill('SIGTERM');
      expect(await once(third.child, 'exit')).toEqual([0, null]);
      expect(read().at(-1)).toMatch(/^one \w+ shutoff$/);
      expect(verifyJournal(folder).filter(({ isLoss }) => isLoss)).toEqual([]);
    });
  });
}
