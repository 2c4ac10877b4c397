import { arch, availableParallelism, cpus, platform } from 'node:os';
import type { Figure, Result } from './harness';

/** What the JSON file holds. */
export interface Report {
  /** Whether it was a smoke run, whose figures mean nothing. */
  readonly quick: boolean;
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly results: readonly Result[];
}

/** Puts results together with what they were measured on. */
export function makeReport(results: readonly Result[], quick: boolean): Report {
  return {
    quick,
    node: process.version,
    system: `${platform()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    results,
  };
}

/** A line about what the figures were measured on. */
export function formatMachine({ node, system, processor, cores }: Report): string {
  return `Node ${node}, ${system}, ${processor}, ${cores} cores`;
}

/** A result as the lines of a table; what became of its goals only where that means something. */
export function formatResult(result: Result, withGoals: boolean): string {
  const rows = result.figures.map((figure) => [
    `  ${figure.name}`,
    result.unit === 'ns' ? formatTime(figure.value) : formatCount(figure.value, 'B'),
    figure.spread > 0 ? `± ${(figure.spread * 100).toFixed(0)} %` : '',
    formatRate(figure, result),
    `${formatNumber(figure.ratio)} ×`,
  ]);
  const head = ['', `per ${result.per}`, '', result.unit === 'ns' ? 'rate' : '', 'ratio'];
  const goals = (withGoals ? result.goals : []).map(({ text, met }) => `  ${met ? 'met' : 'NOT MET'}: ${text}`);
  return [result.title, ...alignColumns([head, ...rows]), ...goals].join('\n');
}

/** Pads the cells of a table: the first column to the left, the others to the right. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

function formatTime(nanoseconds: number): string {
  const [divisor, unit] =
    nanoseconds < 1e3 ? [1, 'ns'] : nanoseconds < 1e6 ? [1e3, 'µs'] : nanoseconds < 1e9 ? [1e6, 'ms'] : [1e9, 's'];
  return `${formatNumber(nanoseconds / divisor)} ${unit}`;
}

function formatRate(figure: Figure, { unit, bytes }: Result): string {
  if (unit !== 'ns') {
    return '';
  }
  const perSecond = 1e9 / figure.value;
  return bytes === undefined ? formatCount(perSecond, '/s') : `${formatNumber((perSecond * bytes) / 1e6)} MB/s`;
}

function formatCount(value: number, unit: string): string {
  return `${value < 100 ? formatNumber(value) : Math.round(value).toLocaleString('en')} ${unit}`;
}

/** Three digits are as much as a measurement is good for. */
function formatNumber(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
