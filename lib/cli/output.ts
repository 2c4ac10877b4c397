import { once } from 'node:events';
import { fstatSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { clearInterval, setInterval } from 'node:timers';
import { styleText } from 'node:util';
import { ReadableWaiter } from '../drivers/io/readiness';
import { printable, printableXml } from './printable';

/** How a piece of text stands out on a terminal. */
export type Style = Parameters<typeof styleText>[0];

/** A piece of a line, in one style. */
export type Piece = string | readonly [text: string, style?: Style | undefined];

/** A line, or the beginning of one. */
export type Line = readonly Piece[];

/** A stream that may be a terminal, whose size is then known. */
type OutputStream = Writable & {
  readonly fd?: number;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** How often it is looked whether the reader of a pipe is still there, in milliseconds. */
const LOOK_INTERVAL = 200;

/**
 * Standard output or standard error of a command: the one gate through which all that it writes goes.
 *
 * What comes from outside, in an event, a message or an argument, reaches a terminal as text that is shown, and acts upon nothing.
 */
export class Output {
  readonly #stream: OutputStream;
  readonly #isColoured: boolean;
  readonly #closing = new AbortController();
  #hasWritten = false;
  #failure: Error | undefined;

  constructor(stream: OutputStream) {
    this.#stream = stream;
    // https://no-color.org: set, and not empty.
    this.#isColoured = stream.isTTY === true && !process.env['NO_COLOR'];
    stream.on('error', (error) => this.#fail(error));
  }

  /** Whether nothing more can be written: the reader of a pipe has gone away, or writing failed. */
  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Aborts when nothing more can be written. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Why writing failed; nothing if it did not, or if it's only that the reader of a pipe has gone away. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether it is a terminal. */
  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** The size of the terminal; `undefined` if it is none, or one on which the cursor cannot be moved. */
  get screen(): { readonly columns: number; readonly rows: number } | undefined {
    const { isTTY, columns, rows } = this.#stream;
    // A terminal that does not know its own size says that it is 0.
    return isTTY && process.env['TERM'] !== 'dumb' ? { columns: columns || 80, rows: rows || 24 } : undefined;
  }

  /** Writes a line. */
  line(...pieces: Line): void {
    this.control(`${pieces.map((piece) => this.shown(piece)).join('')}\n`);
  }

  /** Writes a text of several lines. */
  text(text: string): void {
    for (const line of text.split('\n')) {
      this.line(line);
    }
  }

  /** Writes XML: to a terminal as it can be shown, elsewhere to the letter, for another program to read. */
  xml(xml: string): void {
    this.control(`${this.isTerminal ? printableXml(xml) : xml}\n`);
  }

  /** A piece of a line as it is written: harmless, and standing out if there are colours. */
  shown(piece: Piece): string {
    const [text, style] = typeof piece === 'string' ? [piece] : piece;
    return style === undefined || !this.#isColoured ? printable(text) : styleText(style, printable(text));
  }

  /** Writes control functions and pieces that are shown, as they are. */
  control(text: string): void {
    if (!this.isClosed) {
      this.#hasWritten = true;
      try {
        this.#stream.write(text);
      } catch (error) {
        // A file is written at once, and some versions of Node.js throw then.
        this.#fail(error as Error);
      }
      // So are most others, and the stream says so only later.
      if (this.#stream.errored) {
        this.#fail(this.#stream.errored);
      }
    }
  }

  /** Waits until what was written has gone out, so that a slow reader slows the command down, or until the signal aborts. */
  async drained(signal?: AbortSignal): Promise<void> {
    while (this.#stream.writableNeedDrain && !this.isClosed && !signal?.aborted) {
      const options = signal === undefined ? {} : { signal };
      await Promise.race([once(this.#stream, 'drain', options), once(this.#stream, 'close', options)]).catch(() => {});
    }
  }

  /** Waits until all that was written has gone out, or it is known that it cannot. */
  async flushed(): Promise<void> {
    // Not if nothing was: even no bytes cannot be written to a full device.
    if (this.#hasWritten && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.closed.addEventListener('abort', () => resolve());
        this.#stream.write('', () => resolve());
      });
    }
  }

  /**
   * Looks now and then whether the reader of a pipe is still there, since nothing else tells while nothing is written.
   *
   * @returns A function that ends it.
   */
  watchReader(): () => void {
    const hasReader = readerProbe(this.#stream.fd);
    if (hasReader === undefined) {
      return () => {};
    }
    const look = () => {
      if (!this.isClosed && !hasReader()) {
        this.#closing.abort();
      }
    };
    const timer = setInterval(look, LOOK_INTERVAL).unref();
    return () => clearInterval(timer);
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (error.code !== 'EPIPE') {
      this.#failure ??= error;
    }
    this.#closing.abort();
  }
}

/** What tells whether anyone can still read what is written to a descriptor; nothing if it's neither a pipe nor a socket. */
function readerProbe(fd: number | undefined): (() => boolean) | undefined {
  if (fd === undefined || process.platform !== 'linux') {
    return undefined;
  }
  const stats = fstatSync(fd);
  if (stats.isFIFO()) {
    // Of a write end, poll(2) reports nothing to read, but that the last reader has closed it.
    const waiter = new ReadableWaiter(fd);
    return () => !waiter.wait(1);
  }
  return stats.isSocket() ? () => takesBytes(fd) : undefined;
}

/** Whether a socket's other end is open: writing no bytes fails if writing some would. */
function takesBytes(fd: number): boolean {
  try {
    writeSync(fd, new Uint8Array(0));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPIPE';
  }
}
