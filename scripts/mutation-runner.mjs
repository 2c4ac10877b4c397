/**
 * Stryker's runner for Jest, made to end with the first test that notices a change.
 *
 * Stryker selects among the tests by name, for which Jest loads every spec file, and runs all that cover a change. Here the
 * spec files follow one another, those with the quickest tests first, up to the one with a test that fails.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { strykerPlugins as jestPlugins } from '@stryker-mutator/jest-runner';

const [{ factory: createJestRunner }] = jestPlugins;

/** The tests as the run without a change has found them. It is a file because a runner that hung is started anew. */
const TESTS = 'mutation-tests.json';

/** Loading the specs takes most of the time. It counts for the tests, so that what hangs is waited for not much longer. */
function withTimeOfLoading(tests, elapsedMs) {
  const inTests = tests.reduce((sum, { timeSpentMs }) => sum + timeSpentMs, 0);
  const share = Math.max(0, elapsedMs - inTests) / tests.length;
  return tests.map((test) => ({ ...test, timeSpentMs: test.timeSpentMs + share }));
}

/** The tests by spec file, with the files that take the least time first; `ids` are the tests that cover a change. */
function testsByFile(ids) {
  const isWanted = ids && new Set(ids);
  const files = new Map();
  for (const { id, fileName, timeSpentMs } of JSON.parse(readFileSync(TESTS, 'utf8'))) {
    if (isWanted === undefined || isWanted.has(id)) {
      const file = files.get(fileName) ?? { fileName, ids: [], timeSpentMs: 0 };
      file.ids.push(id);
      file.timeSpentMs += timeSpentMs;
      files.set(fileName, file);
    }
  }
  return [...files.values()].sort((a, b) => a.timeSpentMs - b.timeSpentMs);
}

function createRunner(injector) {
  const runner = createJestRunner(injector);
  const dryRun = runner.dryRun.bind(runner);
  const mutantRun = runner.mutantRun.bind(runner);
  runner.dryRun = async (options) => {
    const start = performance.now();
    const result = await dryRun(options);
    if (result.status !== 'complete') {
      return result;
    }
    const tests = withTimeOfLoading(result.tests, performance.now() - start);
    writeFileSync(TESTS, JSON.stringify(tests));
    return { ...result, tests };
  };
  runner.mutantRun = async ({ testFilter, ...options }) => {
    const { jestConfig } = runner;
    let nrOfTests = 0;
    try {
      for (const { fileName, ids } of testsByFile(testFilter)) {
        runner.jestConfig = { ...jestConfig, testMatch: [fileName] };
        const result = await mutantRun({ ...options, testFilter: testFilter && ids });
        if (result.status !== 'survived') {
          return result;
        }
        nrOfTests += result.nrOfTests;
      }
    } finally {
      runner.jestConfig = jestConfig;
    }
    return { status: 'survived', nrOfTests };
  };
  return runner;
}
createRunner.inject = ['$injector'];

export const strykerPlugins = [{ kind: 'TestRunner', name: 'jest-to-first-failure', factory: createRunner }];
