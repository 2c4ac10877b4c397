import { formatValue } from '../../arguments';
import { InvalidArgumentError } from '../../errors';
import type { Start } from '../../journal/places';
import { requireReaderName } from '../../journal/readers';
import { momentIn } from '../../time-stamps';
import type { DriverContext } from '../driver';
import { invalidUri, quotedPart } from '../io/uri-path';

/** @throws {InvalidUriError} `ERR_INVALID_URI` if a reader can't have that name. */
export function readReaderName(uri: string, name: string): string {
  try {
    requireReaderName(name);
    return name;
  } catch (error) {
    throw error instanceof InvalidArgumentError ? invalidUri(uri, error.message) : error;
  }
}

/**
 * Reads where a reader begins that has no bookmark yet: `oldest`, `newest`, a number, a time in ISO 8601, which is in UTC if it names no
 * offset, or a time before now, such as `-1h`.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI`
 */
export function readStart(uri: string, value: string, now: number): Start {
  if (value === 'oldest' || value === 'newest') {
    return value;
  }
  if (/^[1-9]\d{0,15}$/.test(value) && Number.isSafeInteger(Number(value))) {
    return { sequence: Number(value) };
  }
  const time = momentIn(value, now);
  if (time === undefined) {
    const expected = 'oldest, newest, the number of an event, or a time such as 2026-01-02T03:04:05Z or -1h';
    throw invalidUri(uri, `from must be ${expected}, but is ${quotedPart(uri, value)}`);
  }
  return { time };
}

/**
 * Makes sure that the queue of a reader drops nothing.
 *
 * @param what What it reads, which keeps its events.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 */
export function requireNoDrops({ sink }: DriverContext, what: string): void {
  const { overflow } = sink.bounds;
  if (overflow !== 'refuse') {
    const problem = `must be 'refuse' for ${what}, which waits by itself, but is ${formatValue(overflow)}`;
    throw new InvalidArgumentError('options.queue.overflow', problem);
  }
}
