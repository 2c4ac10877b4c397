/** Measures the library against its peers: `npm run bench`. `docs/performance.md` tells how to read what it prints. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchmarks, whyNotNats, whyNotRemote } from './benchmarks';
import { writeDocuments } from './documents';
import type { Result } from './harness';
import { formatMachine, formatResult, makeReport } from './report';

const USAGE = `Usage: npm run bench -- [--quick | --long] [--json PATH] [--docs] [NAME…]

A NAME chooses the benchmarks that begin with it; without one all are run.

  --quick      a smoke run: everything once and small, figures without meaning
  --long       with what is shortened otherwise as long as it is meant: a hub that is away for a minute
  --json PATH  where to write the results; default bench/results.json
  --docs       writes the figures of a whole run into docs/performance.md and its plots

${benchmarks.map(({ id }) => `  ${id}\n`).join('')}`;

/** Compiled, this file lies two folders deep. */
const root = join(__dirname, '..', '..');

/** Measures in a process of its own, where nothing else has warmed or worn the engine, nor filled the heap. */
function measure(ids: readonly string[], effort: 'quick' | 'full' | 'long'): Result[] {
  const args = [...process.execArgv, join(__dirname, 'measure.js'), effort, ...ids];
  const { status, signal, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) {
    throw new Error(`${ids.join(', ')} failed: ${signal ?? `status ${status}`}`);
  }
  return JSON.parse(stdout) as Result[];
}

function main(): void {
  const { values, positionals } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      json: { type: 'string' },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  if (values.docs && (values.quick || positionals.length > 0)) {
    throw new Error(`--docs wants a whole run, without --quick and names\n\n${USAGE}`);
  }
  const chosen = benchmarks.filter(
    ({ id }) => positionals.length === 0 || positionals.some((name) => id.startsWith(name)),
  );
  if (chosen.length === 0) {
    throw new Error(`no benchmark begins with ${positionals.join(', ')}\n\n${USAGE}`);
  }
  const effort = values.quick ? 'quick' : values.long ? 'long' : 'full';
  const ids = chosen.map(({ id }) => id);
  // If figures mean nothing, one process does for all.
  const processes = values.quick ? [ids] : ids.map((id) => [id]);
  const results: Result[] = [];
  for (const together of processes) {
    for (const result of measure(together, effort)) {
      console.log(`${formatResult(result, !values.quick)}\n`);
      results.push(result);
    }
  }
  if (whyNotRemote !== undefined) {
    console.log(`remote: skipped, since ${whyNotRemote}\n`);
  }
  if (whyNotNats !== undefined) {
    console.log(`nats: skipped, since ${whyNotNats}\n`);
  }
  const report = makeReport(results, values.quick);
  const path = values.json ?? join(root, 'bench', 'results.json');
  writeFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
  if (values.docs) {
    writeDocuments(report, join(root, 'docs'));
  }
  const minutes = (performance.now() / 60_000).toFixed(1);
  const caveat = values.quick ? '; a smoke run, whose figures mean nothing' : '';
  console.log(`${formatMachine(report)}; ${minutes} minutes${caveat}`);
}

main();
