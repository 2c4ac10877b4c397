/** A libvirtd of the benchmarks' own, apart from any other on the machine. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../lib/clock';
import { closeConnection, OpenError, openConnection } from '../lib/index';

/** The folders of libvirt that it has of its own, in its mount namespace. */
const FOLDERS = {
  run: '/run/libvirt',
  lib: '/var/lib/libvirt',
  etc: '/etc/libvirt',
  log: '/var/log/libvirt',
  cache: '/var/cache/libvirt',
};

/** For how many milliseconds it may start. */
const PATIENCE = 20_000;

/** Why there can be none on this machine, or `undefined` if there can. */
export function whyNoLibvirtd(): string | undefined {
  if (process.getuid?.() !== 0) {
    return 'only root can start a libvirtd of its own';
  }
  const runs = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (!runs('libvirtd', '--version')) {
    return 'libvirtd cannot be run';
  }
  return runs('unshare', '--mount', 'true') ? undefined : 'unshare may not make a mount namespace';
}

/** Runs something while there is a daemon. */
export async function withLibvirtd<T>(use: (socket: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'virdeliver-bench-'));
  for (const [name, place] of Object.entries(FOLDERS)) {
    mkdirSync(join(folder, name));
    mkdirSync(place, { recursive: true });
  }
  const settings = [`unix_sock_dir = "${folder}"`, 'auth_unix_rw = "none"', 'auth_unix_ro = "none"'];
  writeFileSync(join(folder, 'libvirtd.conf'), `${settings.join('\n')}\n`);
  const mounts = Object.entries(FOLDERS).map(([name, place]) => `mount --bind "$0/${name}" ${place}`);
  // Each of these programs becomes the next one, so that the process that is ended is the daemon.
  const script = `set -e; ${mounts.join('; ')}; exec libvirtd --timeout 60 --config "$0/libvirtd.conf" --pid-file "$0/pid"`;
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', script, folder];
  const daemon = spawn('unshare', args, { stdio: 'ignore' });
  try {
    const socket = join(folder, 'libvirt-sock');
    untilItAnswers(socket);
    return await use(socket);
  } finally {
    daemon.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The URI of the daemon's test driver, whose domain `test` runs. */
export function testUri(socket: string): string {
  return `test+unix:///default?socket=${socket}`;
}

function untilItAnswers(socket: string): void {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      closeConnection(openConnection(testUri(socket)));
      return;
    } catch (error) {
      if (!(error instanceof OpenError) || performance.now() > deadline) {
        throw error;
      }
      sleep(20);
    }
  }
}
