import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port';
import type { PrivateLibvirtd } from './private-libvirtd';

/** The programs that it needs, and what it is for runs on the other side of it. */
export const SSH_PROGRAMS = ['ssh', 'ssh-keygen', '/usr/sbin/sshd', 'nsenter', 'nc', 'virt-ssh-helper'];

/** How long it may take until it answers, in milliseconds. */
const PATIENCE = 20_000;

const HOST = '127.0.0.1';

/**
 * An sshd apart from any other on the machine, on 127.0.0.1 and a port of its own, with keys of its own.
 *
 * Who logs in is root, and finds a private libvirtd in the usual places: all of it is in that one's mount namespace.
 */
export class PrivateSshd {
  /** A folder for whatever a spec needs, removed with the sshd. */
  readonly folder: string;
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(folder: string, port: number, daemon: PrivateLibvirtd) {
    this.folder = folder;
    this.port = port;
    const sshd = ['/usr/sbin/sshd', '-D', '-e', '-f', join(folder, 'sshd_config')];
    this.#process = spawn('nsenter', [`--mount=/proc/${daemon.pid}/ns/mnt`, ...sshd], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  /** Starts an sshd beside a daemon, and waits until it answers. */
  static async start(daemon: PrivateLibvirtd): Promise<PrivateSshd> {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-sshd-'));
    const port = await freePort();
    configure(folder, port);
    // Where libvirt's own programs look for the daemon, seen from outside its mount namespace.
    for (const name of ['libvirt-sock', 'libvirt-sock-ro']) {
      const place = join(daemon.folder, 'run', name);
      if (!existsSync(place)) {
        symlinkSync(join(daemon.folder, name), place);
      }
    }
    const sshd = new PrivateSshd(folder, port, daemon);
    try {
      await sshd.#untilItAnswers();
    } catch (error) {
      await sshd.stop();
      throw error;
    }
    return sshd;
  }

  /** The program that is ssh with the configuration that knows this sshd, for the parameter `command`. */
  get client(): string {
    return join(this.folder, 'ssh');
  }

  /** The program that is ssh without any configuration. */
  get bareClient(): string {
    return join(this.folder, 'bare-ssh');
  }

  /** A URI of the daemon's test driver. */
  uriOf(parameters: Readonly<Record<string, string>> = {}): string {
    const query = new URLSearchParams({ command: this.client, ...parameters }).toString().replaceAll('+', '%20');
    return `test+ssh://${HOST}:${this.port}/default?${query}`;
  }

  /** Ends every login, as a reboot would, but goes on listening. */
  endLogins(): void {
    const { pid } = this.#process;
    for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').match(/\d+/g) ?? []) {
      process.kill(Number(child), 'SIGKILL');
    }
  }

  /** Ends it and all logins, and removes its folder. */
  async stop(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid !== undefined && exitCode === null && signalCode === null) {
      const exit = once(this.#process, 'exit');
      this.endLogins();
      this.#process.kill('SIGTERM');
      await exit;
    }
    rmSync(this.folder, { recursive: true });
  }

  async #untilItAnswers(): Promise<void> {
    let log = '';
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const deadline = Date.now() + PATIENCE;
    while (!log.includes('Server listening')) {
      if (this.#process.exitCode !== null || Date.now() > deadline) {
        throw new Error(`sshd ${this.#process.exitCode === null ? 'does not answer' : 'has ended'}\n${log}`);
      }
      await pause(20);
    }
  }
}

/** Writes the keys and the configurations of both sides into a folder. */
function configure(folder: string, port: number): void {
  for (const key of ['host_key', 'user_key', 'other_key']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', key, '-f', join(folder, key)]);
  }
  const server = [
    `ListenAddress ${HOST}:${port}`,
    `HostKey ${folder}/host_key`,
    `AuthorizedKeysFile ${folder}/user_key.pub`,
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
  ];
  writeFileSync(join(folder, 'sshd_config'), `${server.join('\n')}\n`);
  // sshd does not start without this folder, which is made when the machine starts, or the service.
  mkdirSync('/run/sshd', { recursive: true });

  const hostKey = readFileSync(join(folder, 'host_key.pub'), 'utf8');
  writeFileSync(join(folder, 'known_hosts'), `[${HOST}]:${port} ${hostKey}`);
  writeFileSync(join(folder, 'no_hosts'), '');
  const client = [
    `UserKnownHostsFile ${folder}/known_hosts`,
    'GlobalKnownHostsFile none',
    `IdentityFile ${folder}/user_key`,
    'IdentitiesOnly yes',
    'IdentityAgent none',
    'BatchMode yes',
    'User root',
  ];
  writeFileSync(join(folder, 'ssh_config'), `${client.join('\n')}\n`);
  writeProgram(join(folder, 'ssh'), `exec ssh -F '${folder}/ssh_config' "$@"`);
  writeProgram(join(folder, 'bare-ssh'), 'exec ssh -F none -o IdentityAgent=none -o BatchMode=yes "$@"');
}

/** Writes a program in the language of the shell. */
export function writeProgram(path: string, text: string): void {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}
