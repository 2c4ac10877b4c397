import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { killRemains } from './child-processes';
import { freePort } from './free-port';
import { type SaslSetup, writeSaslSetup } from './sasl-setup';

/** How a daemon asks clients who they are; beside their certificate, if they come by tls. */
type Authentication = 'none' | 'sasl';

/** What is particular about a daemon. */
export interface DaemonOptions {
  /** How it asks on its unix socket; by default not at all. */
  readonly unix?: Authentication;
  /** Has it listen to tcp, and asks there so. */
  readonly tcp?: Authentication;
  /** Has it listen to tls, and asks there so. */
  readonly tls?: Authentication;
  /** The folder of its certificate and key and the authority's, for tls, and of a list of what is revoked, if there is one. */
  readonly pki?: string;
  /** What it offers, and whom it knows, if it asks by SASL. */
  readonly sasl?: SaslSetup;
  /** Further lines of its configuration. */
  readonly settings?: readonly string[];
}

/** Where on the loopback interface a daemon listens, as far as it does. */
interface Ports {
  readonly tcp: number;
  readonly tls: number;
}

/** The folders of libvirt that a private daemon has of its own. */
const FOLDERS = {
  run: '/run/libvirt',
  lib: '/var/lib/libvirt',
  etc: '/etc/libvirt',
  log: '/var/log/libvirt',
  cache: '/var/cache/libvirt',
};

/** Where a daemon listens to tcp and tls. */
const LOOPBACK = '127.0.0.1';

/** How long a daemon may take until it answers, in milliseconds. */
const PATIENCE = 20_000;

/** After how many seconds without a client a daemon ends by itself, in case whoever started it is gone. */
const TIMEOUT = 60;

/**
 * Why no private daemon can be started on this machine, or `undefined` if one can.
 *
 * @param programs What must be there, too.
 */
export function whyNoLibvirtd(...programs: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) {
    return 'only root can start a libvirtd of its own';
  }
  const needed = ['libvirtd', 'virsh', 'stdbuf', ...programs];
  const missing = needed.filter((name) => !succeeds('sh', '-c', 'command -v "$0"', name));
  if (missing.length > 0) {
    return `${missing.join(', ')} cannot be found`;
  }
  return succeeds('unshare', '--mount', 'true') ? undefined : 'unshare may not make a mount namespace';
}

/** `describe` for specs that need a daemon and these programs: they are skipped or fail as `describeLive` has it. */
export function describeLiveWith(...programs: readonly string[]): jest.Describe {
  const isDue = process.env['VIRDELIVER_LIVE'] === '1' || whyNoLibvirtd(...programs) === undefined;
  return isDue ? describe : describe.skip;
}

/**
 * `describe` for specs that need a daemon: they are skipped if there can be none, unless `VIRDELIVER_LIVE` is 1, when
 * they fail.
 */
export const describeLive: jest.Describe = describeLiveWith();

/**
 * A libvirtd apart from any other on the machine: it has its socket, state and configuration in a temporary folder.
 *
 * It lives in a mount namespace of its own, in which that folder hides libvirt's usual ones. To tcp and tls it listens on
 * 127.0.0.1 only, on ports of its own.
 */
export class PrivateLibvirtd {
  /** A folder for whatever a spec needs, removed with the daemon. */
  readonly folder: string;
  readonly #ports: Ports;
  #options: DaemonOptions;
  #process: ChildProcess;

  private constructor(folder: string, ports: Ports, options: DaemonOptions) {
    this.folder = folder;
    this.#ports = ports;
    this.#options = options;
    this.#process = this.#spawn();
  }

  /** Starts a daemon and waits until it answers. */
  static async start(options: DaemonOptions = {}): Promise<PrivateLibvirtd> {
    const problem = whyNoLibvirtd();
    if (problem !== undefined) {
      throw new Error(`the live specs need a libvirtd: ${problem}`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-libvirtd-'));
    makeFolders(folder);
    const daemon = new PrivateLibvirtd(folder, { tcp: await freePort(), tls: await freePort() }, options);
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

  /** The port on which it listens to tcp, if it does. */
  get tcpPort(): number {
    return this.#ports.tcp;
  }

  /** The port on which it listens to tls, if it does. */
  get tlsPort(): number {
    return this.#ports.tls;
  }

  /** The number of its process, whose mount namespace is its own. */
  get pid(): number {
    return this.#process.pid!;
  }

  /** Kills the daemon at once, as a crash would, until `restart`; guests of QEMU go on. */
  async kill(): Promise<void> {
    if (this.#isRunning) {
      const exit = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await exit;
    }
  }

  /**
   * Ends the daemon if it runs, and starts it anew with the same state, in the same places; guests of QEMU go on meanwhile.
   *
   * @param changes What is particular about it from now on, beside what was.
   */
  async restart(changes: DaemonOptions = {}): Promise<void> {
    await this.#end();
    this.#options = { ...this.#options, ...changes };
    this.#process = this.#spawn();
    await this.#untilItAnswers();
  }

  /** Ends the daemon, waits until it is gone, kills what it has left running, and removes its folder. */
  async stop(): Promise<void> {
    await this.#end();
    killRemains(this.folder);
    rmSync(this.folder, { recursive: true });
  }

  #spawn(): ChildProcess {
    configure(this.folder, this.#ports, this.#options);
    return spawnDaemon(this.folder);
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

  /** What it wrote to its standard error, which is its log. */
  get log(): string {
    const file = join(this.folder, 'errors');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  get #isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Where it listens. */
  get #places(): NetConnectOpts[] {
    const { tcp, tls } = this.#options;
    const ports = [...(tcp === undefined ? [] : [this.tcpPort]), ...(tls === undefined ? [] : [this.tlsPort])];
    return [{ path: this.socket }, ...ports.map((port) => ({ host: LOOPBACK, port }))];
  }

  async #untilItAnswers(): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    for (const place of this.#places) {
      while (!(await answers(place))) {
        if (!this.#isRunning || Date.now() > deadline) {
          throw new Error(`libvirtd ${this.#isRunning ? 'does not answer' : 'has ended'}\n${this.log}`);
        }
        await pause(20);
      }
    }
  }
}

/** Starts a daemon whose folders of libvirt's are those in this folder. */
function spawnDaemon(folder: string): ChildProcess {
  const mounts = Object.entries(FOLDERS).map(([name, place]) => `mount --bind "$0/${name}" ${place}`);
  const script = `set -e; ${mounts.join('; ')}; exec libvirtd --listen --timeout ${TIMEOUT} --config "$0/libvirtd.conf" --pid-file "$0/pid" 2>"$0/errors"`;
  // Each of these programs becomes the next one, so that the process that is started is the daemon.
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', script, folder];
  return spawn('unshare', args, { stdio: 'ignore', env: { ...process.env, SASL_CONF_PATH: folder } });
}

function makeFolders(folder: string): void {
  for (const [name, place] of Object.entries(FOLDERS)) {
    mkdirSync(join(folder, name));
    mkdirSync(place, { recursive: true });
  }
}

function configure(folder: string, ports: Ports, options: DaemonOptions): void {
  const { unix = 'none', tcp, tls, pki, sasl, settings = [] } = options;
  const listening = [
    `unix_sock_dir = "${folder}"`,
    `auth_unix_rw = "${unix}"`,
    'auth_unix_ro = "none"',
    `listen_addr = "${LOOPBACK}"`,
    ...(tcp === undefined
      ? ['listen_tcp = 0']
      : ['listen_tcp = 1', `tcp_port = "${ports.tcp}"`, `auth_tcp = "${tcp}"`]),
    ...(tls === undefined
      ? ['listen_tls = 0']
      : ['listen_tls = 1', `tls_port = "${ports.tls}"`, `auth_tls = "${tls}"`]),
  ];
  const files = {
    ca_file: 'cacert.pem',
    crl_file: 'cacrl.pem',
    cert_file: 'servercert.pem',
    key_file: 'serverkey.pem',
  };
  const certificates =
    pki === undefined ? [] : Object.entries(files).map(([setting, file]) => `${setting} = "${join(pki, file)}"`);
  writeFileSync(join(folder, 'libvirtd.conf'), `${[...listening, ...certificates, ...settings].join('\n')}\n`);
  if (sasl !== undefined) {
    writeSaslSetup(folder, 'libvirt', sasl);
  }
  // What QEMU's driver needs to run without the services of the machine.
  const qemu = ['stdio_handler = "file"', 'security_driver = "none"', 'cgroup_controllers = []', 'remember_owner = 0'];
  writeFileSync(join(folder, 'etc', 'qemu.conf'), `${[...qemu, 'user = "root"', 'group = "root"'].join('\n')}\n`);
}

/** Whether something takes connections at a place. */
export function answers(place: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(place, () => {
      connection.destroy();
      resolve(true);
    });
    connection.on('error', () => resolve(false));
  });
}

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
