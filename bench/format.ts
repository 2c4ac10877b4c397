import type { Figure, Result } from './harness';

/** A figure as a person reads it. */
export function formatFigure({ value }: Figure, { unit }: Result): string {
  return unit === 'ns' ? formatTime(value) : formatCount(value, 'bytes');
}

export function formatTime(nanoseconds: number): string {
  const [divisor, unit] =
    nanoseconds < 1e3 ? [1, 'ns'] : nanoseconds < 1e6 ? [1e3, 'µs'] : nanoseconds < 1e9 ? [1e6, 'ms'] : [1e9, 's'];
  return `${formatNumber(nanoseconds / divisor)} ${unit}`;
}

/** How many operations fit into a second, or how much XML. */
export function formatRate({ value }: Figure, { unit, bytes }: Result): string {
  if (unit !== 'ns') {
    return '';
  }
  const perSecond = 1e9 / value;
  return bytes === undefined ? formatCount(perSecond, '/s') : `${formatNumber((perSecond * bytes) / 1e6)} MB/s`;
}

export function formatRatio({ ratio }: Figure): string {
  return `${formatNumber(ratio)} ×`;
}

/** A whole number, its thousands apart. */
export function formatWhole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function formatCount(value: number, unit: string): string {
  return `${value < 100 ? formatNumber(value) : formatWhole(value)} ${unit}`;
}

/** Three digits are as much as a measurement is good for. */
function formatNumber(value: number): string {
  return value >= 100 ? formatWhole(value) : value.toPrecision(3);
}
