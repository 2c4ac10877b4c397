/**
 * Compiles lib/ into dist/; with `--when-stale` only if dist/ is missing or older than its sources.
 *
 * The new dist/ takes the old one's place only when it is complete, and nothing of deleted sources stays behind in it.
 */
const { spawnSync } = require('node:child_process');
const { chmodSync, existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const dist = join(root, 'dist');
const project = join(root, 'tsconfig.build.json');
const command = join('cli', 'main.js');

/** The time of a folder changes when a file in it is deleted, so folders count as well. */
function newestTime(path) {
  const entries = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }) : [];
  return Math.max(...['', ...entries].map((entry) => statSync(join(path, entry)).mtimeMs));
}

function isStale() {
  const scripts = ['bundle', 'declarations', 'parts'].map((name) => `scripts/${name}.js`);
  const sources = ['lib', 'package.json', 'tsconfig.json', 'tsconfig.build.json', ...scripts].map((name) =>
    join(root, name),
  );
  return !existsSync(dist) || Math.max(...sources.map(newestTime)) > statSync(dist).mtimeMs;
}

function replaceDist(fresh) {
  rmSync(dist, { recursive: true, force: true });
  try {
    renameSync(fresh, dist);
  } catch (error) {
    // A build that ran at the same time was first; what it put there is as good.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') {
      throw error;
    }
  }
}

async function build() {
  const start = new Date();
  const fresh = join(root, `dist.${process.pid}`);
  const declarations = `${fresh}.declarations`;
  try {
    const compiler = require.resolve('typescript/bin/tsc', { paths: [root] });
    const options = ['-p', project, '--outDir', declarations];
    const { status } = spawnSync(process.execPath, [compiler, ...options], { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) {
      return false;
    }
    // Loaded here, since most runs find that there is nothing to do.
    require('./bundle').bundle(project, fresh);
    await require('./declarations').rollUpDeclarations(declarations, fresh);
    chmodSync(join(fresh, command), 0o755);
    utimesSync(fresh, start, start); // What changes while the compiler runs is newer than this build.
    replaceDist(fresh);
    return true;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(declarations, { recursive: true, force: true });
  }
}

async function main() {
  if (!process.argv.includes('--when-stale') || isStale()) {
    process.stderr.write('Building dist/ …\n');
    process.exitCode = (await build()) ? 0 : 1;
  }
}

main();
