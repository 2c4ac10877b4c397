import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { usesBuild } from '../support/build-first';
import { type Outcome, root, run } from '../support/run-program';

const { ENTRIES, PROGRAMS } = require('../../scripts/parts') as Record<'ENTRIES' | 'PROGRAMS', readonly string[]>;

// Programs are run that take long on a busy machine.
jest.setTimeout(120_000);

let project: string;

function write(file: string, content: string | object, mode?: number): void {
  const path = join(project, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode });
}

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'virdeliver-set-up-'));
  cpSync(join(root, 'scripts'), join(project, 'scripts'), { recursive: true });
});

afterEach(() => rmSync(project, { recursive: true }));

describe('The set-up before npm start and npm test', () => {
  const lock = {
    packages: {
      '': { name: 'project' },
      'node_modules/typescript': { version: '6.0.3' },
      'node_modules/for-another-platform': { version: '1.0.0', optional: true },
    },
  };
  const installed = (version: string) => ({ packages: { 'node_modules/typescript': { version } } });

  /** Runs the set-up with an npm that only writes down how it was called. */
  async function setUp(npmStatus = 0): Promise<Outcome & { calls: string }> {
    write(
      'bin/npm',
      `#!/bin/sh\necho "$PWD: $*" >>"${project}/calls"\necho out of order >&2\nexit ${npmStatus}\n`,
      0o755,
    );
    const env = { PATH: `${join(project, 'bin')}:${process.env['PATH']}` };
    const outcome = await run(process.execPath, [join(project, 'scripts', 'set-up.js')], { cwd: tmpdir(), env });
    const calls = join(project, 'calls');
    return { ...outcome, calls: existsSync(calls) ? readFileSync(calls, 'utf8') : '' };
  }

  it('installs what package-lock.json says if nothing is installed', async () => {
    write('package-lock.json', lock);
    const { status, stdout, calls } = await setUp();
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(calls).toMatch(new RegExp(`^${project}: ci .*\n$`));
  });

  it('installs if another version is installed', async () => {
    write('package-lock.json', lock);
    write('node_modules/.package-lock.json', installed('5.9.0'));
    expect((await setUp()).calls).toMatch(/: ci /);
  });

  it('does nothing, and says nothing, if all is installed that this platform needs', async () => {
    write('package-lock.json', lock);
    write('node_modules/.package-lock.json', installed('6.0.3'));
    expect(await setUp()).toEqual({ status: 0, stdout: '', stderr: '', calls: '' });
  });

  it('fails with what npm says if npm fails', async () => {
    write('package-lock.json', lock);
    const { status, stderr } = await setUp(1);
    expect(status).toBe(1);
    expect(stderr).toMatch(/out of order\nnpm ci failed/);
  });
});

describe('The set-up of Jest', () => {
  const specs = readdirSync(join(root, 'spec'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spec.ts'))
    .map((name) => join(root, 'spec', name));
  const uses = (name: string) => usesBuild(join(root, 'spec', name));

  it('compiles lib/ for the specs that import what it compiles to, directly or through others', () => {
    expect(uses('cli/command.spec.ts')).toBe(true);
    expect(uses('drivers/remote/transport/relay.spec.ts')).toBe(true);
    expect(uses('live/tcp.spec.ts')).toBe(true);
  });

  it('compiles nothing for the others', () => {
    expect(uses('xml/scanner.spec.ts')).toBe(false);
    expect(uses('delivery/semantics.spec.ts')).toBe(false);
  });

  it('knows every spec that uses dist/, or the relay', () => {
    const isUser = (text: string) => /relay: true|describeNats\(|\/dist\b|[^.]'dist'/.test(text);
    const users = specs.filter((spec) => spec !== __filename && isUser(readFileSync(spec, 'utf8')));
    expect(users.length).toBeGreaterThan(3);
    expect(users.filter((spec) => !usesBuild(spec))).toEqual([]);
  });
});

describe('The build', () => {
  const longAgo = new Date('2026-01-01T00:00:00Z');
  const build = (...options: string[]) => run(process.execPath, [join(project, 'scripts', 'build.js'), ...options]);
  const built = (file: string) => {
    const path = join(project, 'dist', file);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };

  beforeEach(() => {
    const compilerOptions = {
      module: 'node20',
      lib: ['es5'],
      types: [],
      skipLibCheck: true,
      rootDir: 'lib',
      declaration: true,
      emitDeclarationOnly: true,
    };
    write('package.json', { type: 'commonjs' });
    write('tsconfig.json', {});
    write('tsconfig.build.json', { compilerOptions, include: ['lib'] });
    for (const module of [...ENTRIES, ...PROGRAMS]) {
      const name = module.replace(/\W/g, '_');
      write(`lib/${module}.${module === 'testing/vitest' ? 'mts' : 'ts'}`, `export const ${name}: string = '';\n`);
    }
    write('lib/cli/main.ts', 'export const answer: string = "first";\n');
    // Which declarations there are is nothing to these tests, and rolling them up takes half of a build.
    write('scripts/declarations.js', 'exports.rollUpDeclarations = async () => {};\n');
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  });

  it('compiles lib/ into dist/ and makes the command executable; again when a source has changed, and not before', async () => {
    expect(await build('--when-stale')).toEqual({ status: 0, stdout: '', stderr: 'Building dist/ …\n' });
    expect(built('cli/main.js')).toMatch(/"first"/);
    expect(statSync(join(project, 'dist/cli/main.js')).mode & 0o777).toBe(0o755);
    write('dist/mark', '');
    expect(await build('--when-stale')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(built('mark')).toBe('');
    write('lib/cli/main.ts', 'export const answer: string = "second";\n');
    await build('--when-stale');
    expect(built('cli/main.js')).toMatch(/"second"/);
    expect(built('mark')).toBeUndefined();
  });

  it('leaves nothing behind of a source that is gone', async () => {
    write('lib/cli/other.ts', 'export const answer: string = "other";\n');
    write('lib/cli/main.ts', "export { answer } from './other';\n");
    await build();
    expect(built('parts/cli.js')).toMatch(/"other"/);
    rmSync(join(project, 'lib', 'cli', 'other.ts'));
    write('lib/cli/main.ts', 'export {};\n');
    await build('--when-stale');
    expect(built('cli/main.js')).toBeDefined();
    expect(built('parts/cli.js')).toBeUndefined();
  });

  it('fails with what the compiler says, and keeps the last dist/ that was good', async () => {
    await build();
    utimesSync(join(project, 'dist'), longAgo, longAgo);
    write('lib/cli/main.ts', 'export const answer: string = 42;\n');
    const { status, stdout } = await build('--when-stale');
    expect(status).toBe(1);
    expect(stdout).toMatch(/lib\/cli\/main\.ts\(1,14\): error TS2322/);
    expect(built('cli/main.js')).toMatch(/"first"/);
  });
});
