import { formatValue, optionNames, requireOptions } from '../arguments';
import { InvalidArgumentError, InvalidEventError } from '../errors';
import {
  type Connection,
  compileFilter,
  type Filter,
  type FilterOptions,
  type FilterSource,
  openConnection,
  peekEvents,
  type QueuedEvent,
  sendEvent,
  takeEvents,
} from '../index';
import { describeDoubts, eventText, wantedText } from './failure-text';
import { describeMiss, describeNearestMiss } from './nearest-miss';

/** What the names in a matcher's filter stand for. */
export type MatcherOptions = Omit<FilterOptions, 'limits'>;

/** The matchers, as they are called on what `expect()` returns. */
export interface VirdeliverMatchers<R> {
  /** Passes if the filter matches the event, or the event whose XML it is. */
  toMatchFilter(filter: FilterSource, options?: MatcherOptions): R;
  /** Passes if an event that the filter matches waits in the queue of the connection; nothing is delivered or taken. */
  toHaveQueued(filter: FilterSource, options?: MatcherOptions): R;
}

/** What Jest and Vitest hand to a matcher, as far as it is used here. */
interface MatcherContext {
  readonly isNot?: boolean;
  readonly utils: {
    matcherHint(name: string, received: string, expected: string, options: { isNot: boolean }): string;
    EXPECTED_COLOR(text: string): string;
    RECEIVED_COLOR(text: string): string;
  };
}

interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

const OPTIONS = optionNames<MatcherOptions>({ namespaces: true, variables: true, functions: true });
const SHOWN_EVENTS = 10;

/**
 * The matchers for `expect.extend`: of Jest, of Vitest, and of whatever else takes Jest's matchers.
 *
 * `import 'virdeliver/testing/jest'`, `'virdeliver/testing/jest-globals'` or `'virdeliver/testing/vitest'` does that, and
 * declares their types.
 *
 * @example
 * ```js no-run
 * import { virdeliverMatchers } from 'virdeliver/testing';
 * import { expect } from 'vitest';
 *
 * expect.extend(virdeliverMatchers);
 * ```
 */
export const virdeliverMatchers: {
  toMatchFilter(this: MatcherContext, received: unknown, source: FilterSource, options?: MatcherOptions): MatcherResult;
  toHaveQueued(this: MatcherContext, received: unknown, source: FilterSource, options?: MatcherOptions): MatcherResult;
} = {
  toMatchFilter(received, source, options = {}) {
    const filter = readFilter(source, options);
    const event = readReceived(received);
    if (event instanceof Error) {
      // Fails with and without `not`, and, if the matcher stands for a part of a value, is a mismatch like any other.
      return {
        pass: this.isNot === true,
        message: () => [hint(this, 'toMatchFilter', 'event'), '', event.message].join('\n'),
      };
    }
    return {
      pass: filter.matches(event),
      message: () =>
        [
          hint(this, 'toMatchFilter', 'event'),
          '',
          expected(this, filter),
          `received: ${this.utils.RECEIVED_COLOR(eventText(event))}`,
          ...(this.isNot ? [] : [...describeMiss(filter, event), ...describeDoubts(filter)]),
        ].join('\n'),
    };
  },

  toHaveQueued(received, source, options = {}) {
    const filter = readFilter(source, options);
    const events = peekEvents(received as Connection);
    const matching = events.filter((event) => filter.matches(event));
    const told = this.isNot ? matching : events;
    return {
      pass: matching.length > 0,
      message: () =>
        [
          hint(this, 'toHaveQueued', 'connection'),
          '',
          expected(this, filter),
          `queued:   ${this.utils.RECEIVED_COLOR(countText(events.length, matching.length))}`,
          ...told.slice(0, SHOWN_EVENTS).map((event) => `  ${this.utils.RECEIVED_COLOR(eventText(event))}`),
          ...(told.length > SHOWN_EVENTS ? [`  … and ${told.length - SHOWN_EVENTS} more`] : []),
          ...(this.isNot ? [] : [...describeNearestMiss(filter, events), ...describeDoubts(filter)]),
        ].join('\n'),
    };
  },
};

function readFilter(source: FilterSource, options: MatcherOptions): Filter {
  requireOptions('options', options, OPTIONS);
  return compileFilter(source, options);
}

/** The event that is meant: it, or the one whose text was given; or why there is none. */
function readReceived(received: unknown): QueuedEvent | InvalidArgumentError | InvalidEventError {
  if (typeof received === 'string') {
    using conn = openConnection();
    try {
      sendEvent(conn, received);
    } catch (error) {
      if (error instanceof InvalidEventError) {
        return error;
      }
      throw error;
    }
    return takeEvents(conn)[0] as QueuedEvent;
  }
  if (typeof (received as QueuedEvent | null | undefined)?.xml !== 'string') {
    return new InvalidArgumentError('received', `must be an event, or its XML, but is ${formatValue(received)}`);
  }
  return received as QueuedEvent;
}

function hint({ utils, isNot = false }: MatcherContext, name: string, received: string): string {
  return utils.matcherHint(name, received, 'filter', { isNot });
}

function expected({ utils, isNot = false }: MatcherContext, filter: Filter): string {
  return `expected: ${isNot ? 'no ' : 'an '}${utils.EXPECTED_COLOR(wantedText(filter))}`;
}

function countText(events: number, matching: number): string {
  const count = events === 0 ? 'nothing' : events === 1 ? '1 event' : `${events} events`;
  return matching === 0 ? count : `${count}, of which ${matching} ${matching === 1 ? 'matches' : 'match'}`;
}
