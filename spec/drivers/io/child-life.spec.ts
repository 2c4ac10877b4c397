import { ChildProcess } from 'node:child_process';
import { sleep } from '../../../lib/clock';
import { ChildTransport } from '../../../lib/drivers/io/child-transport';
import { childProcesses } from '../../support/child-processes';
import { readBytes, until } from './exercise';

jest.setTimeout(60_000);

/** Says a word when it no longer heeds SIGTERM, and does not mind that its input ends. */
const STUBBORN = "process.on('SIGTERM', () => {}); process.stdout.write('x'); setInterval(() => {}, 1000)";

function startStubborn(name: string): ChildTransport {
  const transport = new ChildTransport(process.execPath, ['-e', STUBBORN, name]);
  expect(readBytes(transport, 1).bytes.toString()).toBe('x');
  return transport;
}

/** What the process does at its exit that it did not do before. */
function exitListeners(): ((...args: unknown[]) => void)[] {
  return process.rawListeners('exit').filter(({ name }) => name === 'killAll') as ((...args: unknown[]) => void)[];
}

describe('a child process that does not heed SIGTERM', () => {
  it('is killed a moment after the connection is closed', async () => {
    const transport = startStubborn('stubborn-1');
    const start = performance.now();
    transport.close();
    expect(performance.now() - start).toBeLessThan(900);
    await until(() => childProcesses('stubborn-1').length === 0);
    await until(() => exitListeners().length === 0);
  });

  it('is killed without a turn of the event loop when the next child is started', async () => {
    startStubborn('stubborn-2').close();
    expect(childProcesses('stubborn-2')).toHaveLength(1);
    sleep(1100);
    const next = startStubborn('stubborn-3');
    // Nobody has awaited its end yet, but what it was called is gone.
    for (let looks = 0; looks < 500 && childProcesses('stubborn-2').length > 0; looks += 1) {
      sleep(10);
    }
    expect(childProcesses('stubborn-2')).toEqual([]);
    next.close();
    await until(() => childProcesses('stubborn-3').length === 0);
  });

  it('is killed once, though nobody learns of its end', async () => {
    const kill = jest.spyOn(ChildProcess.prototype, 'kill');
    try {
      startStubborn('stubborn-5').close();
      sleep(1100);
      for (let number = 0; number < 3; number += 1) {
        new ChildTransport('true', []).close();
      }
      const isKill = ([signal]: unknown[], call: number) =>
        signal === 'SIGKILL' && kill.mock.contexts[call]?.spawnargs.includes('stubborn-5');
      expect(kill.mock.calls.filter(isKill)).toHaveLength(1);
    } finally {
      kill.mockRestore();
    }
    await until(() => childProcesses('stubborn-5').length === 0);
  });

  it.each([true, false])('ends with the process, whether its connection was closed (%s) or not', async (isClosed) => {
    const transport = startStubborn('stubborn-4');
    if (isClosed) {
      transport.close();
    }
    const [atExit] = exitListeners();
    const start = performance.now();
    atExit?.();
    await until(() => childProcesses('stubborn-4').length === 0);
    expect(performance.now() - start).toBeLessThan(60_000);
    transport.close();
  });
});

it('a child process that has not said anything at the exit is only asked to end, for it may have a terminal to set right', async () => {
  const program = "process.on('SIGTERM', () => process.exit()); setInterval(() => {}, 1000); process.stderr.write('x')";
  const transport = new ChildTransport(process.execPath, ['-e', program, 'asked']);
  for (const listener of exitListeners()) {
    listener();
  }
  await until(() => childProcesses('asked').length === 0);
  expect(() => transport.write(Buffer.from('x'), 1000)).toThrow(/ended|SIGTERM/);
  transport.close();
});

it('a child process that ends by itself leaves nothing to be done at the exit', async () => {
  const transport = new ChildTransport(process.execPath, ['-e', '0', 'short']);
  expect(exitListeners()).toHaveLength(1);
  await until(() => exitListeners().length === 0);
  transport.close();
});

it('a child process that may finish what it was told is left alone at the exit, and ends with its input', async () => {
  const program = "process.stdin.on('end', () => process.exit()).resume(); process.stdout.write('x')";
  const transport = new ChildTransport(process.execPath, ['-e', program, 'finishing'], { mayFinish: true });
  readBytes(transport, 1);
  const kill = jest.spyOn(ChildProcess.prototype, 'kill');
  for (const listener of exitListeners()) {
    listener();
  }
  expect(kill).not.toHaveBeenCalled();
  kill.mockRestore();
  expect(childProcesses('finishing')).toHaveLength(1);
  transport.close();
  await until(() => childProcesses('finishing').length === 0);
});
