import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../bench/report';
import '../support/built';
import { programOf, root, run, succeed } from '../support/run-program';

const subjects = [
  'events',
  'many-filters',
  'reading',
  'queue',
  'handlers',
  'filters',
  'import',
  'journal',
  'nats',
  'remote',
  'growth',
];

/** What was compiled lies in the project, where its imports are found; git and every tool ignore such a folder. */
const compiled = join(root, `dist-bench.${process.pid}`);
const program = join(compiled, 'bench', 'main.js');

const bench = (...args: string[]) => run(process.execPath, ['--expose-gc', program, ...args], { timeout: 100_000 });

beforeAll(async () => {
  const compiler = programOf('typescript', 'tsc');
  const project = join(root, 'tsconfig.bench.json');
  await succeed(process.execPath, [compiler, '-p', project, '--outDir', compiled, '--noCheck']);
}, 100_000);

afterAll(() => rmSync(compiled, { recursive: true, force: true }));

describe('A smoke run of the benchmarks', () => {
  let folder: string;
  let report: Report;
  let stdout: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'virdeliver-bench-'));
    const path = join(folder, 'results.json');
    const outcome = await bench('--quick', '--json', path);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    stdout = outcome.stdout;
    report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  }, 120_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  it('runs every subject, each benchmark once', () => {
    const ids = report.results.map(({ id }) => id);
    expect(new Set(ids.map((id) => id.split('/')[0]))).toEqual(new Set(subjects));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says what it ran on, and that it was a smoke run', () => {
    expect(report).toMatchObject({ quick: true, node: process.version, cores: expect.any(Number) });
    expect(stdout).toContain('a smoke run');
  });

  it('gives every contestant a figure, and its ratio to the first one', () => {
    for (const { figures } of report.results) {
      expect(figures.length).toBeGreaterThan(1);
      expect(figures[0]!.ratio).toBe(1);
      for (const { filters = 1, ...figure } of figures) {
        expect(filters).toEqual(expect.any(Number));
        expect(figure).toEqual({
          name: expect.any(String),
          value: expect.any(Number),
          spread: 0,
          ratio: expect.any(Number),
        });
        expect(figure.ratio).toBeCloseTo(figure.value / figures[0]!.value);
      }
    }
  });

  it('measures every form of filter in small and in large numbers, for everybody', () => {
    const overFilters = report.results.filter(({ figures }) => figures[0]!.filters !== undefined);
    expect(overFilters.length).toBe(6);
    for (const { figures } of overFilters) {
      expect(new Set(figures.map(({ filters }) => filters))).toEqual(new Set([1, 10, 100]));
      for (const contestant of ['virdeliver', '@xmldom/xmldom + xpath', 'slimdom + fontoxpath', 'libxml2-wasm']) {
        for (const share of ['0 %', '1 %', '100 %']) {
          expect(figures).toContainEqual(
            expect.objectContaining({ name: `${contestant}, ${share} match`, filters: 10 }),
          );
        }
      }
    }
  });

  it('holds the figures against the goals', () => {
    for (const subject of ['events', 'many-filters', 'queue', 'filters', 'import', 'remote']) {
      const goals = report.results.filter(({ id }) => id.startsWith(subject)).flatMap((result) => result.goals);
      expect(goals).toContainEqual({ text: expect.any(String), met: expect.any(Boolean) });
    }
  });

  it('shows every figure in its table', () => {
    for (const { title, figures } of report.results) {
      expect(stdout).toContain(title);
      for (const { name } of figures) {
        expect(stdout).toContain(`  ${name}  `);
      }
    }
  });
});

describe('The benchmark program', () => {
  it('runs only the benchmarks that are named', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-bench-'));
    const path = join(folder, 'results.json');
    expect((await bench('--quick', '--json', path, 'handlers', 'queue/deque')).status).toBe(0);
    const { results } = JSON.parse(readFileSync(path, 'utf8')) as Report;
    rmSync(folder, { recursive: true });
    expect(results.map(({ id }) => id)).toEqual(['queue/deque', 'handlers/change']);
  });

  it('refuses to put anything but a whole run into the documents', async () => {
    for (const other of ['--quick', 'queue/deque']) {
      const { status, stderr } = await bench('--docs', other);
      expect(status).not.toBe(0);
      expect(stderr).toContain('--docs wants a whole run');
    }
  });

  it('refuses a name that no benchmark begins with', async () => {
    const { status, stderr } = await bench('--quick', 'nothing');
    expect(status).not.toBe(0);
    expect(stderr).toContain('no benchmark begins with nothing');
  });
});
