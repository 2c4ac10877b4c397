import type { ChildProcess } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { basename, delimiter, join } from 'node:path';
import { setImmediateNow, systemClock } from '../../clock';
import { BlockingWriter } from './blocking-writer';
import type { Reading } from './byte-source';
import { ChildLife } from './child-life';
import { ChildOutput } from './child-output';
import { descriptorOf } from './descriptor';
import { printableText } from './printable-text';
import { BackOff } from './readiness';
import type { Transport } from './transport';

/** How a child process is started, besides its program and arguments. */
export interface ChildOptions {
  /** What errors call it; the name of the program's file by default. */
  readonly name?: string;
  /** All of its environment; that of this process by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Whether it may finish what it was told when this process exits: it ends by itself soon after its input has. */
  readonly mayFinish?: boolean;
}

/** The child's pipes, if they could be made. */
type Pipes = Readonly<Partial<Record<'stdin' | 'stdout' | 'stderr', Socket>>>;

/** For how many milliseconds the rest of what a child says is waited for when it has ended. */
const LAST_WORDS_MS = 300;

/** How often a child's standard error is looked at in one go: one that never stops talking mustn't hold up everything. */
const LOOKS_AT_A_TIME = 16;

/** The longest pause between two looks at what the child says on its standard error, in milliseconds. */
const LONGEST_PAUSE = 1000;

/**
 * The standard input and output of a child process, read and written by their descriptors, and from the event loop while
 * they are watched.
 *
 * When the child ends, what it said last on its standard error is in the error that its output ends with. It has this
 * process's terminal, on which it may ask the user for something, and ends with the transport: see `ChildLife`.
 */
export class ChildTransport implements Transport {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #life: ChildLife;
  readonly #input: Socket;
  readonly #writer: BlockingWriter;
  readonly #output: ChildOutput;
  readonly #errors: ChildOutput;
  readonly #lastWords = new LastWords();
  readonly #pauses = new BackOff(LONGEST_PAUSE);
  #take: (reading: Reading) => void = () => {};
  #isWatched = false;
  /** How the output ended, once it has. */
  #end: Reading | undefined;

  /**
   * Starts a program, without a shell and without a turn of the event loop.
   *
   * @param file The program's path, or its name, which is looked for in `PATH`.
   * @throws {Error} if it can't be started; it says why, as far as that can be told.
   */
  constructor(
    file: string,
    args: readonly string[],
    { name = basename(file), environment = process.env, mayFinish = false }: ChildOptions = {},
  ) {
    this.#name = name;
    // Not imported: loading it takes longer than half the library, and only these transports need it.
    const { spawn } = process.getBuiltinModule('node:child_process');
    this.#child = spawn(file, args, { stdio: 'pipe', env: environment });
    this.#life = new ChildLife(this.#child, mayFinish);
    const { stdin, stdout, stderr } = this.#child as unknown as Pipes;
    for (const emitter of [this.#child, stdin, stdout, stderr]) {
      // What fails is found out by reading and writing; an 'error' that nobody listens to would be thrown at the program.
      emitter?.on('error', ignore);
    }
    try {
      if (this.#child.pid === undefined || stdin === undefined || stdout === undefined || stderr === undefined) {
        throw new Error(whyNotStarted(file, environment['PATH'] ?? ''));
      }
      this.#input = stdin;
      this.#writer = new BlockingWriter(descriptorOf(stdin));
      this.#output = new ChildOutput(stdout, () => this.#look());
      this.#errors = new ChildOutput(stderr, () => this.#listen());
    } catch (error) {
      this.#life.end();
      for (const stream of [stdin, stdout, stderr]) {
        stream?.destroy();
      }
      throw error;
    }
    this.#input.unref();
    this.#child.unref();
  }

  read(): Reading {
    if (this.#end !== undefined) {
      return this.#end;
    }
    const reading = this.#output.read();
    if (reading.kind === 'nothing') {
      this.#listen();
    } else if (reading.kind !== 'bytes') {
      this.#end = this.#explain(reading);
      return this.#end;
    } else {
      this.#life.hasSpoken = true;
    }
    return reading;
  }

  write(bytes: Uint8Array, timeoutMs: number): void {
    // The event loop closes the child's input when it sees that the child has ended.
    if (this.#input.destroyed) {
      throw this.#whyUnwritable();
    }
    try {
      this.#writer.write(bytes, timeoutMs);
    } catch (error) {
      const isOver = (error as NodeJS.ErrnoException).code !== undefined;
      throw isOver ? this.#whyUnwritable(error as Error) : error;
    }
  }

  wait(milliseconds: number): void {
    if (this.#end === undefined) {
      // Only one pipe can be waited for; and a child whose standard error is full stands still until that is read.
      this.#output.wait(Math.min(milliseconds, this.#pauses.next()));
    }
  }

  watch(take: (reading: Reading) => void): boolean {
    this.#take = take;
    if (!this.#isWatched) {
      this.#isWatched = true;
      // The event loop tells only once that there is something to read, and may have done so before.
      setImmediateNow(() => this.#look());
    }
    return this.#end === undefined;
  }

  unwatch(): void {
    this.#isWatched = false;
  }

  close(): void {
    this.#isWatched = false;
    this.#end ??= { kind: 'failed', error: new Error('the connection was closed') };
    this.#input.destroy();
    this.#output.close();
    this.#errors.close();
    this.#life.end();
  }

  /** Hands over what there is to read, if that is asked for. */
  #look(): void {
    if (this.#isWatched && this.#end === undefined) {
      const reading = this.read();
      if (reading.kind !== 'nothing') {
        this.#take(reading);
      }
    }
  }

  /** Takes in what the child has said on its standard error; says whether it may say more. */
  #listen(): boolean {
    for (let looks = 0; looks < LOOKS_AT_A_TIME; looks += 1) {
      const reading = this.#errors.read();
      if (reading.kind !== 'bytes') {
        return reading.kind === 'nothing';
      }
      this.#lastWords.add(reading.bytes);
      this.#pauses.reset();
    }
    return true;
  }

  /** Makes a failure of an end of the output that is out of order, or that the child has said something about. */
  #explain(end: Reading): Reading {
    const said = this.#hearOut();
    const { exitCode, signalCode } = this.#child;
    const isInOrder = end.kind === 'ended' && said === '' && !exitCode && signalCode === null;
    return isInOrder
      ? end
      : { kind: 'failed', error: this.#failure(said, end.kind === 'failed' ? end.error : undefined) };
  }

  /** Why nothing can be written. */
  #whyUnwritable(cause?: Error): Error {
    return this.#end?.kind === 'failed' ? this.#end.error : this.#failure(this.#hearOut(), cause);
  }

  /** What has become of the child, as far as that is known, and what it said last. */
  #failure(said: string, cause?: Error): Error {
    const { exitCode, signalCode } = this.#child;
    const status = exitCode ? ` with status ${exitCode}` : '';
    const fate = signalCode === null ? `ended${status}` : `was ended by ${signalCode}`;
    return new Error(`${this.#name} ${fate}${said && `, and said: ${said}`}`, { cause });
  }

  /** Takes in the rest of what the child says, and returns all that is kept of it. */
  #hearOut(): string {
    const deadline = systemClock.monotonic() + LAST_WORDS_MS;
    let left = LAST_WORDS_MS;
    while (this.#listen() && left > 0) {
      this.#errors.wait(left);
      left = deadline - systemClock.monotonic();
    }
    return this.#lastWords.toString();
  }
}

/** Not within the transport, which it would keep in memory. */
function ignore(): void {}

/** Why a program could not be started. The system has told, but Node passes that on in the event loop only. */
function whyNotStarted(file: string, path: string): string {
  const places = file.includes('/') ? [file] : path.split(delimiter).map((folder) => join(folder || '.', file));
  const found = places.filter((place) => existsSync(place));
  if (found.length === 0) {
    return `there is no program ${file}${file.includes('/') ? '' : ` in PATH (${path})`}`;
  }
  return found.some(isExecutable)
    ? `${file} could not be started: what interprets it is missing, or there are too many processes or open files`
    : `${found.join(', ')} is not a program that this user may run`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** How much of what is said is kept, in bytes. */
const KEPT = 4096;

/** The end of what a program says on its standard error, as text for the message of an error. */
export class LastWords {
  #bytes: Buffer = Buffer.alloc(0);
  #isCut = false;

  add(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#bytes, bytes]);
    this.#isCut ||= all.length > KEPT;
    // A copy, so that a small rest of a large chunk doesn't keep all of it in memory.
    this.#bytes = Buffer.from(all.subarray(-KEPT));
  }

  /** The last 4 KiB in one line, without what a terminal would act upon; empty if nothing was said. */
  toString(): string {
    const lines = this.#bytes
      .toString()
      .split(/[\r\n]+/)
      .map((line) => printableText(line, KEPT))
      .filter((line) => line !== '');
    return `${this.#isCut ? '… ' : ''}${lines.join(' / ')}`;
  }
}
