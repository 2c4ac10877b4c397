import { inspect } from 'node:util';
import { CompiledExpression } from '../xpath/evaluation/compiled-expression';
import type { EvaluatedDocument } from '../xpath/evaluation/evaluation';
import { highestFilterLimits } from '../xpath/limits';
import { printExpression } from '../xpath/print';
import { staticType } from '../xpath/static-type';
import { AnyFilter, SelectSuppressFilter } from './combined-filter';
import { ExpressionFilter, readable, readDocument, TypesFilter } from './compiled-filter';
import { conditionsOf } from './conditions';
import type { Filter, FilteredEvent, MatchedEvent } from './filter';

/** What came of one condition of a filter on one event. */
export interface ConditionOutcome {
  /** The condition: XPath in full, or a few words if it isn't an expression. */
  readonly condition: string;
  readonly isTrue: boolean;
  /** What it looked at in the event. */
  readonly found: readonly FoundValue[];
}

/** What an expression comes to on an event. */
export interface FoundValue {
  /** XPath in full. */
  readonly expression: string;
  /** Its value as a string; of a path, the values of the first nodes that it selects. */
  readonly values: readonly string[];
  /** How many values there are, those that aren't listed included. */
  readonly count: number;
}

/** How many values of a path are listed. */
const LISTED_VALUES = 3;

/**
 * Tells, condition by condition, why a filter matches an event, or the text of an XML document, or does not.
 *
 * Conditions are what an expression joins by `and`, outermost or in a predicate; what `select` asks for; and that `suppress`
 * doesn't match. An expression that joins by `or`, and `{ any }`, are one condition. A filter matches only if all of them are
 * true. If all are true and it doesn't match, its predicates are true of different nodes.
 *
 * @throws {FilterEvaluationError} `ERR_FILTER_EVALUATION` if a function of the program's own throws,
 *   `ERR_FILTER_BUDGET` if a condition by itself takes more operations than the filter's cap.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { addEventHandler, compileFilter, deliverEvents, explainMatch, openConnection, sendEvent } from 'virdeliver';
 *
 * const conn = openConnection();
 * const filter = compileFilter("disk = 'vda' and @type = 'backup-done'");
 * addEventHandler(conn, null, (_, event) => {
 *   for (const { condition, isTrue, found } of explainMatch(filter, event)) {
 *     console.log(isTrue, condition, found[0]?.values);
 *   }
 * });
 * sendEvent(conn, { type: 'backup-done', content: [{ name: 'disk', content: ['vdb'] }] });
 * deliverEvents(conn);
 * conn.close();
 * ```
 * ```text
 * false child::disk = 'vda' [ 'vdb' ]
 * true attribute::type = 'backup-done' [ 'backup-done' ]
 * ```
 */
export function explainMatch(filter: Filter, event: string | MatchedEvent): readonly ConditionOutcome[] {
  return explain(filter, typeof event === 'string' ? readDocument(event) : readable(event));
}

function explain(filter: Filter, event: FilteredEvent): readonly ConditionOutcome[] {
  if (filter instanceof TypesFilter) {
    const condition = `the type is ${filter.source.map((type) => `'${type}'`).join(' or ')}`;
    const found = [{ expression: 'attribute::type', values: [event.type], count: 1 }];
    return [{ condition, isTrue: filter.matches(event), found }];
  }
  if (filter instanceof AnyFilter) {
    return [explainAny(filter, event)];
  }
  if (filter instanceof SelectSuppressFilter) {
    const selected = filter.select === undefined ? [] : explain(filter.select, event);
    return [...selected, ...(filter.suppress === undefined ? [] : [explainSuppress(filter.suppress, event)])];
  }
  if (filter instanceof ExpressionFilter) {
    return conditionsIn(filter).map(({ condition, expression, operands }) => ({
      condition,
      isTrue: expression.evaluate('boolean', event),
      found: operands.map((operand) => operand(event)),
    }));
  }
  return [];
}

/** One condition of them all, since one that is true is enough; what was found belongs to those that are not. */
function explainAny(filter: AnyFilter, event: FilteredEvent): ConditionOutcome {
  const parts = filter.parts.map((part) => explain(part, event));
  const condition = parts.map(conditionText).join(' or ');
  if (filter.matches(event)) {
    return { condition, isTrue: true, found: [] };
  }
  const unmet = parts.flat().filter(({ isTrue }) => !isTrue);
  // Several filters mostly look at the same places.
  const found = new Map(unmet.flatMap((outcome) => outcome.found.map((value) => [value.expression, value] as const)));
  return { condition, isTrue: false, found: [...found.values()] };
}

function conditionText(outcomes: readonly ConditionOutcome[]): string {
  const conditions = outcomes.map(({ condition }) => condition);
  return conditions.length === 1
    ? conditions[0]!
    : conditions.length === 0
      ? 'every event'
      : `(${conditions.join(' and ')})`;
}

/** That it suppresses the event is told, not why. */
function explainSuppress(suppress: Filter, event: FilteredEvent): ConditionOutcome {
  return { condition: `not suppressed by ${sourceText(suppress)}`, isTrue: !suppress.matches(event), found: [] };
}

function sourceText({ source }: Filter): string {
  return typeof source === 'string' ? source : inspect(source, { breakLength: Number.POSITIVE_INFINITY });
}

/** A condition that is ready to be evaluated, and what finds the values of its operands. */
interface CompiledCondition {
  readonly condition: string;
  readonly expression: CompiledExpression;
  readonly operands: readonly ((event: EvaluatedDocument) => FoundValue)[];
}

/** Kept, since one filter is often asked about many events. */
const compiledConditions = new WeakMap<ExpressionFilter, readonly CompiledCondition[]>();

function conditionsIn(filter: ExpressionFilter): readonly CompiledCondition[] {
  let conditions = compiledConditions.get(filter);
  if (conditions === undefined) {
    conditions = compileConditions(filter.expression);
    compiledConditions.set(filter, conditions);
  }
  return conditions;
}

function compileConditions({ ast, scope, operations }: CompiledExpression): readonly CompiledCondition[] {
  // A piece of an expression is within every cap on its text, but perhaps longer when it is written in full.
  const limits = { ...highestFilterLimits, evaluationOperations: operations };
  const compile = (text: string) => new CompiledExpression(text, scope, limits);
  return conditionsOf(ast, scope).map(({ expression, operands }) => {
    const condition = printExpression(expression);
    // One that occurs twice is told once.
    const areNodes = new Map(
      operands.map((operand) => [printExpression(operand), staticType(operand, scope) === 'node-set']),
    );
    return {
      condition,
      expression: compile(condition),
      operands: Array.from(areNodes, ([text, isPath]) =>
        isPath ? nodesFinder(text, compile) : valueFinder(text, compile),
      ),
    };
  });
}

type Compile = (text: string) => CompiledExpression;

function valueFinder(expression: string, compile: Compile): (event: EvaluatedDocument) => FoundValue {
  const value = compile(expression);
  return (event) => ({ expression, values: [value.evaluate('text', event)], count: 1 });
}

function nodesFinder(expression: string, compile: Compile): (event: EvaluatedDocument) => FoundValue {
  const counter = compile(`count(${expression})`);
  const nodes = Array.from({ length: LISTED_VALUES }, (_, index) => compile(`(${expression})[${index + 1}]`));
  return (event) => {
    const count = counter.evaluate('number', event);
    return { expression, values: nodes.slice(0, count).map((node) => node.evaluate('text', event)), count };
  };
}
