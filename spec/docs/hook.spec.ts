/** The lines of our pages by which a hook of libvirt's tells of an event. */
import { openConnection, takeEvents } from '../../lib';
import { Scratch } from '../drivers/stream/scratch';
import { run } from '../support/run-program';
import { fencedBlocks } from './fenced-blocks';

const scratch = new Scratch();
afterAll(() => scratch.remove());

describe.each([
  ['docs/guide.md', '/run/virdeliver.fifo', ''],
  ['docs/journal.md', '/run/virdeliver/in', 'web'],
])('the line of %s for a hook', (page, named, name) => {
  /** Runs the line with another FIFO, as libvirt does: its first argument is the domain's name. */
  function hook(fifo: string) {
    const line = fencedBlocks(page).find(({ text }) => text.includes(`> ${named}`))!.text;
    return run('sh', ['-euc', line.replace(named, fifo), 'qemu', 'web'], { timeout: 20_000 });
  }

  it('brings the event to who holds the FIFO open', async () => {
    const fifo = scratch.fifo();
    using conn = openConnection(`fifo:${fifo}?follow`);
    for (let times = 0; times < 2; times += 1) {
      expect(await hook(fifo)).toEqual({ status: 0, stdout: '', stderr: '' });
      const [event] = takeEvents(conn, { waitMs: 10_000 });
      expect([event?.type, event?.string('domain/name')]).toEqual(['hook', name]);
    }
  });

  it('ends by itself, and well, while nobody does', async () => {
    expect(await hook(scratch.fifo())).toMatchObject({ status: 0, stdout: '' });
  });
});
