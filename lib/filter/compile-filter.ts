import { formatValue, optionNames, requireOptions } from '../arguments';
import { FilterError, InvalidArgumentError } from '../errors';
import { isKnownEventType } from '../event/vocabulary/vocabulary';
import { filterError } from '../xpath/filter-error';
import { type FilterLimits, readFilterLimits } from '../xpath/limits';
import { type FilterFunction, readScope, type Scope, type VariableValue } from '../xpath/scope';
import { AnyFilter, SelectSuppressFilter } from './combined-filter';
import { AllFilter, CompiledFilter, ExpressionFilter, TypesFilter } from './compiled-filter';
import type { AnyOf, Filter, FilterSource, SelectSuppress } from './filter';
import { compileExpression } from './shared-expressions';

/** What the names in a filter's expressions stand for, and the caps on them. All of it is copied. */
export interface FilterOptions {
  /** Namespace names by prefix. The prefixes that events declare themselves mean nothing in a filter. */
  readonly namespaces?: Readonly<Record<string, string>> | undefined;
  /** The values of `$name`, by name without the `$`. */
  readonly variables?: Readonly<Record<string, VariableValue>> | undefined;
  /** The program's own functions, by name; a name may have a prefix that `namespaces` declares. */
  readonly functions?: Readonly<Record<string, FilterFunction>> | undefined;
  /**
   * Caps on each expression and its evaluation; defaults: 16,384 UTF-16 units, 128 levels, 4,096 operators, steps and
   * predicates, 10,000,000 operations.
   */
  readonly limits?: Partial<FilterLimits> | undefined;
}

/**
 * Makes a filter, checked completely.
 *
 * A filter that is compiled already is returned as it is; the options have no effect on it.
 *
 * @param source `null` for all events, a list of event type names, an XPath 1.0 expression, `{ any: [filter, …] }`, or
 *   `{ select, suppress }`, each of those again.
 * @throws {FilterError} with the code that says why an expression is refused.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if the source or an option is of another shape.
 *
 * @example
 * ```js
 * import { compileFilter } from 'virdeliver';
 *
 * const filter = compileFilter("transition/@to = 'crashed' and domain/name = $name", { variables: { name: 'web' } });
 * const xml = '<event type="x"><domain><name>web</name></domain><transition to="crashed"/></event>';
 * console.log(filter.matches(xml)); // true
 * ```
 */
export function compileFilter(source: FilterSource, options: FilterOptions = {}): Filter {
  const { scope, limits } = readFilterOptions(options);
  return compile(source, scope, limits, WHOLE, 0);
}

/** What messages call the whole of a filter. */
const WHOLE = 'filter';

const OPTIONS = optionNames<FilterOptions>({ namespaces: true, variables: true, functions: true, limits: true });

/** Checks and copies the options. */
export function readFilterOptions(options: FilterOptions): { readonly scope: Scope; readonly limits: FilterLimits } {
  requireOptions('options', options, OPTIONS);
  return {
    scope: readScope(options.namespaces, options.variables, options.functions),
    limits: readFilterLimits(options.limits),
  };
}

/** The deepest nesting of `{ any }` and `{ select, suppress }`; it also ends a source that contains itself. */
const deepestNesting = 8;

/** @param place Where in the whole filter the source stands, such as `filter.select.any[2]`. */
function compile(
  source: FilterSource,
  scope: Scope,
  limits: FilterLimits,
  place: string,
  depth: number,
): CompiledFilter {
  if (source === null) {
    return new AllFilter();
  }
  if (typeof source === 'string') {
    return compileFilterExpression(source, scope, limits, place);
  }
  if (Array.isArray(source)) {
    return new TypesFilter(readTypeNames(source, place));
  }
  if (source instanceof CompiledFilter) {
    return source;
  }
  if (typeof source !== 'object' || source instanceof RegExp) {
    throw new InvalidArgumentError(
      place,
      `must be null, a list of event type names, an XPath expression, a compiled filter, { any } or { select, suppress }, but is ${formatValue(source)}${hintFor(source)}`,
    );
  }
  const part = (name: string, of: FilterSource): CompiledFilter =>
    compile(of, scope, limits, `${place}${name}`, depth + 1);
  if ('any' in source) {
    const sources = readAnyOf(source, place);
    requireDepth('{ any }', place, depth);
    return new AnyFilter(sources.map((each, index) => part(`.any[${index}]`, each)));
  }
  const { select, suppress } = readSelectSuppress(source, place);
  requireDepth('{ select, suppress }', place, depth);
  return new SelectSuppressFilter(
    select === undefined ? undefined : part('.select', select),
    suppress === undefined ? undefined : part('.suppress', suppress),
  );
}

function hintFor(source: unknown): string {
  return source instanceof RegExp
    ? "; XPath 1.0 has contains() and starts-with(), and a function of your own, in 'functions', may use a regular expression"
    : '';
}

function requireDepth(what: string, place: string, depth: number): void {
  if (depth === deepestNesting) {
    throw new InvalidArgumentError(place, `nests ${what} more than ${deepestNesting} deep`);
  }
}

/** Compiles an expression; an error names the place if the expression is only a part of the filter. */
function compileFilterExpression(source: string, scope: Scope, limits: FilterLimits, place: string): CompiledFilter {
  try {
    refuseTypeName(source);
    return new ExpressionFilter(compileExpression(source, scope, limits));
  } catch (error) {
    if (error instanceof FilterError && place !== WHOLE) {
      const { code, position, problem } = error;
      throw filterError(code, source, position, problem, place.slice(WHOLE.length + 1));
    }
    throw error;
  }
}

function refuseTypeName(source: string): void {
  const name = source.trim();
  if (isKnownEventType(name)) {
    throw filterError(
      'ERR_FILTER_TYPE_NAME',
      source,
      source.indexOf(name),
      `'${name}' is the name of an event type; as an expression it would look for an element of that name inside the event; did you mean ['${name}']?`,
    );
  }
}

function readTypeNames(source: readonly unknown[], place: string): string[] {
  if (source.length === 0) {
    throw new InvalidArgumentError(place, 'is an empty list, which matches nothing; null matches every event');
  }
  return Array.from(source, (name, index) => {
    if (typeof name !== 'string' || name === '') {
      throw new InvalidArgumentError(
        `${place}[${index}]`,
        `must be the name of an event type, but is ${formatValue(name)}`,
      );
    }
    return name;
  });
}

function readAnyOf(source: object, place: string): FilterSource[] {
  requireParts(source, ['any'], place);
  const { any } = source as AnyOf;
  if (!Array.isArray(any)) {
    throw new InvalidArgumentError(`${place}.any`, `must be a list of filters, but is ${formatValue(any)}`);
  }
  if (any.length === 0) {
    throw new InvalidArgumentError(`${place}.any`, 'is an empty list, which matches nothing; null matches every event');
  }
  return Array.from(any as FilterSource[]);
}

function readSelectSuppress(source: object, place: string): SelectSuppress {
  requireParts(source, ['select', 'suppress'], place);
  const { select, suppress } = source as SelectSuppress;
  if (select === undefined && suppress === undefined) {
    throw new InvalidArgumentError(place, "must have 'any', 'select' or 'suppress', but has none of them");
  }
  return { select, suppress };
}

function requireParts(source: object, parts: readonly string[], place: string): void {
  for (const key of Object.keys(source)) {
    if (!parts.includes(key)) {
      const alone = "is no part of a filter; its parts are 'select' and 'suppress', or 'any' by itself";
      throw new InvalidArgumentError(`${place}.${key}`, alone);
    }
  }
}
