import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** The numbers of the children of this process that run and have a word in their command lines, from Linux's `/proc`. */
export function childProcesses(word: string): number[] {
  return processesOf((name) => isOurs(name) && contentOf(`/proc/${name}/cmdline`).includes(word));
}

/**
 * The numbers of the processes in a mount namespace in which folders from this one hide others: whatever a daemon that was started so
 * has started, even if that has no parent any more.
 */
export function processesAmongMountsOf(folder: string): number[] {
  return processesOf((name) => contentOf(`/proc/${name}/mountinfo`).includes(`/${basename(folder)}/`));
}

function processesOf(isMeant: (name: string) => boolean): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isMeant(name))
    .map(Number);
}

function isOurs(name: string): boolean {
  return new RegExp(`^PPid:\\s*${process.pid}$`, 'm').test(contentOf(`/proc/${name}/status`));
}

/** What is in a file of a process; nothing if the process has ended meanwhile. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Kills what daemons have left in mount namespaces of their own: guests, and the QEMU that a daemon asks what it can do, which stays if the
 * daemon is killed meanwhile.
 */
export function killRemains(folder: string): void {
  for (const pid of processesAmongMountsOf(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Kills a child, unless it has ended, and waits until it has. */
export async function killChild(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const end = once(child, 'exit');
    child.kill('SIGKILL');
    await end;
  }
}
