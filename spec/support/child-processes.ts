import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

/** The numbers of the children of this process that run and have a word in their command lines, from Linux's `/proc`. */
export function childProcesses(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isOurs(name) && contentOf(`/proc/${name}/cmdline`).includes(word))
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

/** Kills a child, unless it has ended, and waits until it has. */
export async function killChild(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const end = once(child, 'exit');
    child.kill('SIGKILL');
    await end;
  }
}
