import { type ParseArgsConfig, parseArgs } from 'node:util';
import { compileFilter, type Filter, type FilterOptions, type FilterSource } from '../index';

/** The command line was used in a way that it does not take; exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The options that make up a filter, as they were given. */
export interface FilterArguments {
  readonly type?: readonly string[] | undefined;
  readonly filter?: readonly string[] | undefined;
  readonly suppress?: readonly string[] | undefined;
  readonly namespace?: readonly string[] | undefined;
  readonly variable?: readonly string[] | undefined;
}

/**
 * Reads a command's arguments by `util.parseArgs`.
 *
 * @throws {UsageError} where an option is not known, lacks its value, or has one that it does not take.
 */
export function readArguments<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // What parseArgs adds after the first sentence is advice that does not fit here.
    throw new UsageError((error as Error).message.split(/\.\s/)[0]);
  }
}

/**
 * Reads an option that is a number from 0 on.
 *
 * @throws {UsageError} where it is none.
 */
export function readNumber(
  option: string,
  text: string | undefined,
  { whole }: { whole: boolean },
): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(number) || (whole && !Number.isSafeInteger(number))) {
    throw new UsageError(`--${option} takes a ${whole ? 'whole ' : ''}number from 0 on, but got '${text}'`);
  }
  return number;
}

/**
 * Reads an option that is one of several words.
 *
 * @throws {UsageError} where it is another.
 */
export function readWord<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === text);
  if (word === undefined) {
    throw new UsageError(`--${option} takes ${words.join(', ')}, but got '${text}'`);
  }
  return word;
}

/** @throws {UsageError} where more arguments were given than a command takes. */
export function requireAtMost(positionals: readonly string[], most: number): void {
  const surplus = positionals[most];
  if (surplus !== undefined) {
    throw new UsageError(`unexpected argument '${surplus}'`);
  }
}

/** The URI that is meant where none is given: libvirt's default, whatever that is. */
export const DEFAULT_URI = '';

/**
 * Reads what prefixes and variables stand for.
 *
 * @throws {UsageError} where one is not of the form `NAME=VALUE`.
 */
export function readFilterOptions({ namespace = [], variable = [] }: FilterArguments): FilterOptions {
  return { namespaces: readPairs('namespace', namespace), variables: readPairs('variable', variable) };
}

/**
 * Makes one filter of all that was given: any of the types, any of the filters, and none of what is suppressed.
 *
 * @throws {FilterError} with the code that says why an expression is refused.
 */
export function readFilter(given: FilterArguments): Filter {
  const options = readFilterOptions(given);
  const compile = (expression: string) => compileFilter(expression, options);
  const types = given.type === undefined ? null : given.type;
  const filters = given.filter === undefined ? null : anyOf(given.filter.map(compile));
  const suppressed = given.suppress?.map(compile);
  const wanted = both(types, filters);
  return compileFilter(suppressed === undefined ? wanted : { select: wanted, suppress: anyOf(suppressed) });
}

const not = (filter: FilterSource): FilterSource => ({ suppress: filter });

const both = (one: FilterSource, other: FilterSource): FilterSource => ({ select: one, suppress: not(other) });

const anyOf = (filters: readonly FilterSource[]): FilterSource =>
  filters.reduce((one, other) => not(both(not(one), not(other))));

function readPairs(option: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const sign = text.indexOf('=');
      if (sign < 1) {
        throw new UsageError(`--${option} takes NAME=VALUE, but got '${text}'`);
      }
      return [text.slice(0, sign), text.slice(sign + 1)];
    }),
  );
}
