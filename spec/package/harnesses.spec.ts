/** Uses `virdeliver/testing` as other programs do: from the packed package, in the test runners that it has matchers for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import '../support/built';
import { programOf, root, run, succeed } from '../support/run-program';

// Programs are run that take long on a busy machine.
jest.setTimeout(120_000);

/** Installed if it is tested alone: 44 packages of 41 MB are much for one line that calls it. */
const VITEST = 'vitest@5.1.1';

const node = process.execPath;
let folder: string;

/** A folder of a program that finds the packed package and Vitest installed. */
function project(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(path, file), text);
  }
  return path;
}

/** What the compiler says about a program. */
async function complaints(path: string, file: string, types: readonly string[]): Promise<string> {
  const settings = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true };
  const compilerOptions = {
    ...settings,
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    types,
  };
  const config = join(path, `tsconfig.${file}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }));
  return (await run(node, [programOf('typescript', 'tsc'), '-p', config, '--pretty', 'false'], { cwd: path })).stdout;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-harnesses-'));
  const packed = await succeed('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const options = ['--prefer-offline', '--no-audit', '--no-fund'];
  await succeed('npm', ['install', ...options, join(folder, filename), VITEST], { cwd: folder });
  for (const name of ['@types/jest', '@types/node', 'undici-types', '@jest/globals', 'expect']) {
    const installed = join(folder, 'node_modules', name);
    if (!existsSync(installed)) {
      mkdirSync(dirname(installed), { recursive: true });
      symlinkSync(join(root, 'node_modules', name), installed);
    }
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

const expectations = `
  test('the matchers are there', () => {
    const { conn, domains } = openTestConnection();
    domains.get('test').suspend();
    expect(conn).toHaveQueued("transition/@to = 'paused'");
    expect(conn).not.toHaveQueued("transition/@to = 'crashed'");
    const event = expectEvent(conn, ['domain-state-transition']);
    expect(event).toMatchFilter('domain/name = $name', { variables: { name: 'test' } });
    expect({ event }).toEqual({ event: expect.toMatchFilter('domain') });
    expect([5, event]).toContainEqual(expect.toMatchFilter('domain'));
    expect([5]).not.toContainEqual(expect.not.toMatchFilter('domain'));
    expect(() => expect(5).not.toMatchFilter('domain')).toThrow(/received must be an event/);
    expect(() => expect(event).toMatchFilter("domain/name = 'web'")).toThrow(/found 'test'/);
    expect(event.detail?.to).toBe('paused');
  });
`;
const wrong = `
  // @ts-expect-error no filter
  (): unknown => expect(1).toMatchFilter();
`;

describe('the matchers of virdeliver/testing', () => {
  it('are those of Jest, with their types', async () => {
    const text = `import { expectEvent, openTestConnection } from 'virdeliver/testing';\nimport 'virdeliver/testing/jest';\n`;
    const path = project('jest-globally', {
      'a.test.js': `const { expectEvent, openTestConnection } = require('virdeliver/testing');
        require('virdeliver/testing/jest');${expectations}`,
      'a.ts': text + expectations + wrong,
    });
    await succeed(node, [programOf('jest'), '--rootDir', path], { cwd: path });
    expect(await complaints(path, 'a.ts', ['node', 'jest'])).toBe('');
  });

  it('are those of @jest/globals, with their types', async () => {
    const text = `import { expect, test } from '@jest/globals';
      import { expectEvent, openTestConnection } from 'virdeliver/testing';
      import 'virdeliver/testing/jest-globals';\n`;
    const path = project('jest-globals', {
      'a.test.js': `const { expect, test } = require('@jest/globals');
        const { expectEvent, openTestConnection } = require('virdeliver/testing');
        require('virdeliver/testing/jest-globals');${expectations}`,
      'a.ts': text + expectations + wrong,
    });
    await succeed(node, [programOf('jest'), '--rootDir', path, '--injectGlobals=false'], { cwd: path });
    expect(await complaints(path, 'a.ts', ['node'])).toBe('');
  });

  it('are those of Vitest, with their types', async () => {
    const text = `import { expect, test } from 'vitest';
      import { expectEvent, openTestConnection } from 'virdeliver/testing';
      import 'virdeliver/testing/vitest';\n`;
    const path = project('vitest', {
      'package.json': '{ "private": true, "type": "module" }',
      'a.test.ts': text + expectations,
      'a.ts': text + expectations + wrong,
    });
    const vitest = join(folder, 'node_modules', 'vitest', 'vitest.mjs');
    await succeed(node, [vitest, 'run', '--root', path], { cwd: path });
    expect(await complaints(path, 'a.ts', ['node'])).toBe('');
  });

  it('say what is wrong if they are imported in another runner', async () => {
    const { stderr } = await run(node, ['-e', "require('virdeliver/testing/jest')"], { cwd: folder });
    expect(stderr).toMatch(/'virdeliver\/testing\/jest' needs Jest's global 'expect'/);
  });
});

describe('the example project vm-watcher', () => {
  it('passes its own tests', async () => {
    const path = join(folder, 'vm-watcher');
    cpSync(join(root, 'docs', 'examples', 'vm-watcher'), path, { recursive: true });
    const { stderr } = await run(node, [programOf('jest'), '--rootDir', path], { cwd: path });
    expect(stderr).toMatch(/^Tests: +6 passed, 6 total$/m);
  });

  it('runs until Ctrl-C', async () => {
    const path = join(folder, 'running-vm-watcher');
    cpSync(join(root, 'docs', 'examples', 'vm-watcher'), path, { recursive: true });
    const child = spawn(node, ['main.js'], { cwd: path, stdio: ['ignore', 'pipe', 'inherit'] });
    const [text] = await once(child.stdout, 'data');
    expect(String(text)).toBe('Watching the machines of test:///default, until Ctrl-C.\n');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('fails its tests if the program is wrong', async () => {
    const path = join(folder, 'wrong-vm-watcher');
    cpSync(join(root, 'docs', 'examples', 'vm-watcher'), path, { recursive: true });
    writeFileSync(join(path, 'watch-vms.js'), 'exports.watchVms = () => {};');
    const { stderr } = await run(node, [programOf('jest'), '--rootDir', path], { cwd: path });
    expect(stderr).toMatch(/expected an event of type 'vm-alert'\n\s+within 1001 ms, but of 3 events none is one:/);
    expect(stderr).toMatch(/^Tests: +3 failed, 3 passed, 6 total$/m);
  });
});

describe('the example project nightly-report', () => {
  it('passes its own tests', async () => {
    const path = join(folder, 'nightly-report');
    cpSync(join(root, 'docs', 'examples', 'nightly-report'), path, { recursive: true });
    const { stderr } = await run(node, [programOf('jest'), '--rootDir', path], { cwd: path });
    expect(stderr).toMatch(/^Tests: +4 passed, 4 total$/m);
  });

  it('fails its tests if it does not know an event again', async () => {
    const path = join(folder, 'wrong-nightly-report');
    cpSync(join(root, 'docs', 'examples', 'nightly-report'), path, { recursive: true });
    const program = join(path, 'report.js');
    writeFileSync(program, readFileSync(program, 'utf8').replace('if (event.key === last)', 'if (false)'));
    const { stderr } = await run(node, [programOf('jest'), '--rootDir', path], { cwd: path });
    expect(stderr).toMatch(/^Tests: +1 failed, 3 passed, 4 total$/m);
  });
});

describe('the example project pager', () => {
  it('passes its own tests', async () => {
    const path = join(folder, 'pager');
    cpSync(join(root, 'docs', 'examples', 'pager'), path, { recursive: true });
    const { stderr } = await run(node, [programOf('jest'), '--rootDir', path], { cwd: path });
    expect(stderr).toMatch(/^Tests: +4 passed, 4 total$/m);
  });

  it('fails its tests if it lets go of what nobody was told of', async () => {
    const path = join(folder, 'wrong-pager');
    cpSync(join(root, 'docs', 'examples', 'pager'), path, { recursive: true });
    const program = join(path, 'watch-fleet.js');
    writeFileSync(program, readFileSync(program, 'utf8').replace("? undefined : 'retry'", ''));
    const { stderr } = await run(node, [programOf('jest'), '--rootDir', path], { cwd: path });
    expect(stderr).toMatch(/^Tests: +[1-4] failed/m);
  });
});
