import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { root, run } from '../support/run-program';

const { findFaults } = jest.requireActual<{ findFaults: (folder: string) => string[] }>(
  '../../scripts/check-imports.js',
);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-imports-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

function faultsIn(files: Readonly<Record<string, string>>): string[] {
  write(files);
  return findFaults(folder);
}

/** A module of every room. Those called `some` need not exist. */
const modules = [
  'shown-uri',
  'errors',
  'arguments',
  'clock',
  'xml/some',
  'xpath/some',
  'xpath/evaluation/some',
  'event/some',
  'event/stream/some',
  'event/vocabulary/some',
  'filter/some',
  'filter/router/some',
  'drivers/io/some',
  'drivers/driver',
  'drivers/schemes',
  'drivers/test/some',
  'drivers/remote/some',
  'delivery/queue/some',
  'delivery/some',
  'delivery/pipe/some',
  'index',
  'testing/some',
  'cli/some',
];
const everybodys = ['shown-uri', 'errors', 'arguments', 'clock'];

/** What a file in each room may import of these. */
const arrows: [module: string, mayImport: string[]][] = [
  ['shown-uri', []],
  ['errors', ['shown-uri']],
  ['arguments', ['shown-uri', 'errors']],
  ['clock', ['shown-uri', 'errors', 'arguments']],
  ['xml/planted', [...everybodys, 'xml/some']],
  ['xpath/planted', [...everybodys, 'xml/some', 'xpath/some']],
  ['event/planted', [...everybodys, 'xml/some', 'event/some']],
  ['event/stream/planted', [...everybodys, 'xml/some', 'event/some', 'event/stream/some']],
  [
    'filter/planted',
    [
      ...everybodys,
      'xml/some',
      'xpath/some',
      'xpath/evaluation/some',
      'event/some',
      'event/vocabulary/some',
      'filter/some',
    ],
  ],
  ['drivers/io/planted', [...everybodys, 'drivers/io/some']],
  [
    'drivers/test/planted',
    [
      ...[...everybodys, 'xml/some', 'event/some', 'event/vocabulary/some'],
      ...['drivers/io/some', 'drivers/driver', 'drivers/test/some'],
    ],
  ],
  [
    'delivery/planted',
    [
      ...[...everybodys, 'xml/some', 'xpath/some', 'event/some', 'filter/some', 'filter/router/some'],
      ...['drivers/driver', 'drivers/schemes', 'delivery/queue/some', 'delivery/some'],
    ],
  ],
  ['testing/planted', [...everybodys, 'index', 'testing/some']],
  ['cli/planted', [...everybodys, 'index', 'cli/some']],
];

function pathTo(module: string, from: string): string {
  const relative = posix.relative(posix.dirname(from), module);
  return relative.startsWith('.') ? relative : `./${relative}`;
}

const forms: [form: string, line: (path: string) => string][] = [
  ['values', (path) => `export { x } from '${path}';`],
  ['types', (path) => `import type { X } from '${path}'; export type { X };`],
];

describe('The check of import directions', () => {
  describe.each(forms)('on %s', (_, line) => {
    it.each(arrows)('lets %s import %j and no other room', (module, mayImport) => {
      const others = modules.filter((other) => other !== module);
      const refused = others.filter((other) => faultsIn({ [`${module}.ts`]: line(pathTo(other, module)) }).length > 0);
      expect(refused).toEqual(others.filter((other) => !mayImport.includes(other)));
    });

    it('refuses a circle', () => {
      expect(
        faultsIn({
          'event/first.ts': line('./second'),
          'event/second.ts': line('./third'),
          'event/third.ts': line('./second'),
        }),
      ).toEqual(['a circle: event/second → event/third → event/second']);
    });
  });

  it.each([
    ['the package by its own name', "export { openConnection } from 'virdeliver';"],
    ['a part of the package by its own name', "export { expectEvent } from 'virdeliver/testing';"],
    ['the index as a folder', "export { x } from '..';"],
    ['a room as a folder', "export { x } from '../delivery';"],
    ['another room by a detour', "export { x } from '../../lib/delivery/queue';"],
    ['its own room at run time', "export const x = import('./other');"],
    ['its own room through require', "export const x = require('./other');"],
    ['its own room inside a type', "export type X = import('./other').X;"],
    ['worker threads', "export { Worker } from 'node:worker_threads';"],
    ['worker threads without the prefix', "import threads = require('worker_threads'); export { threads };"],
  ])('refuses %s', (_, line) => {
    expect(faultsIn({ 'event/planted.ts': line })).toHaveLength(1);
  });

  it('names the file, what it imports and the rule', () => {
    expect(faultsIn({ 'event/planted.ts': "export { x } from '../delivery/queue/queue';" })).toEqual([
      "event/planted imports '../delivery/queue/queue': 'event' may not import 'delivery/queue'",
    ]);
  });

  it('lets the table of schemes load a driver late', () => {
    expect(faultsIn({ 'drivers/schemes.ts': "export const open = () => require('./stream/open-stream');" })).toEqual(
      [],
    );
    expect(faultsIn({ 'drivers/schemes.ts': "export const open = () => require('../delivery/some');" })).toHaveLength(
      1,
    );
  });

  it('finds nothing to refuse in the library as it is', () => {
    expect(findFaults(join(root, 'lib'))).toEqual([]);
  });

  it('is part of the check, and fails it', async () => {
    cpSync(join(root, 'lib', 'shown-uri.ts'), join(folder, 'shown-uri.ts'));
    cpSync(join(root, 'lib', 'errors.ts'), join(folder, 'errors.ts'));
    const program = join(root, 'scripts', 'check-imports.js');
    expect(await run(process.execPath, [program, folder])).toMatchObject({ status: 0, stderr: '' });
    write({ 'errors.ts': "export { x } from './xml/some';" });
    expect(await run(process.execPath, [program, folder])).toMatchObject({
      status: 1,
      stderr: "errors imports './xml/some': 'errors' may not import 'xml'\n",
    });
    expect(jest.requireActual<{ scripts: { check: string } }>('../../package.json').scripts.check).toContain(
      'node scripts/check-imports.js &&',
    );
  });
});
