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
