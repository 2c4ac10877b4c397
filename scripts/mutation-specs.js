/**
 * Runs spec files in this process, over and over: with Jest's own parts, but without what takes Jest seconds for each file.
 *
 * What a spec file imports of `lib/` and `spec/` is compiled once, and evaluated anew for each run, so that no run finds
 * what another left. Packages are loaded once, and the globals are shared.
 */
const { readFileSync, statSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, resolve } = require('node:path');
const { Script } = require('node:vm');
const { ModernFakeTimers } = require('@jest/fake-timers');
const { jestExpect: expect } = require('@jest/expect');
const circus = require('jest-circus');
const { ModuleMocker } = require('jest-mock');
const { factory: hoisting } = require('ts-jest/dist/transformers/hoist-jest');
const ts = require('typescript');

/** How long a test may take beyond what it takes without a change, in milliseconds. */
const PATIENCE_MS = 2000;

const root = process.cwd();
const { moduleNameMapper } = require(resolve(root, 'jest.config.js'));
const { compilerOptions } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(resolve(root, 'tsconfig.json'), ts.sys.readFile).config,
  { ...ts.sys, readDirectory: () => [] },
  root,
);

/** Puts the calls of `jest.mock` before the imports. */
const hoistMocks = hoisting({
  configSet: { compilerModule: ts, logger: { child: () => ({ wrap: (...of) => of.at(-1) }) } },
});

function compile(file) {
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    fileName: file,
    compilerOptions: { ...compilerOptions, module: ts.ModuleKind.CommonJS, noEmit: false, declaration: false },
    transformers: { before: [hoistMocks] },
  });
  const code = `(function (exports, require, module, __filename, __dirname, jest) {${outputText}\n})`;
  return new Script(code, { filename: file });
}

/** The file of the project that `name` means in `file`, or undefined if it means a package, or what Node loads. */
function find(name, file) {
  const mapped = Object.entries(moduleNameMapper).find(([pattern]) => new RegExp(pattern).test(name));
  if (!mapped && !name.startsWith('.')) {
    return undefined;
  }
  const path = mapped ? mapped[1].replace('<rootDir>', root) : resolve(dirname(file), name);
  return [path, `${path}.ts`, resolve(path, 'index.ts')].find(
    (candidate) => candidate.endsWith('.ts') && statSync(candidate, { throwIfNoEntry: false }),
  );
}

function remembering(compute) {
  const results = new Map();
  return (key, ...more) => {
    if (!results.has(key)) {
      results.set(key, compute(key, ...more));
    }
    return results.get(key);
  };
}

const compiled = remembering(compile);
const found = remembering((file) => remembering((name) => find(name, file)));
const requireOf = remembering(createRequire);

/** The modules of one run, with the `jest` that they see. */
class Modules {
  #mocker = new ModuleMocker(globalThis);
  #timers = new ModernFakeTimers({ global: globalThis, config: { fakeTimers: {}, rootDir: root } });
  #loaded = new Map();
  #mocks = new Map();

  load(file) {
    let module = this.#loaded.get(file);
    if (module === undefined) {
      module = { exports: {}, id: file, filename: file };
      this.#loaded.set(file, module);
      const { exports } = module;
      const require = Object.assign((name) => this.#require(name, file), requireOf(file));
      const evaluate = compiled(file).runInThisContext();
      evaluate.call(exports, exports, require, module, file, dirname(file), this.#jestOf(file));
    }
    return module.exports;
  }

  restore() {
    this.#timers.useRealTimers();
    this.#mocker.restoreAllMocks();
  }

  #require(name, file) {
    const path = found(file)(name);
    const mock = this.#mocks.get(path ?? name);
    if (mock !== undefined) {
      mock.exports ??= mock.create();
      return mock.exports;
    }
    return this.#actual(name, file);
  }

  #actual(name, file) {
    const path = found(file)(name);
    return path === undefined ? requireOf(file)(name) : this.load(path);
  }

  #isolate(run) {
    const loaded = this.#loaded;
    this.#loaded = new Map();
    try {
      run();
    } finally {
      this.#loaded = loaded;
    }
  }

  #jestOf(file) {
    const keyOf = (name) => found(file)(name) ?? name;
    const mock = (name, create) => {
      this.#mocks.set(keyOf(name), { create });
      return jest;
    };
    const dontMock = (name) => {
      this.#mocks.delete(keyOf(name));
      return jest;
    };
    const jest = {
      fn: (run) => this.#mocker.fn(run),
      spyOn: (...what) => this.#mocker.spyOn(...what),
      restoreAllMocks: () => this.#mocker.restoreAllMocks(),
      useFakeTimers: () => this.#timers.useFakeTimers(),
      useRealTimers: () => this.#timers.useRealTimers(),
      setTimeout: () => undefined,
      requireActual: (name) => this.#actual(name, file),
      isolateModules: (run) => this.#isolate(run),
      mock,
      doMock: mock,
      dontMock,
    };
    return jest;
  }
}

function idOf(test) {
  const names = [];
  for (let block = test; block.parent !== undefined; block = block.parent) {
    names.unshift(block.name);
  }
  return names.join(' ');
}

/**
 * Runs a spec file up to the first test that fails, and resolves with the tests that have run, each with its name, its time
 * in milliseconds and, if it failed, the error. A file that cannot be loaded is like one with a test that fails.
 *
 * `timesOf` has the names of the tests to run, each with the time that it takes; without it all are run.
 */
async function runSpec(file, timesOf, onTest = () => undefined) {
  const { describe, it, test, beforeAll, beforeEach, afterAll, afterEach } = circus;
  Object.assign(globalThis, { expect, describe, it, test, beforeAll, beforeEach, afterAll, afterEach });
  circus.resetState();
  const modules = new Modules();
  const done = [];
  let failed = false;
  const listen = ({ name, test }) => {
    if (name === 'test_start') {
      const id = idOf(test);
      if (failed || (timesOf && !timesOf.has(id))) {
        test.mode = 'skip';
      } else {
        test.timeout = PATIENCE_MS + (timesOf ? 5 * timesOf.get(id) : 120_000);
        onTest(id);
      }
    } else if (name === 'test_done') {
      onTest(undefined);
      const [error] = test.errors;
      failed ||= error !== undefined;
      done.push({ name: idOf(test), timeSpentMs: test.duration, error: error && String(error[0] ?? error) });
    }
  };
  circus.addEventHandler(listen);
  try {
    modules.load(file);
    const { unhandledErrors } = await circus.run();
    if (unhandledErrors.length > 0 && !failed) {
      done.push({ name: file, timeSpentMs: 0, error: String(unhandledErrors[0]) });
    }
  } catch (error) {
    done.push({ name: file, timeSpentMs: 0, error: String(error) });
  } finally {
    circus.removeEventHandler(listen);
    modules.restore();
  }
  return done;
}

module.exports = { runSpec };
