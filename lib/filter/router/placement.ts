import { indexRank, typePath } from '../index-path';
import { isAboutType, type Necessity } from '../necessities';
import type { Needs } from '../needs';
import type { EventGroup } from './event-group';
import type { Home } from './home';

/** The groups of a router: one for each type that filters ask for, and one of all the other filters, whose type is `undefined`. */
export interface EventGroups<Route> {
  find(type: string | undefined): EventGroup<Route> | undefined;
  /** The group of a type, made if there is none. */
  make(type: string | undefined): EventGroup<Route>;
}

/** Where events find a filter. */
export interface Placement<Route> {
  readonly homes: readonly Home<Route>[];
  /** The necessity that all events have which find the filter, besides its type; none where they need have no other. */
  readonly chosen: Necessity | undefined;
}

/**
 * Chooses where events are to find a filter: under the types that it allows, and there under one of the other necessities, of
 * which any will do.
 *
 * The choice falls on the one that fewest other filters share. So ten thousand filters that ask for the same type and
 * state, each with another name, come to stand under their names.
 */
export function placeFilter<Route>({ necessities }: Needs, groups: EventGroups<Route>): Placement<Route> {
  const types = typesOf(necessities);
  if (types.length === 0 || necessities.some((necessity) => necessity.length === 0)) {
    return { homes: [], chosen: undefined };
  }
  const chosen = leastCrowded(necessities, types, groups);
  const homes = chosen === undefined ? homesWithoutIndex(types, groups) : homesUnder(chosen, types, groups);
  return { homes, chosen };
}

/** The types that all necessities allow; `[undefined]` stands for any. */
function typesOf(necessities: readonly Necessity[]): readonly (string | undefined)[] {
  let types: readonly string[] | undefined;
  for (const necessity of necessities.filter(isAboutType)) {
    const allowed = new Set(necessity[0]!.values);
    types = types === undefined ? [...allowed] : types.filter((type) => allowed.has(type));
  }
  return types ?? [undefined];
}

function leastCrowded<Route>(
  necessities: readonly Necessity[],
  types: readonly (string | undefined)[],
  groups: EventGroups<Route>,
): Necessity | undefined {
  const choice = necessities.filter((necessity) => !isAboutType(necessity));
  if (choice.length < 2) {
    return choice[0];
  }
  return choice
    .map((necessity) => ({ necessity, costs: costsOf(necessity, types, groups) }))
    .reduce((best, other) => (isLess(other.costs, best.costs) ? other : best)).necessity;
}

/** What speaks against a necessity, what weighs most first. */
function costsOf<Route>(
  necessity: Necessity,
  types: readonly (string | undefined)[],
  groups: EventGroups<Route>,
): readonly number[] {
  let others = 0;
  let values = 0;
  let newPaths = 0;
  let rank = 0;
  for (const key of necessity) {
    values += key.values.length;
    rank = Math.max(rank, indexRank(key.path));
    if (key.path.key === typePath.key) {
      for (const type of key.values) {
        others += groups.find(type)?.unindexed.size ?? 0;
      }
      continue;
    }
    for (const type of types) {
      const index = groups.find(type)?.findIndex(key.path);
      newPaths += index === undefined ? 1 : 0;
      for (const value of key.values) {
        others += index?.count(value) ?? 0;
      }
    }
  }
  return [others, rank, newPaths, values];
}

function isLess(some: readonly number[], others: readonly number[]): boolean {
  const place = some.findIndex((cost, index) => cost !== others[index]);
  return place !== -1 && some[place]! < others[place]!;
}

function homesWithoutIndex<Route>(types: readonly (string | undefined)[], groups: EventGroups<Route>): Home<Route>[] {
  return types.map((type) => ({ group: groups.make(type), index: undefined, value: '' }));
}

function homesUnder<Route>(
  necessity: Necessity,
  types: readonly (string | undefined)[],
  groups: EventGroups<Route>,
): Home<Route>[] {
  return necessity.flatMap(({ path, values }) => {
    if (path.key === typePath.key) {
      const possible = values.filter((type) => types[0] === undefined || types.includes(type));
      return homesWithoutIndex(possible, groups);
    }
    return types.flatMap((type) => {
      const group = groups.make(type);
      const index = group.makeIndex(path);
      return values.map((value) => ({ group, index, value }));
    });
  });
}
