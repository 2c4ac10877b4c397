import { closeSync, writeSync } from 'node:fs';
import { Deque } from '../queue/deque';

/** Writes to a pipe what the pipe takes without blocking, and keeps the rest in order. */
export class PipeWriter {
  readonly #fd: number;
  readonly #kept = new Deque<Uint8Array>();
  #keptBytes = 0;

  /** @param fd A write end that does not block. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** How many bytes the pipe has not taken yet. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Puts a text behind what is kept; nothing is written by that. */
  add(text: string): void {
    const bytes = Buffer.from(text);
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
  }

  /**
   * Writes what is kept, as far as the pipe takes it now.
   *
   * @returns Whether the pipe took anything.
   * @throws {Error} `EPIPE` where nobody has the read end open any more.
   */
  flush(): boolean {
    const before = this.#keptBytes;
    for (let bytes = this.#kept.first; bytes !== undefined; bytes = this.#kept.first) {
      const written = this.#write(bytes);
      this.#keptBytes -= written;
      this.#kept.shift();
      if (written < bytes.length) {
        this.#kept.unshift(bytes.subarray(written));
        break;
      }
    }
    return this.#keptBytes < before;
  }

  /** Closes the pipe; what is kept is dropped. */
  close(): void {
    closeSync(this.#fd);
    this.#kept.clear();
    this.#keptBytes = 0;
  }

  /** @returns How many of the bytes the pipe took: 0 where it is full. */
  #write(bytes: Uint8Array): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
        return 0;
      }
      throw error;
    }
  }
}
