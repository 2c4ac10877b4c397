import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Outcome, root, run } from '../support/run-program';

// Stryker takes long on a busy machine.
jest.setTimeout(240_000);

const files = {
  'package.json': '{}',
  'tsconfig.json': '{ "compilerOptions": { "module": "commonjs", "target": "es2022", "isolatedModules": true } }',
  'jest.config.js': `module.exports = { moduleNameMapper: { '/the-ages$': '<rootDir>/lib/ages/is-adult.ts' } };`,
  'lib/ages/is-adult.ts': `export function isAdult(age: number): boolean {
  return age >= 18;
}

export function isChild(age: number): boolean {
  return age < 14;
}
`,
  'spec/ages/is-adult.spec.ts': `import { isAdult, isChild } from '../../lib/the-ages';
    test('grows up', () => expect([isAdult(20), isAdult(3), isChild(3), isChild(14), isChild(15)]).toEqual([true, false, true, false, false]));`,
  // It fails, but is no test of what is changed.
  'spec/others/others.spec.ts': `test('fails', () => expect(1).toBe(2));`,
};

describe('npm run mutation', () => {
  let project: string;

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'virdeliver-mutated-'));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(project, file)), { recursive: true });
      writeFileSync(join(project, file), text);
    }
    cpSync(join(root, 'scripts'), join(project, 'scripts'), { recursive: true });
    // Stryker looks for a true folder of that name.
    mkdirSync(join(project, 'node_modules'));
    for (const name of ['@jest', '@stryker-mutator', 'jest-circus', 'jest-mock', 'ts-jest', 'typescript']) {
      symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
    }
  });
  afterAll(() => rmSync(project, { recursive: true }));

  const mutate = (...args: string[]): Promise<Outcome> =>
    run(process.execPath, [join(project, 'scripts', 'mutation.js'), ...args], { cwd: project, timeout: 200_000 });

  it('tells which changes of some lines no test notices, fails below the score, and leaves nothing behind', async () => {
    const before = readdirSync(project);
    const { status, stdout } = await mutate('lib/ages/is-adult.ts:1-3', '--least', '95');
    expect(stdout).toContain(
      'lib/ages/is-adult.ts:2:10  EqualityOperator: no test notices\n  - age >= 18\n  + age > 18\n',
    );
    expect(stdout).toMatch(/^80\.0 %: 4 of 5 changes caught/m);
    expect(status).toBe(1);
    expect(readdirSync(project)).toEqual(before);
  });

  it.each([
    [[], /No path of the code to change is given/],
    [['spec/ages'], /'spec\/ages' is not in lib\//],
    [['lib/nothing'], /'lib\/nothing' is not in lib\//],
    [['lib', '--specs', 'lib'], /'lib' is not in spec\//],
    [['lib', '--longest', 'x'], /--longest must be a number of milliseconds, but is 'x'/],
    [['lib', '--least', '101'], /--least must be a percentage, but is '101'/],
    [['lib', '--concurrency', '0'], /--concurrency must be a whole number from 1 on, but is '0'/],
    [['lib', '--fast'], /--fast/],
  ])('refuses %j', async (args, message) => {
    const { status, stderr } = await mutate(...args);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('usage: npm run mutation --');
    expect(status).toBe(2);
  });
});
