/** Runs the benchmarks that are named, and writes their results on stdout as JSON: `main.ts` starts it as a process. */
import { benchmarks } from './benchmarks';
import { fullEffort, longEffort, quickEffort, type Result } from './harness';

const efforts = { quick: quickEffort, full: fullEffort, long: longEffort } as const;

async function measure(effort: keyof typeof efforts, ids: readonly string[]): Promise<void> {
  const results: Result[] = [];
  for (const id of ids) {
    const benchmark = benchmarks.find((candidate) => candidate.id === id);
    if (benchmark === undefined) {
      throw new Error(`there is no benchmark '${id}'`);
    }
    const measured = await benchmark.measure(efforts[effort]);
    results.push({ id, title: benchmark.title, ...measured });
  }
  process.stdout.write(JSON.stringify(results));
}

const [effort, ...ids] = process.argv.slice(2);
void measure(effort as keyof typeof efforts, ids);
