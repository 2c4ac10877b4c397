import type { IndexPath } from '../index-path';
import { Many } from './one-or-many';
import { PathIndex } from './path-index';
import type { PathReaders } from './path-reader';
import type { Operand, ValueIndex } from './value-index';

/** The routes that an event of one type can take; or of whatever type, if they don't ask for one. */
export class EventGroup<Route> {
  /** `undefined` for whatever type. */
  readonly type: string | undefined;
  /** The routes that no index leads to: each event of the group takes them all. */
  readonly unindexed = new Many<Route>();
  /** One for each path, in no order. */
  readonly indexes: PathIndex<Route>[] = [];
  readonly #byPath = new Map<string, PathIndex<Route>>();
  readonly #readers: PathReaders;

  constructor(type: string | undefined, readers: PathReaders) {
    this.type = type;
    this.#readers = readers;
  }

  get isEmpty(): boolean {
    return this.unindexed.size === 0 && this.indexes.length === 0;
  }

  /** The indexes of a path, if there are any. */
  findIndex({ key }: IndexPath): PathIndex<Route> | undefined {
    return this.#byPath.get(key);
  }

  /** The indexes of a path, none yet if there weren't any. */
  makeIndex(path: IndexPath): PathIndex<Route> {
    let index = this.#byPath.get(path.key);
    if (index === undefined) {
      index = new PathIndex(this.#readers.acquire(path), this.indexes.length);
      this.indexes.push(index);
      this.#byPath.set(path.key, index);
    }
    return index;
  }

  /** Drops the indexes of a path that have become empty. */
  dropIndex(index: PathIndex<Route>): void {
    this.#byPath.delete(index.reader.path.key);
    this.#readers.release(index.reader);
    const last = this.indexes.pop() as PathIndex<Route>;
    if (last !== index) {
      this.indexes[index.position] = last;
      last.position = index.position;
    }
  }
}

/** Where events find a route: at an operand in an index, or, without an index, at every event of the group. */
export interface IndexSlot<Route> {
  readonly group: EventGroup<Route>;
  readonly path: PathIndex<Route> | undefined;
  readonly index: ValueIndex<Route> | undefined;
  /** The empty string without an index. */
  readonly operand: Operand;
}

/** Has events find a route at a slot. */
export function attach<Route>({ group, index, operand }: IndexSlot<Route>, route: Route): void {
  if (index === undefined) {
    group.unindexed.add(route);
  } else {
    index.add(operand, route);
  }
}

/** Takes a route out of a slot, and drops the index if it was the last there. */
export function detach<Route>({ group, path, index, operand }: IndexSlot<Route>, route: Route): void {
  group.unindexed.delete(route);
  index?.delete(operand, route);
  if (path !== undefined && index?.isEmpty) {
    path.drop(index);
    if (path.isEmpty) {
      group.dropIndex(path);
    }
  }
}
