/**
 * Builds the filter workbench: docs/workbench, with what it uses of lib/, as files that a browser loads.
 *
 * Run it with the folder to put them in.
 */
const { cpSync, mkdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { buildSync } = require('esbuild');

const root = join(__dirname, '..');
const sources = join(root, 'docs', 'workbench');

/** The examples of XML in the document of all events: one of each type at least. */
function documentedEvents() {
  const text = readFileSync(join(root, 'docs', 'events.md'), 'utf8');
  return Array.from(text.matchAll(/^```xml\n(.*?)^```$/gms), ([, xml]) => xml).join('');
}

/** @param {string} folder Where the files are put. */
function buildWorkbench(folder) {
  mkdirSync(folder, { recursive: true });
  const source = (name) => join(sources, name);
  buildSync({
    entryPoints: [source('workbench.ts'), source('workbench.css')],
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['es2023'],
    alias: {
      'node:buffer': source('node-buffer.ts'),
      'node:util': source('node-util.ts'),
      '@xmldom/xmldom': source('not-here.ts'),
      xpath: source('not-here.ts'),
    },
    inject: [source('node-buffer.ts')],
    define: { DOCUMENTED_EVENTS: JSON.stringify(documentedEvents()) },
    legalComments: 'inline',
    logLevel: 'warning',
  });
  for (const name of ['index.html', 'icon.svg']) {
    cpSync(source(name), join(folder, name));
  }
}

module.exports = { buildWorkbench };

if (require.main === module) {
  buildWorkbench(process.argv[2]);
}
