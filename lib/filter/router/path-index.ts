import type { Lookup } from '../requirement';
import { BoundIndex } from './bound-index';
import { PartIndex, partSize } from './part-index';
import type { PathReader } from './path-reader';
import { PrefixIndex } from './prefix-index';
import { RangeIndex } from './range-index';
import { NumberIndex, PresenceIndex, TextIndex, type ValueIndex } from './value-index';

/** The indexes over the values at one path, one for each way in which these are compared. */
export class PathIndex<Route> {
  readonly reader: PathReader;
  /** Its position in the list of its group. */
  position: number;
  /** What is found by equal texts, as most is, so that it is looked up without a detour. */
  texts: TextIndex<Route> | undefined;
  /** What is found by a value in other ways. */
  readonly others: ValueIndex<Route>[] = [];
  /** What is found by all numbers among the values together. */
  ranges: RangeIndex<Route> | undefined;
  /** What events find that have no value. */
  absent: ValueIndex<Route> | undefined;
  readonly #byWay = new Map<string, ValueIndex<Route>>();

  constructor(reader: PathReader, position: number) {
    this.reader = reader;
    this.position = position;
  }

  get isEmpty(): boolean {
    return this.#byWay.size === 0;
  }

  /** The index for a way of comparing, if there is one. */
  find(lookup: Lookup): ValueIndex<Route> | undefined {
    return this.#byWay.get(wayOf(lookup));
  }

  /** The index for a way of comparing, made if there is none. */
  make(lookup: Lookup): ValueIndex<Route> {
    const way = wayOf(lookup);
    let index = this.#byWay.get(way);
    if (index === undefined) {
      index = makeIndex<Route>(lookup);
      this.#byWay.set(way, index);
      if (index instanceof TextIndex) {
        this.texts = index;
      } else if (index instanceof RangeIndex) {
        this.ranges = index;
      } else if (lookup.kind === 'absent') {
        this.absent = index;
      } else {
        this.others.push(index);
      }
    }
    return index;
  }

  /** Drops an index that has become empty. */
  drop(index: ValueIndex<Route>): void {
    for (const [way, each] of this.#byWay) {
      if (each === index) {
        this.#byWay.delete(way);
      }
    }
    const place = this.others.indexOf(index);
    if (place !== -1) {
      this.others.splice(place, 1);
    }
    this.texts = this.texts === index ? undefined : this.texts;
    this.ranges = this.ranges === index ? undefined : this.ranges;
    this.absent = this.absent === index ? undefined : this.absent;
  }

  /** All of its routes, some of them several times. */
  *routes(): Iterable<Route> {
    for (const index of this.#byWay.values()) {
      yield* index.routes();
    }
  }
}

/** Short parts aren't looked for together with long ones, which are rarer. */
function wayOf({ kind, operand }: Lookup): string {
  return kind === 'contains' ? `${kind} ${partSize(operand as string)}` : kind;
}

function makeIndex<Route>({ kind, operand }: Lookup): ValueIndex<Route> {
  switch (kind) {
    case '=':
      return new TextIndex();
    case '= number':
      return new NumberIndex();
    case 'starts-with':
      return new PrefixIndex();
    case 'contains':
      return new PartIndex(partSize(operand as string));
    case 'range':
      return new RangeIndex();
    case 'present':
    case 'absent':
      return new PresenceIndex();
    case 'not <':
      return new BoundIndex('>=', true);
    case 'not <=':
      return new BoundIndex('>', true);
    case 'not >':
      return new BoundIndex('<=', true);
    case 'not >=':
      return new BoundIndex('<', true);
    default:
      return new BoundIndex(kind, false);
  }
}
