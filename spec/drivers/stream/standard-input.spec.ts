import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { eventText } from './recording-sink';
import { Scratch } from './scratch';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const inherited: StdioOptions = ['ignore', 'ignore', 'pipe'];
const withSocket: StdioOptions = [...inherited, 'pipe'];

/** A reading program that runs; outside the test runner, on true standard descriptors. */
class Reader {
  readonly child: ChildProcess;
  readonly #reportPath = scratch.path('report');
  #stderr = '';

  /** @param shell A command for the shell, in which `"$@"` stands for the program with its arguments. */
  constructor(uri: string, mode: string, shell = 'exec "$@"', stdio: StdioOptions = inherited) {
    const command = [process.execPath, join(__dirname, 'reading-program.js'), uri, mode, this.#reportPath];
    const { NODE_OPTIONS: _, ...env } = process.env;
    this.child = spawn('sh', ['-c', shell, 'sh', ...command], { stdio, env });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  /** The program's end of the socket is its descriptor 3; this is the other. */
  get socket(): Duplex {
    return this.child.stdio[3] as unknown as Duplex;
  }

  /** What it reports when it has ended; throws if it fails or says anything. */
  async report(): Promise<unknown> {
    const [status, signal] = await once(this.child, 'close');
    if (status !== 0 || this.#stderr !== '') {
      throw new Error(`the program ended with ${status ?? signal} and said: ${this.#stderr}`);
    }
    return JSON.parse(readFileSync(this.#reportPath, 'utf8'));
  }
}

const [first, second, third] = [eventText('first'), eventText('second', 'ü'), eventText('third')].map((text) =>
  text.trimEnd(),
) as [string, string, string];
const all = { log: ['first', 'second', 'third', 'ended'], stdinIsOpen: true };

describe.each(['wait', 'listen'])('a process of its own that reads by %s', (mode) => {
  it('reads standard input from a pipe to its end, without a warning, and leaves descriptor 0 open', async () => {
    const slowly = `{ printf '%s' '${first}${second}<eve'; sleep 0.1; printf '%s' '${third.slice(4)}'; } | "$@"`;
    expect(await new Reader('-', mode, slowly).report()).toMatchObject(all);
  });

  it('reads standard input from a file', async () => {
    const path = scratch.file(first + second + third);
    expect(await new Reader('-', mode, `"$@" <'${path}'`).report()).toMatchObject(all);
  });

  it('reads a socket that it was given', async () => {
    const reader = new Reader('fd:3', mode, undefined, withSocket);
    reader.socket.write(first);
    setTimeout(() => reader.socket.end(second + third), 100);
    expect(await reader.report()).toMatchObject(all);
  });

  (process.platform === 'linux' ? it : it.skip)(
    'reads a terminal to Ctrl-D, without setting what shares the terminal non-blocking (Linux)',
    async () => {
      // `script` runs a command on a new terminal, on which it types its own standard input.
      const onTerminal = `exec script -qec "'$1' '$2' '$3' '$4' '$5'" /dev/null`;
      const reader = new Reader('-', mode, onTerminal, ['pipe', 'ignore', 'pipe']);
      reader.child.stdin?.write(`${first}\n${second}\n`);
      setTimeout(() => reader.child.stdin?.write(`${third}\n\x04`), 200);
      expect(await reader.report()).toMatchObject({ ...all, stdoutIsNonBlocking: false });
    },
  );
});

describe('a process that has a stream open', () => {
  it('ends by itself, though a writer is still there and the stream is listened to', async () => {
    const reader = new Reader('fd:3', 'leave open', undefined, withSocket);
    reader.socket.write(first);
    expect(await reader.report()).toMatchObject({ log: ['first'] });
    reader.socket.destroy();
  });
});
