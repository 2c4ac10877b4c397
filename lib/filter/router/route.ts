import { type CompiledFilter, ExpressionFilter, type Verdict } from '../compiled-filter';
import type { FilteredEvent } from '../filter';
import type { Check } from './check';
import type { IndexSlot } from './event-group';
import type { Columns, JointEvaluation } from './joint-evaluation';
import { Many, type OneOrMany, withMember, withoutMember } from './one-or-many';

/** A filter that an event has found, and the entries that it was for at that moment. */
export interface Found<Entry extends RouterEntry> {
  readonly route: Route<Entry>;
  /** In ascending order of their places; the list doesn't change any more. */
  readonly entries: readonly Entry[];
}

/** A filter in a router, with the entries that it is for: equal filters are one route, and are decided once. */
export class Route<Entry extends RouterEntry> {
  readonly filter: CompiledFilter;
  /** What decides instead of an evaluation, if that is enough. */
  readonly checks: readonly Check[] | undefined;
  /** Whether that is enough only if the event has no more than one value on the path by which it found the route. */
  readonly #needsSingle: boolean;
  readonly #joint: JointEvaluation;
  /** Where its constants are, once it has been evaluated with others; `null` if it can't be. */
  #columns: Columns | null | undefined;
  #row = 0;
  /** Where events find it. */
  readonly slots: readonly IndexSlot<Route<Entry>>[];
  /** The round in which an event last found it. */
  seen = 0;
  /** How many events it has matched. */
  matched = 0;
  #entries: OneOrMany<Entry> | undefined;
  /** What events find, once one has, until an entry comes or goes. */
  #found: Found<Entry> | undefined;
  #isFoundByValue = true;

  constructor(
    filter: CompiledFilter,
    slots: readonly IndexSlot<Route<Entry>>[],
    checks: readonly Check[] | undefined,
    needsSingle: boolean,
    joint: JointEvaluation,
  ) {
    this.filter = filter;
    this.slots = slots;
    this.checks = checks;
    this.#needsSingle = needsSingle;
    this.#joint = joint;
  }

  get isEmpty(): boolean {
    return this.#entries === undefined;
  }

  add(entry: Entry): void {
    this.#entries = withMember(this.#entries, entry);
    this.#found = undefined;
  }

  delete(entry: Entry): void {
    this.#entries = withoutMember(this.#entries, entry);
    this.#found = undefined;
  }

  /** Lets go of what it shares with others. */
  release(): void {
    if (this.#columns) {
      this.#joint.delete(this.#columns, this.#row);
    }
  }

  /**
   * Says that another event has found it.
   *
   * @param values How many values the path has by which the event found it, if it was by a value or by type; else infinitely many.
   */
  begin(round: number, values: number): Found<Entry> {
    this.seen = round;
    this.#isFoundByValue = values <= (this.#needsSingle ? 1 : Number.MAX_SAFE_INTEGER);
    this.#found ??= { route: this, entries: sortedByPlace(this.#entries as OneOrMany<Entry>) };
    return this.#found;
  }

  /**
   * What the filter says of the event that has found it; to be asked once an event, since matches are counted.
   *
   * @throws {FilterEvaluationError} if the evaluation fails.
   */
  evaluate(event: FilteredEvent): Verdict {
    const verdict = this.#decide(event);
    if (verdict === 'matched') {
      this.matched += 1;
    }
    return verdict;
  }

  #decide(event: FilteredEvent): Verdict {
    if (this.checks === undefined || !this.#isFoundByValue) {
      return this.#evaluate(event);
    }
    for (const check of this.checks) {
      const holds = check.holds(event, this.seen);
      if (holds !== true) {
        return holds === false ? 'unmatched' : this.#evaluate(event);
      }
    }
    return 'matched';
  }

  #evaluate(event: FilteredEvent): Verdict {
    if (this.#joint.isWorthwhile) {
      if (this.#columns === undefined) {
        this.#takeRow();
      }
      const matches = this.#columns ? this.#joint.decide(this.#columns, this.#row, event, this.seen) : undefined;
      if (matches !== undefined) {
        return matches ? 'matched' : 'unmatched';
      }
    }
    return this.filter.evaluate(event);
  }

  #takeRow(): void {
    this.#columns = null;
    if (this.filter instanceof ExpressionFilter) {
      const { expression } = this.filter;
      const columns = this.#joint.columnsFor(expression);
      if (columns !== undefined) {
        this.#columns = columns;
        this.#row = columns.add(expression.source);
      }
    }
  }
}

function sortedByPlace<Entry extends RouterEntry>(entries: OneOrMany<Entry>): readonly Entry[] {
  return entries instanceof Many ? [...entries].sort(byPlace) : [entries];
}

/** Compares the places of entries, for sorting. */
export function byPlace(one: RouterEntry, other: RouterEntry): number {
  return one.place - other.place;
}

/**
 * What a filter in a router decides about: the parent of whatever is to be found.
 *
 * An event may find hundreds of entries among many thousands, and then the time goes into fetching them from memory. What it finds
 * is therefore the thing itself, not a way to it, and nothing is done for each that can be done for the route.
 */
export abstract class RouterEntry {
  #place = 0;
  #route: Route<RouterEntry> | undefined;
  /** What `matched` was when it came to its route, less what that had matched by then. */
  #matchedElsewhere = 0;

  /** Its place among the others. */
  get place(): number {
    return this.#place;
  }

  /** The filter that decides about it, if it is in a router. */
  get route(): Route<RouterEntry> | undefined {
    return this.#route;
  }

  /** How many events its filters have matched. */
  get matched(): number {
    return this.#matchedElsewhere + (this.#route?.matched ?? 0);
  }

  /** For the router alone: says where it stands from now on. */
  moveTo(route: Route<RouterEntry> | undefined, place: number): void {
    this.#matchedElsewhere = this.matched - (route?.matched ?? 0);
    this.#route = route;
    this.#place = place;
  }
}
