import { inspect } from 'node:util';
import { InvalidArgumentError } from './errors';

/** The value that was passed, as an error message shows it. */
export function formatValue(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80, maxArrayLength: 5 });
}

/** The names of the options in an interface: of all of them, or it does not compile. */
export function optionNames<Options>(names: Readonly<Record<keyof Options, true>>): readonly string[] {
  return Object.keys(names);
}

/**
 * Makes sure that options are an object, and that none is misspelt.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` naming the option that is not known.
 */
export function requireOptions(name: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidArgumentError(name, `must be an object, but is ${formatValue(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new InvalidArgumentError(`${name}.${key}`, `is no option; the options are ${known.join(', ')}`);
    }
  }
}

/**
 * Reads an option that is a number, or takes the default if it is not given.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it isn't a number, is less than `least`, or is not whole
 *   though it must be; infinity counts as whole.
 */
export function readNumber(
  name: string,
  value: unknown,
  byDefault: number,
  { least, whole }: { least: number; whole: boolean },
): number {
  if (value === undefined) {
    return byDefault;
  }
  const fits = typeof value === 'number' && value >= least;
  if (!fits || (whole && !Number.isInteger(value) && value !== Number.POSITIVE_INFINITY)) {
    throw new InvalidArgumentError(
      name,
      `must be a ${whole ? 'whole ' : ''}number from ${least} on, but is ${formatValue(value)}`,
    );
  }
  return value;
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if an option is given that is neither true nor false. */
export function readBoolean(name: string, value: unknown, byDefault: boolean): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new InvalidArgumentError(name, `must be true or false, but is ${formatValue(value)}`);
  }
  return value ?? byDefault;
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if an option is given that is not a string. */
export function readString(name: string, value: unknown): string | undefined {
  if (value !== undefined && typeof value !== 'string') {
    throw new InvalidArgumentError(name, `must be a string, but is ${formatValue(value)}`);
  }
  return value;
}

/** Whether a value is an object as `{ … }` makes it, and not an array, a `Map`, a `RegExp`, … */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm has another prototype, which itself has none.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * An `AbortSignal`, of which every program has one that has types of Node or of a browser: the library's own types stand without them.
 */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: (event: { readonly target: unknown }) => void): void;
  removeEventListener(type: 'abort', listener: (event: { readonly target: unknown }) => void): void;
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if an option is given that isn't an `AbortSignal`. */
export function readSignal(name: string, value: unknown): AbortSignal | undefined {
  if (value !== undefined && !(value instanceof AbortSignal)) {
    throw new InvalidArgumentError(name, `must be an AbortSignal, but is ${formatValue(value)}`);
  }
  return value;
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it isn't a function. */
export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') {
    throw new InvalidArgumentError(name, `must be a function, but is ${formatValue(value)}`);
  }
}
