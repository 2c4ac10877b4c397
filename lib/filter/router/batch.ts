import type { Rows } from '../../xpath/evaluation/joint-test';
import type { FilteredEvent } from '../filter';
import type { Columns, JointEvaluation } from './joint-evaluation';
import { byPlace, Found, type Route, type RouterEntry } from './route';

/** With fewer members it isn't worth the trouble. */
export const SMALLEST_BATCH = 8;

/**
 * What all events take that come to one place in an index, so arranged that a look at those that don't match takes nothing but
 * their constants, which stand side by side.
 */
export class Batch<Entry extends RouterEntry> {
  /** The members that only more than constants decide. */
  readonly others: readonly Route<Entry>[];
  /** Whether a member's entries have changed. */
  isStale = false;
  readonly #joint: JointEvaluation;
  readonly #parts: readonly Part<Entry>[];

  constructor(routes: Iterable<Route<Entry>>, joint: JointEvaluation) {
    this.#joint = joint;
    const others: Route<Entry>[] = [];
    const parts = new Map<Columns, { rows: number[]; found: Found<Entry>[] }>();
    for (const route of routes) {
      const place = route.join(this);
      if (place === undefined) {
        others.push(route);
        continue;
      }
      const part = parts.get(place.columns) ?? { rows: [], found: [] };
      parts.set(place.columns, part);
      part.rows.push(place.row);
      part.found.push(place.found);
    }
    this.others = others;
    this.#parts = Array.from(parts, ([columns, { rows, found }]) => new Part(columns, columns.copy(rows), found));
  }

  /** Takes those that match an event; no if only their evaluations tell, and then what was taken doesn't count. */
  find(event: FilteredEvent, round: number, take: (found: Found<Entry>) => void): boolean {
    return this.#parts.every((part) => {
      const matching = this.#joint.select(part.columns, part.rows, part.found.length, event, round);
      if (matching !== undefined) {
        part.take(matching, take);
      }
      return matching !== undefined;
    });
  }

  /** Sees that each member knows how many events it has matched. */
  settle(): void {
    for (const part of this.#parts) {
      part.settle();
    }
  }

  /** All members that constants decide. */
  *routes(): Iterable<Route<Entry>> {
    for (const { found } of this.#parts) {
      for (const { route } of found) {
        yield route;
      }
    }
  }
}

/**
 * Those whose expressions are of one template.
 *
 * Events of one kind come again and again, and then the same members match. From the second time on these are found as if they
 * were one filter with the entries of all, so that nothing is done for each of them.
 */
class Part<Entry extends RouterEntry> {
  readonly columns: Columns;
  readonly rows: Rows;
  /** Made one after another, so that they stand side by side, too. */
  readonly found: readonly Found<Entry>[];
  /** Which of them matched last. */
  #last = new Int32Array(0);
  /** All of those, if they matched twice in a row. */
  #together: Found<Entry> | undefined;

  constructor(columns: Columns, rows: Rows, found: readonly Found<Entry>[]) {
    this.columns = columns;
    this.rows = rows;
    this.found = found;
  }

  take(matching: Int32Array, take: (found: Found<Entry>) => void): void {
    if (matching.length > 1 && areEqual(matching, this.#last)) {
      this.#together ??= this.#join();
      take(this.#together);
      return;
    }
    this.settle();
    this.#together = undefined;
    this.#last = matching.slice();
    for (let index = 0; index < matching.length; index += 1) {
      take(this.found[matching[index]!]!);
    }
  }

  settle(): void {
    const together = this.#together;
    if (together === undefined || (together.matched === 0 && together.called === 0)) {
      return;
    }
    for (const index of this.#last) {
      const found = this.found[index]!;
      found.matched += together.matched;
      found.called += together.called;
    }
    together.matched = 0;
    together.called = 0;
  }

  #join(): Found<Entry> {
    const all = Array.from(this.#last, (index) => this.found[index]!);
    const entries = all.flatMap((found) => found.entries).sort(byPlace);
    return new Found(all[0]!.route, entries, true);
  }
}

function areEqual(one: Int32Array, other: Int32Array): boolean {
  if (one.length !== other.length) {
    return false;
  }
  for (let index = 0; index < one.length; index += 1) {
    if (one[index] !== other[index]) {
      return false;
    }
  }
  return true;
}
