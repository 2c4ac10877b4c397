/** Rolls the declarations of all modules up: into one file for the library and one for what tests want of it. */
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join, posix, relative } = require('node:path');
const { rollup } = require('rollup');
const { dts } = require('rollup-plugin-dts');
const { ENTRIES } = require('./parts');

/** The parts with declarations, and the entries that these are rolled up for. */
const ROLLED_UP = { library: ['index', 'types'], testing: ['testing/index'] };

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
      // A class that is declared twice is two types: what tests want takes those of the library.
      const isLibrary = id.startsWith('.') && relative(from, join(dirname(importer), id)).split('/')[0] !== 'testing';
      return id === ALL ? id : part === 'testing' && isLibrary ? { id: './library.js', external: true } : null;
    },
    load: (id) =>
      id === ALL ? entries.map((entry) => `export * from ${JSON.stringify(join(from, entry))};\n`).join('') : null,
  };
  const build = await rollup({ input: ALL, external: /^(?!all$)[^./]/, plugins: [exportAll, dts()] });
  await build.write({ file: join(to, 'parts', `${part}.d.ts`) });
  await build.close();
}

/** Writes the declarations of an entry as they are, with those that it imports taken from the parts. */
function link(entry, from, to) {
  const file = existsSync(join(from, `${entry}.d.mts`)) ? `${entry}.d.mts` : `${entry}.d.ts`;
  const part = entry.startsWith('testing/') ? 'testing' : 'library';
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
