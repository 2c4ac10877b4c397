/** Kills the writer of a journal and its three readers at random, again and again: nothing is lost, and order is kept. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../lib/drivers/test/random';
import { JournalWriter } from '../../lib/journal/journal-writer';
import { nodeFiles } from '../../lib/journal/node-files';
import '../support/built';
import { often } from '../support/often';

/** A program that is killed and started again, and the lines that it has said, run by run. */
class Mortal {
  readonly runs: string[][] = [];
  readonly #args: () => string[];
  #child: ChildProcess | undefined;
  #tail = '';
  #onLine: () => void = () => {};

  constructor(args: () => string[]) {
    this.#args = args;
  }

  get lines(): string[] {
    return this.runs.flat();
  }

  start(...more: string[]): void {
    const said: string[] = [];
    this.runs.push(said);
    this.#tail = '';
    const child = spawn(process.execPath, [join(__dirname, 'kill-program.js'), ...this.#args(), ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.#tail + text).split('\n');
      this.#tail = lines.pop()!;
      said.push(...lines);
      this.#onLine();
    });
    child.on('exit', () => this.#onLine());
    this.#child = child;
  }

  /** Resolves when this run has said so many lines. */
  async hasSaid(count: number): Promise<void> {
    const child = this.#child!;
    while (this.runs.at(-1)!.length < count) {
      if (child.exitCode !== null) {
        throw new Error(`a program has ended with status ${child.exitCode}`);
      }
      await new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
    }
  }

  /** Resolves when it has ended, and all that it has said is here. */
  async ended(): Promise<number | null> {
    const [status] = (await once(this.#child!, 'close')) as [number | null];
    return status;
  }

  async kill(): Promise<void> {
    const ended = this.ended();
    this.#child!.kill('SIGKILL');
    await ended;
  }
}

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-kills-'));
  // So that readers find something that they can begin in.
  JournalWriter.open(nodeFiles, folder, { host: 'kvm-17', boot: 'boot-1', now: Date.now }).close();
});

afterAll(() => rmSync(folder, { recursive: true }));

it('is read completely and in order, whoever is killed when', async () => {
  const random = new Random(20_260_102);
  const writer: Mortal = new Mortal(() => ['write', folder, String(1 + Number(writer.lines.at(-1) ?? 0))]);
  const readers = ['cron', 'watch', 'slow'].map((name) => new Mortal(() => ['read', folder, name]));
  const all = [writer, ...readers];
  try {
    for (const each of all) {
      each.start();
    }
    for (let round = 0; round < often(80); round += 1) {
      const victim = all[random.below(all.length)]!;
      // While it starts, or in the middle of its work.
      await victim.hasSaid(random.below(10) === 0 ? 0 : random.below(12));
      await victim.kill();
      victim.start();
    }
  } finally {
    await Promise.all(all.map((each) => each.kill()));
  }
  for (const reader of readers) {
    reader.start('end');
    expect(await reader.ended()).toBe(0);
  }
  const appended = new Set(writer.lines.map(Number));
  const stories = readers.map((reader) => storyOf(reader.runs));
  for (const story of stories) {
    expect(story).toEqual(stories[0]);
    const found = new Set(story.map((line) => Number(line.split(':')[1])));
    expect([...appended].filter((n) => !found.has(n))).toEqual([]);
    // Whoever is killed while it writes may have written more than it could say: one event, which the next one writes again.
    expect(story.length - appended.size).toBeLessThanOrEqual(writer.runs.length);
  }
  expect(appended.size).toBeGreaterThan(often(200));
}, 300_000);

/** What a reader was told in all its runs, each of which repeats one entry at most. */
function storyOf(runs: readonly string[][]): string[] {
  const story: string[] = [];
  for (const lines of runs) {
    const isRepeated = lines.length > 0 && lines[0] === story.at(-1);
    story.push(...lines.slice(isRepeated ? 1 : 0));
  }
  const sequences = story.filter((line) => line.includes(':')).map((line) => Number(line.split(':')[0]));
  expect(sequences).toEqual([...new Set(sequences)].sort((one, other) => one - other));
  return story;
}
