/** The programs in the documents that need a daemon, as they stand but for its URI: on a real libvirtd, with a real guest. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fencedBlocks } from '../docs/fenced-blocks';
import { killChild } from '../support/child-processes';
import { type LiveLibvirt, libvirtForms } from '../support/live-libvirt';
import { root } from '../support/run-program';
import { runVirsh } from '../support/virsh';

jest.setTimeout(120_000);

const guestXml = `<domain type='qemu'><name>web</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64'>hvm</type></os></domain>`;

libvirtForms.monolithic.describe('A program in the documents', () => {
  let libvirt: LiveLibvirt;
  let uri: string;
  let child: ChildProcess;

  beforeEach(async () => {
    libvirt = await libvirtForms.monolithic.start();
    uri = libvirt.uriOf('qemu');
    mkdirSync(join(libvirt.folder, 'node_modules'));
    symlinkSync(root, join(libvirt.folder, 'node_modules', 'virdeliver'));
    writeFileSync(join(libvirt.folder, 'guest.xml'), guestXml);
    runVirsh(uri, `define ${join(libvirt.folder, 'guest.xml')}; start web`);
  });
  afterEach(async () => {
    await killChild(child);
    await libvirt.stop();
  });

  /** Starts the program of a document that has some text; resolves when it is connected. */
  async function start(file: string, text: string) {
    const block = fencedBlocks(file).find(({ language, text: program }) => language === 'js' && program.includes(text));
    const program = block!.text.replace('qemu:///system', uri);
    expect(program).toContain(uri);
    writeFileSync(join(libvirt.folder, 'example.mjs'), program);
    child = spawn(process.execPath, ['example.mjs'], {
      cwd: libvirt.folder,
      env: { ...process.env, NODE_DEBUG: 'virdeliver' },
    });
    let output = '';
    child.stderr!.on('data', (bytes) => {
      output += bytes;
    });
    while (!/ connected/.test(output)) {
      await once(child.stderr!, 'data');
    }
    return child;
  }

  it.each([
    ['README.md', 'has stopped:', 'web has stopped: destroyed\n'],
    ['docs/coming-from.md', 'has stopped', 'web has stopped\n'],
  ])('of %s tells of a guest that stops', async (file, text, line) => {
    const { stdout } = await start(file, text);
    // What is defined comes to the state `shutoff`, and has not stopped.
    writeFileSync(join(libvirt.folder, 'other.xml'), guestXml.replace('web', 'other'));
    runVirsh(uri, `define ${join(libvirt.folder, 'other.xml')}; domrename other another; destroy web`);
    let output = '';
    while (!output.endsWith(line)) {
      output += (await once(stdout!, 'data'))[0];
    }
    expect(output.split('\n')).toHaveLength(2);
  });
});
