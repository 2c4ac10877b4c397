import { type IndexPath, indexRank, PATH_RANKS } from '../index-path';
import { type Range, rangeLookup, rangesAmong } from '../range';
import {
  conjuncts,
  decidedByLookup,
  isAboutType,
  isType,
  type Lookup,
  type LookupKind,
  lookupsOf,
  type Requirement,
  typesOf,
  type ValueRequirement,
} from '../requirement';
import type { EventGroup, IndexSlot } from './event-group';
import type { Operand } from './value-index';

/** The groups of a router: one for each type that filters ask for, and one of all the other filters, whose type is `undefined`. */
export interface EventGroups<Route> {
  find(type: string | undefined): EventGroup<Route> | undefined;
  /** The group of a type, made if there is none. */
  make(type: string | undefined): EventGroup<Route>;
}

/** Where events find a filter. */
export interface Placement<Route> {
  readonly slots: readonly IndexSlot<Route>[];
  /** What is required beyond that an event finds it. */
  readonly rest: readonly Requirement[];
  /** Whether that is so only of events that have no more than one value on the path by which they find it. */
  readonly needsSingle: boolean;
}

/**
 * Chooses where events are to find a filter: under the types that it allows, and there by the values that it requires of one
 * path, or, if it has alternatives, by those of each.
 *
 * Of several requirements the choice falls on the one by which an event may be expected to find fewest other filters: of equal
 * values, those that share the filter's, over the number of values on its path. So ten thousand filters that ask for the
 * same type and state, and for one of a hundred names, come to stand under their names.
 */
export function placeFilter<Route>(needs: Requirement, groups: EventGroups<Route>): Placement<Route> {
  const required = conjuncts(needs);
  const types = typesOf(needs) ?? anyType;
  const best = bestCover(required, types, groups);
  const decided = best === undefined ? 'never' : leastDecisive(best.of.map(decision));
  const { places } = best ?? everyEvent(needs, types, groups);
  return {
    slots: distinct(places.map((place) => slotAt(place, groups))),
    rest: required.filter((each) => !isAboutType(each) && (decided === 'never' || !best!.of.includes(each))),
    needsSingle: decided === 'if single',
  };
}

/** Event types; `undefined` stands for any. */
type Types = readonly (string | undefined)[];

const anyType: Types = [undefined];

/** Where events may find a filter, whether there is an index yet or not: by a value, or every event of a type. */
type Place = { readonly type: string | undefined } & (
  | { readonly path: IndexPath; readonly lookup: Lookup }
  | { readonly path: undefined; readonly lookup: undefined }
);

/** Places at which a filter is found by all events that are as something requires. */
interface Cover {
  /** All of these are required of the events that find it there. */
  readonly of: readonly Requirement[];
  readonly places: readonly Place[];
  /** How many other filters an event may be expected to find there. */
  readonly others: number;
  readonly rank: number;
  /** How many paths have to be read for it alone. */
  readonly newPaths: number;
}

/** Those types that others allow, too. */
function within(types: readonly string[] | undefined, allowed: Types): Types {
  return types === undefined || allowed === anyType
    ? (types ?? allowed)
    : types.filter((type) => allowed.includes(type));
}

/** Of several requirements, the cover of the one that is covered best, if any is, or of two that make up a range. */
function bestCover<Route>(parts: readonly Requirement[], types: Types, groups: EventGroups<Route>): Cover | undefined {
  let best: Cover | undefined;
  const ranges = rangesAmong(parts).map((range) => coverByRange(range, types, groups));
  const covers = parts.map((part) => (isAboutType(part) ? undefined : coverOf(part, types, groups)));
  for (const cover of [...ranges, ...covers]) {
    if (cover !== undefined && (best === undefined || isBetter(cover, best))) {
      best = cover;
    }
  }
  return best;
}

function isBetter(some: Cover, others: Cover): boolean {
  return (
    (some.others - others.others ||
      some.rank - others.rank ||
      some.newPaths - others.newPaths ||
      some.places.length - others.places.length) < 0
  );
}

/** How to find what requires something by values, if that is possible. */
function coverOf<Route>(needs: Requirement, types: Types, groups: EventGroups<Route>): Cover | undefined {
  switch (needs.kind) {
    case 'name':
      return undefined;
    case 'value':
      return isType(needs) ? undefined : coverByValues(needs, types, groups);
    case 'all': {
      const best = bestCover(needs.parts, within(typesOf(needs), types), groups);
      return best && { ...best, of: [needs] };
    }
    case 'any': {
      const covers = needs.parts.map((part) => {
        const allowed = within(typesOf(part), types);
        return coverOf(part, allowed, groups) ?? (allowed === anyType ? undefined : everyEvent(part, allowed, groups));
      });
      return covers.includes(undefined) ? undefined : together(needs, covers as Cover[]);
    }
  }
}

function coverByValues<Route>(needs: ValueRequirement, types: Types, groups: EventGroups<Route>): Cover | undefined {
  const lookups = lookupsOf(needs);
  return lookups && coverByLookups([needs], needs.path, lookups, types, groups);
}

function coverByRange<Route>(range: Range, types: Types, groups: EventGroups<Route>): Cover {
  const { lower, upper } = range;
  return coverByLookups([lower, upper], lower.path, [rangeLookup(range)], types, groups);
}

function coverByLookups<Route>(
  of: readonly Requirement[],
  path: IndexPath,
  lookups: readonly Lookup[],
  types: Types,
  groups: EventGroups<Route>,
): Cover {
  const places: Place[] = [];
  let others = 0;
  let newPaths = 0;
  for (const type of types) {
    const index = groups.find(type)?.findIndex(path);
    newPaths += index === undefined ? 1 : 0;
    for (const lookup of lookups) {
      others += index?.find(lookup)?.expectedBeside(lookup.operand) ?? 0;
      places.push({ type, path, lookup });
    }
  }
  return { of, places, others, rank: indexRank(path) + PATH_RANKS * kindRank[lookups[0]!.kind], newPaths };
}

/** The places of events by their types alone. */
function everyEvent<Route>(needs: Requirement, types: Types, groups: EventGroups<Route>): Cover {
  const others = types.reduce((sum, type) => sum + (groups.find(type)?.unindexed.size ?? 0), 0);
  const places = types.map((type): Place => ({ type, path: undefined, lookup: undefined }));
  return { of: [needs], places, others, rank: 0, newPaths: 0 };
}

/** What is found at the places of one of several covers. */
function together(needs: Requirement, covers: readonly Cover[]): Cover {
  return {
    of: [needs],
    places: covers.flatMap(({ places }) => places),
    others: covers.reduce((sum, { others }) => sum + others, 0),
    rank: covers.reduce((highest, { rank }) => Math.max(highest, rank), 0),
    newPaths: covers.reduce((sum, { newPaths }) => sum + newPaths, 0),
  };
}

/** Which of two ways of looking up is better, all else being equal: the lower, by which fewer filters are found. */
const kindRank: Readonly<Record<LookupKind, number>> = {
  '=': 0,
  '= number': 0,
  'starts-with': 1,
  contains: 2,
  range: 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  'not <': 4,
  'not <=': 4,
  'not >': 4,
  'not >=': 4,
  absent: 5,
  present: 5,
};

/** Whether what is found at the places of a cover is as required: `always`, `if single` or `never`. */
function decision(needs: Requirement): Decision {
  switch (needs.kind) {
    case 'value':
      return isType(needs) ? 'always' : decidedByLookup(needs);
    case 'any':
      return leastDecisive(needs.parts.map(decision));
    default:
      return 'never';
  }
}

type Decision = ReturnType<typeof decidedByLookup>;

function leastDecisive(each: readonly Decision[]): Decision {
  return each.includes('never') ? 'never' : each.includes('if single') ? 'if single' : 'always';
}

function slotAt<Route>({ type, path, lookup }: Place, groups: EventGroups<Route>): IndexSlot<Route> {
  const group = groups.make(type);
  if (path === undefined) {
    return { group, path, index: undefined, operand: '' };
  }
  const index = group.makeIndex(path);
  return { group, path: index, index: index.make(lookup), operand: lookup.operand };
}

/** Without slots that come again, as alternatives do that ask for the same. */
function distinct<Route>(slots: readonly IndexSlot<Route>[]): readonly IndexSlot<Route>[] {
  if (slots.length === 1) {
    return slots;
  }
  const known = new Map<unknown, Set<Operand>>();
  return slots.filter(({ group, index, operand }) => {
    const operands = known.get(index ?? group) ?? new Set();
    known.set(index ?? group, operands);
    const isKnown = operands.has(operand);
    operands.add(operand);
    return !isKnown;
  });
}
