import { type ParseArgsConfig, parseArgs } from 'node:util';
import { nearest } from '../did-you-mean';
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
 * @throws {UsageError} if an option is not known, lacks its value, or has one that it does not take.
 */
export function readArguments<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options; allowPositionals: true }>> {
  try {
    return parseArgs({ args: withNumbers(args, options), options, allowPositionals: true });
  } catch (error) {
    const [, option] =
      /^Option '(?:-\w, )?(--[\w-]+)(?: <value>)?' argument is ambiguous/.exec((error as Error).message) ?? [];
    if (option !== undefined) {
      throw new UsageError(`${option} needs a value; one that begins with a hyphen is given as ${option}=VALUE`);
    }
    // What parseArgs adds after the first sentence is advice that does not fit here.
    const [problem = ''] = (error as Error).message.split(/\.\s/);
    const [, unknown] = /^Unknown option '--([^']*)'/.exec(problem) ?? [];
    const meant = unknown === undefined ? undefined : nearest(unknown, [...Object.keys(options), 'help']);
    throw new UsageError(meant === undefined ? problem : `${problem}; did you mean '--${meant}'?`);
  }
}

/** Joins an option and the negative number that follows it, which parseArgs would take for another option. */
function withNumbers(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const option = /^--([\w-]+)$/.exec(joined.at(-1) ?? '')?.[1];
    if (option !== undefined && options[option]?.type === 'string' && /^-\.?\d/.test(arg)) {
      joined.push(`${joined.pop()}=${arg}`);
    } else {
      joined.push(arg);
    }
  }
  return joined;
}

/**
 * Reads an option that is a number from 0 on.
 *
 * @throws {UsageError} if it is none.
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
 * @throws {UsageError} if it is another.
 */
export function readWord<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === text);
  if (word === undefined) {
    throw new UsageError(`--${option} takes ${words.join(', ')}, but got '${text}'`);
  }
  return word;
}

/** @throws {UsageError} if an option that names types of events names none. */
export function requireTypes(option: string, types: readonly string[] | undefined): void {
  if (types?.includes('')) {
    throw new UsageError(`--${option} takes the name of an event type, but got ''`);
  }
}

/** @throws {UsageError} if more arguments were given than a command takes. */
export function requireAtMost(positionals: readonly string[], most: number): void {
  const surplus = positionals[most];
  if (surplus !== undefined) {
    throw new UsageError(`unexpected argument '${surplus}'`);
  }
}

/** The URI that is meant if none is given: libvirt's default, whatever that is. */
export const DEFAULT_URI = '';

/**
 * Reads what prefixes and variables stand for.
 *
 * @throws {UsageError} if one is not of the form `NAME=VALUE`.
 */
export function readFilterOptions({ namespace = [], variable = [] }: FilterArguments): FilterOptions {
  return { namespaces: readPairs('namespace', namespace), variables: readPairs('variable', variable) };
}

/**
 * Makes one filter of all that was given: any of the types, any of the filters, and none of what is suppressed.
 *
 * @throws {UsageError} if a type has no name.
 * @throws {FilterError} with the code that says why an expression is refused.
 */
export function readFilter(given: FilterArguments): Filter {
  const options = readFilterOptions(given);
  const compile = (expression: string) => compileFilter(expression, options);
  const any = (expressions: readonly string[]): FilterSource => ({ any: expressions.map(compile) });
  const { type: types, filter: filters, suppress } = given;
  requireTypes('type', types);
  const chosen: FilterSource = filters === undefined ? (types ?? null) : any(filters);
  const both: FilterSource =
    types === undefined || filters === undefined ? chosen : { select: types, suppress: { suppress: chosen } };
  return compileFilter(suppress === undefined ? both : { select: both, suppress: any(suppress) });
}

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
