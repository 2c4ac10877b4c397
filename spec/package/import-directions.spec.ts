import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { programOf, root, run } from '../support/run-program';

// Programs are run that take long on a busy machine.
jest.setTimeout(120_000);

/** A module of every room of the library. The rooms' own are called `some`; no such file needs to exist. */
const modules = [
  'errors',
  'clock',
  'arguments',
  'event/some',
  'filter/some',
  'drivers/driver',
  'drivers/schemes',
  'drivers/some',
  'drivers/remote/some',
  'delivery/some',
  'index',
  'cli/some',
  'testing/index',
  'testing/some',
];
const everybodys = ['errors', 'clock', 'arguments'];
const drivers = ['drivers/driver', 'drivers/schemes', 'drivers/some', 'drivers/remote/some'];
const belowIndex = [...everybodys, 'event/some', 'filter/some', ...drivers, 'delivery/some'];

/** What a file in each room may import. */
const arrows: [file: string, mayImport: string[]][] = [
  ['lib/errors.ts', []],
  ['lib/clock.ts', ['errors']],
  ['lib/arguments.ts', ['errors']],
  ['lib/event/planted.ts', [...everybodys, 'event/some']],
  ['lib/filter/planted.ts', [...everybodys, 'event/some', 'filter/some']],
  ['lib/drivers/planted.ts', [...everybodys, 'event/some', ...drivers]],
  ['lib/drivers/remote/planted.ts', [...everybodys, 'event/some', ...drivers]],
  [
    'lib/delivery/planted.ts',
    [...everybodys, 'event/some', 'filter/some', 'drivers/driver', 'drivers/schemes', 'delivery/some'],
  ],
  ['lib/index.ts', belowIndex],
  ['lib/cli/planted.ts', [...everybodys, 'index', 'cli/some', 'testing/index']],
  ['lib/testing/planted.ts', [...everybodys, 'index', 'testing/index', 'testing/some']],
];

interface Finding {
  readonly severity: string;
  readonly code: { readonly value: string };
  readonly location: { readonly path: string; readonly range: { readonly start: { readonly line: number } } };
}

interface Refusal {
  readonly file: string;
  readonly line: string;
  readonly rule: string;
}

/** What `npm run check` refuses in a copy of the library whose files of these names consist of these lines. */
async function refusals(planted: Record<string, string[]>): Promise<Refusal[]> {
  const copy = mkdtempSync(join(tmpdir(), 'virdeliver-directions-'));
  try {
    for (const name of ['biome.json', '.gitignore', 'scripts', 'lib']) {
      cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    for (const [file, lines] of Object.entries(planted)) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), `${lines.join('\n')}\n`);
    }
    const options = ['--reporter=rdjson', '--max-diagnostics=none', '--error-on-warnings', 'lib'];
    const biome = programOf('@biomejs/biome', 'biome');
    const { stdout, stderr, status } = await run(process.execPath, [biome, 'lint', ...options], { cwd: copy });
    if (!stdout.startsWith('{')) {
      throw new Error(`biome did not run: ${stderr}`);
    }
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: Finding[] };
    const refused = diagnostics
      .filter(({ severity }) => severity === 'ERROR')
      .map(({ code, location }) => ({
        file: location.path,
        line: planted[location.path]?.[location.range.start.line - 1] ?? '(not planted)',
        rule: code.value,
      }));
    if (refused.length > 0 && status === 0) {
      throw new Error('biome found errors and ended with status 0');
    }
    return refused;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function pathTo(module: string, file: string): string {
  const relative = posix.relative(dirname(file), posix.join('lib', module));
  return relative.startsWith('.') ? relative : `./${relative}`;
}

const directionRules = ['lint/style/noRestrictedImports', 'plugin'];
const circleRule = 'lint/suspicious/noImportCycles';

describe('The check of import directions', () => {
  describe.each([
    { form: 'values', line: (path: string) => `export { x } from '${path}';` },
    { form: 'values under other names', line: (path: string) => `import * as x from '${path}'; console.log(x);` },
    { form: 'types', line: (path: string) => `import type { X } from '${path}'; export type { X };` },
  ])('on $form', ({ form, line }) => {
    let refused: Refusal[];
    const othersThan = (file: string) => modules.filter((module) => `lib/${module}.ts` !== file);
    const refusedIn = (file: string) =>
      othersThan(file).filter((module) =>
        refused.some(
          (finding) =>
            finding.file === file &&
            finding.line === line(pathTo(module, file)) &&
            directionRules.includes(finding.rule),
        ),
      );

    beforeAll(async () => {
      refused = await refusals(
        Object.fromEntries(arrows.map(([file]) => [file, modules.map((module) => line(pathTo(module, file)))])),
      );
    });

    it.each(form === 'types' ? arrows.filter(([file]) => file !== 'lib/errors.ts') : arrows)(
      'lets %s import %j and nothing else of the library',
      (file, mayImport) => {
        expect(refusedIn(file)).toEqual(othersThan(file).filter((module) => !mayImport.includes(module)));
      },
    );

    if (form === 'types') {
      it('lets lib/errors.ts import everything', () => {
        expect(refusedIn('lib/errors.ts')).toEqual([]);
      });
    }
  });

  const elsewhere: [what: string, line: string][] = [
    ['the package by its own name', "export { openConnection } from 'virdeliver';"],
    ['the index as a folder', "export { x } from '..';"],
    ['a room as a folder', "export { x } from '../delivery';"],
    ['another room by a detour', "export { x } from '../../lib/delivery/queue';"],
    ['another room at run time', "export const x = import('../delivery/queue');"],
    ['another room through require', "export const x = require('../delivery/queue');"],
    ['another room inside a type', "export type X = import('../delivery/queue').X;"],
    ['worker threads without the prefix', "export { Worker } from 'worker_threads';"],
  ];

  const toSecond = "import { second } from './second';";
  const toFirst = "import { first } from './first';";
  const logging = "console.log('hello');";
  const nameOf = (what: string) => `lib/event/${what.replaceAll(' ', '-')}.ts`;
  let refused: Refusal[];

  beforeAll(async () => {
    refused = await refusals({
      ...Object.fromEntries(elsewhere.map(([what, line]) => [nameOf(what), [line]])),
      'lib/event/first.ts': [toSecond, 'export const first = () => second;'],
      'lib/event/second.ts': [toFirst, 'export const second = () => first;'],
      'lib/event/logging.ts': [logging],
      'lib/cli/logging.ts': [logging],
    });
  });

  it.each(elsewhere)('refuses %s', (what, line) => {
    expect(refused).toContainEqual({ file: nameOf(what), line, rule: expect.any(String) });
  });

  it('refuses worker threads in every room', async () => {
    const line = "export { Worker } from 'node:worker_threads';";
    const everywhere = await refusals(Object.fromEntries(arrows.map(([file]) => [file, [line]])));
    const files = everywhere.filter(({ rule }) => directionRules.includes(rule)).map(({ file }) => file);
    expect(files.sort()).toEqual(arrows.map(([file]) => file).sort());
  });

  it('refuses a circle of values', () => {
    expect(refused).toContainEqual({ file: 'lib/event/first.ts', line: toSecond, rule: circleRule });
    expect(refused).toContainEqual({ file: 'lib/event/second.ts', line: toFirst, rule: circleRule });
  });

  it('refuses the console in the library, and not in the command line', () => {
    expect(refused.filter((finding) => finding.rule === 'lint/suspicious/noConsole')).toEqual([
      { file: 'lib/event/logging.ts', line: logging, rule: 'lint/suspicious/noConsole' },
    ]);
  });

  it('finds nothing to refuse in the library as it is', async () => {
    const now = await refusals({});
    expect(now.filter(({ rule }) => [...directionRules, circleRule].includes(rule))).toEqual([]);
  });
});
