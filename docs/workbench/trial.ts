import { FilterError, InvalidArgumentError, type InvalidEventError, VirdeliverError } from '../../lib/errors';
import { EventRecord } from '../../lib/event/event-record';
import { EventSplitter } from '../../lib/event/stream/splitter';
import { compileFilter } from '../../lib/filter/compile-filter';
import { type ConditionOutcome, explainMatch } from '../../lib/filter/explain-match';
import type { Filter, FilterSource } from '../../lib/filter/filter';
import { defaultEventLimits } from '../../lib/xml/limits';
import type { Names } from './filter-state';

/**
 * The caps on what is typed or comes with a link, so that no filter keeps the page from answering: an evaluation ends within some
 * milliseconds, and all of them together soon after `MOST_TIME`.
 */
export const FILTER_LIMITS = {
  filterLength: 4096,
  filterDepth: 64,
  filterOperators: 256,
  evaluationOperations: 20_000,
} as const;
export const MOST_EVENTS = 100;
export const MOST_EVENTS_TEXT = 200_000;
/** In milliseconds. */
const MOST_TIME = 250;

/** What the filter makes of an event. */
export type Verdict =
  | { readonly kind: 'match' | 'no-match'; readonly conditions: readonly ConditionOutcome[] }
  | { readonly kind: 'failed'; readonly message: string };

/** Compiles a filter as programs do; the error if it, or a name, is wrong. */
export function compile(source: FilterSource, names: Names): Filter | FilterError | InvalidArgumentError {
  try {
    return compileFilter(source, { ...names, limits: FILTER_LIMITS });
  } catch (error) {
    if (error instanceof FilterError || error instanceof InvalidArgumentError) {
      return error;
    }
    throw error;
  }
}

/** Tries a filter on events. */
export function tryOn(filter: Filter, events: readonly EventRecord[]): Verdict[] {
  const end = performance.now() + MOST_TIME;
  return events.map((event) =>
    performance.now() < end
      ? tryOnOne(filter, event)
      : { kind: 'failed', message: 'not tried: this filter takes too long on the events before it' },
  );
}

function tryOnOne(filter: Filter, event: EventRecord): Verdict {
  try {
    const kind = filter.matches(event) ? 'match' : 'no-match';
    return { kind, conditions: explainMatch(filter, event) };
  } catch (error) {
    if (error instanceof VirdeliverError) {
      return { kind: 'failed', message: error.message };
    }
    throw error;
  }
}

/** What stands in a text: events, and what keeps others from being some. */
export interface ReadEvents {
  readonly events: readonly EventRecord[];
  readonly problems: readonly (InvalidEventError | string)[];
}

/** Reads the events in a text, as the library reads those in a file. */
export function readEvents(text: string): ReadEvents {
  if (text.length > MOST_EVENTS_TEXT) {
    return {
      events: [],
      problems: [`This is too long: ${text.length} characters; the workbench takes ${MOST_EVENTS_TEXT}.`],
    };
  }
  const splitter = new EventSplitter(defaultEventLimits);
  splitter.push(Buffer.from(text));
  splitter.end();
  const events: EventRecord[] = [];
  const problems: InvalidEventError[] = [];
  for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
    if (item.kind === 'event') {
      events.push(new EventRecord(item.event));
    } else if (item.kind === 'invalid') {
      problems.push(item.error);
    }
    if (events.length + problems.length > MOST_EVENTS) {
      return {
        events,
        problems: [...problems, `What follows is left out: the workbench takes ${MOST_EVENTS} events.`],
      };
    }
  }
  return { events, problems };
}
