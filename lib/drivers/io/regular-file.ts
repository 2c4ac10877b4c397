import { closeSync, constants, openSync, readSync } from 'node:fs';
import { kindOfDescriptor } from './descriptor';

/** A file doesn't follow its syntax, or lacks something; the problem names neither the file nor what may be a secret. */
export class FileSyntaxError extends Error {
  readonly line: number;
  constructor(problem: string, line: number) {
    super(problem);
    this.line = line;
  }
}

const CHUNK = 64 * 1024;

/**
 * Reads a file of settings, credentials or certificates whole.
 *
 * Anything else than a regular file is refused without a look at what is in it: a FIFO would block for good, and a device
 * would never end.
 *
 * @param mostBytes How long it may be.
 * @throws {Error} if it can't be read, is something else, or is longer; with the system's `code` if it has one.
 */
export function readRegularFile(path: string, mostBytes: number): Buffer {
  // Non-blocking, or opening a FIFO would wait for its writer.
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0));
  try {
    const kind = kindOfDescriptor(fd);
    if (kind !== 'regular file') {
      const problem = `${path} is a ${kind}, not a regular file`;
      throw kind === 'directory'
        ? Object.assign(new Error(`EISDIR: ${problem}`), { code: 'EISDIR' })
        : new Error(problem);
    }
    const chunks: Buffer[] = [];
    // Not by its size, which files such as those in /proc don't tell, and which may grow.
    for (let length = 0; ; ) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const count = readSync(fd, chunk);
      if (count === 0) {
        return Buffer.concat(chunks, length);
      }
      length += count;
      if (length > mostBytes) {
        throw new Error(`${path} is longer than the ${mostBytes} bytes allowed`);
      }
      chunks.push(chunk.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
}
