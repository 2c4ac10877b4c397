import { type CompiledFilter, ExpressionFilter, type Verdict } from '../compiled-filter';
import type { FilteredEvent } from '../filter';
import type { Check } from './check';
import type { IndexSlot } from './event-group';
import type { Columns, JointEvaluation } from './joint-evaluation';
import { Many, type OneOrMany, withMember, withoutMember } from './one-or-many';

/** An entry, or several in ascending order of their places; a list doesn't change any more. */
export type OneOrList<Entry> = Entry | readonly Entry[];

/** What is made of filters' entries, and has to be told when these change. */
interface Changing {
  isStale: boolean;
  /** Adds to what was counted of each filter what was counted of several together. */
  settle(): void;
}

/** A filter that events find, with whom it is for at that moment; or several that have matched together, taken as one. */
export class Found<Entry extends RouterEntry> {
  /** The filter, or the first of several. */
  readonly route: Route<Entry>;
  readonly holders: OneOrList<Entry>;
  /** The place of the first of them. */
  readonly place: number;
  /** Whether it is known that the event that has found it matches. */
  isDecided: boolean;
  /** How many events it has matched. */
  matched = 0;
  /** How many events all of its holders were called with: counted here once, not with each of them. */
  called = 0;
  /** What somebody has made of the holders. */
  made: unknown;

  constructor(route: Route<Entry>, holders: OneOrList<Entry>, isDecided: boolean) {
    this.route = route;
    this.holders = holders;
    this.place = firstOf(holders).place;
    this.isDecided = isDecided;
  }

  /** The same, as a list in any case. */
  get entries(): readonly Entry[] {
    return Array.isArray(this.holders) ? this.holders : [this.holders as Entry];
  }

  /**
   * What the filter says of the event that has found it; to be asked once an event, since matches are counted.
   *
   * @throws {FilterEvaluationError} if the evaluation fails.
   */
  evaluate(event: FilteredEvent): Verdict {
    const verdict = this.isDecided ? 'matched' : this.route.decide(event);
    if (verdict === 'matched') {
      this.matched += 1;
    }
    return verdict;
  }
}

function firstOf<Entry extends RouterEntry>(holders: OneOrList<Entry>): Entry {
  return holders instanceof RouterEntry ? holders : holders[0]!;
}

/** A filter in a router, with the entries that it is for: equal filters are one route, and are decided once. */
export class Route<Entry extends RouterEntry> {
  // What each event that finds it touches comes first: of thousands hardly one is in a cache.
  /** The round in which an event last found it. */
  seen = 0;
  /** What events find, once one has, until an entry comes or goes. */
  #found: Found<Entry> | undefined;
  #isFoundByValue = true;
  /** Whether the checks are enough only if the event has no more than one value on the path by which it found the route. */
  readonly #needsSingle: boolean;
  /** What decides instead of an evaluation, if that is enough. */
  readonly checks: readonly Check[] | undefined;
  readonly #joint: JointEvaluation;
  /** Where its constants are, once it has been evaluated with others; `null` if it can't be. */
  #columns: Columns | null | undefined;
  #row = 0;
  /** How many events it had matched when its entries last changed. */
  #matched = 0;
  /** How many events they all had been called with by then. */
  #called = 0;
  /** That of the place in an index where it stands, if there is one. */
  #batch: Changing | undefined;

  readonly filter: CompiledFilter;
  /** Where events find it. */
  readonly slots: readonly IndexSlot<Route<Entry>>[];
  #entries: OneOrMany<Entry> | undefined;

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
    this.#forgetFound();
    this.#entries = withMember(this.#entries, entry);
  }

  delete(entry: Entry): void {
    this.#forgetFound();
    this.#entries = withoutMember(this.#entries, entry);
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
    if (this.#batch !== undefined) {
      this.#forgetFound();
    }
    this.#found ??= this.#makeFound(false);
    this.#found.isDecided = false;
    return this.#found;
  }

  /**
   * Goes into a batch, from which events take it if they match it, if constants decide about it and it stands nowhere else.
   */
  join(batch: Changing): { readonly columns: Columns; readonly row: number; readonly found: Found<Entry> } | undefined {
    if (this.checks !== undefined || this.slots.length !== 1) {
      return undefined;
    }
    if (this.#columns === undefined) {
      this.#takeRow();
    }
    if (!this.#columns) {
      return undefined;
    }
    this.#forgetFound();
    this.#batch = batch;
    this.#found = this.#makeFound(true);
    return { columns: this.#columns, row: this.#row, found: this.#found };
  }

  /** How many events it has matched. */
  get matched(): number {
    this.#batch?.settle();
    return this.#matched + (this.#found?.matched ?? 0);
  }

  /** How many events all of its entries were called with at once. */
  get called(): number {
    this.#batch?.settle();
    return this.#called + (this.#found?.called ?? 0);
  }

  #makeFound(isDecided: boolean): Found<Entry> {
    return new Found(this, inOrder(this.#entries as OneOrMany<Entry>), isDecided);
  }

  #forgetFound(): void {
    this.#matched = this.matched;
    this.#called = this.called;
    this.#found = undefined;
    if (this.#batch !== undefined) {
      this.#batch.isStale = true;
      this.#batch = undefined;
    }
  }

  /** What the filter says of the event that has found it. */
  decide(event: FilteredEvent): Verdict {
    const matches = this.matchesByValues(event);
    return matches === undefined ? this.#evaluate(event) : matches ? 'matched' : 'unmatched';
  }

  /** Whether the event that has found it matches, if nothing but the values of paths decides that. */
  matchesByValues(event: FilteredEvent): boolean | undefined {
    if (this.checks === undefined || !this.#isFoundByValue) {
      return undefined;
    }
    for (const check of this.checks) {
      const holds = check.holds(event, this.seen);
      if (holds !== true) {
        return holds;
      }
    }
    return true;
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

function inOrder<Entry extends RouterEntry>(entries: OneOrMany<Entry>): OneOrList<Entry> {
  return entries instanceof Many ? [...entries].sort(byPlace) : entries;
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
  #calledElsewhere = 0;

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

  /** How many events it was called with together with all others of its filters. */
  get called(): number {
    return this.#calledElsewhere + (this.#route?.called ?? 0);
  }

  /** For the router alone: says where it stands from now on. */
  moveTo(route: Route<RouterEntry> | undefined, place: number): void {
    this.#matchedElsewhere = this.matched - (route?.matched ?? 0);
    this.#calledElsewhere = this.called - (route?.called ?? 0);
    this.#route = route;
    this.#place = place;
  }
}
