/** Draws times over numbers of things, both logarithmic, as SVG. */
import { formatTime, formatWhole } from './format';

const WIDTH = 840;
const HEIGHT = 500;
/** What the lines are drawn in; to the right of it they have their names. */
const AREA = { left: 86, right: 590, top: 82, bottom: 404 };
const LINE_OF_TEXT = 20;

/** For a light page, and for a dark one. */
const COLOURS = [
  ['#0b5cc4', '#6cb2ff'],
  ['#a3480c', '#f0a060'],
  ['#7a3fb0', '#c9a2f2'],
  ['#2b6e34', '#7fc98a'],
  ['#a8275b', '#f48fb1'],
] as const;

const THEMES = [
  { background: '#ffffff', text: '#24292f', faint: '#d8dee4' },
  { background: '#161b22', text: '#e6edf3', faint: '#3a424c' },
] as const;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line through what was measured. */
export interface Series {
  readonly name: string;
  /** Whether it stands out from the others. */
  readonly isStrong?: boolean;
  readonly measured: readonly { readonly count: number; readonly nanoseconds: number }[];
}

export interface Plot {
  /** What it shows, for those who don't see it. */
  readonly title: string;
  readonly heading: string;
  readonly subheading: string;
  /** What is counted. */
  readonly across: string;
  readonly note: string;
  readonly series: readonly Series[];
}

interface Line {
  readonly name: string;
  readonly isStrong: boolean;
  readonly points: readonly Point[];
}

export function draw({ title, heading, subheading, across: counted, note, series }: Plot): string {
  const measured = series.flatMap((one) => one.measured);
  const counts = measured.map(({ count }) => count);
  const times = measured.map(({ nanoseconds }) => nanoseconds);
  const across = logarithmic(Math.min(...counts), Math.max(...counts), AREA.left, AREA.right);
  const up = logarithmic(powerBelow(Math.min(...times)), powerAbove(Math.max(...times)), AREA.bottom, AREA.top);
  const lines = series.map((one) => toLine(one, across.place, up.place));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">`,
    `<title id="title">${title}</title>`,
    `<style>${style(0)} @media (prefers-color-scheme: dark) { ${style(1)} }</style>`,
    `<rect class="background" width="${WIDTH}" height="${HEIGHT}" rx="8"/>`,
    text(AREA.left, 34, heading, 'class="heading"'),
    text(AREA.left, 58, subheading),
    ...up.powers.map((power) => horizontal(up.place(power), wholeTime(power))),
    ...across.powers.map((power) => vertical(across.place(power), formatWhole(power))),
    text((AREA.left + AREA.right) / 2, AREA.bottom + 48, counted, 'text-anchor="middle"'),
    text(AREA.left, HEIGHT - 16, note),
    ...drawLines(lines),
    '</svg>\n',
  ].join('\n');
}

interface Axis {
  readonly powers: readonly number[];
  place(value: number): number;
}

/** An axis from one power of ten to another. */
function logarithmic(low: number, high: number, from: number, to: number): Axis {
  const [start, end] = [Math.log10(low), Math.log10(high)];
  return {
    powers: Array.from({ length: Math.round(end - start) + 1 }, (_, step) => 10 ** Math.round(start + step)),
    place: (value) => from + ((Math.log10(value) - start) / (end - start)) * (to - from),
  };
}

function powerBelow(value: number): number {
  return 10 ** Math.floor(Math.log10(value));
}

function powerAbove(value: number): number {
  return 10 ** Math.ceil(Math.log10(value));
}

function toLine({ name, isStrong = false, measured }: Series, across: Axis['place'], up: Axis['place']): Line {
  const points = measured.map(({ count, nanoseconds }) => ({ x: across(count), y: up(nanoseconds) }));
  return { name, isStrong, points };
}

/** The lines with their names, the first above the others. */
function drawLines(lines: readonly Line[]): string[] {
  const heights = spread(lines.map(({ points }) => points.at(-1)!.y));
  return lines
    .map(({ name, isStrong, points }, index) => {
      const marks = points.map(({ x, y }) => `<circle cx="${round(x)}" cy="${round(y)}" r="4"/>`);
      const path = `<polyline points="${points.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ')}"/>`;
      const end = points.at(-1)!;
      const height = heights[index]!;
      const leader = `<path class="leader" d="M${round(end.x + 7)},${round(end.y)} L${AREA.right + 8},${round(height)}"/>`;
      const label = text(AREA.right + 12, height + 5, name);
      return `<g class="line c${index}${isStrong ? ' strong' : ''}">${path}${marks.join('')}${leader}${label}</g>`;
    })
    .reverse();
}

/** Moves heights apart as far as lines of text need, in their order. */
function spread(heights: readonly number[]): number[] {
  const moved = [...heights];
  const fromTop = heights.map((_, index) => index).sort((one, other) => heights[one]! - heights[other]!);
  fromTop.forEach((index, rank) => {
    const above = rank === 0 ? Number.NEGATIVE_INFINITY : moved[fromTop[rank - 1]!]!;
    moved[index] = Math.max(heights[index]!, above + LINE_OF_TEXT);
  });
  return moved;
}

function style(theme: 0 | 1): string {
  const { background, text: ink, faint } = THEMES[theme];
  return [
    `.background { fill: ${background}; stroke: ${faint} }`,
    `text { font: 14px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: ${ink} }`,
    '.heading { font-size: 17px; font-weight: 600 }',
    `.ruler { stroke: ${faint}; fill: none }`,
    '.line polyline { fill: none; stroke-width: 2 } .strong polyline { stroke-width: 4 } .strong text { font-weight: 600 }',
    '.leader { fill: none; stroke-width: 1; stroke-dasharray: 2 3 }',
    ...COLOURS.map(
      (pair, index) =>
        `.c${index} polyline, .c${index} path { stroke: ${pair[theme]} } .c${index} circle, .c${index} text { fill: ${pair[theme]} }`,
    ),
  ].join(' ');
}

/** A time that is a whole number of its unit. */
export function wholeTime(nanoseconds: number): string {
  return formatTime(nanoseconds).replace(/\.0+ /, ' ');
}

function horizontal(y: number, label: string): string {
  const ruler = `<path class="ruler" d="M${AREA.left},${round(y)} H${AREA.right}"/>`;
  return ruler + text(AREA.left - 10, y + 5, label, 'text-anchor="end"');
}

function vertical(x: number, label: string): string {
  const ruler = `<path class="ruler" d="M${round(x)},${AREA.top} V${AREA.bottom}"/>`;
  return ruler + text(x, AREA.bottom + 24, label, 'text-anchor="middle"');
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${content}</text>`.replace(' >', '>');
}

function round(place: number): number {
  return Math.round(place * 10) / 10;
}
