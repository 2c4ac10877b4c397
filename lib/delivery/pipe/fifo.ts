import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventPipeError } from '../../errors';

/** The two ends of a pipe. */
export interface PipeEnds {
  /** To be read from; reading blocks until there are bytes. */
  readonly readEnd: number;
  /** To be written to; writing never blocks, and fails with `EAGAIN` if the pipe takes no byte. */
  readonly writeEnd: number;
}

/**
 * Makes a pipe whose read end blocks and whose write end does not, with nothing left of it in the file system.
 *
 * Node has no pipe(2), and gives no way to change how an open descriptor behaves; but each opening of a FIFO is for itself
 * in that (POSIX.1-2024, open(): O_NONBLOCK belongs to the open file description). Other children do not inherit the ends.
 *
 * @throws {EventPipeError} `ERR_PIPE_OPEN`
 */
export function openPipe(): PipeEnds {
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    throw cannotMake(`it needs Linux or macOS, but this is ${process.platform}`);
  }
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'virdeliver-'));
    const path = join(folder, 'pipe');
    makeFifo(path);
    return openEnds(path);
  } catch (error) {
    throw error instanceof EventPipeError ? error : cannotMake((error as Error).message, error);
  } finally {
    if (folder !== undefined) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function makeFifo(path: string): void {
  // Not imported: loading it takes longer than half the library, and only a pipe needs it.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { error, status, stderr } = spawnSync('mkfifo', ['-m', '600', path], { encoding: 'utf8' });
  if (error !== undefined) {
    throw cannotMake(`mkfifo cannot be run: ${error.message}`, error);
  }
  if (status !== 0) {
    throw cannotMake(`mkfifo failed: ${stderr.trim()}`);
  }
}

/** Opens both ends: a FIFO opens at once for reading without blocking, and then, since it has the other end, in any way. */
function openEnds(path: string): PipeEnds {
  const opened: number[] = [];
  const open = (flags: number) => {
    const fd = openSync(path, flags);
    opened.push(fd);
    return fd;
  };
  try {
    const helper = open(constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = open(constants.O_WRONLY | constants.O_NONBLOCK);
    const readEnd = open(constants.O_RDONLY);
    closeSync(helper);
    return { readEnd, writeEnd };
  } catch (error) {
    opened.forEach((fd) => {
      closeSync(fd);
    });
    throw error;
  }
}

function cannotMake(problem: string, cause?: unknown): EventPipeError {
  return new EventPipeError('ERR_PIPE_OPEN', `cannot make a pipe: ${problem}`, { cause });
}
