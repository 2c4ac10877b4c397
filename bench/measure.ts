/** Runs the one benchmark that is named, and writes its result on stdout as JSON: `main.ts` starts it as a process. */
import { benchmarks } from './benchmarks';
import { fullEffort, quickEffort, type Result } from './harness';

const [id, effort] = process.argv.slice(2);
const benchmark = benchmarks.find((candidate) => candidate.id === id);
if (benchmark === undefined) {
  throw new Error(`there is no benchmark '${id}'`);
}
const { id: name, title } = benchmark;
void Promise.resolve(benchmark.measure(effort === 'quick' ? quickEffort : fullEffort)).then((measured) => {
  const result: Result = { id: name, title, ...measured };
  process.stdout.write(JSON.stringify(result));
});
