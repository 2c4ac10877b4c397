/** One way of doing the work that a comparison is about. */
export interface Contestant {
  readonly name: string;
  /**
   * Does the work so many times; only this is timed.
   *
   * @returns How many of the times the outcome was the expected one, which must be all of them.
   */
  run(operations: number): number;
  /** How long the last run took, in nanoseconds, if it measures that itself since it works in another process. */
  elapsed?(): number;
  /** Gives back what the garbage collector would not take. */
  release?(): void;
}

/** What was measured of one contestant. */
export interface Figure {
  readonly name: string;
  /** The median over the rounds, in the unit of the result. */
  readonly value: number;
  /** Half the distance between the quartiles, as a fraction of the median; 0 if there was one round. */
  readonly spread: number;
  /**
   * The median, over the rounds, of its value divided by the first contestant's in the same round; in a table over the
   * number of filters, the value divided by the first one.
   */
  readonly ratio: number;
  /** How many filters there were, in a table over their number. */
  readonly filters?: number;
}

/** What a result is held against. */
export interface Goal {
  readonly text: string;
  /** Without this contestant there is no goal: not every machine has it, or not every run. */
  readonly needs?: string;
  isMet(figure: (name: string) => Figure): boolean;
}

/** What came of one benchmark; plain data, fit for JSON. */
export interface Result {
  readonly id: string;
  readonly title: string;
  readonly unit: 'ns' | 'bytes';
  /** What one figure is for, such as `event`. */
  readonly per: string;
  /** How many bytes of XML one operation reads, if a rate in bytes tells more than one in operations. */
  readonly bytes: number | undefined;
  readonly figures: readonly Figure[];
  readonly goals: readonly { readonly text: string; readonly met: boolean }[];
}

/** How much time is spent on a measurement. */
export interface Effort {
  /** How many times each contestant is measured. */
  readonly rounds: number;
  /** About how long one measurement lasts, in milliseconds; 0 does the work once, without warming up. */
  readonly batchMs: number;
  /** What large numbers of things are multiplied by. */
  readonly scale: number;
  /** For how long a hub is away, in milliseconds. */
  readonly outageMs: number;
}

export const fullEffort: Effort = { rounds: 11, batchMs: 50, scale: 1, outageMs: 5000 };
/** With what is shortened otherwise as long as it is meant. */
export const longEffort: Effort = { ...fullEffort, outageMs: 60_000 };
/** Enough to see that everything runs; the figures mean nothing. */
export const quickEffort: Effort = { rounds: 1, batchMs: 0, scale: 1 / 1000, outageMs: 100 };

/** A large number of things, made smaller if the effort is. */
export function scaled({ scale }: Effort, count: number): number {
  return Math.ceil(count * scale);
}

/** A result without the names of what was measured. */
type Measured = Pick<Result, 'unit' | 'per' | 'bytes' | 'figures' | 'goals'>;

/** Something that is measured, in a process of its own. */
export interface Benchmark {
  /** Names it on the command line: the subject, a slash, and what of it. */
  readonly id: string;
  readonly title: string;
  measure(effort: Effort): Measured | Promise<Measured>;
}

/** A benchmark that times several ways of doing the same work. */
export interface Comparison {
  readonly id: string;
  readonly title: string;
  readonly per: string;
  /** How many bytes of XML one operation reads. */
  bytes?(): number;
  /** How many rounds are enough, if one of the contestants is slow. */
  readonly mostRounds?: number;
  /** Makes the contestants with all that they need; the library comes first. */
  contestants(effort: Effort): readonly Contestant[] | Promise<readonly Contestant[]>;
  readonly goals?: readonly Goal[];
}

/** Makes a benchmark of a comparison. */
export function compare(comparison: Comparison): Benchmark {
  const { id, title, per, mostRounds = Number.POSITIVE_INFINITY, goals = [] } = comparison;
  return {
    id,
    title,
    async measure(effort) {
      const contestants = await comparison.contestants(effort);
      const figures = takeTurns(contestants, { ...effort, rounds: Math.min(effort.rounds, mostRounds) });
      return { unit: 'ns', per, bytes: comparison.bytes?.(), figures, goals: judge(goals, figures) };
    },
  };
}

/**
 * Times contestants, and releases them.
 *
 * They take turns, a batch each a round, so that a machine that becomes slower or faster meanwhile changes the figures
 * and hardly their ratios.
 */
export function takeTurns(contestants: readonly Contestant[], effort: Pick<Effort, 'rounds' | 'batchMs'>): Figure[] {
  const operations = contestants.map((contestant) => calibrate(contestant, effort.batchMs));
  const rounds = Array.from({ length: effort.rounds }, () =>
    contestants.map((contestant, index) => {
      sweepYoung();
      return time(contestant, operations[index]!) / operations[index]!;
    }),
  );
  for (const contestant of contestants) {
    contestant.release?.();
  }
  return toFigures(
    contestants.map(({ name }) => name),
    rounds,
  );
}

/** Sums up rounds, each of which holds one value for each name. */
export function toFigures(names: readonly string[], rounds: readonly (readonly number[])[]): Figure[] {
  return names.map((name, index) => {
    const values = rounds.map((round) => round[index]!).sort(byValue);
    const value = quantile(values, 0.5);
    return {
      name,
      value,
      spread: (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / value,
      ratio: quantile(rounds.map((round) => round[index]! / round[0]!).sort(byValue), 0.5),
    };
  });
}

/** The value that so much of the values is below, as a fraction of them. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort(byValue);
  return sorted[Math.min(Math.floor(sorted.length * fraction), sorted.length - 1)]!;
}

/** Holds figures against goals. */
export function judge(goals: readonly Goal[], figures: readonly Figure[]): Result['goals'] {
  const find = (name: string): Figure => {
    const found = figures.find((figure) => figure.name === name);
    if (found === undefined) {
      throw new Error(`no contestant is called '${name}'`);
    }
    return found;
  };
  return goals
    .filter(({ needs }) => needs === undefined || figures.some(({ name }) => name === needs))
    .map((goal) => ({ text: goal.text, met: goal.isMet(find) }));
}

/** Collects all garbage, as often as it takes until what finalizers held is gone too. */
export function collectGarbage(): void {
  collector()();
  collector()();
}

/**
 * Leaves as little as possible of one batch for the next to clean up.
 *
 * Not by a full collection: after a few of those V8 throws away the code of functions that did not run in between.
 */
function sweepYoung(): void {
  collector()({ type: 'minor' });
}

function collector(): NodeJS.GCFunction {
  if (globalThis.gc === undefined) {
    throw new Error('the benchmarks need node --expose-gc');
  }
  return globalThis.gc;
}

/** How often a contestant does its work in a batch; on the way there it is warmed up. */
function calibrate(contestant: Contestant, batchMs: number): number {
  if (batchMs === 0) {
    return 1;
  }
  const wanted = batchMs * 1e6;
  let operations = 1;
  let elapsed = time(contestant, operations);
  while (elapsed < wanted) {
    operations *= 2;
    elapsed = time(contestant, operations);
  }
  // What takes so long is warm already, and would take long to measure again.
  if (elapsed > 10 * wanted) {
    return operations;
  }
  // By now the code is compiled, so that the same takes less time than it did.
  const warm = time(contestant, operations);
  return Math.max(1, Math.ceil((operations * wanted) / warm));
}

/** The time of one batch in nanoseconds. */
function time(contestant: Contestant, operations: number): number {
  const start = process.hrtime.bigint();
  const successes = contestant.run(operations);
  const elapsed = contestant.elapsed?.() ?? Number(process.hrtime.bigint() - start);
  if (successes !== operations) {
    throw new Error(`${contestant.name}: ${successes} of ${operations} came out as expected`);
  }
  return elapsed;
}

function byValue(one: number, other: number): number {
  return one - other;
}

/** A quantile of sorted values, interpolated. */
function quantile(sorted: readonly number[], fraction: number): number {
  const place = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}
