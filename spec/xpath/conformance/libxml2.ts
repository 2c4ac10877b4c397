import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Answer, JudgedNode, Judgement } from './answer';
import { namespaces, variables } from './names';

const python = '/usr/bin/python3';
const program = join(__dirname, 'libxml2.py');

/** Why libxml2 cannot be asked on this machine, or `undefined` where it can. */
export function whyNoLibxml2(): string | undefined {
  const { status, error, stderr } = spawnSync(python, [program], { input: '', encoding: 'utf8' });
  return status === 0 ? undefined : String(error ?? stderr);
}

/**
 * `describe` for specs that ask libxml2: they are skipped where it cannot be asked, unless `VIRDELIVER_LIVE` is 1, when
 * they fail.
 */
export const describeWithLibxml2: jest.Describe =
  process.env['VIRDELIVER_LIVE'] === '1' || whyNoLibxml2() === undefined ? describe : describe.skip;

interface WrittenJudgement {
  readonly nodes: readonly JudgedNode[];
  readonly answers: readonly (WrittenAnswer | null | 'given up')[];
}

interface WrittenAnswer extends Omit<Answer, 'number'> {
  readonly number: string;
}

interface Waiting {
  resolve(line: string): void;
  reject(error: Error): void;
}

/** The judge libxml2, in a process of its own. */
export class Libxml2 {
  readonly #process: ChildProcess;
  /** Who waits for an answer; the answers come in the order of the questions. */
  readonly #waiting: Waiting[] = [];
  #ended: Error | undefined;

  constructor() {
    this.#process = spawn(python, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#process.stdout! }).on('line', (line) => this.#waiting.shift()!.resolve(line));
    this.#process.stdin!.on('error', (error) => this.#end(error));
    this.#process.on('error', (error) => this.#end(error));
    this.#process.on('close', (status, signal) => {
      this.#end(new Error(`libxml2's process has ended, with ${signal ?? `status ${status}`}`));
    });
  }

  /** Judges a document and expressions; several questions may be on their way at a time. */
  async judge(xml: string, expressions: readonly string[]): Promise<Judgement> {
    const question = JSON.stringify({ xml, expressions, namespaces, variables: writtenVariables });
    const { nodes, answers } = JSON.parse(await this.#ask(question)) as WrittenJudgement;
    return { nodes, answers: answers.map(readAnswer) };
  }

  /** Whether each text is in libxml2's grammar, whatever its names and types. */
  async hasInGrammar(expressions: readonly string[]): Promise<boolean[]> {
    return JSON.parse(await this.#ask(JSON.stringify({ syntax: expressions }))) as boolean[];
  }

  /** Whether it is of a version such as `2.9`, in which what its faults are is known; later ones may have mended some. */
  async isVersion(version: string): Promise<boolean> {
    // 2.9.14 calls itself 20914.
    const [major, minor] = version.split('.');
    return (JSON.parse(await this.#ask('{}')) as string).startsWith(`${major}${minor!.padStart(2, '0')}`);
  }

  /** Ends the process. */
  async close(): Promise<void> {
    if (this.#ended === undefined) {
      const closed = once(this.#process, 'close');
      this.#process.stdin!.end();
      await closed;
    }
  }

  #ask(question: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#ended === undefined) {
        this.#waiting.push({ resolve, reject });
        this.#process.stdin!.write(`${question}\n`);
      } else {
        reject(this.#ended);
      }
    });
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(this.#ended);
    }
  }
}

function readAnswer(answer: WrittenJudgement['answers'][number]): Answer | null | undefined {
  if (answer === 'given up') {
    return undefined;
  }
  return answer && { ...answer, number: Number(answer.number) };
}

/** JSON has neither NaN nor infinities nor a negative zero. */
const writtenVariables = Object.fromEntries(
  Object.entries(variables).map(([name, value]) => [
    name,
    typeof value === 'number'
      ? { number: Object.is(value, -0) ? '-0' : String(value).replace('Infinity', 'inf') }
      : value,
  ]),
);
