import { closeSync, writeSync } from 'node:fs';

const nothing = new Uint8Array();

/** Writes texts to a pipe, one after the other, as far as the pipe takes them without blocking. */
export class PipeWriter {
  readonly #fd: number;
  /** What the pipe has not taken yet of the text in hand. */
  #rest: Uint8Array = nothing;

  /** @param fd A write end that does not block. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Whether the pipe has taken all of the text in hand. */
  get isDone(): boolean {
    return this.#rest.length === 0;
  }

  /** Takes the next text in hand, when the one before is written; nothing is written by that. */
  begin(text: string): void {
    this.#rest = Buffer.from(text);
  }

  /**
   * Writes what the pipe takes now of the text in hand.
   *
   * @returns Whether the pipe took anything.
   * @throws {Error} `EPIPE` if nobody has the read end open any more.
   */
  flush(): boolean {
    if (this.isDone) {
      return false;
    }
    const written = this.#write();
    this.#rest = this.#rest.subarray(written);
    return written > 0;
  }

  /** Closes the pipe; what it has not taken is dropped. */
  close(): void {
    closeSync(this.#fd);
    this.#rest = nothing;
  }

  /** @returns How many bytes the pipe took: 0 if it is full. */
  #write(): number {
    try {
      return writeSync(this.#fd, this.#rest);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
        return 0;
      }
      throw error;
    }
  }
}
