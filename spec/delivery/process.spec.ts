import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dist } from '../support/built';
import { run } from '../support/run-program';

/** Runs a program on the built library in a process of its own. */
const program = (text: string) => run(process.execPath, ['-e', `const v = require(${JSON.stringify(dist)}); ${text}`]);

describe('rule 12: the process', () => {
  it('ends by itself with open connections', async () => {
    const outcome = await program("v.openConnection(); v.openConnection('test:///default', { seed: 1 });");
    expect(outcome).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('lives while something waits for events', async () => {
    const outcome = await program(
      'v.waitForEvents(v.openConnection(), { timeoutMs: 100 }).then((found) => console.log(found));' +
        "v.runDelivery(v.openConnection('test:///default', { seed: 42 }), { signal: AbortSignal.timeout(200) }).then(() => console.log('ran'));",
    );
    expect(outcome).toEqual({ status: 0, stdout: 'false\nran\n', stderr: '' });
  });

  it('is ended by Ctrl-C in the middle of a synchronous wait', async () => {
    const text = `const v = require(process.argv[1]);
      console.log('waits');
      v.deliverEvents(v.openConnection(), { waitMs: 60000 });`;
    const child = spawn(process.execPath, ['-e', text, dist], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.once('data', () => child.kill('SIGINT'));
    expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
  });
});
