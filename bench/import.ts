/** What importing the library takes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Benchmark, judge, toFigures } from './harness';

/** As it is published, not as the benchmarks are compiled: how many files there are is much of it. */
const library = join(__dirname, '..', '..', 'dist', 'index.js');

const statements = [
  ['virdeliver', `require(${JSON.stringify(library)})`],
  ['@xmldom/xmldom and xpath', "require('@xmldom/xmldom'); require('xpath')"],
] as const;

/** The processor's time that a statement takes in a new process, in nanoseconds: other work on the machine is not in it. */
function time(statement: string): number {
  const script = `const start = process.cpuUsage();
    ${statement};
    const { user, system } = process.cpuUsage(start);
    console.log(user + system);`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: __dirname, encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`${statement}: status ${status}\n${stderr}`);
  }
  return Number(stdout) * 1000;
}

export const imports: readonly Benchmark[] = [
  {
    id: 'import/library',
    title: 'Importing the library in a new process',
    measure({ rounds }) {
      // The first run of each finds its files in no cache.
      for (const [, statement] of statements) {
        time(statement);
      }
      const measured = Array.from({ length: rounds }, () => statements.map(([, statement]) => time(statement)));
      const figures = toFigures(
        statements.map(([name]) => name),
        measured,
      );
      const goal = { text: 'at most half of its dependencies', isMet: () => figures[1]!.ratio >= 2 };
      return { unit: 'ns', per: 'import', bytes: undefined, figures, goals: judge([goal], figures) };
    },
  },
];
