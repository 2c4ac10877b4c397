import { isThorough } from './often';

/** The least CPU time, in milliseconds, that a piece of work takes in several runs; in the first ones only, if that is little enough. */
function leastTime(work: () => void, runs: number, enough = 0): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs && least >= enough; run += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** The least of few runs may be too much, and then hides growth; so in CI it is of more. */
const SMALL_RUNS = isThorough ? 5 : 2;

/**
 * How many times as long a piece of work takes when it is four times as large: about 4 if time grows linearly, 16 if
 * it grows by the square.
 *
 * Least times of several runs are compared, of CPU time; if the comparison seems to fail, it is made again.
 *
 * @param work Does the work, for a size. At the size given it should take some milliseconds.
 */
export function growthAtFourTimes(work: (size: number) => void, size: number): number {
  let growth = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 4 && growth > MOST_LINEAR; attempt += 1) {
    work(size);
    const small = Math.max(
      leastTime(() => work(size), SMALL_RUNS),
      0.5,
    );
    const large = leastTime(() => work(4 * size), 3, MOST_LINEAR * small);
    growth = Math.min(growth, large / small);
  }
  return growth;
}

/** Between linear and quadratic growth. */
export const MOST_LINEAR = 9;
