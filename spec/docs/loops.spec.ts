/**
 * Runs the programs of docs/loops.md that need a terminal, a signal or another program: those that are marked `no-run`,
 * whose first line is their name. The others are run as all examples are.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../support/built';
import { root, run } from '../support/run-program';
import { type FencedBlock, fencedBlocks } from './fenced-blocks';

const blocks = fencedBlocks('docs/loops.md');
const programs = new Map<string, FencedBlock>();
for (const block of blocks.filter(({ language, marks }) => language === 'js' && marks.includes('no-run'))) {
  programs.set(/^\/\/ (\S+)\.mjs\n/.exec(block.text)?.[1] ?? block.place, block);
}

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-loops-'));
  // A package of its own, so that no other in a folder above is taken for it.
  writeFileSync(join(folder, 'package.json'), '{}');
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules', 'virdeliver'));
  symlinkSync(main, join(folder, 'node_modules', '.bin', 'virdeliver'));
  for (const [name, { text }] of programs) {
    writeFileSync(join(folder, `${name}.mjs`), text);
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const outputOf = (name: string) => programs.get(name)?.output;

/** Starts a program of the page; its standard output grows. */
function start(name: string) {
  const child = spawn(process.execPath, [`${name}.mjs`], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close') as Promise<[status: number | null, signal: NodeJS.Signals | null]>;
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  return {
    child,
    /** Its status and all that it wrote, when it has ended. */
    outcome: async () => [(await ended)[0], stdout],
    /** Resolves when it has written something that ends so. */
    async wrote(text: string) {
      while (!stdout.endsWith(text)) {
        await once(child.stdout, 'data');
      }
    },
  };
}

describe('In docs/loops.md', () => {
  it('every program that is not run as it stands is run here', () => {
    expect([...programs.keys()].sort()).toEqual(['crashes', 'drain', 'prompt', 'until-interrupted']);
  });

  it('the REPL delivers when it is told to', async () => {
    const { child, outcome } = start('prompt');
    const transcript = outputOf('prompt') ?? '';
    const typed = [...transcript.matchAll(/^vm> (.*)$/gm)].map(([, line]) => `${line}\n`);
    child.stdin.end(typed.join(''));
    // What is typed is shown by the terminal, not by the program.
    expect(await outcome()).toEqual([0, transcript.replace(/^vm> .*\n/gm, 'vm> ')]);
    expect(typed).toContain('.deliver\n');
  });

  it('the program behind a pipe reads what the command writes, to the end', async () => {
    const script = blocks.find(({ language, text }) => language === 'sh' && text.includes('| node crashes.mjs'));
    const path = `${join(folder, 'node_modules', '.bin')}:${process.env['PATH']}`;
    const outcome = await run('sh', ['-euc', script?.text ?? 'false'], { cwd: folder, env: { PATH: path } });
    expect(outcome).toEqual({ status: 0, stdout: script?.output, stderr: '' });
  });

  it('the loop with a listener for Ctrl-C cleans up before it ends', async () => {
    const { child, outcome, wrote } = start('until-interrupted');
    await wrote('waiting\n');
    child.kill('SIGINT');
    expect(await outcome()).toEqual([130, 'waiting\ncleaning up\n']);
  });

  it('the program that is told to end delivers what has arrived, retries included', async () => {
    const { child, outcome, wrote } = start('drain');
    await wrote('ready\n');
    child.kill('SIGTERM');
    expect(await outcome()).toEqual([0, outputOf('drain')]);
  });
});
