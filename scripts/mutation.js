/**
 * Changes the code in many small ways, one at a time, and says which changes no test notices:
 *
 *     npm run mutation -- lib/delivery/queue/queue.ts:20-60 lib/filter/router --least 90
 *
 * The tests are those in the folder of `spec/` that mirrors the folder of the code, and below it, or else those in the
 * folders and files that `--specs` names. A change that a test notices, or that makes the tests hang, is caught; the score is the share
 * of the caught. The exit status is 1 below `--least` (in per cent), 2 on wrong usage.
 *
 * The work happens in a copy in the system's temporary folder. Tests there see the changed `lib/`, but the `dist/` of
 * before: what only the built command goes through counts as unnoticed.
 */
const { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join, relative, sep } = require('node:path');
const { parseArgs } = require('node:util');

const root = join(__dirname, '..');

/** How much of the code on either side of a change is shown, in characters. */
const LONGEST_EXCERPT = 100;

/** Unlike a test that fails at once, a loop without an end is waited for: this long beyond what the tests take without a change. */
const PATIENCE_MS = 5000;

function usageError(message) {
  process.stderr.write(
    `${message}\nusage: npm run mutation -- PATH[:FIRST-LAST]… [--specs PATH]… [--longest MS] [--least PERCENT] [--concurrency N]\n`,
  );
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        specs: { type: 'string', multiple: true, default: [] },
        longest: { type: 'string', default: String(Number.MAX_SAFE_INTEGER) },
        least: { type: 'string', default: '0' },
        concurrency: { type: 'string', default: '1' },
      },
    });
  } catch (error) {
    return usageError(error.message);
  }
}

/** A path below the project's folder, as it is written there. */
function projectPath(path, folder) {
  const inside = relative(root, join(process.cwd(), path)).split(sep).join('/');
  if (!existsSync(join(root, inside)) || !`${inside}/`.startsWith(`${folder}/`)) {
    usageError(`'${path}' is not in ${folder}/`);
  }
  return inside;
}

function isFolder(path) {
  return statSync(join(root, path)).isDirectory();
}

/** The spec files that are meant by a file or a folder of `spec/`. */
function specsIn(path, recursive = true) {
  if (!isFolder(path)) {
    return [path];
  }
  const names = readdirSync(join(root, path), { recursive }).map((name) => `${path}/${name.split(sep).join('/')}`);
  return names.filter((name) => name.endsWith('.spec.ts'));
}

/** The specs of a folder or a file of `lib/`: those in the mirroring folder, or in the nearest there is above. */
function specsOf(path) {
  let folder = (isFolder(path) ? path : dirname(path)).replace(/^lib/, 'spec');
  while (!existsSync(join(root, folder))) {
    folder = dirname(folder);
  }
  // For the files right in lib/ that would be all the specs there are.
  return specsIn(folder, folder !== 'spec');
}

function oneLine(code) {
  const line = code.replace(/\s+/g, ' ');
  return line.length > LONGEST_EXCERPT ? `${line.slice(0, LONGEST_EXCERPT)}…` : line;
}

/** The code that a mutant replaces; its places count from 1. */
function originalOf({ fileName, location: { start, end } }) {
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1);
  lines[0] = lines[0].slice(start.column - 1);
  return lines.join('\n');
}

const FINDINGS = { Survived: 'no test notices', NoCoverage: 'is run by no test', Timeout: 'makes a test hang' };

function describe(mutant) {
  const { fileName, location, mutatorName, replacement } = mutant;
  const place = `${relative(root, fileName)}:${location.start.line}:${location.start.column}`;
  return `${place}  ${mutatorName}: ${FINDINGS[mutant.status]}\n  - ${oneLine(originalOf(mutant))}\n  + ${oneLine(replacement)}\n`;
}

function inOrder(a, b) {
  const files = a.fileName < b.fileName ? -1 : Number(a.fileName > b.fileName);
  return files || a.location.start.line - b.location.start.line || a.location.start.column - b.location.start.column;
}

function percentage(caught, total) {
  return total === 0 ? 100 : (100 * caught) / total;
}

/** The mutants with one of some statuses. */
function having(mutants, ...statuses) {
  return mutants.filter(({ status }) => statuses.includes(status));
}

function scoreOf(mutants) {
  const caught = having(mutants, 'Killed', 'Timeout').length;
  const total = caught + having(mutants, 'Survived', 'NoCoverage').length;
  const score = percentage(caught, total);
  return { score, text: `${score.toFixed(1)} %: ${caught} of ${total}` };
}

/**
 * Prints what makes a test hang and what was missed, the score of each file if there are several, and that of all; returns
 * the last in per cent.
 */
function report(mutants) {
  const hanging = having(mutants, 'Timeout');
  const missed = having(mutants, 'Survived', 'NoCoverage');
  for (const mutant of [...hanging.sort(inOrder), ...missed.sort(inOrder)]) {
    process.stdout.write(`${describe(mutant)}\n`);
  }
  const files = [...new Set(mutants.map(({ fileName }) => fileName))].sort();
  if (files.length > 1) {
    const scores = files.map((file) => {
      const { text } = scoreOf(mutants.filter(({ fileName }) => fileName === file));
      return `${relative(root, file)}  ${text}\n`;
    });
    process.stdout.write(`${scores.join('')}\n`);
  }
  const { score, text } = scoreOf(mutants);
  const count = (status) => having(mutants, status).length;
  process.stdout.write(
    `${text} changes caught (${hanging.length} of them by a test that hangs), ${missed.length} missed ` +
      `(${count('NoCoverage')} of them in code that no test runs), ${count('Ignored')} left out by a comment\n`,
  );
  return score;
}

async function main() {
  const { values, positionals } = readArguments();
  const least = Number(values.least);
  const longestTestMs = Number(values.longest);
  const concurrency = Number(values.concurrency);
  if (!(least >= 0 && least <= 100)) {
    usageError(`--least must be a percentage, but is '${values.least}'`);
  }
  if (!(longestTestMs > 0)) {
    usageError(`--longest must be a number of milliseconds, but is '${values.longest}'`);
  }
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    usageError(`--concurrency must be a whole number from 1 on, but is '${values.concurrency}'`);
  }
  if (positionals.length === 0) {
    usageError('No path of the code to change is given');
  }
  const paths = positionals.map((argument) => {
    const [, path, lines = ''] = /^(.*?)(:\d+-\d+)?$/.exec(argument);
    return { path: projectPath(path, 'lib'), lines };
  });
  const specs =
    values.specs.length > 0
      ? values.specs.flatMap((path) => specsIn(projectPath(path, 'spec')))
      : paths.flatMap(({ path }) => specsOf(path));
  const scratch = mkdtempSync(join(tmpdir(), 'virdeliver-mutation-'));
  // The runners may still write when Stryker is interrupted.
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 10 }));
  process.chdir(root);
  // Node would end well if all that is left to wait for went away without an answer.
  process.exitCode = 1;
  const { Stryker } = await import('@stryker-mutator/core');
  const mutants = await new Stryker({
    mutate: paths.map(({ path, lines }) => (isFolder(path) ? `${path}/**/*.ts` : path + lines)),
    testRunner: 'jest-in-one-process',
    plugins: [join(__dirname, 'mutation-runner.mjs')],
    specs: [...new Set(specs)],
    longestTestMs,
    coverageAnalysis: 'perTest',
    // The types are checked by nobody here, so that code of a changed type needs no comment against it.
    disableTypeChecks: false,
    ignorePatterns: ['/docs/site', '/bench', '/coverage', '*.tgz', '/dist-*', '/dist.*'],
    tempDirName: scratch,
    cleanTempDir: 'always',
    concurrency,
    timeoutMS: PATIENCE_MS,
    reporters: ['progress-append-only'],
    logLevel: 'warn',
    warnings: { slow: false, unknownOptions: false },
    allowConsoleColors: false,
    allowEmpty: true,
  }).runMutationTest();
  process.exitCode = report(mutants) < least ? 1 : 0;
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
