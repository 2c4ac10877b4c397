import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one spec file's own files and FIFOs. */
export class Scratch {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'virdeliver-stream-'));
  #count = 0;

  /** A path where nothing is yet. */
  path(name = 'nothing'): string {
    this.#count += 1;
    return join(this.folder, `${this.#count}-${name}`);
  }

  file(content: string): string {
    const path = this.path('file');
    writeFileSync(path, content);
    return path;
  }

  fifo(): string {
    const path = this.path('fifo');
    execFileSync('mkfifo', [path]);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Opens a FIFO that has a reader for writing; writes to it do not block. */
export function openWriter(path: string): number {
  return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
}

/** Writes as much of the bytes as fits now, and returns the rest. */
export function writeSome(fd: number, bytes: Uint8Array): Uint8Array {
  try {
    return bytes.subarray(writeSync(fd, bytes));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
      return bytes;
    }
    throw error;
  }
}

/** How many descriptors this process has open. */
export function countDescriptors(): number {
  return readdirSync(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd').length;
}
