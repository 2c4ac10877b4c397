/** The figures as they stand in the documents. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatFigure, formatRatio, formatWhole } from './format';
import { type Grid, toGrid } from './grid';
import type { Result } from './harness';
import { plotGrowth, plotManyFilters } from './plots';
import { formatMachine, type Report } from './report';

/** Between these the page is written by the benchmarks; the rest of it by people. */
const START = '<!-- figures: written by npm run bench -- --docs -->';
const END = '<!-- end of the figures -->';

/** Writes the figures into the page about performance, and the plots beside it. */
export function writeDocuments(report: Report, folder: string): void {
  const page = join(folder, 'performance.md');
  writeFileSync(page, withFigures(readFileSync(page, 'utf8'), report));
  writeFileSync(join(folder, 'filters.svg'), plotManyFilters(report.results));
  writeFileSync(join(folder, 'growth.svg'), plotGrowth(report.results));
}

/** The page with other figures. */
export function withFigures(page: string, report: Report): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start === -1 || end < start) {
    throw new Error(`the page has no place for figures between '${START}' and '${END}'`);
  }
  return `${page.slice(0, start)}${START}\n\n${figuresOf(report)}\n\n${page.slice(end)}`;
}

function figuresOf(report: Report): string {
  const results = report.results.map((result) => ({ result, grid: toGrid(result) }));
  const lists = results.flatMap(({ result, grid }) => (grid === undefined ? listRows(result) : []));
  const grids = results.flatMap(({ result, grid }) => (grid === undefined ? [] : [gridTable(result, grid)]));
  return [
    `${formatMachine(report)}:`,
    table(['', 'goal', ''], ['', '', ''], report.results.flatMap(goalRows)),
    table(['', 'per operation', 'ratio'], ['', ':', ':'], lists),
    ...grids,
  ].join('\n\n');
}

function goalRows({ id, goals }: Result): string[][] {
  return goals.map(({ text, met }) => [`\`${id}\``, text, met ? 'met' : '**not met**']);
}

function listRows(result: Result): string[][] {
  return result.figures.map((figure, index) => [
    index === 0 ? `**\`${result.id}\`**: ${figure.name}` : figure.name,
    formatFigure(figure, result),
    index === 0 ? '' : formatRatio(figure),
  ]);
}

function gridTable(result: Result, { filters, rows }: Grid): string {
  const cells = rows.map(({ name, figures }) => [
    name,
    ...figures.map((figure) => (figure === undefined ? '—' : formatFigure(figure, result))),
  ]);
  const head = [`**\`${result.id}\`**: filters`, ...filters.map(formatWhole)];
  return `${result.title}:\n\n${table(head, ['', ...filters.map(() => ':')], cells)}`;
}

/** A table in Markdown; a colon puts a column to the right. */
function table(head: readonly string[], sides: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${sides.map((side) => `---${side}`).join('|')}|`, ...rows.map(line)].join('\n');
}
