import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { calls } from '../../lib/drivers/remote/rpc/protocol';
import { lifecycle, lifecycleEvent, persistent, uriOf, useDaemonBench, web } from '../drivers/remote/daemon-bench';
import { main } from '../support/built';
import { run } from '../support/run-program';

const bench = useDaemonBench();

describe('--wait', () => {
  it('waits for a daemon that is not there yet, and says so, and when it has come', async () => {
    const args = [
      main,
      'watch',
      uriOf(bench),
      '--wait',
      '--type',
      'domain-state-transition',
      '--count',
      '1',
      '--format',
      'json',
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const messages = text(child.stderr.pipe(new PassThrough()));
    const output = text(child.stdout);
    await once(child.stderr, 'data');
    const rules = persistent(web);
    const state = rules.find(({ procedure }) => procedure === calls.domainGetState.number)!;
    const early = { ...state, steps: [...state.steps, lifecycleEvent(lifecycle.stopped)] };
    await bench.start({ rules: [early, ...rules] }, bench.path);
    expect(JSON.parse(await output)).toMatchObject({ detail: { from: 'running', to: 'shutoff' } });
    const [waits, connected, ...others] = (await messages).split('\n');
    expect(waits).toMatch(/^virdeliver: waits for the daemon: cannot open .*there is no socket of a daemon/);
    expect([connected, ...others]).toEqual(['virdeliver: connected to the daemon', '']);
  });

  it('is refused together with --no-reconnect', async () => {
    expect(await run(process.execPath, [main, 'watch', uriOf(bench), '--wait', '--no-reconnect'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--wait waits for a daemon, which --no-reconnect does not'),
    });
  });

  it('does not wait for a daemon that can never be there', async () => {
    expect(await run(process.execPath, [main, 'watch', 'qemu:///system?socket=/dev/null', '--wait'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('/dev/null is a null device, not a unix socket'),
    });
  });
});

describe('virdeliver watch', () => {
  it('says on standard error which daemon it is connected to, when it loses it, and when it has it again', async () => {
    const daemon = await bench.start({}, bench.path);
    const child = spawn(process.execPath, [main, 'watch', uriOf(daemon)], { stdio: ['ignore', 'ignore', 'pipe'] });
    const lines = createInterface(child.stderr)[Symbol.asyncIterator]();
    const nextLine = async () => (await lines.next()).value;
    expect(await nextLine()).toBe(`virdeliver: connected to ${uriOf(daemon)}`);
    daemon.perform({ do: 'close' });
    expect(await nextLine()).toMatch(/^virdeliver: the daemon is gone: /);
    expect(await nextLine()).toBe('virdeliver: connected to the daemon again');
    child.kill('SIGTERM');
    expect(await nextLine()).toMatch(/^ended by SIGTERM; \d+ events shown$/);
  });
});
