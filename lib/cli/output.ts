import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

/** How a piece of text stands out on a terminal. */
export type Style = Parameters<typeof styleText>[0];

/** A stream that may be a terminal, whose size is then known. */
type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** Standard output or standard error of a command. */
export class Output {
  readonly #stream: OutputStream;
  readonly #isColoured: boolean;
  #isClosed = false;

  constructor(stream: OutputStream) {
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

  /** The size of the terminal; `undefined` where it is none, or one on which the cursor cannot be moved. */
  get screen(): { readonly columns: number; readonly rows: number } | undefined {
    const { isTTY, columns, rows } = this.#stream;
    // A terminal that does not know its own size says that it is 0.
    return isTTY && process.env['TERM'] !== 'dumb' ? { columns: columns || 80, rows: rows || 24 } : undefined;
  }

  /** Writes a line. */
  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** Writes a text as it is. */
  write(text: string): void {
    if (!this.#isClosed) {
      this.#stream.write(text);
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
