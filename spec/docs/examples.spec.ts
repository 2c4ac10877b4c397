/**
 * Runs what the README and the documents show, as it stands there.
 *
 * - A block in `js` is a program of its own, an ES module: it is run as it stands, so that what the oldest Node.js doesn't know
 *   fails; and its types are checked as far as they can be known.
 * - A block in `ts` is the same where types are the point.
 * - A block in `sh` with a line that begins with `virdeliver` or `npx virdeliver` is run by a shell.
 * - `no-run` after the language: the types are checked, nothing is run. `no-check`: the other way round.
 * - A block in `text` that follows is what the program writes on stdout, to the letter; `…` stands for anything.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../support/built';
import { type Outcome, programOf, root, run } from '../support/run-program';
import { documents, type FencedBlock, fencedBlocks } from './fenced-blocks';

const blocks = documents().flatMap(fencedBlocks);
const programs = blocks.filter(({ language }) => language === 'ts' || language === 'js');
const scripts = blocks.filter(({ language, text }) => language === 'sh' && /^(npx )?virdeliver\b/m.test(text));

let folder: string;
/** What the compiler says about a block, and what came of running it. */
const complaints = new Map<FencedBlock, string[]>();
const outcomes = new Map<FencedBlock, Outcome>();

const nameOf = ({ file, line }: FencedBlock) => `${file.replaceAll('/', '-')}-${line}`;
const fileOf = (block: FencedBlock) => `${nameOf(block)}.m${block.language}`;

/** Checks the types of every program, next to an installed package; of those in TypeScript it makes JavaScript. */
async function compile(): Promise<void> {
  const sources = new Map<string, FencedBlock>();
  for (const block of programs) {
    const name = fileOf(block);
    sources.set(name, block);
    complaints.set(block, []);
    // At the same lines as in the document, so that what the compiler and the program say can be found there.
    writeFileSync(join(folder, name), '\n'.repeat(block.line) + block.text);
  }
  const common = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'node20',
    moduleDetection: 'force',
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')],
    skipLibCheck: true,
  };
  // What an example uses and isn't installed.
  writeFileSync(join(folder, 'peers.d.ts'), "declare module 'vitest';\n");
  const files = [...sources].flatMap(([name, { marks }]) => (marks.includes('no-check') ? [] : name));
  await Promise.all([
    check('typescript', sources, {
      compilerOptions: { ...common, strict: true, sourceMap: true },
      files: files.filter((name) => name.endsWith('.mts')),
    }),
    check('javascript', sources, {
      compilerOptions: { ...common, allowJs: true, checkJs: true, noEmit: true, strict: false },
      files: ['peers.d.ts', ...files.filter((name) => name.endsWith('.mjs'))],
    }),
  ]);
}

async function check(name: string, sources: ReadonlyMap<string, FencedBlock>, project: object): Promise<void> {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(project));
  const compiler = programOf('typescript', 'tsc');
  const { stdout, stderr, status } = await run(process.execPath, [compiler, '-p', file, '--pretty', 'false'], {
    cwd: folder,
  });
  const found = [...stdout.matchAll(/^(\S+\.m[jt]s)\((\d+),\d+\): (error .*(?:\n .*)*)/gm)];
  for (const [, source, line, complaint] of found) {
    const block = sources.get(source!)!;
    complaints.get(block)!.push(`${block.file}:${line}: ${complaint}`);
  }
  if (status !== 0 && found.length === 0) {
    throw new Error(`the compiler failed: ${stdout}${stderr}`);
  }
}

/** Runs a block in a folder of its own, so that what one writes no other finds. */
async function runBlock(block: FencedBlock): Promise<void> {
  const cwd = join(folder, nameOf(block));
  mkdirSync(cwd);
  const [command, args] =
    block.language === 'ts' || block.language === 'js'
      ? [process.execPath, ['--enable-source-maps', join(folder, `${nameOf(block)}.mjs`)]]
      : ['sh', ['-euc', `PATH="${join(folder, 'node_modules', '.bin')}:$PATH"\n${block.text}`]];
  outcomes.set(block, await run(command, args, { cwd, timeout: 20_000 }));
}

function expectSuccess(block: FencedBlock): void {
  const { status, stdout, stderr } = outcomes.get(block)!;
  if (status !== 0) {
    throw new Error(`${block.place}: status ${status}\n${stdout}\n${stderr}`);
  }
  if (block.output !== undefined) {
    const pattern = block.output
      .trimEnd()
      .split('…')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('[^]*');
    expect(stdout.trimEnd()).toMatch(new RegExp(`^${pattern}$`));
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-examples-'));
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules', 'virdeliver'));
  symlinkSync(main, join(folder, 'node_modules', '.bin', 'virdeliver'));
  await compile();
  const waiting = [...programs.filter((block) => complaints.get(block)!.length === 0), ...scripts].filter(
    ({ marks }) => !marks.includes('no-run'),
  );
  const worker = async () => {
    for (let block = waiting.shift(); block !== undefined; block = waiting.shift()) {
      await runBlock(block);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe('The examples', () => {
  it('begin in README.md, in JavaScript', () => {
    expect(programs[0]).toMatchObject({ file: 'README.md', language: 'js' });
  });

  for (const block of programs) {
    it(`${block.language === 'ts' ? 'compile' : 'fit the types'}${block.marks.includes('no-run') ? '' : ', and run'}: ${block.place}`, () => {
      expect(complaints.get(block)).toEqual([]);
      if (!block.marks.includes('no-run')) {
        expectSuccess(block);
      }
    });
  }

  for (const block of scripts.filter(({ marks }) => !marks.includes('no-run'))) {
    it(`run in a shell: ${block.place}`, () => expectSuccess(block));
  }
});
