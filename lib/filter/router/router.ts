import { textNumber } from '../../xpath/atoms';
import type { CompiledFilter } from '../compiled-filter';
import type { Filter, FilteredEvent } from '../filter';
import { Batch, SMALLEST_BATCH } from './batch';
import { Checks } from './check';
import { attach, detach, EventGroup } from './event-group';
import { JointEvaluation } from './joint-evaluation';
import { Many, type OneOrMany } from './one-or-many';
import type { PathIndex } from './path-index';
import { type PathReader, PathReaders } from './path-reader';
import { type EventGroups, placeFilter } from './placement';
import type { RangeIndex } from './range-index';
import { RecentFindings } from './recent-findings';
import { type Found, Route, type RouterEntry } from './route';

/**
 * Finds which of many filters an event can match, without evaluating each of them.
 *
 * What a filter needs of an event is read off its expression when it is added. It then stands under the event types that it
 * allows, and there under the values that it needs on one path. An event finds, by its type and its values on those paths,
 * all filters that it can match and few others. Each path is read once an event, however many filters need it; equal filters
 * are decided once; and filters that are made of nothing but such needs aren't evaluated at all.
 *
 * Nor is a filter that isn't found: its evaluation can't fail on that event, and the program's own functions in it are not
 * called. Adding and removing take the same time however many filters there are.
 */
export class Router<Entry extends RouterEntry> {
  readonly #routes = new Map<unknown, Route<Entry>>();
  readonly #readers = new PathReaders();
  readonly #checks = new Checks(this.#readers);
  readonly #joint = new JointEvaluation();
  readonly #recent = new RecentFindings<Entry>(this.#readers);
  readonly #anyType = new EventGroup<Route<Entry>>(undefined, this.#readers);
  readonly #byType = new Map<string | undefined, EventGroup<Route<Entry>>>();
  readonly #groups: EventGroups<Route<Entry>> = {
    find: (type) => (type === undefined ? this.#anyType : this.#byType.get(type)),
    make: (type) => this.#makeGroup(type),
  };

  // What one event finds; nothing is made anew for each.
  #round = 0;
  readonly #found: Found<Entry>[] = [];
  /** Whether nothing but values has been looked at. */
  #isByValues = true;
  /** Whether they are in order, as they mostly are: a set's members are, in the order of their coming. */
  #isInOrder = true;
  #lastPlace = 0;
  #event: FilteredEvent | undefined;
  /** How many values the path has that is being looked up; infinitely many if not all could be read. */
  #values = 0;

  /** Whether all that was added has been removed. */
  get isEmpty(): boolean {
    const isFree = this.#routes.size === 0 && this.#anyType.isEmpty && this.#byType.size === 0;
    return isFree && this.#checks.isEmpty && this.#readers.isEmpty && this.#joint.isEmpty;
  }

  /**
   * Adds an entry, which must be in no router.
   *
   * @param filter What decides about it.
   * @param place Its place among the others; entries are found in ascending order.
   */
  add(entry: Entry, filter: Filter, place: number): void {
    this.#recent.forget();
    // All filters are made by `compileFilter`.
    const compiled = filter as CompiledFilter;
    const route = this.#routes.get(compiled.identity) ?? this.#addRoute(compiled);
    entry.moveTo(route, place);
    route.add(entry);
  }

  /** Removes an entry; a second time it does nothing. */
  remove(entry: Entry): void {
    const route = entry.route as Route<Entry> | undefined;
    if (route !== undefined) {
      this.#recent.forget();
      entry.moveTo(undefined, entry.place);
      route.delete(entry);
      if (route.isEmpty) {
        this.#removeRoute(route);
      }
    }
  }

  /**
   * The filters that an event finds, in ascending order of their first entries: all that match it, each once, and some that do
   * not; `evaluate` tells.
   *
   * It asks for `event.tree` only if a path has to be read. The list is the router's own, and holds until the next call.
   */
  find(event: FilteredEvent): readonly Found<Entry>[] {
    return this.#recent.find(event) ?? this.#findAnew(event);
  }

  #findAnew(event: FilteredEvent): readonly Found<Entry>[] {
    // An event isn't read for the sake of filters that look no further than its type.
    if (event.isUnread === true && this.#readsPathsOf(event.type) && event.shape !== undefined) {
      const known = this.#recent.find(event);
      if (known !== undefined) {
        return known;
      }
    }
    const found = this.#search(event);
    if (this.#recent.isWanted && this.#isByValues) {
      this.#keep(event);
    }
    return found;
  }

  /** Whether there are filters that look up values of events of a type. */
  #readsPathsOf(type: string): boolean {
    const ofType = this.#byType.get(type);
    return this.#anyType.indexes.length > 0 || (ofType !== undefined && ofType.indexes.length > 0);
  }

  #search(event: FilteredEvent): readonly Found<Entry>[] {
    this.#round += 1;
    this.#readers.clear();
    this.#joint.end();
    empty(this.#found);
    this.#isInOrder = true;
    this.#isByValues = true;
    this.#lastPlace = -1;
    this.#event = event;
    this.#searchGroup(event, this.#anyType);
    const ofType = this.#byType.get(event.type);
    if (ofType !== undefined) {
      this.#searchGroup(event, ofType);
    }
    this.#event = undefined;
    this.#joint.isWorthwhile = this.#found.length > 1;
    if (!this.#isInOrder) {
      this.#found.sort(byFirstPlace);
    }
    return this.#found;
  }

  /** Keeps what an event has found for others that are the same, if nothing but values decides it. */
  #keep(event: FilteredEvent): void {
    const matching: Found<Entry>[] = [];
    for (const found of this.#found) {
      const matches = found.route.matchesByValues(event);
      if (matches === undefined) {
        return;
      }
      if (matches) {
        matching.push(found);
      }
    }
    this.#recent.keep(matching);
  }

  #addRoute(filter: CompiledFilter): Route<Entry> {
    const { needs, isExact } = filter.requirements;
    const { slots, rest, needsSingle } = placeFilter(needs, this.#groups);
    const checks = isExact ? rest.map((required) => this.#checks.acquire(required)) : undefined;
    const route = new Route<Entry>(filter, slots, checks, needsSingle, this.#joint);
    for (const slot of slots) {
      attach(slot, route);
    }
    this.#routes.set(filter.identity, route);
    return route;
  }

  #removeRoute(route: Route<Entry>): void {
    this.#routes.delete(route.filter.identity);
    route.release();
    for (const slot of route.slots) {
      detach(slot, route);
      const { group } = slot;
      if (group.isEmpty) {
        this.#byType.delete(group.type);
      }
    }
    for (const check of route.checks ?? []) {
      this.#checks.release(check);
    }
  }

  #makeGroup(type: string | undefined): EventGroup<Route<Entry>> {
    let group = this.#groups.find(type);
    if (group === undefined) {
      group = new EventGroup<Route<Entry>>(type, this.#readers);
      this.#byType.set(type, group);
    }
    return group;
  }

  #searchGroup(event: FilteredEvent, { unindexed, indexes }: EventGroup<Route<Entry>>): void {
    if (unindexed.size > 0) {
      this.#values = 0;
      this.#takeMany(unindexed);
    }
    for (const index of indexes) {
      index.reader.read(event, this.#round);
      this.#lookUp(index);
    }
  }

  #lookUp(index: PathIndex<Route<Entry>>): void {
    const { reader, texts, others } = index;
    const { count, isComplete } = reader;
    // Nobody knows how many there are beyond those that were read.
    this.#values = isComplete ? count : count + 1;
    for (let place = 0; place < count; place += 1) {
      const value = reader.value(place);
      const equal = texts?.get(value);
      if (equal !== undefined) {
        this.#takeOneOrMany(equal);
      }
      for (let other = 0; other < others.length; other += 1) {
        others[other]!.find(value, this.#takeOneOrMany);
      }
    }
    if (index.ranges !== undefined) {
      this.#lookUpRanges(index.ranges, reader);
    }
    if (!isComplete) {
      this.#values = Number.POSITIVE_INFINITY;
      this.#takeAll(index.routes());
    } else if (count === 0) {
      index.absent?.find('', this.#takeOneOrMany);
    }
  }

  /** One of the values must be above the lower bound, and one below the upper: not necessarily the same. */
  #lookUpRanges(ranges: RangeIndex<Route<Entry>>, reader: PathReader): void {
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    let isAny = false;
    for (let place = 0; place < reader.count; place += 1) {
      const number = textNumber(reader.value(place));
      if (!Number.isNaN(number)) {
        isAny = true;
        least = Math.min(least, number);
        greatest = Math.max(greatest, number);
      }
    }
    if (isAny) {
      ranges.findBetween(least, greatest, this.#takeOneOrMany);
    }
  }

  readonly #takeOneOrMany = (routes: OneOrMany<Route<Entry>>): void => {
    if (!(routes instanceof Many)) {
      this.#take(routes);
    } else if (routes.seen !== this.#round) {
      // They may come again and again.
      routes.seen = this.#round;
      this.#takeMany(routes);
    }
  };

  #takeMany(routes: Many<Route<Entry>>): void {
    if (routes.size < SMALLEST_BATCH) {
      this.#takeAll(routes);
      return;
    }
    this.#isByValues = false;
    let batch = routes.made as Batch<Entry> | undefined;
    if (batch === undefined || batch.isStale) {
      batch = new Batch(routes, this.#joint);
      routes.made = batch;
    }
    this.#takeAll(batch.others);
    const before = this.#found.length;
    if (!batch.find(this.#event as FilteredEvent, this.#round, this.#put)) {
      this.#found.length = before;
      this.#takeAll(batch.routes());
    }
  }

  #takeAll(routes: Iterable<Route<Entry>>): void {
    for (const route of routes) {
      this.#take(route);
    }
  }

  #take(route: Route<Entry>): void {
    if (route.seen !== this.#round) {
      this.#put(route.begin(this.#round, this.#values));
    }
  }

  readonly #put = (found: Found<Entry>): void => {
    // Stryker disable next-line ConditionalExpression,EqualityOperator: a list that is sorted without need comes to the same.
    this.#isInOrder &&= found.place > this.#lastPlace;
    this.#lastPlace = found.place;
    this.#found.push(found);
  };
}

/** A short list keeps its room: making it anew takes longer than a search. */
function empty(list: unknown[]): void {
  // Stryker disable next-line all: how a list becomes empty decides about time only.
  if (list.length > 16) {
    list.length = 0;
  }
  while (list.length > 0) {
    list.pop();
  }
}

function byFirstPlace(one: Found<RouterEntry>, other: Found<RouterEntry>): number {
  return one.place - other.place;
}
