import type { ElementDescription } from '../event/description/elements';
import { typeDescriptions } from '../event/description/types';
import type { ValueDescription } from '../event/description/values';
import type { Step } from '../xpath/ast';

/** The types that an event can have at some place of a filter; nothing if it may have any, a program's own included. */
export type Types = ReadonlySet<string> | undefined;

/** What the nodes at some point of a path are, in the library's events: the document, elements, or attributes. */
export type Place =
  | { readonly kind: 'root' }
  | {
      readonly kind: 'elements';
      readonly elements: readonly ElementDescription[];
      /** Whether they are the event element itself. */
      readonly isEvent: boolean;
      /** Whether they may be anywhere in the event, as those that `//` leads to. */
      readonly isDeep: boolean;
    }
  | {
      readonly kind: 'attributes';
      readonly name: string;
      readonly owners: readonly ElementDescription[];
      readonly values: readonly ValueDescription[];
      readonly ofEvent: boolean;
    };

export type ElementsPlace = Extract<Place, { kind: 'elements' }>;

export const root: Place = { kind: 'root' };

/** The event element of an event that has one of some types. */
export function eventOf(types: Types): ElementsPlace {
  const described =
    types === undefined ? typeDescriptions.values() : [...types].map((type) => typeDescriptions.get(type));
  const elements = [...described].flatMap((description) => description?.event ?? []);
  return { kind: 'elements', elements, isEvent: true, isDeep: false };
}

/** The same place if more is known of the types. */
export function placeWith(types: Types, place: Place): Place {
  return place.kind === 'elements' && place.isEvent ? eventOf(types) : place;
}

/** Where a step leads; `missing` if there is nothing of that name, `undefined` if it's not known what there is. */
export function placeAfter(place: Place, { axis, test }: Step, types: Types): Place | 'missing' | undefined {
  const isAny = test.kind === 'any' || (test.kind === 'type' && test.type === 'node');
  const name = test.kind === 'name' && test.name.prefix === undefined ? test.name.local : undefined;
  switch (axis) {
    case 'self':
      return isAny ? place : undefined;
    case 'child':
      if (place.kind === 'root') {
        return name === 'event' || test.kind === 'any' ? eventOf(types) : undefined;
      }
      return place.kind === 'elements' && name !== undefined
        ? elementsNamed(name, childrenOf(place.elements))
        : undefined;
    case 'descendant':
      return place.kind !== 'attributes' && name !== undefined
        ? elementsNamed(name, descendantsOf(place, types))
        : undefined;
    case 'descendant-or-self': {
      if (place.kind === 'attributes' || !isAny) {
        return undefined;
      }
      const selves = place.kind === 'root' ? [] : place.elements;
      return { kind: 'elements', elements: [...selves, ...descendantsOf(place, types)], isEvent: false, isDeep: true };
    }
    case 'attribute':
      return place.kind === 'elements' && name !== undefined ? attributesNamed(name, place) : undefined;
    default:
      return undefined;
  }
}

function elementsNamed(name: string, among: readonly ElementDescription[]): Place | 'missing' {
  const elements = among.filter((element) => element.name === name);
  return elements.length === 0 ? 'missing' : { kind: 'elements', elements, isEvent: false, isDeep: false };
}

function attributesNamed(name: string, { elements, isEvent }: ElementsPlace): Place | 'missing' {
  const owners = elements.filter(({ attributes }) => Object.hasOwn(attributes, name));
  const values = owners.map(({ attributes }) => attributes[name] as ValueDescription);
  return owners.length === 0 ? 'missing' : { kind: 'attributes', name, owners, values, ofEvent: isEvent };
}

/** The elements inside some others, each once. */
export function childrenOf(parents: readonly ElementDescription[]): ElementDescription[] {
  return [...new Set(parents.flatMap(({ elements }) => elements))];
}

function descendantsOf(place: Exclude<Place, { kind: 'attributes' }>, types: Types): ElementDescription[] {
  const found = place.kind === 'root' ? [...eventOf(types).elements] : childrenOf(place.elements);
  for (let next = found; next.length > 0; ) {
    next = childrenOf(next);
    found.push(...next);
  }
  return found;
}
