import type { Filter, FilteredEvent } from '../filter';
import { rootElement } from '../light/node';
import type { Check } from './check';
import type { Few } from './few';
import type { Home } from './home';

/** A filter in a router, with the entries that it is for: equal filters are one route, and are decided once. */
export class Route<T> {
  readonly filter: Filter;
  /** What equal filters have in common. */
  readonly identity: unknown;
  /** What decides in the place of an evaluation; none where that is not enough. */
  readonly checks: readonly Check[] | undefined;
  readonly #needsEventName: boolean;
  /** Where events find it. */
  readonly homes: readonly Home<T>[];
  entries: Few<RouterEntry<T>> | undefined;
  /** The round in which an event last found it. */
  seen = 0;
  #isFoundByValue = true;
  #answer: boolean | 'failure' | undefined;
  #failure: unknown;

  constructor(
    filter: Filter,
    identity: unknown,
    homes: readonly Home<T>[],
    checks: readonly Check[] | undefined,
    needsEventName: boolean,
  ) {
    this.filter = filter;
    this.identity = identity;
    this.homes = homes;
    this.checks = checks;
    this.#needsEventName = needsEventName;
  }

  /** Whether it matches the event that found it, without a look at more. */
  get isCertain(): boolean {
    return this.checks?.length === 0 && !this.#needsEventName && this.#isFoundByValue;
  }

  /**
   * Says that another event has found it.
   *
   * @param byValue Whether the event has the type or the value that the route was found by.
   */
  begin(round: number, byValue: boolean): void {
    this.seen = round;
    this.#isFoundByValue = byValue;
    this.#answer = undefined;
    this.#failure = undefined;
  }

  /** Whether the filter matches the event that has found it; decided once, however often this is asked. */
  matches(event: FilteredEvent): boolean {
    if (this.#answer === undefined) {
      try {
        this.#answer = this.#decide(event);
      } catch (error) {
        this.#answer = 'failure';
        this.#failure = error;
      }
    }
    if (this.#answer === 'failure') {
      throw this.#failure;
    }
    return this.#answer;
  }

  #decide(event: FilteredEvent): boolean {
    if (this.checks === undefined || !this.#isFoundByValue) {
      return this.filter.matches(event);
    }
    if (this.#needsEventName && !event.tree.isNamed(rootElement(event.tree), '', 'event')) {
      return false;
    }
    for (const check of this.checks) {
      const holds = check.holds(event, this.seen);
      if (holds !== true) {
        return holds ?? this.filter.matches(event);
      }
    }
    return true;
  }
}

/** An item in a router, and its place among the others. */
export class RouterEntry<T> {
  readonly item: T;
  readonly place: number;
  readonly route: Route<T>;

  constructor(item: T, place: number, route: Route<T>) {
    this.item = item;
    this.place = place;
    this.route = route;
  }

  /** Whether its filter matches the event that found the entry last, so that `matches` has nothing left to look at. */
  get isCertain(): boolean {
    return this.route.isCertain;
  }

  /**
   * Whether its filter matches the event that found the entry last.
   *
   * @throws {FilterEvaluationError} where the evaluation fails.
   */
  matches(event: FilteredEvent): boolean {
    return this.route.matches(event);
  }
}
