import type { TLSSocket } from 'node:tls';
import { setImmediateNow, sleep } from '../../../clock';
import type { Reading } from '../../io/byte-source';
import type { Transport } from '../../io/transport';

/** How many bytes may wait until the event loop sends them: far more than all calls that are under way together. */
const MOST_UNSENT = 1024 * 1024;

/**
 * A TLS connection, which the event loop decrypts.
 *
 * The loop reads ahead in each of its turns, watched or not, as much as the socket's buffer takes; reading takes what is in
 * the buffer. What is written goes out when the loop turns.
 */
export class TlsTransport implements Transport {
  readonly isSilentWhileBlocked = true;
  readonly #socket: TLSSocket;
  readonly #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  #isSending = false;
  #take: (reading: Reading) => void = () => {};
  #isWatched = false;
  /** How the bytes end behind those in the buffer, once they do. */
  #end: Reading | undefined;
  #isEndTold = false;

  /** @param socket A connection that is open, with a listener for its errors. */
  constructor(socket: TLSSocket) {
    this.#socket = socket;
    // A listener has the socket read ahead.
    socket.on('readable', () => this.#handOver());
    socket.on('end', () => this.#onEnd({ kind: 'ended' }));
    socket.on('error', (error) => this.#onEnd({ kind: 'failed', error }));
    socket.on('close', () => this.#onEnd({ kind: 'failed', error: new Error('the connection was closed') }));
    socket.unref();
  }

  read(): Reading {
    const bytes: Uint8Array | null = this.#socket.read();
    return bytes === null ? (this.#end ?? { kind: 'nothing' }) : { kind: 'bytes', bytes };
  }

  /**
   * Never blocks: all of the bytes are kept until the event loop sends them, but none if more than 1 MiB waits.
   *
   * @param bytes One packet, or a part of one: they aren't in one TLS record with those of another call; see `PacketCutter`.
   */
  write(bytes: Uint8Array): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) {
      throw this.#socket.errored ?? new Error('the connection was closed');
    }
    if (this.#unsentBytes > MOST_UNSENT) {
      throw new Error(`the other end does not take what is sent; ${this.#unsentBytes} bytes wait for it`);
    }
    this.#unsentBytes += bytes.length;
    // The caller may use its bytes for something else before they are sent.
    this.#unsent.push(Uint8Array.from(bytes));
    if (!this.#isSending) {
      this.#send();
    }
  }

  wait(milliseconds: number): void {
    if (this.#end === undefined && this.#socket.readableLength === 0) {
      sleep(milliseconds);
    }
  }

  watch(take: (reading: Reading) => void): boolean {
    this.#take = take;
    if (!this.#isWatched) {
      this.#isWatched = true;
      // What is in the buffer was announced already.
      setImmediateNow(() => this.#handOver());
    }
    return this.#end === undefined;
  }

  unwatch(): void {
    this.#isWatched = false;
  }

  close(): void {
    this.#isWatched = false;
    this.#socket.destroy();
  }

  /** Sends one after another: Node would make one record of those that wait in the socket. */
  #send(): void {
    const bytes = this.#unsent.shift();
    this.#isSending = bytes !== undefined;
    if (bytes !== undefined) {
      this.#unsentBytes -= bytes.length;
      this.#socket.write(bytes, (error) => {
        if (!error) {
          this.#send();
        }
      });
    }
  }

  #onEnd(end: Reading): void {
    this.#end ??= end;
    this.#handOver();
  }

  #handOver(): void {
    while (this.#isWatched && !this.#isEndTold) {
      const reading = this.read();
      if (reading.kind === 'nothing') {
        return;
      }
      this.#isEndTold = reading.kind !== 'bytes';
      this.#take(reading);
    }
  }
}
