import { fstatSync, statSync } from 'node:fs';

/** Which file something is, whatever name or descriptor leads to it. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/**
 * Finds out which file a path (symbolic links are followed) or a descriptor stands for.
 *
 * @returns Nothing if it isn't there, or isn't a regular file, a FIFO or a folder: what is written to a terminal or a socket isn't
 *   what is read from it.
 */
export function identifyFile(file: string | number): FileIdentity | undefined {
  try {
    const stats = typeof file === 'number' ? fstatSync(file, { bigint: true }) : statSync(file, { bigint: true });
    const isKept = stats.isFile() || stats.isFIFO() || stats.isDirectory();
    return isKept ? { dev: stats.dev, ino: stats.ino } : undefined;
  } catch {
    return undefined;
  }
}

export function isSameFile(one: FileIdentity | undefined, other: FileIdentity | undefined): boolean {
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}
