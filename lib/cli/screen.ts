import type { Line, Output } from './output';
import { printable } from './printable';

/** Control functions of ECMA-48, and the private mode of DEC terminals that has long lines wrapped. */
const HOME = '\x1b[H';
const CLEAR_SCREEN = '\x1b[2J';
const CLEAR_TO_END_OF_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const WRAP_OFF = '\x1b[?7l';
const WRAP_ON = '\x1b[?7h';

/**
 * A terminal on which one picture follows another in the same place, without flicker: each is one write, and writes over
 * the one before.
 *
 * It leaves the terminal as it found it, but for what it wrote, so that a program may end at any time.
 */
export class Screen {
  readonly #output: Output;
  /** The size for which the last picture was made. */
  #size = '';

  constructor(output: Output) {
    this.#output = output;
  }

  /** Shows lines, cut to the width of the terminal; those that are too many for its height are counted in the last. */
  draw(lines: readonly Line[]): void {
    const { columns, rows } = this.#output.screen ?? { columns: 80, rows: 24 };
    // The cursor comes to stand below the last line.
    const height = Math.max(rows - 1, 1);
    const fitting =
      lines.length <= height
        ? lines
        : [...lines.slice(0, height - 1), [[`… ${lines.length - height + 1} more lines`, 'gray'] as const]];
    const size = `${columns}x${rows}`;
    const start = size === this.#size ? HOME : `${HOME}${CLEAR_SCREEN}`;
    this.#size = size;
    const text = fitting.map((line) => `${this.#cut(line, columns)}${CLEAR_TO_END_OF_LINE}\n`).join('');
    // Characters that are two columns wide make a line longer than it is counted here.
    this.#output.control(`${WRAP_OFF}${start}${text}${CLEAR_BELOW}${WRAP_ON}`);
  }

  #cut(line: Line, columns: number): string {
    let left = columns;
    let text = '';
    for (const piece of line) {
      const [whole, style] = typeof piece === 'string' ? [piece] : piece;
      const characters = Array.from(printable(whole));
      const fits = characters.length <= left;
      text += this.#output.shown([fits ? whole : `${characters.slice(0, Math.max(left - 1, 0)).join('')}…`, style]);
      left -= characters.length;
      if (left < 0) {
        break;
      }
    }
    return text;
  }
}
