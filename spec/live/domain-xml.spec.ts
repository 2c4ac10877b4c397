/** The XML of domains as real daemons describe them, of every form: as virsh has it, byte for byte. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  addEventHandler,
  type Connection,
  deliverEvents,
  domainXml,
  domainXmlAsync,
  openConnection,
  runDelivery,
  takeEvents,
} from '../../lib';
import { type LiveLibvirt, libvirtForms } from '../support/live-libvirt';
import { thrownBy } from '../support/thrown-by';
import { runVirsh } from '../support/virsh';

const GUEST = '11111111-2222-4333-8444-5555555555dd';
const guestXml = (title: string) => `<domain type='qemu'><name>guest</name><uuid>${GUEST}</uuid><title>${title}</title>
  <memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type></os></domain>`;

const { monolithic, modular, proxied } = libvirtForms;

describe.each([monolithic, modular, proxied])('the XML of a domain at $name', ({ describe: describeForm, start }) => {
  describeForm('is', () => {
    let libvirt: LiveLibvirt;
    let uri: string;
    let conn: Connection;
    beforeAll(async () => {
      libvirt = await start();
      uri = libvirt.uriOf('qemu');
      define('first');
    }, 60_000);
    beforeEach(() => {
      conn = openConnection(uri, { readOnly: true });
    });
    afterEach(() => conn.close());
    afterAll(async () => {
      spawnSync('virsh', ['-c', uri, 'destroy guest']);
      await libvirt.stop();
    });

    function define(title: string): void {
      const file = join(libvirt.folder, 'guest.xml');
      writeFileSync(file, guestXml(title));
      runVirsh(uri, `define ${file}`);
    }
    const dumped = (...options: string[]) =>
      // virsh ends what it prints by a newline of its own.
      spawnSync('virsh', ['-c', uri, 'dumpxml', 'guest', ...options], { encoding: 'utf8' }).stdout.replace(
        /\n\n$/,
        '\n',
      );

    it("what virsh has, by name and by UUID, with a reader's rights", async () => {
      expect(domainXml(conn, 'guest')).toBe(dumped());
      expect(domainXml(conn, GUEST)).toBe(dumped());
      expect(await domainXmlAsync(conn, GUEST)).toBe(dumped());
      expect(dumped()).toContain('<title>first</title>');
    });

    it('what virsh has in the handler of an event, also of what it will be when it starts again', () => {
      const seen: string[][] = [];
      addEventHandler(conn, ['domain-state-transition'], (conn, event) => {
        const { domain, event: word } = event.detail!;
        seen.push([word, domainXml(conn, domain), domainXml(conn, domain, { inactive: true })]);
      });
      runVirsh(uri, 'start guest');
      define('second');
      while (seen.at(-1)?.[0] !== 'defined') {
        deliverEvents(conn, { waitMs: 1000 });
      }
      expect(seen.at(-1)).toEqual(['defined', dumped(), dumped('--inactive')]);
      expect(dumped()).toContain('<title>first</title>');
      expect(dumped('--inactive')).toContain('<title>second</title>');
    });

    it('asked for in the event loop while events are delivered there', async () => {
      const stop = new AbortController();
      const asked: Promise<string>[] = [];
      addEventHandler(conn, "transition/@event = 'suspended' or transition/@event = 'resumed'", (conn, event) => {
        asked.push(domainXmlAsync(conn, event.string('domain/uuid')));
        if (asked.length === 4) {
          stop.abort();
        }
      });
      const delivering = runDelivery(conn, { signal: stop.signal });
      runVirsh(uri, 'suspend guest; resume guest; suspend guest; resume guest');
      await delivering;
      expect(new Set(await Promise.all(asked))).toEqual(new Set([dumped()]));
    });

    it('refused with the message of the daemon and its number if there is no such domain', () => {
      expect(thrownBy(() => domainXml(conn, 'nobody'))).toMatchObject({
        code: 'ERR_DAEMON',
        number: 42,
        message: expect.stringMatching(
          /^cannot get the XML of the domain 'nobody': Domain not found: .*'nobody' \(libvirt's error 42\)$/,
        ),
      });
      expect(takeEvents(conn)).toEqual([]);
    });

    it('refused by a driver without domains in its own words', () => {
      using network = openConnection(libvirt.uriOf('network'));
      expect(thrownBy(() => domainXml(network, 'guest'))).toMatchObject({ code: 'ERR_DAEMON', number: 3 });
    });
  });
});
