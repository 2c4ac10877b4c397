import type { Socket } from 'node:net';
import { giveBackChunkBuffer, makeChunkBuffer, type Reading, readOnce } from './byte-source';
import { descriptorOf } from './descriptor';
import { ReadableWaiter } from './readiness';

/**
 * One of the pipes that a child process writes to, read by its descriptor.
 *
 * Node reads such a pipe ahead whenever the event loop turns, as far as its buffer goes. Those bytes are older than what
 * is still in the pipe, and are taken first.
 */
export class ChildOutput {
  readonly #stream: Socket;
  readonly #fd: number;
  readonly #buffer = makeChunkBuffer();
  readonly #readable: ReadableWaiter;
  readonly #onReady: () => void;
  #isClosed = false;
  /** How the bytes ended, once they have. */
  #end: Reading | undefined;

  /** @param onReady Called from the event loop when there may be something to read, the end included. */
  constructor(stream: Socket, onReady: () => void) {
    this.#stream = stream;
    this.#fd = descriptorOf(stream);
    this.#readable = new ReadableWaiter(this.#fd);
    this.#onReady = onReady;
    // Without a listener for 'readable' Node would throw the bytes away when the child exits.
    stream.on('readable', onReady).on('end', onReady).on('close', onReady);
    stream.unref();
  }

  /** Reads what is there now; never blocks, and is never `restarted`. */
  read(): Reading {
    if (this.#end !== undefined) {
      return this.#end;
    }
    const reading = this.#readOnce();
    if (reading.kind === 'bytes') {
      this.#readable.progress();
    } else if (reading.kind !== 'nothing') {
      this.#end = reading;
    }
    return reading;
  }

  /** Blocks the thread until there may be something to read, or the time is up; it may return early. */
  wait(milliseconds: number): void {
    if (this.#end === undefined && this.#stream.readableLength === 0 && !this.#stream.destroyed) {
      this.#readable.wait(milliseconds);
    }
  }

  /** Closes the pipe at once. */
  close(): void {
    this.#end = { kind: 'ended' };
    if (!this.#isClosed) {
      this.#isClosed = true;
      // Node keeps the stream until the event loop has a turn; it should not keep who listens as well.
      for (const event of ['readable', 'end', 'close']) {
        this.#stream.removeListener(event, this.#onReady);
      }
      this.#stream.destroy();
      giveBackChunkBuffer(this.#buffer);
    }
  }

  #readOnce(): Reading {
    const bytes = this.#stream.read() as Buffer | null;
    if (bytes !== null) {
      return { kind: 'bytes', bytes };
    }
    // The event loop has met the end or an error, and closed the descriptor.
    if (this.#stream.destroyed) {
      const error = this.#stream.errored;
      return error === null ? { kind: 'ended' } : { kind: 'failed', error };
    }
    return readOnce(this.#fd, this.#buffer);
  }
}
