import { collectGarbage } from './harness';

/** The bytes that each of so many things takes which a function keeps; whoever called it releases them. */
export function bytesEach(count: number, keep: (number: number) => void, kept: () => number): number {
  const before = usedBytes();
  for (let number = 0; number < count; number += 1) {
    keep(number);
  }
  const bytes = usedBytes() - before;
  if (kept() !== count) {
    throw new Error(`${kept()} of ${count} were kept`);
  }
  return bytes / count;
}

/** How many bytes are used, garbage not counted. */
function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
