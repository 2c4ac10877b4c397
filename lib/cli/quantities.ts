import { durationIn } from '../time-stamps';
import { UsageError } from './command-line';

const SIZES: { readonly [unit: string]: number } = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/**
 * Reads a size in bytes: `500M`, `1.5G`.
 *
 * @throws {UsageError} if it is none.
 */
export function readSize(option: string, text: string | undefined): number | undefined {
  const read = readQuantity(option, text, /^(\d+(?:\.\d+)?)([KMGT]?)$/i, 'a size, such as 500M or 1G');
  return read && Math.round(read.number * (SIZES[read.unit.toUpperCase()] as number));
}

/**
 * Reads a time in milliseconds: `90s`, `10m`, `30d`.
 *
 * @throws {UsageError} if it is none.
 */
export function readDuration(option: string, text: string | undefined): number | undefined {
  const duration = text === undefined ? undefined : durationIn(text);
  if (text !== undefined && duration === undefined) {
    throw new UsageError(`--${option} takes a time, such as 90s, 10m, 12h or 30d, but got '${text}'`);
  }
  return duration;
}

/**
 * Reads a share from 0 to 1: `5%`.
 *
 * @throws {UsageError} if it is none.
 */
export function readShare(option: string, text: string | undefined): number | undefined {
  const problem = 'a share, such as 5%';
  const read = readQuantity(option, text, /^(\d+(?:\.\d+)?)(%)$/, problem);
  if (read !== undefined && read.number > 100) {
    throw new UsageError(`--${option} takes ${problem}, but got '${text}'`);
  }
  return read && read.number / 100;
}

function readQuantity(
  option: string,
  text: string | undefined,
  form: RegExp,
  expected: string,
): { readonly number: number; readonly unit: string } | undefined {
  if (text === undefined) {
    return undefined;
  }
  const [, number, unit] = form.exec(text) ?? [];
  if (number === undefined || unit === undefined) {
    throw new UsageError(`--${option} takes ${expected}, but got '${text}'`);
  }
  return { number: Number(number), unit };
}
