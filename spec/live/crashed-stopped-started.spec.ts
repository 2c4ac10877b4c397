/**
 * Holds the filters for "a guest crashed, stopped, started", as docs/recipes.md shows them, against what QEMU's guests do: each
 * matches each time once, and nothing else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addEventHandler, type Connection, closeConnection, deliverEvents, openConnection } from '../../lib';
import { fencedBlocks } from '../docs/fenced-blocks';
import { describeLive, PrivateLibvirtd } from '../support/private-libvirtd';
import { run } from '../support/run-program';
import { runVirsh } from '../support/virsh';

/** How long a guest may take to do what it is told, in milliseconds. */
const PATIENCE = 40_000;

/** What the guest's device for panics is told: that its kernel has panicked. */
const panic = 'qemu-monitor-command guest --hmp o /b 0x505 1';

/** What happens to a guest, in commands of virsh, and what the filters tell of it. */
interface Row {
  readonly does: string;
  readonly told: readonly string[];
}

const story: readonly Row[] = [
  { does: 'define DIR/destroy.xml', told: [] },
  { does: 'domrename guest other; domrename other guest', told: [] },
  { does: 'start guest', told: ['started booted'] },
  { does: 'suspend guest; resume guest', told: [] },
  { does: 'reset guest', told: [] },
  { does: 'define DIR/destroy.xml', told: [] },
  { does: 'destroy guest', told: ['stopped destroyed'] },
  { does: 'start guest --paused; resume guest', told: ['started booted'] },
  { does: 'destroy guest; start guest', told: ['stopped destroyed', 'started booted'] },
  { does: 'sleep', told: [] },
  { does: 'dompmwakeup guest', told: [] },
  { does: 'power off', told: ['stopped shutdown'] },
  { does: 'start guest', told: ['started booted'] },
  { does: 'save guest DIR/saved; restore DIR/saved', told: ['stopped saved', 'started restored'] },
  { does: panic, told: ['crashed panicked', 'stopped crashed'] },
  { does: 'start guest', told: ['started booted'] },
  { does: 'kill -9', told: ['crashed failed', 'stopped failed'] },
  { does: 'define DIR/preserve.xml; start guest', told: ['started booted'] },
  { does: panic, told: ['crashed panicked'] },
  { does: 'destroy guest', told: ['stopped destroyed'] },
  { does: 'define DIR/restart.xml; start guest', told: ['started booted'] },
  { does: panic, told: ['crashed panicked'] },
  { does: 'destroy guest; undefine guest', told: ['stopped destroyed'] },
  { does: 'create DIR/destroy.xml', told: ['started booted'] },
  { does: panic, told: ['crashed panicked', 'stopped crashed'] },
];

/** A guest under emulation: its firmware finds nothing to start, and waits. */
const guestXml = (
  onCrash: string,
) => `<domain type='qemu'><name>guest</name><uuid>11111111-2222-4333-8444-5555555555ab</uuid>
  <memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
  <pm><suspend-to-mem enabled='yes'/></pm>  <on_crash>${onCrash}</on_crash><devices><panic model='isa'/></devices></domain>`;

/** Tells by its being undefined that everything before it has been told. */
const MARK = `<domain type='qemu'><name>mark</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os></domain>`;

/** The filters as the page has them, by their names. */
function filtersOfThePage(): [string, string][] {
  const block = fencedBlocks('docs/recipes.md').find(({ text }) => text.includes('const filters = {'))!;
  return [...block.text.matchAll(/^ {2}(\w+): "(.*)",$/gm)].map(([, name, filter]) => [name!, filter!]);
}

describeLive('the filters for a guest that crashed, stopped or started', () => {
  let daemon: PrivateLibvirtd;
  let conn: Connection;
  let uri: string;
  let told: string[] = [];
  let marks = 0;

  beforeAll(async () => {
    daemon = await PrivateLibvirtd.start();
    uri = `qemu+unix:///system?socket=${daemon.socket}`;
    for (const onCrash of ['destroy', 'preserve', 'restart']) {
      writeFileSync(join(daemon.folder, `${onCrash}.xml`), guestXml(onCrash));
    }
    writeFileSync(join(daemon.folder, 'mark.xml'), MARK);
    conn = openConnection(uri);
    for (const [name, filter] of filtersOfThePage()) {
      addEventHandler(conn, filter, (_, event) => {
        told.push(`${name} ${event.string('transition/@detail')}`);
      });
    }
    addEventHandler(conn, "domain/name = 'mark' and transition/@event = 'undefined'", () => {
      marks += 1;
    });
  }, 60_000);

  afterAll(async () => {
    closeConnection(conn);
    // A guest that a failed test has left behind would outlive the daemon.
    await run('virsh', ['-c', uri, 'destroy guest']);
    await daemon.stop();
  }, 60_000);

  /** The number of QEMU's process. */
  const qemu = () => Number(readFileSync(join(daemon.folder, 'run', 'qemu', 'guest.pid'), 'utf8'));

  async function perform(does: string): Promise<void> {
    if (does === 'kill -9') {
      process.kill(qemu(), 'SIGKILL');
    } else if (does === 'power off' || does === 'sleep') {
      // Through its ACPI registers, which answer when its firmware has run.
      const hmp = (command: string) => run('virsh', ['-q', '-c', uri, `qemu-monitor-command guest --hmp ${command}`]);
      while ((await hmp('i /w 0x604')).stdout.includes('0xffffffff'));
      await hmp(`o /w 0x604 ${does === 'sleep' ? '0x2400' : '0x2000'}`);
    } else {
      runVirsh(uri, does.replaceAll('DIR', daemon.folder));
    }
  }

  it('are three', () => {
    expect(filtersOfThePage().map(([name]) => name)).toEqual(['crashed', 'stopped', 'started']);
  });

  it.each(story)(
    '$does: $told',
    async ({ does, told: expected }) => {
      told = [];
      await perform(does);
      const deadline = performance.now() + PATIENCE;
      while (told.length < expected.length && performance.now() < deadline) {
        deliverEvents(conn, { waitMs: 100 });
      }
      // What it has not told by now it doesn't tell.
      marks = 0;
      runVirsh(uri, `define ${daemon.folder}/mark.xml; undefine mark`);
      while (marks === 0 && performance.now() < deadline) {
        deliverEvents(conn, { waitMs: 100 });
      }
      expect({ told, marks }).toEqual({ told: expected, marks: 1 });
    },
    PATIENCE + 20_000,
  );
});
