import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a terminal does with control functions, as far as the command uses them (ECMA-48, and DEC's private mode 7). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a control function begins with one.
const CONTROLS = /\x1b\[(?<parameters>\??[\d;]*)(?<final>[@-~])|\r?\n|./gsu;

/** A terminal's picture: it takes what a program writes, and refuses control functions that it does not know. */
export class Picture {
  readonly #columns: number;
  readonly #rows: number;
  #lines: string[][];
  #row = 0;
  #column = 0;
  #wraps = true;
  /** How often the whole screen was cleared, which flickers. */
  clears = 0;
  /** Whether anything was coloured, or stood out in another way. */
  isStyled = false;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
    this.#lines = Array.from({ length: rows }, () => []);
  }

  /** The lines as one reads them, without the empty ones at the end. */
  get lines(): string[] {
    const lines = this.#lines.map((line) =>
      Array.from(line, (character) => character ?? ' ')
        .join('')
        .trimEnd(),
    );
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
  }

  /** Whether long lines are wrapped, as they are to begin with. */
  get wraps(): boolean {
    return this.#wraps;
  }

  write(text: string): void {
    for (const match of text.matchAll(CONTROLS)) {
      const { parameters, final } = match.groups ?? {};
      if (final !== undefined) {
        this.#control(`${parameters}${final}`);
      } else if (match[0].endsWith('\n')) {
        this.#newLine();
      } else {
        this.#put(match[0]);
      }
    }
  }

  #control(sequence: string): void {
    if (sequence === 'H') {
      this.#row = 0;
      this.#column = 0;
    } else if (sequence === '2J') {
      this.clears += 1;
      this.#lines = this.#lines.map(() => []);
    } else if (sequence === 'K') {
      this.#lines[this.#row]?.splice(this.#column);
    } else if (sequence === 'J') {
      this.#lines[this.#row]?.splice(this.#column);
      this.#lines = this.#lines.map((line, row) => (row > this.#row ? [] : line));
    } else if (sequence === '?7l' || sequence === '?7h') {
      this.#wraps = sequence === '?7h';
    } else if (sequence.endsWith('m')) {
      this.isStyled = true;
    } else {
      throw new Error(`the terminal does not know ${JSON.stringify(sequence)}`);
    }
  }

  #put(character: string): void {
    if (this.#column === this.#columns) {
      if (this.#wraps) {
        this.#newLine();
      } else {
        this.#column -= 1;
      }
    }
    (this.#lines[this.#row] as string[])[this.#column] = character;
    this.#column += 1;
  }

  #newLine(): void {
    this.#column = 0;
    if (this.#row < this.#rows - 1) {
      this.#row += 1;
    } else {
      this.#lines = [...this.#lines.slice(1), []];
    }
  }
}

/** Runs a command on a pseudo-terminal of a size, by the program `script`. */
export function runOnTerminal(
  command: readonly string[],
  { columns, rows, env = {} }: { columns: number; rows: number; env?: NodeJS.ProcessEnv },
) {
  // What says elsewhere whether there are colours, the runner of the tests for one.
  const { CI, NO_COLOR, FORCE_COLOR, ...inherited } = process.env;
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = spawn(
    'script',
    [
      '--quiet',
      '--flush',
      '--return',
      '--command',
      `stty cols ${columns} rows ${rows} -echo; exec ${quoted}`,
      '/dev/null',
    ],
    { env: { ...inherited, TERM: 'xterm', ...env }, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'close') as Promise<[status: number | null]>;
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return {
    /** Presses a key, Ctrl-C for one. */
    press: (key: string) => child.stdin.write(key),
    /** Resolves when all that was written satisfies a condition. */
    async until(condition: (output: string) => boolean) {
      while (!condition(output)) {
        await once(child.stdout, 'data');
      }
    },
    /** How it ended, when it has, and all that it wrote. */
    outcome: async () => ({ status: (await ended)[0], output }),
  };
}
