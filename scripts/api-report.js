/**
 * Writes down the public face, `spec/package/api-report.md`: the declarations of the package without their comments, so that a diff
 * shows each change of a name, an option or a type. It is made from dist/.
 */
const { readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const ts = require('typescript');

const root = join(__dirname, '..');
const file = join(root, 'spec', 'package', 'api-report.md');

const HEAD = `# The public face

The declarations of the package, without their comments. \`npm run api-report\` writes this file anew, and a test holds it to what is built: each change
of a name, an option or a type shows in its diff, and belongs into the [changelog](../../CHANGELOG.md).
`;

function makeReport() {
  const dist = join(root, 'dist');
  const printer = ts.createPrinter({ removeComments: true });
  const sections = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.d\.m?ts$/.test(name))
    .sort()
    .map((name) => {
      const source = ts.createSourceFile(name, readFileSync(join(dist, name), 'utf8'), ts.ScriptTarget.Latest);
      return `\n## ${name}\n\n\`\`\`ts\n${printer.printFile(source).trim()}\n\`\`\`\n`;
    });
  return HEAD + sections.join('');
}

module.exports = { file, makeReport };

if (require.main === module) {
  writeFileSync(file, makeReport());
}
