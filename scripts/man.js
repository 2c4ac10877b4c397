/** Writes the manual page, man/virdeliver.1, from what `virdeliver --help` shows; `dist/` must be built. */
const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

/**
 * The manual page, in the language of man(7).
 *
 * @param {{ help: string, commandHelp: ReadonlyMap<string, string> }} usage The help of the whole, and of each command.
 * @param {(help: string) => readonly { text: string, rows: readonly object[], examples: readonly string[] }[]} readUsage
 *   Takes a help text apart.
 */
function manPage({ help, commandHelp }, readUsage) {
  const [title, usage, ...rest] = readUsage(help);
  const isList = ({ text, rows }) => text === '' && rows.length > 0;
  return `${[
    '.\\" Made by scripts/man.js from what --help shows.',
    '.TH VIRDELIVER 1 "" virdeliver',
    '.SH NAME',
    `virdeliver \\- ${escaped(title.text.replace(/^virdeliver: /, ''))}`,
    '.SH SYNOPSIS',
    `.B ${escaped(usage.text.replace(/^usage: /, ''))}`,
    '.SH DESCRIPTION',
    ...rest.filter(isList).flatMap(paragraph),
    '.SH URIS',
    ...rest.filter((block) => !isList(block)).flatMap(paragraph),
    '.SH COMMANDS',
    ...[...commandHelp].flatMap(([name, text]) => section(name, readUsage(text))),
    '.SH SEE ALSO',
    '.BR virsh (1)',
  ].join('\n')}\n`;
}

function section(name, [usage, ...rest]) {
  return [`.SS ${name}`, `.B ${escaped(usage.text.replace(/^usage: /, ''))}`, ...rest.flatMap(paragraph)];
}

function paragraph({ text, rows, examples }) {
  if (examples.length > 0) {
    const heading = examples.length === 1 ? 'Example:' : 'Examples:';
    return ['.PP', heading, '.PP', '.nf', '.RS', ...examples.map(escaped), '.RE', '.fi'];
  }
  const least = Math.min(...rows.map(({ indentation }) => indentation));
  const terms = rows.flatMap((row) => {
    const lines = ['.TP', `.B ${escaped(row.term)}`, escaped(row.text)];
    return row.indentation === least ? lines : ['.RS', ...lines, '.RE'];
  });
  return [...(text === '' ? [] : ['.PP', escaped(text)]), ...terms];
}

/** Text as it is to be read: nothing in it is a request of roff, and hyphens and quotes are those that one types. */
function escaped(text) {
  const plain = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll("'", '\\(aq')
    .replaceAll('…', '...');
  return plain.startsWith('.') ? `\\&${plain}` : plain;
}

module.exports = { manPage };

if (require.main === module) {
  const modules = require('../dist/parts/cli.js');
  const folder = join(__dirname, '..', 'man');
  mkdirSync(folder, { recursive: true });
  const page = manPage(modules['cli/usage'], modules['cli/usage-table'].readUsage);
  writeFileSync(join(folder, 'virdeliver.1'), page);
}
