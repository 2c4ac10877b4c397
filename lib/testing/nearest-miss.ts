import { type ConditionOutcome, explainMatch, type Filter, FilterEvaluationError, type QueuedEvent } from '../index';
import { eventText, expressionText, valueText } from './failure-text';

/** How many conditions are shown, and of each how many of the values that it looked at. */
const SHOWN_CONDITIONS = 20;
const SHOWN_OPERANDS = 6;

/** How many events are looked at, from the last on. */
const COMPARED_EVENTS = 1000;

/** An event, and how close it came. */
interface Miss {
  readonly event: QueuedEvent;
  readonly outcomes: readonly ConditionOutcome[];
  /** How many conditions were true. */
  readonly met: number;
  /** How many of the others found at least something where they looked. */
  readonly touched: number;
}

/**
 * Describes the event that a filter came closest to matching: which of its conditions were false, and what was there.
 *
 * Closest is where most conditions were true; of those, where most of the others found something to look at; of several
 * that come equally close, the last.
 *
 * @returns Lines; none if there is nothing to tell.
 */
export function describeNearestMiss(filter: Filter, events: readonly QueuedEvent[]): string[] {
  const [first, ...others] = events
    .slice(-COMPARED_EVENTS)
    .map((event) => missOf(filter, event))
    .filter(({ outcomes }) => outcomes.length > 0);
  if (first === undefined) {
    return [];
  }
  const nearest = others.reduce((best, miss) => (isCloser(best, miss) ? best : miss), first);
  return [`nearest: ${eventText(nearest.event)}`, ...describeOutcomes(nearest.outcomes)];
}

function missOf(filter: Filter, event: QueuedEvent): Miss {
  const outcomes = outcomesOf(filter, event);
  const unmet = outcomes.filter(({ isTrue }) => !isTrue);
  const touched = unmet.filter(({ found }) => found.some(({ count }) => count > 0)).length;
  return { event, outcomes, met: outcomes.length - unmet.length, touched };
}

function isCloser(one: Miss, other: Miss): boolean {
  return one.met > other.met || (one.met === other.met && one.touched > other.touched);
}

/** Describes, condition by condition, what a filter found on an event. */
export function describeMiss(filter: Filter, event: QueuedEvent): string[] {
  return describeOutcomes(outcomesOf(filter, event));
}

function describeOutcomes(outcomes: readonly ConditionOutcome[]): string[] {
  const more = outcomes.length - SHOWN_CONDITIONS;
  // If not all can be shown, those that are false matter more.
  const ordered = more > 0 ? outcomes.toSorted((one, other) => Number(one.isTrue) - Number(other.isTrue)) : outcomes;
  const lines = ordered.slice(0, SHOWN_CONDITIONS).map(describeOutcome);
  if (more > 0) {
    lines.push(`  … and ${more} more conditions`);
  }
  if (outcomes.length > 0 && outcomes.every(({ isTrue }) => isTrue)) {
    lines.push('  each of these is true, but of different nodes');
  }
  return lines;
}

function describeOutcome({ condition, isTrue, found }: ConditionOutcome): string {
  const what = isTrue ? [] : found.slice(0, SHOWN_OPERANDS).map((value) => describeFound(value, found.length === 1));
  if (!isTrue && found.length > SHOWN_OPERANDS) {
    what.push('…');
  }
  return `  ${isTrue ? 'true ' : 'false'}  ${expressionText(condition)}${what.length === 0 ? '' : `    (${what.join('; ')})`}`;
}

function describeFound({ expression, values, count }: ConditionOutcome['found'][number], isAlone: boolean): string {
  const more = count > values.length ? ` and ${count - values.length} more` : '';
  const listed = count === 0 ? 'nothing' : `${values.map(valueText).join(', ')}${more}`;
  return isAlone ? `found ${listed}` : `${expressionText(expression)}: ${listed}`;
}

/** What a function of the program's own throws has been told by the delivery already. */
function outcomesOf(filter: Filter, event: QueuedEvent): readonly ConditionOutcome[] {
  try {
    return explainMatch(filter, event);
  } catch (error) {
    if (error instanceof FilterEvaluationError) {
      return [];
    }
    throw error;
  }
}
