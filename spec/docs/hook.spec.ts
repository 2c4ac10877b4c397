/** The line of `docs/guide.md` by which a hook of libvirt's tells of an event. */
import { openConnection, takeEvents } from '../../lib';
import { Scratch } from '../drivers/stream/scratch';
import { run } from '../support/run-program';
import { fencedBlocks } from './fenced-blocks';

const FIFO = '/run/virdeliver.fifo';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** Runs the line with another FIFO. */
function hook(fifo: string) {
  const line = fencedBlocks('docs/guide.md').find(({ text }) => text.includes(FIFO))!.text;
  return run('sh', ['-euc', line.replace(FIFO, fifo)], { timeout: 20_000 });
}

it('brings the event to who holds the FIFO open', async () => {
  const fifo = scratch.fifo();
  using conn = openConnection(`fifo:${fifo}?follow`);
  for (let times = 0; times < 2; times += 1) {
    expect(await hook(fifo)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(takeEvents(conn, { waitMs: 10_000 })).toMatchObject([{ type: 'hook' }]);
  }
});

it('ends by itself, and well, while nobody does', async () => {
  expect(await hook(scratch.fifo())).toMatchObject({ status: 0, stdout: '' });
});
