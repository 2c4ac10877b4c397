/** How much longer a program takes to run because it imports the library. */
import { spawnSync } from 'node:child_process';
import { type Benchmark, judge, toFigures } from './harness';

const library = require.resolve('../lib/index');

const scripts = [
  ['virdeliver', `require(${JSON.stringify(library)})`],
  ['@xmldom/xmldom and xpath', "require('@xmldom/xmldom'); require('xpath')"],
] as const;

/** How long a process takes that runs a script and nothing else, in nanoseconds. */
function time(script: string): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: __dirname, encoding: 'utf8' });
  const elapsed = Number(process.hrtime.bigint() - start);
  if (status !== 0) {
    throw new Error(`${script}: status ${status}\n${stderr}`);
  }
  return elapsed;
}

export const imports: readonly Benchmark[] = [
  {
    id: 'import/library',
    title: 'Importing the library, beyond the start of an empty program',
    measure({ rounds }) {
      // The first run of each finds its files in no cache.
      for (const [, script] of scripts) {
        time(script);
      }
      const measured = Array.from({ length: rounds }, () => {
        const empty = time('');
        // A machine that is busy may make the empty program the slowest of all.
        return scripts.map(([, script]) => Math.max(time(script) - empty, 1));
      });
      const figures = toFigures(
        scripts.map(([name]) => name),
        measured,
      );
      const goal = { text: 'under 40 ms', isMet: () => figures[0]!.value < 40e6 };
      return { unit: 'ns', per: 'import', bytes: undefined, figures, goals: judge([goal], figures) };
    },
  },
];
