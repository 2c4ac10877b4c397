/**
 * Compiles the modules of `lib/` into the few files of `dist/`, so that a program has little to find and to read.
 *
 * A module stays the function that Node makes of its file: with all in one scope, as bundlers write them, a delivery took 11 to
 * 30 % longer. The parentheses around it have V8 compile it at once instead of skimming it first.
 *
 * There are no source maps: with the sources in them they were more than half of the package, and without these tools warn. The
 * code is as the compiler writes it, so that a stack trace leads to functions and lines that can be read.
 */
const { mkdirSync, writeFileSync } = require('node:fs');
const { dirname, join, posix, relative } = require('node:path');
const ts = require('typescript');
const { ENTRIES, importsLate, mayImport, partOf, PROGRAMS } = require('./parts');

const IMPORT = /\brequire\((['"])(\.[^'"]+)\1\)/g;
const EXPORT = /\bexports\.(\w+)/g;

const quoted = JSON.stringify;
const fileOf = (part) => `parts/${part}.js`;

class Bundler {
  #modules;
  #dist;
  /** By their files: the modules in them, each behind those that it imports, and what stands for modules of other parts. */
  #parts = new Map();

  constructor(modules, dist) {
    this.#modules = modules;
    this.#dist = dist;
  }

  run() {
    for (const entry of ENTRIES) {
      const file = `${entry}.${this.#modules.get(entry).extension}`;
      this.#write(file, [this.#link(entry, file)]);
    }
    for (const program of PROGRAMS) {
      this.#add(program, fileOf(posix.basename(program)), true);
    }
    for (const [file, part] of this.#parts) {
      this.#writePart(file, part);
    }
  }

  #writePart(file, { standIns, modules }) {
    const pieces = [`"use strict";\nconst modules = exports;\n`, ...standIns.values()];
    for (const [module, code] of modules) {
      pieces.push(`modules[${quoted(module)}] = (function (exports) {\n${code}return exports;\n})({});\n`);
    }
    this.#write(file, pieces);
  }

  #write(file, pieces) {
    const path = join(this.#dist, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, pieces.join(''));
  }

  #partIn(file) {
    const part = this.#parts.get(file) ?? { standIns: new Map(), modules: new Map(), added: new Set() };
    this.#parts.set(file, part);
    return part;
  }

  #add(module, file, isWhole) {
    const { added, modules } = this.#partIn(file);
    if (!added.has(module)) {
      added.add(module);
      modules.set(module, this.#link(module, file, isWhole));
    }
  }

  /** The code of a module for a file; adds what it imports to the files that this comes from. */
  #link(module, file, isWhole = false) {
    return this.#modules.get(module).code.replace(IMPORT, (_whole, _quote, path) => {
      const imported = posix.join(posix.dirname(module), path);
      if (ENTRIES.includes(imported)) {
        return `require(${quoted(relativePath(file, `${imported}.js`))})`;
      }
      const home = isWhole ? file : fileOf(partOf(imported));
      this.#add(imported, home, isWhole);
      const [own, other] = [partOf(module), partOf(imported)];
      if (!mayImport(own, other)) {
        throw new Error(`${module} in part '${own}' may not import ${imported} in part '${other}'`);
      }
      const from = importsLate(own, other) && !isWhole ? fileOf(own) : home;
      if (from !== home) {
        this.#partIn(from).standIns.set(imported, this.#standIn(imported, relativePath(from, home)));
      }
      const modules = from === file ? 'modules' : `require(${quoted(relativePath(file, from))})`;
      return `${modules}[${quoted(imported)}]`;
    });
  }

  /** What has the exports of a module, and loads the part with it when the first of them is used. */
  #standIn(module, part) {
    const { code } = this.#modules.get(module);
    const names = new Set(Array.from(code.matchAll(EXPORT), ([, name]) => name));
    const members = Array.from(names, (name) =>
      // Who imports an ES module that is none takes all its exports, and calls hardly any.
      new RegExp(`^(?:async )?function ${name}\\(`, 'm').test(code)
        ? `  ${name}(...args) { return load().${name}(...args); },\n`
        : `  get ${name}() { return load().${name}; },\n`,
    );
    const load = `const load = () => (loaded ??= require(${quoted(part)})[${quoted(module)}]);`;
    return `{\nlet loaded;\n${load}\nmodules[${quoted(module)}] = {\n${members.join('')}};\n}\n`;
  }
}

/** The modules of a project, by their names: the code that the compiler makes of each. */
function compile(project) {
  const { config } = ts.readConfigFile(project, ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(project));
  const lib = options.rootDir;
  // Types are checked elsewhere, and only they would need other files.
  const alone = { noCheck: true, noResolve: true, noLib: true, types: [], outDir: lib };
  const form = {
    emitDeclarationOnly: false,
    declaration: false,
    isolatedDeclarations: false,
    removeComments: true,
  };
  const program = ts.createProgram({ rootNames: fileNames, options: { ...options, ...alone, ...form } });
  const modules = new Map();
  program.emit(undefined, (name, code) => {
    const file = relative(lib, name).replaceAll('\\', '/');
    const [, module, extension] = /^(.*)\.(m?js)$/.exec(file);
    modules.set(module, { extension, code: `${code.trimEnd()}\n` });
  });
  return modules;
}

function relativePath(from, to) {
  const path = posix.relative(posix.dirname(from), to);
  return path.startsWith('.') ? path : `./${path}`;
}

/** Compiles the sources of a project, which is named by its `tsconfig.json`, into a folder. */
function bundle(project, dist) {
  new Bundler(compile(project), dist).run();
}

module.exports = { bundle };
