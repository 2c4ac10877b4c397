import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { killRemains } from './child-processes';
import { answers } from './private-libvirtd';

/** libvirt's daemons of one driver each, and virtproxyd, which stands in for the one daemon for all. */
export const modularDaemons = [
  'virtqemud',
  'virtnetworkd',
  'virtstoraged',
  'virtnodedevd',
  'virtsecretd',
  'virtproxyd',
] as const;

export type ModularDaemon = (typeof modularDaemons)[number];

/** How long a daemon may take until it answers, or is gone, in milliseconds. */
const PATIENCE = 20_000;

/** What starts the daemons (`PROGRAM DIR DAEMON...`), if this is set; otherwise those of the machine are started. */
const GIVEN_STARTER = process.env['VIRDELIVER_MODULAR_LIBVIRT'];

const STARTER = GIVEN_STARTER ?? join(__dirname, 'start-modular-daemons.sh');

/** Why no modular daemons can be started on this machine, or `undefined` if they can. */
export function whyNoModularLibvirt(): string | undefined {
  if (process.getuid?.() !== 0) {
    return 'only root can start daemons of its own';
  }
  if (GIVEN_STARTER !== undefined) {
    return existsSync(GIVEN_STARTER) ? undefined : `there is no ${GIVEN_STARTER}`;
  }
  const script =
    'PATH="$PATH:/usr/sbin:/sbin"; for daemon; do command -v "$daemon" || exit 1; done; unshare --mount true';
  const { status } = spawnSync('sh', ['-c', script, 'sh', 'virsh', ...modularDaemons], { stdio: 'ignore' });
  return status === 0 ? undefined : "libvirt's modular daemons, or virsh, or unshare, cannot be found";
}

/**
 * `describe` for specs that need modular daemons. They are skipped if there can be none: not every distribution has them.
 * They are due if a program to start them is given and `VIRDELIVER_LIVE` is 1.
 */
export const describeModular: jest.Describe =
  whyNoModularLibvirt() === undefined || (GIVEN_STARTER !== undefined && process.env['VIRDELIVER_LIVE'] === '1')
    ? describe
    : describe.skip;

/** Modular daemons apart from any other on the machine: their sockets, state and configuration are in a temporary folder. */
export class PrivateModularLibvirt {
  /** A folder for whatever a spec needs, removed with the daemons. */
  readonly folder: string = mkdtempSync(join(tmpdir(), 'virdeliver-modular-'));
  readonly #starters: ChildProcess[] = [];
  /** Those that were started at some time. */
  readonly #daemons = new Set<ModularDaemon>();

  private constructor() {}

  /** Starts these daemons and waits until all of them answer. */
  static async start(...daemons: readonly ModularDaemon[]): Promise<PrivateModularLibvirt> {
    const problem = whyNoModularLibvirt();
    if (problem !== undefined) {
      throw new Error(`these specs need modular libvirt daemons: ${problem}`);
    }
    const libvirt = new PrivateModularLibvirt();
    try {
      await libvirt.#spawn(daemons);
    } catch (error) {
      await libvirt.stop();
      throw error;
    }
    return libvirt;
  }

  /** The path of the socket on which a daemon listens. */
  socketOf(daemon: ModularDaemon): string {
    return join(this.folder, 'run', daemon === 'virtproxyd' ? 'libvirt-sock' : `${daemon}-sock`);
  }

  /** Which process each daemon is: its number, and when it was started; a daemon that has ended is `undefined`. */
  processes(): Record<string, string | undefined> {
    return Object.fromEntries([...this.#daemons].map((daemon) => [daemon, processOf(this.#pidOf(daemon))]));
  }

  /** What a daemon has written into its log, from a place in it on. */
  logOf(daemon: ModularDaemon, from = 0): string {
    const file = join(this.folder, 'log', `${daemon}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8').slice(from) : '';
  }

  /** Kills a daemon at once, as a crash would; guests of QEMU go on. */
  async kill(daemon: ModularDaemon): Promise<void> {
    const pid = this.#pidOf(daemon);
    process.kill(pid, 'SIGKILL');
    await this.#until(`${daemon} to end`, async () => processOf(pid) === undefined);
    // The socket of a daemon that was killed is still there.
    rmSync(this.socketOf(daemon));
  }

  /** Starts a daemon, in the same place and with the same state if there was one; one that runs is killed before. */
  async restart(daemon: ModularDaemon): Promise<void> {
    if (this.processes()[daemon] !== undefined) {
      await this.kill(daemon);
    }
    await this.#spawn([daemon]);
  }

  /** Ends the daemons, waits until they are gone, kills what they have left running, and removes their folder. */
  async stop(): Promise<void> {
    await Promise.all(this.#starters.splice(0).map(end));
    killRemains(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #spawn(daemons: readonly ModularDaemon[]): Promise<void> {
    const starter = spawn(STARTER, [this.folder, ...daemons], { stdio: 'ignore' });
    starter.on('error', () => {});
    this.#starters.push(starter);
    for (const daemon of daemons) {
      this.#daemons.add(daemon);
      await this.#until(`${daemon} to answer`, () => answers({ path: this.socketOf(daemon) }));
    }
  }

  #pidOf(daemon: ModularDaemon): number {
    return Number(readFileSync(join(this.folder, 'run', `${daemon}.pid`), 'utf8'));
  }

  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!(await isSo())) {
      if (Date.now() > deadline) {
        throw new Error(
          `waited for ${what} in vain\n${[...this.#daemons].map((daemon) => this.logOf(daemon)).join('')}`,
        );
      }
      await pause(20);
    }
  }
}

/** A process by its number and when it was started (field 22 of proc(5)'s stat); `undefined` if it has ended. */
function processOf(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? undefined : `${pid} since ${fields[19]}`;
  } catch {
    return undefined;
  }
}

async function end(starter: ChildProcess): Promise<void> {
  if (starter.pid !== undefined && starter.exitCode === null && starter.signalCode === null) {
    const exit = once(starter, 'exit');
    starter.kill('SIGTERM');
    await exit;
  }
}
