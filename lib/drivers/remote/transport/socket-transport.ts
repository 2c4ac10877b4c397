import { writeSync } from 'node:fs';
import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { BlockingWriter } from '../../io/blocking-writer';
import { giveBackChunkBuffer, makeChunkBuffer, type Reading, readOnce } from '../../io/byte-source';
import { descriptorOf } from '../../io/descriptor';
import { ReadableWaiter } from '../../io/readiness';
import type { TimeLimit } from '../../io/time-limit';
import type { Transport } from '../../io/transport';
import { dialTcp, type NetworkAddress } from './dial-tcp';

/**
 * A connection by a socket, read and written by its descriptor, and by the event loop only while it is watched.
 *
 * The event loop's handle makes the connection, owns the descriptor and is the one that closes it. It keeps no bytes,
 * so that reading beside it keeps them in order. In its first turn it looks at the connection once: if the other end has
 * broken it by then, with bytes of ours unread, what wasn't read here by then is lost.
 */
export class SocketTransport implements Transport {
  readonly #handle: Socket;
  readonly #fd: number;
  readonly #buffer: Uint8Array;
  readonly #inlet: Inlet;
  readonly #readable: ReadableWaiter;
  readonly #writer: BlockingWriter;
  #take: (reading: Reading) => void = () => {};
  #isWatched = false;
  #isClosed = false;
  /** How the bytes ended, once they have. */
  #end: Reading | undefined;

  /** @param inlet What the handle was made with. */
  private constructor(handle: Socket, inlet: Inlet) {
    this.#handle = handle;
    this.#fd = descriptorOf(handle);
    this.#buffer = inlet.buffer;
    this.#readable = new ReadableWaiter(this.#fd);
    this.#writer = new BlockingWriter(this.#fd);
    inlet.onBytes = (length) => this.#onBytes(length);
    this.#inlet = inlet;
    handle.unref();
    handle.on('connect', () => this.#attend());
    handle.on('resume', () => this.#attend());
    handle.on('end', () => this.#onEnd({ kind: 'ended' }));
    handle.on('error', (error) => this.#onEnd({ kind: 'failed', error }));
  }

  /**
   * Connects to a unix socket at once, without a turn of the event loop.
   *
   * @param path The socket's path, which has been checked: why it can't be connected to isn't told.
   * @throws {Error} `ENOTCONN` if it can't be connected to, whatever the reason.
   */
  static toPath(path: string): SocketTransport {
    const inlet = new Inlet();
    const handle = makeHandle(inlet);
    try {
      handle.connect({ path });
      const transport = new SocketTransport(handle, inlet);
      // The event loop would tell in its next turn whether the connection was made; writing no bytes tells now.
      writeSync(transport.#fd, new Uint8Array(0));
      return transport;
    } catch (error) {
      handle.destroy();
      throw error;
    }
  }

  /**
   * Connects to a TCP port, in the event loop.
   *
   * @throws {Error} if it can't be connected to within the time; the message says why, and what to do.
   */
  static async toAddress(address: NetworkAddress, limit: TimeLimit): Promise<SocketTransport> {
    const inlet = new Inlet();
    const handle = makeHandle(inlet);
    try {
      await dialTcp(handle, 'tcp', address, limit);
      return new SocketTransport(handle, inlet);
    } catch (error) {
      handle.destroy();
      throw error;
    }
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
    if (this.#handle.destroyed) {
      throw this.#closedBy();
    }
    this.#writer.write(bytes, timeoutMs);
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
    if (!this.#isClosed) {
      this.#isClosed = true;
      // Node keeps the handle until the event loop has a turn; it should not keep the connection as well.
      this.#inlet.onBytes = () => {};
      this.#handle.removeAllListeners();
      this.#handle.on('error', () => {});
      this.#handle.destroy();
      giveBackChunkBuffer(this.#buffer);
    }
  }

  /** Has the event loop read or not, as it should. */
  #attend(): void {
    // While it connects the handle notes down that it is to read, and what it has noted can't be taken back; and a
    // handle that is resumed begins to read a moment later, even if it was paused in between. So both come here again.
    if (this.#isWatched && !this.#handle.connecting) {
      this.#handle.resume();
    } else {
      this.#handle.pause();
    }
  }

  #onBytes(length: number): void {
    this.#readable.progress();
    this.#take({ kind: 'bytes', bytes: this.#buffer.subarray(0, length) });
  }

  #onEnd(end: Reading): void {
    this.#end ??= end;
    if (this.#isWatched) {
      this.#take(this.#end);
    }
  }

  #closedBy(): Error {
    return this.#handle.errored ?? new Error('the connection was closed');
  }
}

/** Where a handle puts what the event loop reads. It takes that only when it is made, before there is a transport. */
class Inlet {
  readonly buffer: Uint8Array = makeChunkBuffer();
  onBytes: (length: number) => void = () => {};
}

/** Makes a handle that isn't connected yet, and reads nothing of itself. */
function makeHandle(inlet: Inlet): Socket {
  const callback = (length: number) => {
    inlet.onBytes(length);
    return true;
  };
  const options: SocketConstructorOpts & ConnectOpts = {
    // After the other end has closed its side the descriptor stays open, so that it can be read beside the event loop.
    allowHalfOpen: true,
    // `onread` keeps the handle from having a buffer of its own, whose bytes reading beside it would overtake.
    onread: { buffer: inlet.buffer, callback },
  };
  const handle = new Socket(options);
  // An 'error' that nobody listens to would be thrown at the program.
  handle.on('error', () => {});
  return handle.pause();
}
