import { spawnSync } from 'node:child_process';

/**
 * Runs commands of virsh to their end, while this process stands still.
 *
 * @throws {Error} if virsh fails; with what it says.
 */
export function runVirsh(uri: string, ...commands: readonly string[]): void {
  const { status, stderr } = spawnSync('virsh', ['-c', uri, '-q', ...commands], { encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`virsh ${commands.join(' ')}: ${stderr}`);
  }
}

/** Suspends and resumes the test driver's domain so often, while this process stands still; returns what it is then, each time. */
export function toggleDomain(uri: string, times: number): string[] {
  runVirsh(uri, Array(times).fill('suspend test; resume test').join('; '));
  return Array(times).fill(['suspended', 'resumed']).flat();
}
