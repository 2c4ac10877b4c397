import type { IndexPath } from '../index-path';
import type { PathReaders } from './path-reader';
import { ValueIndex } from './value-index';

/** The routes that an event of one type can take; or of whatever type, if they don't ask for one. */
export class EventGroup<Route> {
  /** `undefined` for whatever type. */
  readonly type: string | undefined;
  /** The routes that no index leads to: each event of the group takes them all. */
  readonly unindexed = new Set<Route>();
  /** One for each path, in no order. */
  readonly indexes: ValueIndex<Route>[] = [];
  readonly #byPath = new Map<string, ValueIndex<Route>>();
  readonly #readers: PathReaders;

  constructor(type: string | undefined, readers: PathReaders) {
    this.type = type;
    this.#readers = readers;
  }

  get isEmpty(): boolean {
    return this.unindexed.size === 0 && this.indexes.length === 0;
  }

  /** The index of a path, if there is one. */
  findIndex({ key }: IndexPath): ValueIndex<Route> | undefined {
    return this.#byPath.get(key);
  }

  /** The index of a path, made if there is none. */
  makeIndex(path: IndexPath): ValueIndex<Route> {
    let index = this.#byPath.get(path.key);
    if (index === undefined) {
      index = new ValueIndex(this.#readers.acquire(path), this.indexes.length);
      this.indexes.push(index);
      this.#byPath.set(path.key, index);
    }
    return index;
  }

  /** Drops an index that has become empty. */
  dropIndex(index: ValueIndex<Route>): void {
    this.#byPath.delete(index.reader.path.key);
    this.#readers.release(index.reader);
    const last = this.indexes.pop() as ValueIndex<Route>;
    if (last !== index) {
      this.indexes[index.position] = last;
      last.position = index.position;
    }
  }
}

/** Where events find a route: at a value of a path, or, without an index, at every event of the group. */
export interface IndexSlot<Route> {
  readonly group: EventGroup<Route>;
  readonly index: ValueIndex<Route> | undefined;
  /** The empty string without an index. */
  readonly value: string;
}

/** Has events find a route at a slot. */
export function attach<Route>({ group, index, value }: IndexSlot<Route>, route: Route): void {
  if (index === undefined) {
    group.unindexed.add(route);
  } else {
    index.add(value, route);
  }
}

/** Takes a route out of a slot, and drops the index if it was the last there. */
export function detach<Route>({ group, index, value }: IndexSlot<Route>, route: Route): void {
  group.unindexed.delete(route);
  index?.delete(value, route);
  if (index?.isEmpty) {
    group.dropIndex(index);
  }
}
