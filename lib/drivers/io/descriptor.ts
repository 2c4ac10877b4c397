import { closeSync, fstatSync, readvSync, type Stats, statSync } from 'node:fs';
import type { Socket } from 'node:net';

/** The kinds of things that a descriptor or a path can stand for, as far as reading them differs. */
export type DescriptorKind =
  | 'regular file'
  | 'null device'
  | 'FIFO'
  | 'socket'
  | 'terminal'
  | 'directory'
  | 'device'
  | 'unknown thing';

/** @throws {Error} `EBADF` if the descriptor isn't open. */
export function kindOfDescriptor(fd: number): DescriptorKind {
  const kind = kindOfStats(fstatSync(fd));
  // Loaded when it is needed, which is seldom: it takes longer to load than a journal to open.
  return kind === 'device' && process.getBuiltinModule('node:tty').isatty(fd) ? 'terminal' : kind;
}

/** @throws {Error} `ENOENT` and the like; a terminal is a `device` here. */
export function kindOfPath(path: string): DescriptorKind {
  return kindOfStats(statSync(path));
}

function kindOfStats(stats: Stats): DescriptorKind {
  if (stats.isFile()) {
    return 'regular file';
  }
  if (stats.isFIFO()) {
    return 'FIFO';
  }
  if (stats.isSocket()) {
    return 'socket';
  }
  if (stats.isDirectory()) {
    return 'directory';
  }
  if (stats.isCharacterDevice()) {
    return stats.rdev === statSync('/dev/null').rdev ? 'null device' : 'device';
  }
  return stats.isBlockDevice() ? 'device' : 'unknown thing';
}

/**
 * Makes sure that a descriptor may be read, without taking anything from it or waiting.
 *
 * @throws {Error} `EBADF` if it is open for writing only.
 */
export function requireReadable(fd: number): void {
  // A read of no bytes: it fails if a read would, and does nothing else. (`readSync` itself makes no call for it.)
  readvSync(fd, [new Uint8Array(0)]);
}

/**
 * Closes a descriptor, unless it is one of the standard three.
 *
 * Were they closed, their numbers would be given to the next files that the process opens, and whatever reads standard input or
 * writes an error message would then meet those. The event loop leaves them open for the same reason.
 */
export function closeDescriptor(fd: number): void {
  if (fd > 2) {
    try {
      closeSync(fd);
    } catch {
      // The program has closed what it gave away; reading has said so, or doesn't matter any more.
    }
  }
}

/**
 * The descriptor of a socket or pipe that the event loop has a handle for.
 *
 * Node has no documented way to it, but every version that the library supports has this one.
 *
 * @throws {Error} if there is none (yet).
 */
export function descriptorOf(handle: Socket): number {
  const { fd } = (handle as unknown as { readonly _handle: { readonly fd?: unknown } | null })._handle ?? {};
  if (typeof fd !== 'number') {
    throw new Error(`this runtime does not tell the descriptor of a socket (Node.js ${process.version})`);
  }
  if (fd < 0) {
    throw new Error('no descriptor could be had; too many files may be open (see ulimit -n)');
  }
  return fd;
}
