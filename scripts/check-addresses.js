/** Refuses to publish, as npm's `prepublishOnly`, while package.json doesn't say where the project is at home. */
const { readFileSync } = require('node:fs');

const description = JSON.parse(readFileSync('package.json', 'utf8'));
const missing = ['repository', 'bugs', 'homepage'].filter((field) => !description[field]);

if (missing.length > 0) {
  process.stderr.write(
    `Not published: package.json lacks ${missing.map((field) => `"${field}"`).join(', ')}.\n` +
      'Fill in the addresses of the repository, of its issues and of the documents, as CONTRIBUTING.md says.\n',
  );
  process.exitCode = 1;
}
