import { type ByteSource, makeChunkBuffer, type Reading, readOnce } from '../io/byte-source';
import { closeDescriptor } from '../io/descriptor';

/** A regular file (or `/dev/null`), read from where its descriptor stands to its end. */
export class FileSource implements ByteSource {
  readonly keepsUnread = true;
  readonly #fd: number;
  readonly #buffer = makeChunkBuffer();

  constructor(fd: number) {
    this.#fd = fd;
  }

  read(): Reading {
    return readOnce(this.#fd, this.#buffer);
  }

  wait(): void {
    // There always is something to read: bytes, or the end.
  }

  watch(): boolean {
    return false;
  }

  unwatch(): void {}

  close(): void {
    closeDescriptor(this.#fd);
  }
}
