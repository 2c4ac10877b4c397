import { inspect } from 'node:util';
import { requireOptions, shown } from '../arguments';
import { InvalidArgumentError } from '../errors';
import { EventRecord } from '../event/event-record';
import { defaultEventLimits } from '../event/limits';
import { readTree } from '../event/read-tree';
import { isKnownEventType } from '../event/vocabulary';
import { CompiledExpression } from './compiled-expression';
import type { Filter, FilterExplanation, FilteredEvent, FilterSource, MatchedEvent, SelectSuppress } from './filter';
import { filterError } from './filter-error';
import { attributeValue, rootElement } from './light/node';
import { type FilterLimits, readFilterLimits } from './limits';
import { explainIndex, explainNoIndex, explainTypesIndex } from './router/explain-index';
import { type FilterFunction, readScope, type Scope, type VariableValue } from './scope';

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
 * @param source `null` for all events, a list of event type names, an XPath 1.0 expression, or
 *   `{ select, suppress }`, each of those again.
 * @throws {FilterError} with the code that says why an expression is refused.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` where the source or an option is of another shape.
 *
 * @example
 * ```ts
 * import { compileFilter } from 'virdeliver';
 *
 * const filter = compileFilter("transition/@to = 'crashed' and domain/name = $name", { variables: { name: 'web' } });
 * const xml = '<event type="x"><domain><name>web</name></domain><transition to="crashed"/></event>';
 * console.log(filter.matches(xml)); // true
 * ```
 */
export function compileFilter(source: FilterSource, options: FilterOptions = {}): Filter {
  const { scope, limits } = readFilterOptions(options);
  return compile(source, scope, limits, 'filter', 0);
}

const optionNames = ['namespaces', 'variables', 'functions', 'limits'];

/** Checks and copies the options. */
export function readFilterOptions(options: FilterOptions): { readonly scope: Scope; readonly limits: FilterLimits } {
  requireOptions('options', options, optionNames);
  return {
    scope: readScope(options.namespaces, options.variables, options.functions),
    limits: readFilterLimits(options.limits),
  };
}

/** The deepest nesting of `{ select, suppress }`; it also ends a source that contains itself. */
const deepestNesting = 8;

function compile(source: FilterSource, scope: Scope, limits: FilterLimits, place: string, depth: number): Filter {
  if (source === null) {
    return new AllFilter();
  }
  if (typeof source === 'string') {
    refuseTypeName(source);
    return new ExpressionFilter(new CompiledExpression(source, scope, limits));
  }
  if (Array.isArray(source)) {
    return new TypesFilter(readTypeNames(source, place));
  }
  if (source instanceof CompiledFilter) {
    return source;
  }
  if (typeof source !== 'object') {
    throw new InvalidArgumentError(
      place,
      `must be null, a list of event type names, an XPath expression, a compiled filter or { select, suppress }, but is ${shown(source)}`,
    );
  }
  const { select, suppress } = readSelectSuppress(source, place);
  if (depth === deepestNesting) {
    throw new InvalidArgumentError(place, `nests { select, suppress } more than ${deepestNesting} deep`);
  }
  const part = (name: string, of: FilterSource | undefined): Filter | undefined =>
    of === undefined ? undefined : compile(of, scope, limits, `${place}.${name}`, depth + 1);
  return new SelectSuppressFilter(part('select', select), part('suppress', suppress));
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
      throw new InvalidArgumentError(`${place}[${index}]`, `must be the name of an event type, but is ${shown(name)}`);
    }
    return name;
  });
}

function readSelectSuppress(source: object, place: string): SelectSuppress {
  for (const key of Object.keys(source)) {
    if (key !== 'select' && key !== 'suppress') {
      throw new InvalidArgumentError(
        `${place}.${key}`,
        "is no part of a filter; its parts are 'select' and 'suppress'",
      );
    }
  }
  const { select, suppress } = source as SelectSuppress;
  if (select === undefined && suppress === undefined) {
    throw new InvalidArgumentError(place, "must have 'select' or 'suppress', but has neither");
  }
  return { select, suppress };
}

/** The parent of all filters, by which a compiled filter is told from a source. */
abstract class CompiledFilter implements Filter {
  abstract readonly source: FilterSource;
  abstract explain(): FilterExplanation;
  /** Decides about an event, or about a document that has been found well-formed. */
  abstract decide(event: FilteredEvent): boolean;

  [inspect.custom](): string {
    return `Filter { source: ${inspect(this.source)} }`;
  }

  matches(event: string | MatchedEvent): boolean {
    return this.decide(typeof event === 'string' ? readDocument(event) : readable(event));
  }
}

/** The event itself, if it is the library's own; of anything else with a type and a text a record is made. */
export function readable(event: MatchedEvent): FilteredEvent {
  if (event instanceof EventRecord) {
    return event;
  }
  if (typeof event === 'object' && event !== null && typeof event.type === 'string') {
    if ('tree' in event) {
      return event as FilteredEvent;
    }
    if (typeof event.xml === 'string') {
      return new EventRecord({ xml: event.xml, type: event.type, timestamp: '', bytes: 0 });
    }
  }
  throw new InvalidArgumentError('event', `must be an event or the text of an XML document, but is ${shown(event)}`);
}

/** @throws {InvalidEventError} where the text is not well-formed, or is over a cap. */
function readDocument(text: string): FilteredEvent {
  const tree = readTree(text, defaultEventLimits);
  const type = attributeValue(tree, rootElement(tree), 'type') ?? '';
  return new EventRecord({ xml: text, type, timestamp: '', bytes: 0, treeLap: tree.lap, treeRoot: tree.root });
}

class AllFilter extends CompiledFilter {
  readonly source = null;

  decide(): boolean {
    return true;
  }

  explain(): FilterExplanation {
    return { kind: 'all', source: null, engine: 'none', index: explainNoIndex(), warnings: [] };
  }
}

/** A list of event type names. */
export class TypesFilter extends CompiledFilter {
  readonly source: readonly string[];
  readonly #types: ReadonlySet<string>;

  constructor(types: readonly string[]) {
    super();
    this.source = Object.freeze(types);
    this.#types = new Set(types);
  }

  decide(event: FilteredEvent): boolean {
    return this.#types.has(event.type);
  }

  explain(): FilterExplanation {
    const types = [...this.#types];
    return { kind: 'types', source: this.source, types, engine: 'none', index: explainTypesIndex(types), warnings: [] };
  }
}

/** An XPath expression. */
export class ExpressionFilter extends CompiledFilter {
  readonly #expression: CompiledExpression;

  constructor(expression: CompiledExpression) {
    super();
    this.#expression = expression;
  }

  get source(): string {
    return this.#expression.source;
  }

  get expression(): CompiledExpression {
    return this.#expression;
  }

  decide(event: FilteredEvent): boolean {
    return this.#expression.boolean(event);
  }

  explain(): FilterExplanation {
    const { source, ast, scope, parsed, engine, cost, warnings } = this.#expression;
    return { kind: 'expression', source, parsed, engine, cost, index: explainIndex(ast, scope), warnings };
  }
}

/** What a filter says of an event; `suppressed` where `select` matches, and only `suppress` keeps it out. */
export type Judgement = 'matched' | 'suppressed' | 'unmatched';

/** `{ select, suppress }`. */
export class SelectSuppressFilter extends CompiledFilter {
  readonly source: SelectSuppress;
  readonly #select: Filter | undefined;
  readonly #suppress: Filter | undefined;

  constructor(select: Filter | undefined, suppress: Filter | undefined) {
    super();
    this.source = Object.freeze({
      ...(select && { select: select.source }),
      ...(suppress && { suppress: suppress.source }),
    });
    this.#select = select;
    this.#suppress = suppress;
  }

  get select(): Filter | undefined {
    return this.#select;
  }

  get suppress(): Filter | undefined {
    return this.#suppress;
  }

  decide(event: FilteredEvent): boolean {
    return this.judge(event) === 'matched';
  }

  /** Decides about an event, and tells what only `suppress` keeps out from what `select` does not match. */
  judge(event: FilteredEvent): Judgement {
    if (!(this.#select?.matches(event) ?? true)) {
      return 'unmatched';
    }
    return this.#suppress?.matches(event) ? 'suppressed' : 'matched';
  }

  explain(): FilterExplanation {
    const select = this.#select?.explain();
    const suppress = this.#suppress?.explain();
    const engines = [select?.engine, suppress?.engine];
    const engine = engines.includes('dom') ? 'dom' : engines.includes('light') ? 'light' : 'none';
    const warnings =
      suppress?.kind === 'all'
        ? [{ position: 0, message: "'suppress' is null, every event, so this filter never matches" }]
        : [];
    const found = select?.index ?? explainNoIndex();
    const index = found.indexed && suppress !== undefined ? { ...found, evaluated: true } : found;
    return { kind: 'select-suppress', source: this.source, select, suppress, engine, index, warnings };
  }
}
