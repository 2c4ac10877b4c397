/** Rolls the declarations of all modules up: into one file for the library, and one for each other name that it is imported by. */
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join, posix, relative } = require('node:path');
const { rollup } = require('rollup');
const { dts } = require('rollup-plugin-dts');
const { ENTRIES } = require('./parts');

/** The parts with declarations, and the entries that these are rolled up for. */
const ROLLED_UP = {
  library: ['index', 'types'],
  collector: ['collector/index'],
  forwarder: ['forwarder/index'],
  testing: ['testing/index'],
};

/** The part that has the declarations of a module. */
const partOf = (module) => (module.split('/')[0] in ROLLED_UP ? module.split('/')[0] : 'library');

const ALL = 'all';

/**
 * @param {string} from The folder with the declarations of each module.
 * @param {string} to The folder of the package.
 */
async function rollUpDeclarations(from, to) {
  for (const [part, entries] of Object.entries(ROLLED_UP)) {
    await rollUp(part, entries, from, to);
  }
  for (const entry of ENTRIES.filter((name) => !name.startsWith('cli/'))) {
    link(entry, from, to);
  }
}

async function rollUp(part, entries, from, to) {
  const exportAll = {
    name: 'export-all',
    resolveId(id, importer) {
      // A class that is declared twice is two types: each part takes those of the others.
      const home = id.startsWith('.') ? partOf(relative(from, join(dirname(importer), id))) : part;
      return id === ALL ? id : home === part ? null : { id: `./${home}.js`, external: true };
    },
    load: (id) =>
      id === ALL ? entries.map((entry) => `export * from ${JSON.stringify(join(from, entry))};\n`).join('') : null,
  };
  const build = await rollup({ input: ALL, external: /^(?!all$)[^./]/, plugins: [exportAll, dts()] });
  // Programs may have neither Node's types nor a `lib` that knows them.
  const banner = '/// <reference lib="esnext.disposable" />';
  await build.write({ file: join(to, 'parts', `${part}.d.ts`), banner });
  await build.close();
}

/** Writes the declarations of an entry as they are, with those that it imports taken from the parts. */
function link(entry, from, to) {
  const file = existsSync(join(from, `${entry}.d.mts`)) ? `${entry}.d.mts` : `${entry}.d.ts`;
  const part = partOf(entry);
  const text = readFileSync(join(from, file), 'utf8').replace(/(?<=from ')\.[^']*/g, (path) => {
    const imported = posix.join(posix.dirname(entry), path).replace(/\.js$/, '');
    const isEntry = ENTRIES.includes(imported);
    const found = posix.relative(posix.dirname(entry), isEntry ? imported : `parts/${part}`);
    return `${found.startsWith('.') ? found : `./${found}`}.js`;
  });
  mkdirSync(dirname(join(to, file)), { recursive: true });
  writeFileSync(join(to, file), text);
}

module.exports = { rollUpDeclarations };
