import type { FilteredEvent } from '../filter';
import type { Columns, JointEvaluation } from './joint-evaluation';
import type { Found, Route, RouterEntry } from './route';

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
    this.#parts = Array.from(parts, ([columns, { rows, found }]) => ({ columns, rows: Int32Array.from(rows), found }));
  }

  /** Takes those that match an event; no if only their evaluations tell, and then what was taken doesn't count. */
  find(event: FilteredEvent, round: number, take: (found: Found<Entry>) => void): boolean {
    for (const { columns, rows, found } of this.#parts) {
      const matching = this.#joint.select(columns, rows, event, round);
      if (matching === undefined) {
        return false;
      }
      for (let index = 0; index < matching.length; index += 1) {
        take(found[matching[index]!]!);
      }
    }
    return true;
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

interface Part<Entry extends RouterEntry> {
  readonly columns: Columns;
  readonly rows: Int32Array;
  /** Made one after another, so that they stand side by side, too. */
  readonly found: readonly Found<Entry>[];
}
