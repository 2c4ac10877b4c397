import { arch, availableParallelism, cpus, platform } from 'node:os';
import { formatFigure, formatRate, formatRatio, formatWhole } from './format';
import { type Grid, toGrid } from './grid';
import type { Result } from './harness';

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

/** A result as the lines of a table; what became of its goals only if that means something. */
export function formatResult(result: Result, withGoals: boolean): string {
  const grid = toGrid(result);
  const table = grid === undefined ? listFigures(result) : listGrid(grid, result);
  const goals = (withGoals ? result.goals : []).map(({ text, met }) => `  ${met ? 'met' : 'NOT MET'}: ${text}`);
  return [result.title, ...alignColumns(table), ...goals].join('\n');
}

function listFigures(result: Result): string[][] {
  const rows = result.figures.map((figure) => [
    `  ${figure.name}`,
    formatFigure(figure, result),
    figure.spread > 0 ? `± ${(figure.spread * 100).toFixed(0)} %` : '',
    formatRate(figure, result),
    formatRatio(figure),
  ]);
  return [['', `per ${result.per}`, '', result.unit === 'ns' ? 'rate' : '', 'ratio'], ...rows];
}

function listGrid({ filters, rows }: Grid, result: Result): string[][] {
  return [
    ['', ...filters.map(formatWhole)],
    ...rows.map(({ name, figures }) => [
      `  ${name}`,
      ...figures.map((figure) => (figure === undefined ? '—' : formatFigure(figure, result))),
    ]),
  ];
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
