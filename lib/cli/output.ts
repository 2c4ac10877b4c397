import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

/** How a piece of text stands out on a terminal. */
export type Style = Parameters<typeof styleText>[0];

/** Standard output or standard error of a command. */
export class Output {
  readonly #stream: Writable & { readonly isTTY?: boolean };
  readonly #isColoured: boolean;
  #isClosed = false;

  constructor(stream: Writable & { readonly isTTY?: boolean }) {
    this.#stream = stream;
    // https://no-color.org: set, and not empty.
    this.#isColoured = stream.isTTY === true && !process.env['NO_COLOR'];
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') {
        throw error;
      }
      this.#isClosed = true;
    });
  }

  /** Whether the reader of a pipe has gone away, so that nothing more can be written. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Writes a line. */
  line(text: string): void {
    if (!this.#isClosed) {
      this.#stream.write(`${text}\n`);
    }
  }

  /** Lets a piece of text stand out, where there are colours. */
  style(style: Style, text: string): string {
    return this.#isColoured ? styleText(style, text) : text;
  }

  /** Waits until what was written has gone out, so that a slow reader slows the command down, or until the signal aborts. */
  async drained(signal?: AbortSignal): Promise<void> {
    while (this.#stream.writableNeedDrain && !this.#isClosed && !signal?.aborted) {
      const options = signal === undefined ? {} : { signal };
      await Promise.race([once(this.#stream, 'drain', options), once(this.#stream, 'close', options)]).catch(() => {});
    }
  }
}
