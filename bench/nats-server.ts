/** A NATS server of the benchmarks' own, apart from any other on the machine. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../lib/clock';

/** For how many milliseconds it may start. */
const PATIENCE = 20_000;

/** Why there can be none on this machine, or `undefined` if there can. */
export function whyNoNatsServer(): string | undefined {
  const { status } = spawnSync('nats-server', ['--version'], { stdio: 'ignore' });
  return status === 0 ? undefined : 'nats-server cannot be run';
}

/** A server that runs. */
export interface NatsServer {
  /** Where it listens, as `127.0.0.1:12345`. */
  readonly address: string;
  /** Kills it, as a crash would, until `start()`. */
  kill(): void;
  /** Starts it again, at the same address and with what it has stored. */
  start(): void;
  /** Kills it, and removes its folder. */
  stop(): void;
}

/** Starts a server, whose store is in a folder of its own. */
export const startServer = (): NatsServer => startNatsServer(mkdtempSync(join(tmpdir(), 'virdeliver-bench-')));

/** Starts a server, whose store is in a folder that it has for itself. */
export function startNatsServer(folder: string): NatsServer {
  let { child, address } = run(folder, '127.0.0.1:-1');
  const kill = () => child.kill('SIGKILL');
  return {
    address,
    kill,
    start() {
      ({ child, address } = run(folder, address));
    },
    stop() {
      kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function run(folder: string, listen: string): { readonly child: ChildProcess; readonly address: string } {
  const log = join(folder, 'log');
  const lines = [`listen: "${listen}"`, `log_file: "${log}"`, `jetstream { store_dir: "${join(folder, 'store')}" }`];
  writeFileSync(join(folder, 'configuration'), lines.join('\n'));
  writeFileSync(log, '');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'nats-server', '--config', join(folder, 'configuration')], {
    stdio: 'ignore',
  });
  for (let waited = 0; ; waited += 5) {
    const said = readFileSync(log, 'utf8');
    const address = /Listening for client connections on (\S+)/.exec(said)?.[1];
    if (address !== undefined && said.includes('Server is ready')) {
      return { child, address };
    }
    if (waited > PATIENCE) {
      child.kill('SIGKILL');
      throw new Error(`the server has not started:\n${said}`);
    }
    sleep(5);
  }
}
