/** A NATS server of the benchmarks' own, apart from any other on the machine. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  stop(): void;
}

/** Starts a server, whose store is in a folder that it has for itself. */
export function startNatsServer(folder: string): NatsServer {
  const log = join(folder, 'log');
  const lines = ['listen: "127.0.0.1:-1"', `log_file: "${log}"`, `jetstream { store_dir: "${join(folder, 'store')}" }`];
  writeFileSync(join(folder, 'configuration'), lines.join('\n'));
  writeFileSync(log, '');
  const server = spawn('setpriv', ['--pdeathsig', 'KILL', 'nats-server', '--config', join(folder, 'configuration')], {
    stdio: 'ignore',
  });
  for (let waited = 0; ; waited += 5) {
    const said = readFileSync(log, 'utf8');
    const address = /Listening for client connections on (\S+)/.exec(said)?.[1];
    if (address !== undefined && said.includes('Server is ready')) {
      return {
        address,
        stop() {
          server.kill('SIGKILL');
          rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
        },
      };
    }
    if (waited > PATIENCE) {
      server.kill('SIGKILL');
      throw new Error(`the server has not started:\n${said}`);
    }
    sleep(5);
  }
}
