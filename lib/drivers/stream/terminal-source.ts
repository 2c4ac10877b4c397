import { ReadStream } from 'node:tty';
import { type ByteSource, makeChunkBuffer, type Reading, readOnce } from '../io/byte-source';
import { closeDescriptor } from '../io/descriptor';
import { ReadableWaiter } from '../io/readiness';

/** A terminal, whose lines come as they are typed, until Ctrl-D. */
export class TerminalSource implements ByteSource {
  readonly #fd: number;
  readonly #buffer = makeChunkBuffer();
  readonly #waiter: ReadableWaiter;

  /** @param fd The terminal's descriptor; it is taken over. */
  constructor(fd: number) {
    // The flag for not blocking belongs to what descriptors share: set here, it would break the writes of every program
    // on this terminal. A tty.ReadStream opens the terminal anew under the same number, so that the flag is ours alone.
    new ReadStream(fd).destroy();
    this.#fd = fd;
    this.#waiter = new ReadableWaiter(fd);
    // If it may not be opened anew (after `su`, say) it still blocks, and waiting on it sets the flag after all.
    this.#waiter.wait(1);
  }

  read(): Reading {
    const reading = readOnce(this.#fd, this.#buffer);
    if (reading.kind === 'bytes') {
      this.#waiter.progress();
    }
    return reading;
  }

  wait(milliseconds: number): void {
    this.#waiter.wait(milliseconds);
  }

  watch(): boolean {
    return false;
  }

  unwatch(): void {}

  close(): void {
    closeDescriptor(this.#fd);
  }
}
