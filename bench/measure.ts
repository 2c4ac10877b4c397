/** Runs the one benchmark that is named, and writes its result on stdout as JSON: `main.ts` starts it as a process. */
import { benchmarks } from './benchmarks';
import { fullEffort, quickEffort, type Result } from './harness';

const [id, effort] = process.argv.slice(2);
const benchmark = benchmarks.find((candidate) => candidate.id === id);
if (benchmark === undefined) {
  throw new Error(`there is no benchmark '${id}'`);
}
const measured = benchmark.measure(effort === 'quick' ? quickEffort : fullEffort);
const result: Result = { id: benchmark.id, title: benchmark.title, ...measured };
process.stdout.write(JSON.stringify(result));
