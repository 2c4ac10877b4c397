import type { Socket } from 'node:net';

/**
 * The descriptor of a socket or pipe that the event loop has a handle for.
 *
 * Node has no documented way to it, but every version that the library supports has this one.
 *
 * @throws {Error} where there is none (yet).
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
