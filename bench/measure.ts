/** Runs the benchmarks that are named, and writes their results on stdout as JSON: `main.ts` starts it as a process. */
import { benchmarks } from './benchmarks';
import { fullEffort, quickEffort, type Result } from './harness';

async function measure(effort: string | undefined, ids: readonly string[]): Promise<void> {
  const results: Result[] = [];
  for (const id of ids) {
    const benchmark = benchmarks.find((candidate) => candidate.id === id);
    if (benchmark === undefined) {
      throw new Error(`there is no benchmark '${id}'`);
    }
    const measured = await benchmark.measure(effort === 'quick' ? quickEffort : fullEffort);
    results.push({ id, title: benchmark.title, ...measured });
  }
  process.stdout.write(JSON.stringify(results));
}

const [effort, ...ids] = process.argv.slice(2);
void measure(effort, ids);
