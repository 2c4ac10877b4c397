/**
 * Stryker's way to the tests: for each change, those that run the changed code follow one another, spec file by spec file,
 * the quickest first, up to the first that fails.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

/** The tests as the run without a change has found them. It is a file because a runner that hung is started anew. */
const TESTS = 'mutation-tests.json';

/** From this time on a test is run by itself, in milliseconds. */
const SLOW_MS = 100;

/** The tests by spec file, but the slow ones each for itself, quick ones first; `ids` are the tests that cover a change. */
function testsInSteps(ids) {
  const isWanted = ids && new Set(ids);
  const steps = new Map();
  for (const { id, name, fileName, timeSpentMs } of JSON.parse(readFileSync(TESTS, 'utf8'))) {
    if (isWanted === undefined || isWanted.has(id)) {
      const key = timeSpentMs < SLOW_MS ? fileName : id;
      const step = steps.get(key) ?? { fileName, timesOf: new Map(), timeSpentMs: 0 };
      step.timesOf.set(name, timeSpentMs);
      step.timeSpentMs += timeSpentMs;
      steps.set(key, step);
    }
  }
  return [...steps.values()].sort((a, b) => a.timeSpentMs - b.timeSpentMs);
}

function createRunner({ specs, longestTestMs }) {
  // What the changed code tells Stryker, and is told by it.
  const stryker = {};
  globalThis.__stryker__ = stryker;
  const { runSpec } = createRequire(import.meta.url)('./mutation-specs.js');

  async function dryRun() {
    const tests = [];
    for (const fileName of specs.map((spec) => resolve(spec))) {
      const idOf = (name) => `${fileName} ${name}`;
      const onTest = (name) => {
        stryker.currentTestId = name && idOf(name);
      };
      const start = performance.now();
      const done = await runSpec(fileName, undefined, onTest);
      // Loading the file counts for its tests.
      const inTests = done.reduce((sum, { timeSpentMs }) => sum + timeSpentMs, 0);
      const share = Math.max(0, performance.now() - start - inTests) / done.length;
      for (const { name, timeSpentMs, error } of done) {
        if (error !== undefined) {
          return { status: 'error', errorMessage: `${idOf(name)}: ${error}` };
        }
        const id = idOf(name);
        if (timeSpentMs <= longestTestMs) {
          tests.push({ id, name, fileName, timeSpentMs: timeSpentMs + share, status: 0 });
        } else {
          delete stryker.mutantCoverage?.perTest[id];
        }
      }
    }
    writeFileSync(TESTS, JSON.stringify(tests));
    return { status: 'complete', tests, mutantCoverage: stryker.mutantCoverage };
  }

  // What a test has begun that did not end may still go on, and disturb those that follow.
  let isInDoubt = false;

  async function mutantRun({ activeMutant, testFilter, hitLimit }) {
    if (isInDoubt) {
      throw new Error('another process is wanted, in which Stryker tries again');
    }
    Object.assign(stryker, { activeMutant: activeMutant.id, hitLimit, hitCount: 0, currentTestId: undefined });
    let nrOfTests = 0;
    for (const { fileName, timesOf } of testsInSteps(testFilter)) {
      const done = await runSpec(fileName, timesOf);
      const failed = done.find(({ error }) => error !== undefined);
      if (stryker.hitCount > hitLimit) {
        return { status: 'timeout', reason: `the changed code ran more than ${hitLimit} times` };
      }
      if (failed?.error.startsWith('Exceeded timeout')) {
        isInDoubt = true;
        return { status: 'timeout', reason: failed.error };
      }
      nrOfTests += done.length;
      if (failed !== undefined) {
        const killedBy = [`${fileName} ${failed.name}`];
        return { status: 'killed', killedBy, failureMessage: failed.error, nrOfTests };
      }
    }
    return { status: 'survived', nrOfTests };
  }

  return { capabilities: () => ({ reloadEnvironment: true }), dryRun, mutantRun };
}
createRunner.inject = ['options'];

export const strykerPlugins = [{ kind: 'TestRunner', name: 'jest-in-one-process', factory: createRunner }];
