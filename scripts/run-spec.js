/** Runs a spec that tries random cases as often, and from the seed, that the command line says. */
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { parseArgs } = require('node:util');

/**
 * Ends the process with the status of Jest; 2 if the command line is wrong.
 *
 * @param {string} spec
 * @param {Record<string, { variable: string, usual: number }>} numbers The options, with the variable that tells the spec.
 * @param {Record<string, string>} environment What else it is told.
 */
function runSpec(spec, numbers, environment = {}) {
  const options = Object.fromEntries(Object.keys(numbers).map((option) => [option, { type: 'string' }]));
  const { values } = parseArgs({ options });
  const env = { ...process.env, ...environment };
  for (const [option, { variable, usual }] of Object.entries(numbers)) {
    env[variable] = values[option] ?? String(usual);
    if (!/^[1-9]\d{0,9}$/.test(env[variable])) {
      process.stderr.write(`--${option} must be a whole number from 1 on, but is '${env[variable]}'\n`);
      process.exit(2);
    }
  }
  const { status } = spawnSync(process.execPath, [require.resolve('jest/bin/jest'), spec], {
    cwd: join(__dirname, '..'),
    env,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}

module.exports = { runSpec };
