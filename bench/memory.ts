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

/** The bytes that each of so many things takes in an array, its place there included. */
export function bytesInArray<T>(count: number, make: (number: number) => T): number {
  const items: T[] = [];
  const bytes = bytesEach(
    count,
    (number) => items.push(make(number)),
    () => items.length,
  );
  // Otherwise they may still be there when others are measured, and go meanwhile.
  items.length = 0;
  return bytes;
}

/** How many bytes are used, garbage not counted. */
function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
