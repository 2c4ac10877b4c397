/**
 * Compiles the modules of `lib/` into the few files of `dist/`, so that a program has little to find and to read.
 *
 * A module stays the function that Node makes of its file: with all in one scope, as bundlers write them, a delivery took 11 to
 * 30 % longer. The parentheses around it have V8 compile it at once instead of skimming it first.
 */
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join, posix, relative } = require('node:path');
const { decode, encode } = require('@jridgewell/sourcemap-codec');
const ts = require('typescript');
const { ENTRIES, mayImport, partOf, PROGRAM } = require('./parts');

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
      const { extension, source } = this.#modules.get(entry);
      const file = `${entry}.${extension}`;
      this.#write(file, [{ code: this.#link(entry, file), source }]);
    }
    this.#add(PROGRAM, fileOf(posix.basename(PROGRAM)), true);
    for (const [file, part] of this.#parts) {
      this.#writePart(file, part);
    }
  }

  #writePart(file, { standIns, modules }) {
    const pieces = [{ code: `"use strict";\nconst modules = exports;\n${[...standIns.values()].join('')}` }];
    for (const [module, code] of modules) {
      const { source } = this.#modules.get(module);
      pieces.push({ code: `modules[${quoted(module)}] = (function (exports) {\n` }, { code, source });
      pieces.push({ code: 'return exports;\n})({});\n' });
    }
    this.#write(file, pieces);
  }

  /** Writes a file that is made of pieces of whole lines, and its source map. */
  #write(file, pieces) {
    const sources = [];
    const sourcesContent = [];
    const mappings = [];
    for (const { code, source } of pieces) {
      const lines = source?.lines ?? Array(code.split('\n').length - 1).fill([]);
      mappings.push(...lines.map((line) => line.map(([column, , ...place]) => [column, sources.length, ...place])));
      if (source !== undefined) {
        sources.push(posix.relative(posix.join('dist', posix.dirname(file)), source.file));
        sourcesContent.push(source.content);
      }
    }
    const name = posix.basename(file);
    const map = { version: 3, file: name, sources, sourcesContent, names: [], mappings: encode(mappings) };
    const code = pieces.map((piece) => piece.code).join('');
    mkdirSync(dirname(join(this.#dist, file)), { recursive: true });
    writeFileSync(join(this.#dist, file), `${code}//# sourceMappingURL=${name}.map\n`);
    writeFileSync(join(this.#dist, `${file}.map`), JSON.stringify(map));
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
      const from = own === 'library' && !isWhole ? fileOf('library') : home;
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

/** The modules of a project, by their names: the code that the compiler makes of each, and the lines that this comes from. */
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
    sourceMap: true,
  };
  const program = ts.createProgram({ rootNames: fileNames, options: { ...options, ...alone, ...form } });
  const written = new Map();
  program.emit(undefined, (name, text) => written.set(relative(lib, name).replaceAll('\\', '/'), text));
  const modules = new Map();
  for (const [file, text] of written) {
    if (!file.endsWith('.map')) {
      const [, module, extension] = /^(.*)\.(m?js)$/.exec(file);
      const code = text.replace(/\/\/# sourceMappingURL=.*\s*$/, '');
      modules.set(module, {
        extension,
        code,
        source: sourceOf(lib, file, code, JSON.parse(written.get(`${file}.map`))),
      });
    }
  }
  return modules;
}

/** What a compiled file was made from; where each of its lines comes from is all that is kept, a tenth of what there is. */
function sourceOf(lib, file, code, { mappings }) {
  const name = file.replace(/js$/, 'ts');
  const lines = decode(mappings);
  return {
    file: `lib/${name}`,
    content: withoutComments(name, readFileSync(join(lib, name), 'utf8')),
    lines: code
      .split('\n')
      .slice(0, -1)
      .map((_, line) => (lines[line] ?? []).slice(0, 1)),
  };
}

/** The text with its lines as they are, less the comments: these are a third of it. */
function withoutComments(fileName, text) {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  const comments = new Map();
  const visit = (node) => {
    const around = [ts.getLeadingCommentRanges(text, node.pos), ts.getTrailingCommentRanges(text, node.end)];
    for (const { pos, end } of around.flatMap((ranges) => ranges ?? [])) {
      comments.set(pos, end);
    }
    node.getChildren(source).forEach(visit);
  };
  visit(source);
  let rest = '';
  let last = 0;
  for (const [pos, end] of [...comments].sort(([one], [other]) => one - other)) {
    rest += text.slice(last, pos) + text.slice(pos, end).replace(/[^\n]/g, '');
    last = end;
  }
  return (rest + text.slice(last)).replace(/[ \t]+$/gm, '');
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
