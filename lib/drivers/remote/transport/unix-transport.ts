import { writeSync } from 'node:fs';
import { connect, type OnReadOpts, type Socket } from 'node:net';
import { systemClock } from '../../../clock';
import { ReadableWaiter, WritableWaiter } from '../../readiness';
import { makeChunkBuffer, type Reading, readOnce } from '../../stream/byte-source';
import type { Transport } from './transport';

/**
 * A connection to a unix socket, read and written by its descriptor, and by the event loop only while it is watched.
 *
 * The event loop's handle makes the connection, owns the descriptor and is the one that closes it. It keeps no bytes,
 * so that reading beside it keeps them in order. In its first turn it looks at the connection once: if the other end has
 * broken it by then, with bytes of ours unread, what was not read here by then is lost.
 */
export class UnixTransport implements Transport {
  readonly #handle: Socket;
  readonly #fd: number;
  readonly #buffer = makeChunkBuffer();
  readonly #readable: ReadableWaiter;
  #writable: WritableWaiter | undefined;
  #take: (reading: Reading) => void = () => {};
  #isWatched = false;
  /** How the bytes ended, once they have. */
  #end: Reading | undefined;

  /**
   * Connects at once, without a turn of the event loop.
   *
   * @param path The socket's path, which has been checked: why it cannot be connected to is not told.
   * @throws {Error} `ENOTCONN` where it cannot be connected to, whatever the reason.
   */
  constructor(path: string) {
    this.#handle = connect({
      path,
      // After the other end has closed its side the descriptor stays open, so that it can be read beside the event loop.
      allowHalfOpen: true,
      // `onread` keeps the handle from having a buffer of its own, whose bytes reading beside it would overtake.
      onread: { buffer: this.#buffer, callback: (length) => this.#onBytes(length) } satisfies OnReadOpts,
    });
    this.#handle.pause();
    this.#handle.unref();
    this.#handle.on('connect', () => this.#attend());
    this.#handle.on('resume', () => this.#attend());
    this.#handle.on('end', () => this.#onEnd({ kind: 'ended' }));
    this.#handle.on('error', (error) => this.#onEnd({ kind: 'failed', error }));
    try {
      this.#fd = descriptorOf(this.#handle);
      // The event loop would tell in its next turn whether the connection was made; writing no bytes tells now.
      writeSync(this.#fd, new Uint8Array(0));
    } catch (error) {
      this.#handle.destroy();
      throw error;
    }
    this.#readable = new ReadableWaiter(this.#fd);
  }

  read(): Reading {
    if (this.#end !== undefined) {
      return this.#end;
    }
    // The event loop has met an error and closed the descriptor, but had no turn yet to say so.
    if (this.#handle.destroyed) {
      return { kind: 'failed', error: this.#closedBy() };
    }
    const reading = readOnce(this.#fd, this.#buffer);
    if (reading.kind === 'bytes') {
      this.#readable.progress();
    } else if (reading.kind !== 'nothing') {
      this.#end = reading;
    }
    return reading;
  }

  write(bytes: Uint8Array, timeoutMs: number): void {
    const deadline = systemClock.monotonic() + timeoutMs;
    let written = 0;
    while (true) {
      const some = this.#writeSome(bytes.subarray(written));
      written += some;
      if (written === bytes.length) {
        return;
      }
      if (some > 0) {
        this.#writable?.progress();
        continue;
      }
      const left = deadline - systemClock.monotonic();
      if (left <= 0) {
        throw new Error(`the other end took ${written} of ${bytes.length} bytes within ${timeoutMs} ms`);
      }
      this.#writable ??= new WritableWaiter(this.#fd);
      this.#writable.wait(left);
    }
  }

  wait(milliseconds: number): void {
    if (this.#end === undefined && !this.#handle.destroyed) {
      this.#readable.wait(milliseconds);
    }
  }

  watch(take: (reading: Reading) => void): boolean {
    this.#take = take;
    this.#isWatched = true;
    this.#attend();
    return this.#end === undefined;
  }

  unwatch(): void {
    this.#isWatched = false;
    this.#attend();
  }

  close(): void {
    this.#isWatched = false;
    this.#handle.destroy();
  }

  /** Has the event loop read or not, as it should. */
  #attend(): void {
    // While it connects the handle notes down that it is to read, and what it has noted cannot be taken back; and a
    // handle that is resumed begins to read a moment later, even where it was paused in between. So both come here again.
    if (this.#isWatched && !this.#handle.connecting) {
      this.#handle.resume();
    } else {
      this.#handle.pause();
    }
  }

  #onBytes(length: number): boolean {
    this.#readable.progress();
    this.#take({ kind: 'bytes', bytes: this.#buffer.subarray(0, length) });
    return true;
  }

  #onEnd(end: Reading): void {
    this.#end ??= end;
    if (this.#isWatched) {
      this.#take(this.#end);
    }
  }

  /** Writes what the other end takes now, which may be nothing. */
  #writeSome(bytes: Uint8Array): number {
    if (this.#handle.destroyed) {
      throw this.#closedBy();
    }
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN' || code === 'EINTR') {
        return 0;
      }
      throw error;
    }
  }

  #closedBy(): Error {
    return this.#handle.errored ?? new Error('the connection was closed');
  }
}

/**
 * The descriptor of a connecting socket. Node has no documented way to it, but every version that the library supports
 * has this one.
 */
function descriptorOf(handle: Socket): number {
  const { fd } = (handle as unknown as { readonly _handle: { readonly fd?: unknown } | null })._handle ?? {};
  if (typeof fd !== 'number') {
    throw new Error(`this runtime does not tell the descriptor of a socket (Node.js ${process.version})`);
  }
  if (fd < 0) {
    throw new Error('no descriptor could be had; too many files may be open (see ulimit -n)');
  }
  return fd;
}
