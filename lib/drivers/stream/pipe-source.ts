import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { type ByteSource, giveBackChunkBuffer, makeChunkBuffer, type Reading, readOnce } from '../io/byte-source';
import { ReadableWaiter } from '../io/readiness';

/** Whether poll and the event loop report no hang-up on a FIFO before it has had a writer; elsewhere they may. */
const hangUpMeansWriterSeen = process.platform === 'linux';

/**
 * A pipe, a FIFO or a stream socket.
 *
 * The event loop's own handle is made at once: it sets the descriptor non-blocking, owns it, and is the one that closes
 * it. It reads only while it is watched, and keeps no bytes, so that reading beside it keeps them in order.
 */
export class PipeSource implements ByteSource {
  readonly #fd: number;
  readonly #buffer = makeChunkBuffer();
  readonly #waiter: ReadableWaiter;
  readonly #handle: Socket;
  #writerSeen: boolean;
  #isClosed = false;
  #take: (reading: Reading) => void = () => {};

  /**
   * @param fd A descriptor that is open for reading; it is taken over.
   * @param writerSeen Whether 0 bytes mean the end; not so on a FIFO that no writer has opened yet.
   * @throws What `net.Socket` throws if it can't read the descriptor.
   */
  constructor(fd: number, writerSeen: boolean) {
    this.#fd = fd;
    this.#writerSeen = writerSeen;
    this.#waiter = new ReadableWaiter(fd);
    // `onread` keeps the handle from having a buffer of its own, whose bytes reading beside it would overtake.
    const options: SocketConstructorOpts & { onread: OnReadOpts } = {
      fd,
      readable: true,
      writable: false,
      onread: {
        buffer: this.#buffer,
        callback: (length, buffer) => {
          this.#take(this.#noted({ kind: 'bytes', bytes: buffer.subarray(0, length) }));
          return true;
        },
      },
    };
    this.#handle = new Socket(options);
    this.#handle.pause();
    this.#handle.unref();
    this.#handle.on('end', () => this.#take({ kind: 'ended' }));
    this.#handle.on('error', (error) => this.#take({ kind: 'failed', error }));
  }

  read(): Reading {
    // The event loop has met an error and closed the descriptor, but had no turn yet to say so.
    if (this.#handle.destroyed) {
      return { kind: 'failed', error: this.#handle.errored ?? new Error('the descriptor was closed') };
    }
    const reading = this.#noted(readOnce(this.#fd, this.#buffer));
    return reading.kind === 'ended' && !this.#writerSeen ? { kind: 'nothing' } : reading;
  }

  wait(milliseconds: number): void {
    if (!this.#handle.destroyed && this.#waiter.wait(milliseconds) && hangUpMeansWriterSeen) {
      this.#writerSeen = true;
    }
  }

  watch(take: (reading: Reading) => void): boolean {
    this.#take = take;
    if (!this.#writerSeen && !hangUpMeansWriterSeen) {
      return false;
    }
    this.#handle.resume();
    return true;
  }

  unwatch(): void {
    this.#handle.pause();
  }

  close(): void {
    this.#take = () => {};
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#handle.destroy();
      giveBackChunkBuffer(this.#buffer);
    }
  }

  /** Draws what is to be drawn from a reading: bytes, or none from a FIFO that isn't at its end, show a writer. */
  #noted(reading: Reading): Reading {
    if (reading.kind === 'bytes') {
      this.#waiter.progress();
    }
    if (reading.kind === 'bytes' || reading.kind === 'nothing') {
      this.#writerSeen = true;
    }
    return reading;
  }
}
