import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The folders of libvirt that a private daemon has of its own. */
const FOLDERS = {
  run: '/run/libvirt',
  lib: '/var/lib/libvirt',
  etc: '/etc/libvirt',
  log: '/var/log/libvirt',
  cache: '/var/cache/libvirt',
};

/** How long a daemon may take until it answers, in milliseconds. */
const PATIENCE = 20_000;

/** After how many seconds without a client a daemon ends by itself, in case whoever started it is gone. */
const TIMEOUT = 60;

/** Why no private daemon can be started on this machine, or `undefined` where one can. */
export function whyNoLibvirtd(): string | undefined {
  if (process.getuid?.() !== 0) {
    return 'only root can start a libvirtd of its own';
  }
  const missing = ['libvirtd', 'virsh', 'stdbuf'].filter((name) => !succeeds(name, '--version'));
  if (missing.length > 0) {
    return `${missing.join(', ')} cannot be run`;
  }
  return succeeds('unshare', '--mount', 'true') ? undefined : 'unshare may not make a mount namespace';
}

/**
 * `describe` for specs that need a daemon: they are skipped where there can be none, unless `VIRDELIVER_LIVE` is 1, when
 * they fail.
 */
export const describeLive: jest.Describe =
  process.env['VIRDELIVER_LIVE'] === '1' || whyNoLibvirtd() === undefined ? describe : describe.skip;

/**
 * A libvirtd apart from any other on the machine: it has its socket, state and configuration in a temporary folder.
 *
 * It lives in a mount namespace of its own, in which that folder hides libvirt's usual ones.
 */
export class PrivateLibvirtd {
  /** A folder for whatever a spec needs, removed with the daemon. */
  readonly folder: string;
  #process: ChildProcess;

  private constructor(folder: string) {
    this.folder = folder;
    this.#process = spawnDaemon(folder);
  }

  /** Starts a daemon and waits until it answers. */
  static async start(): Promise<PrivateLibvirtd> {
    const problem = whyNoLibvirtd();
    if (problem !== undefined) {
      throw new Error(`the live specs need a libvirtd: ${problem}`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-libvirtd-'));
    configure(folder);
    const daemon = new PrivateLibvirtd(folder);
    try {
      await daemon.#untilItAnswers();
    } catch (error) {
      await daemon.stop();
      throw error;
    }
    return daemon;
  }

  /** The path of the socket on which it listens. */
  get socket(): string {
    return join(this.folder, 'libvirt-sock');
  }

  /** Kills the daemon at once, as a crash would, until `restart`; guests of QEMU go on. */
  async kill(): Promise<void> {
    if (this.#isRunning) {
      const exit = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await exit;
    }
  }

  /** Ends the daemon if it runs, and starts it anew with the same state; guests of QEMU go on meanwhile. */
  async restart(): Promise<void> {
    await this.#end();
    this.#process = spawnDaemon(this.folder);
    await this.#untilItAnswers();
  }

  /** Ends the daemon, waits until it is gone, and removes its folder. */
  async stop(): Promise<void> {
    await this.#end();
    rmSync(this.folder, { recursive: true });
  }

  async #end(): Promise<void> {
    if (this.#isRunning) {
      const exit = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      const killer = setTimeout(() => this.#process.kill('SIGKILL'), PATIENCE / 2);
      await exit;
      clearTimeout(killer);
    }
  }

  /** What it wrote to its standard error. */
  get #errors(): string {
    const file = join(this.folder, 'errors');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  get #isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async #untilItAnswers(): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!(await answers(this.socket))) {
      if (!this.#isRunning || Date.now() > deadline) {
        throw new Error(`libvirtd ${this.#isRunning ? 'does not answer' : 'has ended'}\n${this.#errors}`);
      }
      await pause(20);
    }
  }
}

/** Starts a daemon whose folders of libvirt's are those in this folder. */
function spawnDaemon(folder: string): ChildProcess {
  const mounts = Object.entries(FOLDERS).map(([name, place]) => `mount --bind "$0/${name}" ${place}`);
  const script = `set -e; ${mounts.join('; ')}; exec libvirtd --timeout ${TIMEOUT} --config "$0/libvirtd.conf" --pid-file "$0/pid" 2>"$0/errors"`;
  // Each of these programs becomes the next one, so that the process that is started is the daemon.
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', script, folder];
  return spawn('unshare', args, { stdio: 'ignore' });
}

function configure(folder: string): void {
  for (const [name, place] of Object.entries(FOLDERS)) {
    mkdirSync(join(folder, name));
    mkdirSync(place, { recursive: true });
  }
  const daemon = [`unix_sock_dir = "${folder}"`, 'auth_unix_rw = "none"', 'auth_unix_ro = "none"'];
  writeFileSync(join(folder, 'libvirtd.conf'), `${daemon.join('\n')}\n`);
  // What QEMU's driver needs to run without the services of the machine.
  const qemu = ['stdio_handler = "file"', 'security_driver = "none"', 'cgroup_controllers = []', 'remember_owner = 0'];
  writeFileSync(join(folder, 'etc', 'qemu.conf'), `${[...qemu, 'user = "root"', 'group = "root"'].join('\n')}\n`);
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket, () => {
      connection.destroy();
      resolve(true);
    });
    connection.on('error', () => resolve(false));
  });
}

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
