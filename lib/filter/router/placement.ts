import { indexRank, typePath } from '../index-path';
import type { Requirements } from '../required-matches';
import { isAboutType, type RequiredMatch } from '../required-matches';
import type { EventGroup, IndexSlot } from './event-group';

/** The groups of a router: one for each type that filters ask for, and one of all the other filters, whose type is `undefined`. */
export interface EventGroups<Route> {
  find(type: string | undefined): EventGroup<Route> | undefined;
  /** The group of a type, made if there is none. */
  make(type: string | undefined): EventGroup<Route>;
}

/** Where events find a filter. */
export interface Placement<Route> {
  readonly slots: readonly IndexSlot<Route>[];
  /** The required match that all events have which find the filter, besides its type, if there is one. */
  readonly chosen: RequiredMatch | undefined;
}

/**
 * Chooses where events are to find a filter: under the types that it allows, and there under one of the other required matches,
 * of which any will do.
 *
 * The choice falls on the one by which an event may be expected to find fewest other filters: those that share its value, over
 * the number of values on its path. So ten thousand filters that ask for the same type and state, and for one of a hundred
 * names, come to stand under their names.
 */
export function placeFilter<Route>({ required }: Requirements, groups: EventGroups<Route>): Placement<Route> {
  const types = typesOf(required);
  if (types.length === 0 || required.some((match) => match.length === 0)) {
    return { slots: [], chosen: undefined };
  }
  const chosen = leastCrowded(required, types, groups);
  const slots = chosen === undefined ? slotsWithoutIndex(types, groups) : slotsUnder(chosen, types, groups);
  return { slots, chosen };
}

/** The types that all required matches allow; `[undefined]` stands for any. */
function typesOf(required: readonly RequiredMatch[]): readonly (string | undefined)[] {
  let types: readonly string[] | undefined;
  for (const match of required.filter(isAboutType)) {
    const allowed = new Set(match[0]!.values);
    types = types === undefined ? [...allowed] : types.filter((type) => allowed.has(type));
  }
  return types ?? [undefined];
}

function leastCrowded<Route>(
  required: readonly RequiredMatch[],
  types: readonly (string | undefined)[],
  groups: EventGroups<Route>,
): RequiredMatch | undefined {
  const choice = required.filter((match) => !isAboutType(match));
  if (choice.length < 2) {
    return choice[0];
  }
  return choice
    .map((match) => ({ match, costs: costsOf(match, types, groups) }))
    .reduce((best, other) => (isLess(other.costs, best.costs) ? other : best)).match;
}

/** What speaks against a required match, what weighs most first. */
function costsOf<Route>(
  match: RequiredMatch,
  types: readonly (string | undefined)[],
  groups: EventGroups<Route>,
): readonly number[] {
  let others = 0;
  let values = 0;
  let newPaths = 0;
  let rank = 0;
  for (const key of match) {
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
        others += index?.expected(value) ?? 0;
      }
    }
  }
  return [others, rank, newPaths, values];
}

function isLess(some: readonly number[], others: readonly number[]): boolean {
  const place = some.findIndex((cost, index) => cost !== others[index]);
  return place !== -1 && some[place]! < others[place]!;
}

function slotsWithoutIndex<Route>(
  types: readonly (string | undefined)[],
  groups: EventGroups<Route>,
): IndexSlot<Route>[] {
  return types.map((type) => ({ group: groups.make(type), index: undefined, value: '' }));
}

function slotsUnder<Route>(
  match: RequiredMatch,
  types: readonly (string | undefined)[],
  groups: EventGroups<Route>,
): IndexSlot<Route>[] {
  return match.flatMap(({ path, values }) => {
    if (path.key === typePath.key) {
      const possible = values.filter((type) => types[0] === undefined || types.includes(type));
      return slotsWithoutIndex(possible, groups);
    }
    return types.flatMap((type) => {
      const group = groups.make(type);
      const index = group.makeIndex(path);
      return values.map((value) => ({ group, index, value }));
    });
  });
}
