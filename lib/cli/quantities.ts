import { durationIn } from '../time-stamps';
import { UsageError } from './command-line';

const SIZES: { readonly [unit: string]: number } = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/**
 * Reads a size in bytes: `500M`, `1.5G`.
 *
 * @throws {UsageError} if it is none.
 */
export function readSize(option: string, text: string | undefined): number | undefined {
  return readQuantity(option, text, sizeIn, 'a size, such as 500M or 1G');
}

/**
 * Reads a time in milliseconds: `90s`, `10m`, `30d`.
 *
 * @throws {UsageError} if it is none.
 */
export function readDuration(option: string, text: string | undefined): number | undefined {
  return readQuantity(option, text, durationIn, 'a time, such as 90s, 10m, 12h or 30d');
}

/**
 * Reads a share from 0 to 1: `5%`.
 *
 * @throws {UsageError} if it is none.
 */
export function readShare(option: string, text: string | undefined): number | undefined {
  return readQuantity(option, text, shareIn, 'a share, such as 5%');
}

function sizeIn(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)$/i.exec(text) ?? [];
  return number === undefined ? undefined : Math.round(Number(number) * (SIZES[unit.toUpperCase()] as number));
}

function shareIn(text: string): number | undefined {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  return percent === undefined || Number(percent) > 100 ? undefined : Number(percent) / 100;
}

function readQuantity(
  option: string,
  text: string | undefined,
  read: (text: string) => number | undefined,
  expected: string,
): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const quantity = read(text);
  if (quantity === undefined) {
    throw new UsageError(`--${option} takes ${expected}, but got '${text}'`);
  }
  return quantity;
}
