/** Connections that are there before their daemon: libvirtd, and modular daemons in each form. */
import { writeFileSync } from 'node:fs';
import { connectionStats, listDomains, openConnection, takeEvents, waitForEvents } from '../../lib';
import { type LiveLibvirt, libvirtForms } from '../support/live-libvirt';
import { runVirsh } from '../support/virsh';

jest.setTimeout(120_000);

const guestXml = `<domain type='qemu'><name>guest</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64'>hvm</type></os></domain>`;

for (const form of Object.values(libvirtForms)) {
  form.describe(`a connection that is there before ${form.name}`, () => {
    let libvirt: LiveLibvirt;

    beforeEach(async () => {
      libvirt = await form.start();
      writeFileSync(`${libvirt.folder}/guest.xml`, guestXml);
      runVirsh(libvirt.uriOf('qemu'), `define ${libvirt.folder}/guest.xml`);
      await libvirt.kill();
    });
    afterEach(() => libvirt.stop());

    it('is open, and has its domains and events when the daemon comes, in a synchronous loop', async () => {
      using conn = openConnection(libvirt.uriOf('qemu'), { reconnect: 'from-start' });
      expect(takeEvents(conn, { waitMs: 300 })).toMatchObject([{ type: 'connection-warning' }]);
      expect(takeEvents(conn, { waitMs: 300 })).toEqual([]);
      expect(connectionStats(conn).reconnecting?.attempts).toBeGreaterThan(1);
      await libvirt.restart();
      expect(takeEvents(conn, { waitMs: 60_000 })).toMatchObject([{ type: 'connection-restored' }]);
      expect(listDomains(conn)).toMatchObject([{ name: 'guest', state: 'shutoff' }]);
      runVirsh(libvirt.uriOf('qemu'), 'undefine guest');
      expect(takeEvents(conn, { waitMs: 10_000 })).toMatchObject([{ detail: { from: 'shutoff', to: 'absent' } }]);
    });

    it('does so in the event loop', async () => {
      using conn = openConnection(libvirt.uriOf('qemu'), { reconnect: 'from-start' });
      expect(takeEvents(conn)).toMatchObject([{ type: 'connection-warning' }]);
      let wait = waitForEvents(conn);
      await libvirt.restart();
      expect(await wait).toBe(true);
      expect(takeEvents(conn)).toMatchObject([{ type: 'connection-restored' }]);
      wait = waitForEvents(conn);
      runVirsh(libvirt.uriOf('qemu'), 'undefine guest');
      expect(await wait).toBe(true);
      expect(takeEvents(conn)).toMatchObject([{ detail: { from: 'shutoff', to: 'absent' } }]);
    });
  });
}
