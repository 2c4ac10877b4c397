/**
 * Runs what the README and the documents show, as it stands there.
 *
 * - A block in `ts` is a program of its own, an ES module: its types are checked and it is run.
 * - A block in `js` of the README is run as it stands: what this version of Node.js doesn't know fails.
 * - A block in `sh` with a line that begins with `virdeliver` or `npx virdeliver` is run by a shell.
 * - `no-run` after the language: the types are checked, nothing is run.
 * - A block in `text` that follows is what the program writes on stdout, to the letter; `…` stands for anything.
 * - What the blocks in JavaScript import from the package must be exported.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../support/built';
import { type Outcome, programOf, root, run } from '../support/run-program';
import { documents, type FencedBlock, fencedBlocks } from './fenced-blocks';

const blocks = documents().flatMap(fencedBlocks);
const programs = blocks.filter(({ language }) => language === 'ts');
const plain = blocks.filter(
  ({ file, language, marks }) => file === 'README.md' && language === 'js' && !marks.includes('no-run'),
);
const scripts = blocks.filter(({ language, text }) => language === 'sh' && /^(npx )?virdeliver\b/m.test(text));
const importers = blocks.filter(({ language, text }) => /^([cm]?js|javascript)$/.test(language) && importsOf(text));

/** The names in braces that a JavaScript program takes from the package. */
function importsOf(text: string): string | undefined {
  const declaration = /import\s*\{([^}]*)\}\s*from\s*['"]virdeliver['"]/.exec(text);
  const call = /\{([^}]*)\}\s*=\s*require\(['"]virdeliver['"]\)/.exec(text);
  return declaration?.[1] ?? call?.[1]?.replaceAll(':', ' as ');
}

let folder: string;
/** What the compiler says about a block, and what came of running it. */
const complaints = new Map<FencedBlock, string[]>();
const outcomes = new Map<FencedBlock, Outcome>();

const nameOf = ({ file, line }: FencedBlock) => `${file.replaceAll('/', '-')}-${line}`;

/** Compiles every program at once, next to an installed package. */
async function compile(): Promise<void> {
  const sources = new Map<string, FencedBlock>();
  for (const block of [...programs, ...importers]) {
    const text = block.language === 'ts' ? block.text : `import type {${importsOf(block.text)}} from 'virdeliver';\n`;
    // At the same lines as in the document, so that what the compiler and the program say can be found there.
    const source = '\n'.repeat(block.line) + text;
    sources.set(`${nameOf(block)}.mts`, block);
    complaints.set(block, []);
    writeFileSync(join(folder, `${nameOf(block)}.mts`), source);
  }
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'node20',
    moduleDetection: 'force',
    sourceMap: true,
    strict: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')],
    skipLibCheck: true,
  };
  const project = join(folder, 'tsconfig.json');
  writeFileSync(project, JSON.stringify({ compilerOptions, files: [...sources.keys()] }));
  const compiler = programOf('typescript', 'tsc');
  const { stdout, stderr, status } = await run(process.execPath, [compiler, '-p', project, '--pretty', 'false'], {
    cwd: folder,
  });
  const found = [...stdout.matchAll(/^(\S+\.mts)\((\d+),\d+\): (error .*(?:\n .*)*)/gm)];
  for (const [, file, line, complaint] of found) {
    const block = sources.get(file!)!;
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
  if (block.language === 'js') {
    writeFileSync(join(folder, `${nameOf(block)}.mjs`), '\n'.repeat(block.line) + block.text);
  }
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
  const waiting = [...programs.filter((block) => complaints.get(block)!.length === 0), ...plain, ...scripts].filter(
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
  it('begin in README.md', () => {
    expect(blocks.find(({ file, language }) => file === 'README.md' && /^[jt]s$/.test(language))).toBe(plain[0]);
    expect(plain).not.toEqual([]);
  });

  for (const block of programs) {
    it(`compile${block.marks.includes('no-run') ? '' : ', and run'}: ${block.place}`, () => {
      expect(complaints.get(block)).toEqual([]);
      if (!block.marks.includes('no-run')) {
        expectSuccess(block);
      }
    });
  }

  for (const block of plain) {
    it(`run as they stand: ${block.place}`, () => expectSuccess(block));
  }

  for (const block of importers) {
    it(`import what the package exports: ${block.place}`, () => {
      expect(complaints.get(block)).toEqual([]);
    });
  }

  for (const block of scripts.filter(({ marks }) => !marks.includes('no-run'))) {
    it(`run in a shell: ${block.place}`, () => expectSuccess(block));
  }
});
