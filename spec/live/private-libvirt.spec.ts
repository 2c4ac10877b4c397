/** The libvirt that a live spec starts: nothing of it outlives the spec. */
import { setTimeout as pause } from 'node:timers/promises';
import { processesAmongMountsOf } from '../support/child-processes';
import { libvirtForms } from '../support/live-libvirt';
import { succeed } from '../support/run-program';

const { monolithic, alone } = libvirtForms;

const GUEST = `<domain type='qemu'><name>web</name><memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type></os></domain>`;

for (const form of [monolithic, alone]) {
  form.describe(`a private ${form.name}`, () => {
    it('leaves no process behind that it has started, even if it was killed', async () => {
      const libvirt = await form.start();
      const { folder } = libvirt;
      try {
        const create = 'f=$(mktemp) && echo "$1" > "$f" && virsh -q -c "$0" create "$f" && rm "$f"';
        await succeed('sh', ['-c', create, libvirt.uriOf('qemu'), GUEST]);
        await libvirt.kill();
        expect(processesAmongMountsOf(folder)).not.toEqual([]);
      } finally {
        await libvirt.stop();
      }
      while (processesAmongMountsOf(folder).length > 0) {
        await pause(20);
      }
    }, 60_000);
  });
}
