/**
 * Compares the filters with other implementations of XPath 1.0 on any number of random cases, with any seed:
 *
 *     npm run conformance -- --cases 1000000 --seed 7
 *
 * Without `--seed` it takes another one each time, and says which. libxml2 and Python must be installed (Debian's
 * package python3-lxml brings both).
 */
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { parseArgs } = require('node:util');

const { values } = parseArgs({ options: { cases: { type: 'string' }, seed: { type: 'string' } } });
const { cases = '100000', seed = String(Date.now() % 2 ** 31) } = values;
for (const [option, value] of Object.entries({ cases, seed })) {
  if (!/^[1-9]\d{0,9}$/.test(value)) {
    process.stderr.write(`--${option} must be a whole number from 1 on, but is '${value}'\n`);
    process.exit(2);
  }
}

const { status } = spawnSync(process.execPath, [require.resolve('jest/bin/jest'), 'spec/filter/conformance'], {
  cwd: join(__dirname, '..'),
  env: {
    ...process.env,
    VIRDELIVER_LIVE: '1',
    VIRDELIVER_CONFORMANCE_CASES: cases,
    VIRDELIVER_CONFORMANCE_SEED: seed,
  },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
