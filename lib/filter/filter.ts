import type { Document } from '@xmldom/xmldom';
import type { EventRecord } from '../event/event-record';
import type { CostClass } from './cost';
import type { IndexExplanation } from './explain-index';
import type { FilterWarning } from './warnings';

/**
 * What a filter can be made from: `null` is every event, a list is a choice of event type names, a string is
 * an XPath 1.0 expression.
 */
export type FilterSource = null | readonly string[] | string | Filter | AnyOf | SelectSuppress;

/** The events that at least one of some filters matches; they are asked in order, until one matches. */
export interface AnyOf {
  readonly any: readonly FilterSource[];
}

/** A filter with exceptions: the events that `select` matches (all if it is left out), less those that `suppress` matches. */
export interface SelectSuppress {
  readonly select?: FilterSource | undefined;
  readonly suppress?: FilterSource | undefined;
}

/** An event as a filter is asked about it; every queued event is one. */
export interface MatchedEvent {
  /** The value of its `type` attribute. */
  readonly type: string;
  /** The `<event>…</event>` text. */
  readonly xml: string;
  /** The event as a DOM document, as `event.document` has it. */
  readonly document: Document;
}

/** An event as filters read it: its type alone, its tree, or its document. */
export type FilteredEvent = MatchedEvent &
  Pick<EventRecord, 'tree'> &
  Partial<Pick<EventRecord, 'isUnread' | 'notedShape' | 'shape' | 'valueAt' | 'wordAt'>>;

/** A compiled filter, as `compileFilter` makes it. It never changes. */
export interface Filter {
  /** What it was made from, copied. */
  readonly source: FilterSource;
  /**
   * Whether it matches an event, or the text of any XML document; a document is matched from its root element.
   *
   * @throws {FilterEvaluationError} `ERR_FILTER_EVALUATION` if a function of the program's own throws,
   *   `ERR_FILTER_BUDGET` if evaluating takes more operations than its cap.
   * @throws {InvalidEventError} if a text isn't well-formed or is over a cap.
   */
  matches(event: string | MatchedEvent): boolean;
  /** How the filter was understood, and what about it is hardly meant. */
  explain(): FilterExplanation;
}

interface ExplanationOf<Kind extends string, Source extends FilterSource> {
  readonly kind: Kind;
  /** What the filter was made from. */
  readonly source: Source;
  /**
   * What evaluates it: `none` if nothing but the event's type is looked at, `light` for the library's own engine.
   */
  readonly engine: 'none' | 'light';
  /** By which types and values the filter is found among many, or why it is not. */
  readonly index: IndexExplanation;
  /** What is allowed but hardly meant, in the order of the places. */
  readonly warnings: readonly FilterWarning[];
}

/** `null`: every event. */
export type AllExplanation = ExplanationOf<'all', null>;

/** A list of event type names. */
export interface TypesExplanation extends ExplanationOf<'types', readonly string[]> {
  readonly types: readonly string[];
}

/** An XPath expression. */
export interface ExpressionExplanation extends ExplanationOf<'expression', string> {
  /** The expression as it was parsed, in full: every axis named, every abbreviation expanded. */
  readonly parsed: string;
  /** How the work of evaluating it grows with the event. */
  readonly cost: CostClass;
}

/** `{ select, suppress }`; the warnings about each stand in its own explanation. */
export interface SelectSuppressExplanation extends ExplanationOf<'select-suppress', SelectSuppress> {
  readonly select: FilterExplanation | undefined;
  readonly suppress: FilterExplanation | undefined;
}

/** `{ any }`; the warnings about each part stand in its own explanation. */
export interface AnyExplanation extends ExplanationOf<'any', AnyOf> {
  readonly parts: readonly FilterExplanation[];
}

/** What `Filter.explain()` tells; a plain object, fit for JSON if its sources are. */
export type FilterExplanation =
  | AllExplanation
  | TypesExplanation
  | ExpressionExplanation
  | AnyExplanation
  | SelectSuppressExplanation;
