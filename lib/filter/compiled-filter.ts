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
import { explainIndex, explainNoIndex, explainTypesIndex } from './explain-index';
import type { Filter, FilterExplanation, FilteredEvent, FilterSource, MatchedEvent } from './filter';
import { expressionRequirements, noRequirements, type Requirements, typeRequirements } from './requirements';
import { isTrueOfAll, typesWhere } from './types-where';
import { findTypeWarnings, findVocabularyWarnings } from './vocabulary-warnings';
import { findWarnings } from './warnings';

/** What a filter says about an event; `suppressed` if something selects it, and only a `suppress` keeps it out. */
export type Verdict = 'matched' | 'suppressed' | 'unmatched';

/** Types that events may have; nothing if they may have any. */
export type TypesOfEvents = ReadonlySet<string> | undefined;

/** The parent of all filters, by which a compiled filter is told from a source. */
export abstract class CompiledFilter implements Filter {
  abstract readonly source: FilterSource;
  /** @param types Of which types the events are about which it is asked, as part of another filter. */
  abstract explain(types?: TypesOfEvents): FilterExplanation;
  /** What an event must have for the filter to match it; read off the filter anew each time. */
  abstract get requirements(): Requirements;
  /** The types of which an event must have one for the filter to match it; nothing if it may have any. */
  abstract get types(): TypesOfEvents;
  /** Whether it is certain to match every event of a type. */
  abstract matchesAllOf(type: string): boolean;
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

  get types(): undefined {
    return undefined;
  }

  matchesAllOf(): boolean {
    return true;
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
  readonly types: ReadonlySet<string>;

  constructor(types: readonly string[]) {
    super();
    this.source = Object.freeze(types);
    this.types = new Set(types);
  }

  matchesAllOf(type: string): boolean {
    return this.types.has(type);
  }

  override get identity(): string {
    return JSON.stringify(this.source);
  }

  get requirements(): Requirements {
    return typeRequirements(this.source);
  }

  decide(event: FilteredEvent): boolean {
    return this.types.has(event.type);
  }

  explain(): FilterExplanation {
    const types = [...this.types];
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

  get types(): TypesOfEvents {
    return typesWhere(this.#expression.ast, this.#expression.scope);
  }

  matchesAllOf(type: string): boolean {
    return isTrueOfAll(type, this.#expression.ast, this.#expression.scope);
  }

  decide(event: FilteredEvent): boolean {
    return this.#expression.evaluate('boolean', event);
  }

  explain(types?: TypesOfEvents): FilterExplanation {
    const { source, ast, scope } = this.#expression;
    return {
      kind: 'expression',
      source,
      parsed: printExpression(ast),
      engine: 'light',
      cost: costOf(ast, scope),
      index: explainIndex(ast, scope),
      warnings: [...findWarnings(ast, scope), ...findVocabularyWarnings(ast, scope, types)].sort(
        (a, b) => a.position - b.position,
      ),
    };
  }
}
