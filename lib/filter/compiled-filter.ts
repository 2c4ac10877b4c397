import { inspect } from 'node:util';
import { formatValue } from '../arguments';
import { InvalidArgumentError } from '../errors';
import { EventRecord } from '../event/event-record';
import { defaultEventLimits } from '../xml/limits';
import { readTree } from '../xml/read-tree';
import type { CompiledExpression } from '../xpath/evaluation/compiled-expression';
import { defaultFilterLimits } from '../xpath/limits';
import { printExpression } from '../xpath/print';
import { costOf } from './cost';
import { explainAnyIndex, explainIndex, explainNoIndex, explainTypesIndex } from './explain-index';
import type {
  AnyOf,
  Filter,
  FilterExplanation,
  FilteredEvent,
  FilterSource,
  MatchedEvent,
  SelectSuppress,
} from './filter';
import {
  anyRequirements,
  expressionRequirements,
  noRequirements,
  type Requirements,
  typeRequirements,
} from './requirements';
import { findTypeWarnings, findVocabularyWarnings } from './vocabulary-warnings';
import { findWarnings } from './warnings';

/** What a filter says about an event; `suppressed` if something selects it, and only a `suppress` keeps it out. */
export type Verdict = 'matched' | 'suppressed' | 'unmatched';

/** The parent of all filters, by which a compiled filter is told from a source. */
export abstract class CompiledFilter implements Filter {
  abstract readonly source: FilterSource;
  abstract explain(): FilterExplanation;
  /** What an event must have for the filter to match it; read off the filter anew each time. */
  abstract get requirements(): Requirements;
  /** Decides about an event, or about a document that has been found well-formed. */
  abstract decide(event: FilteredEvent): boolean;

  [inspect.custom](): string {
    return `Filter { source: ${inspect(this.source)} }`;
  }

  /** What is the same for filters that are written alike and mean the same. */
  get identity(): unknown {
    return this;
  }

  /** Decides about an event, and tells what only a `suppress` keeps out from what nothing selects. */
  evaluate(event: FilteredEvent): Verdict {
    return this.decide(event) ? 'matched' : 'unmatched';
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
  throw new InvalidArgumentError(
    'event',
    `must be an event or the text of an XML document, but is ${formatValue(event)}`,
  );
}

/** @throws {InvalidEventError} if the text isn't well-formed, or is over a cap. */
export function readDocument(text: string): FilteredEvent {
  const tree = readTree(text, defaultEventLimits);
  const type = tree.attributeValue(tree.rootElement, '', 'type') ?? '';
  return new EventRecord({ xml: text, type, timestamp: '', bytes: 0 }, tree);
}

/** `null`: every event. */
export class AllFilter extends CompiledFilter {
  readonly source = null;

  override get identity(): null {
    return null;
  }

  get requirements(): Requirements {
    return noRequirements;
  }

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

  override get identity(): string {
    return JSON.stringify(this.source);
  }

  get requirements(): Requirements {
    return typeRequirements(this.source);
  }

  decide(event: FilteredEvent): boolean {
    return this.#types.has(event.type);
  }

  explain(): FilterExplanation {
    const types = [...this.#types];
    const index = explainTypesIndex(types);
    return { kind: 'types', source: this.source, types, engine: 'none', index, warnings: findTypeWarnings(types) };
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

  override get identity(): unknown {
    const { source, scope, operations } = this.#expression;
    // `xml` is always declared.
    if (scope.variables.size > 0 || scope.functions.size > 0 || scope.namespaces.size > 1) {
      return this;
    }
    // No expression begins with an exclamation mark, and none with a string in brackets.
    return operations === defaultFilterLimits.evaluationOperations ? source : `!${operations} ${source}`;
  }

  get requirements(): Requirements {
    return expressionRequirements(this.#expression.outline, this.#expression.scope);
  }

  decide(event: FilteredEvent): boolean {
    return this.#expression.evaluate('boolean', event);
  }

  explain(): FilterExplanation {
    const { source, ast, scope } = this.#expression;
    return {
      kind: 'expression',
      source,
      parsed: printExpression(ast),
      engine: 'light',
      cost: costOf(ast, scope),
      index: explainIndex(ast, scope),
      warnings: [...findWarnings(ast, scope), ...findVocabularyWarnings(ast, scope)].sort(
        (a, b) => a.position - b.position,
      ),
    };
  }
}

/** `{ any: [filter, …] }`. */
export class AnyFilter extends CompiledFilter {
  readonly source: AnyOf;
  readonly parts: readonly CompiledFilter[];

  constructor(parts: readonly CompiledFilter[]) {
    super();
    this.source = Object.freeze({ any: Object.freeze(parts.map(({ source }) => source)) });
    this.parts = parts;
  }

  get requirements(): Requirements {
    return anyRequirements(this.parts.map(({ requirements }) => requirements));
  }

  decide(event: FilteredEvent): boolean {
    return this.parts.some((part) => part.decide(event));
  }

  override evaluate(event: FilteredEvent): Verdict {
    let verdict: Verdict = 'unmatched';
    for (const part of this.parts) {
      const ofPart = part.evaluate(event);
      if (ofPart === 'matched') {
        return 'matched';
      }
      if (ofPart === 'suppressed') {
        verdict = 'suppressed';
      }
    }
    return verdict;
  }

  explain(): FilterExplanation {
    const parts = this.parts.map((part) => part.explain());
    const every = parts.findIndex(({ kind }) => kind === 'all');
    const warnings =
      every === -1
        ? []
        : [{ position: 0, message: `'any[${every}]' is null, every event, so this filter matches every event` }];
    const index = explainAnyIndex(
      parts.map((part) => part.index),
      this.requirements,
    );
    return { kind: 'any', source: this.source, parts, engine: engineOf(parts), index, warnings };
  }
}

/** `{ select, suppress }`. */
export class SelectSuppressFilter extends CompiledFilter {
  readonly source: SelectSuppress;
  readonly #select: CompiledFilter | undefined;
  readonly #suppress: CompiledFilter | undefined;

  constructor(select: CompiledFilter | undefined, suppress: CompiledFilter | undefined) {
    super();
    this.source = Object.freeze({
      ...(select && { select: select.source }),
      ...(suppress && { suppress: suppress.source }),
    });
    this.#select = select;
    this.#suppress = suppress;
  }

  get select(): CompiledFilter | undefined {
    return this.#select;
  }

  get suppress(): CompiledFilter | undefined {
    return this.#suppress;
  }

  /** What `select` needs, since `suppress` only takes away. */
  get requirements(): Requirements {
    const select = this.#select === undefined ? noRequirements : this.#select.requirements;
    return { ...select, isExact: select.isExact && this.#suppress === undefined };
  }

  decide(event: FilteredEvent): boolean {
    return this.evaluate(event) === 'matched';
  }

  override evaluate(event: FilteredEvent): Verdict {
    if (!(this.#select?.decide(event) ?? true)) {
      return 'unmatched';
    }
    return this.#suppress?.decide(event) ? 'suppressed' : 'matched';
  }

  explain(): FilterExplanation {
    const select = this.#select?.explain();
    const suppress = this.#suppress?.explain();
    const engine = engineOf([select, suppress]);
    const warnings =
      suppress?.kind === 'all'
        ? [{ position: 0, message: "'suppress' is null, every event, so this filter never matches" }]
        : [];
    const found = select?.index ?? explainNoIndex();
    const index = found.indexed && suppress !== undefined ? { ...found, evaluated: true } : found;
    return { kind: 'select-suppress', source: this.source, select, suppress, engine, index, warnings };
  }
}

/** What evaluates a filter that is made of others: the one that costs most. */
function engineOf(parts: readonly (FilterExplanation | undefined)[]): FilterExplanation['engine'] {
  const engines = parts.map((part) => part?.engine);
  return engines.includes('light') ? 'light' : 'none';
}
