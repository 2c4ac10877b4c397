import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import './built';
import { freePort } from './free-port';

/** What is particular about a server. */
export interface NatsServerOptions {
  /**
   * Further lines of its configuration, as `max_payload: 1024` or `authorization { token: secret }`; none by default.
   * The folder is where the server keeps its store, and a spec may write certificates.
   */
  readonly settings?: (folder: string) => readonly string[];
  /** The JetStream domain of its streams; none by default. `null` for a server without streams, as a leaf node may be. */
  readonly domain?: string | null;
  /** How many bytes all its streams may have on disk, 1 GiB by default. */
  readonly maxStore?: number;
}

const LOOPBACK = '127.0.0.1';

/** How long a server may take until it is ready, or has ended, in milliseconds. */
const PATIENCE = 20_000;

const canStart = ['nats-server', 'setpriv'].every(
  (name) => spawnSync('sh', ['-c', 'command -v "$0"', name], { stdio: 'ignore' }).status === 0,
);

/**
 * `describe` for specs that need a NATS server: they are skipped if none is installed, unless `VIRDELIVER_LIVE` is 1, when they
 * fail.
 */
export const describeNats: jest.Describe =
  process.env['VIRDELIVER_LIVE'] === '1' || canStart ? describe : describe.skip;

/**
 * A NATS server with JetStream, apart from any other on the machine: it listens at 127.0.0.1 and a port of its own, and has its
 * store in a temporary folder. It ends with the process that started it, however that ends.
 */
export class NatsServer {
  /** A folder for whatever a spec needs, removed with the server. */
  readonly folder: string;
  readonly port: number;
  #options: NatsServerOptions;
  #process: ChildProcess | undefined;
  #log = '';

  private constructor(folder: string, port: number, options: NatsServerOptions) {
    this.folder = folder;
    this.port = port;
    this.#options = options;
  }

  /** Starts a server and waits until it is ready. */
  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-nats-'));
    const server = new NatsServer(folder, await freePort(), options);
    try {
      await server.#start();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** The number of its process, or of that which has run last. */
  get pid(): number {
    return this.#process?.pid as number;
  }

  /** Where it listens, as `127.0.0.1:12345`. */
  get address(): string {
    return `${LOOPBACK}:${this.port}`;
  }

  /** The folder in which it keeps its streams, to be copied or replaced while it doesn't run. */
  get store(): string {
    return join(this.folder, 'store');
  }

  /** What it has said since it was started last. */
  get log(): string {
    return this.#log;
  }

  /** Kills it at once, as a crash would, until `restart`. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Has it stand still, with its connections open, until `resume`. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it in order, until `restart`. */
  async end(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /**
   * Ends it if it runs, and starts it anew on the same port, with the same store.
   *
   * @param changes What is particular about it from now on, beside what was.
   */
  async restart(changes: NatsServerOptions = {}): Promise<void> {
    await this.end();
    this.#options = { ...this.#options, ...changes };
    await this.#start();
  }

  /** Kills it, and removes its folder. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true });
  }

  async #start(): Promise<void> {
    const configuration = join(this.folder, 'server.conf');
    writeFileSync(configuration, this.#configuration());
    this.#log = '';
    const server = spawn('setpriv', ['--pdeathsig', 'KILL', 'nats-server', '--config', configuration], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = server;
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    let problem: string | undefined;
    server.on('error', (error) => {
      problem = error.message;
    });
    const deadline = Date.now() + PATIENCE;
    while (!this.#log.includes('Server is ready')) {
      if (!isRunning(server)) {
        problem ??= 'it has ended';
      } else if (Date.now() > deadline) {
        problem ??= 'it is not ready';
      }
      if (problem !== undefined) {
        throw new Error(`the NATS server: ${problem}\n${this.#log}`);
      }
      await pause(5);
    }
  }

  #configuration(): string {
    const { settings = () => [], domain, maxStore = 2 ** 30 } = this.#options;
    const of = domain === undefined ? '' : `, domain: ${domain}`;
    const streams = `jetstream { store_dir: "${this.store}", max_mem: 16777216, max_file: ${maxStore}${of} }`;
    const lines = [
      `listen: "${this.address}"`,
      `server_name: ${domain === null ? 'leaf' : 'hub'}`,
      ...(domain === null ? [] : [streams]),
      ...settings(this.folder),
    ];
    return `${lines.join('\n')}\n`;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#process;
    if (server?.pid !== undefined && isRunning(server)) {
      const exit = once(server, 'exit');
      server.kill(signal);
      const killer = setTimeout(() => server.kill('SIGKILL'), PATIENCE / 2);
      await exit;
      clearTimeout(killer);
    }
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
