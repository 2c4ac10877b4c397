import type { EventGroup } from './event-group';
import type { ValueIndex } from './value-index';

/** Where events find a route: at a value of a path, or, without an index, at every event of the group. */
export interface Home<Route> {
  readonly group: EventGroup<Route>;
  readonly index: ValueIndex<Route> | undefined;
  /** The empty string where there is no index. */
  readonly value: string;
}

export function moveIn<Route>({ group, index, value }: Home<Route>, route: Route): void {
  if (index === undefined) {
    group.unindexed.add(route);
  } else {
    index.add(value, route);
  }
}

/** Takes a route out, and the index with it if it was the last there. */
export function moveOut<Route>({ group, index, value }: Home<Route>, route: Route): void {
  if (index === undefined) {
    group.unindexed.delete(route);
    return;
  }
  index.delete(value, route);
  if (index.isEmpty) {
    group.dropIndex(index);
  }
}
