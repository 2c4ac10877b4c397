import { nearest } from '../did-you-mean';
import type { ElementDescription } from '../event/description/elements';
import { doubtAboutType } from '../event/description/type-doubts';
import { typeDescriptions } from '../event/description/types';
import type { ValueDescription } from '../event/description/values';
import { childrenOf, type ElementsPlace, type Types } from './vocabulary-places';

type Kind = 'element' | 'attribute';

/**
 * Says that there is no element or attribute of a name at some place; nothing if there may be one after all.
 *
 * Programs send events with names of their own: unless it's certain that the library's are meant, only a name that is almost
 * one of theirs raises a doubt, or one that is to have a value which another attribute there has.
 *
 * @param value What it is compared with, if that is known.
 */
export function aboutName(
  kind: Kind,
  name: string,
  place: ElementsPlace,
  types: Types,
  value: string | undefined,
): string | undefined {
  const typeDoubt =
    kind === 'element' && place.isEvent && /^domain-|^VIR_/.test(name) ? doubtAboutType(name) : undefined;
  if (typeDoubt !== undefined) {
    return `this looks for an element named '${name}'; a type is chosen by @type = '…', or by a list; ${typeDoubt}`;
  }
  const meant = meantBy(kind, name, place, types !== undefined) ?? meantByValue(place, value);
  if (types === undefined && meant === undefined) {
    return undefined;
  }
  const where = place.isEvent || place.isDeep ? eventsText(types) : ownerText(place.elements);
  const have = place.isEvent || place.isDeep ? 'have' : 'has';
  return `${where} ${have} no ${kind} '${name}'${meant ?? elsewhere(kind, name, place)}`;
}

/** Which attributes of an element can have a value, whatever a filter calls the one that it asks for. */
function meantByValue({ elements, isEvent, isDeep }: ElementsPlace, value: string | undefined): string | undefined {
  const names = value === undefined || isEvent || isDeep ? [] : attributesWith(value, elements);
  const list = names.map((name) => `'@${name}'`).join(', ');
  return names.length === 0 ? undefined : `; did you mean ${list.replace(/, (?=[^,]*$)/, ' or ')}?`;
}

function meantBy(kind: Kind, name: string, place: ElementsPlace, isCertain: boolean): string | undefined {
  const elements = childrenOf(place.elements).map((element) => element.name);
  const pieces = name.split('.');
  if (kind === 'element' && pieces.length > 1 && elements.includes(pieces[0] as string)) {
    return `; did you mean '${pieces.join('/')}'?`;
  }
  const attributes = [...new Set(place.elements.flatMap((element) => Object.keys(element.attributes)))];
  const [same, others, sign] =
    kind === 'element' ? ([elements, attributes, '@'] as const) : ([attributes, elements, ''] as const);
  // An element of a program's own may well be named as an attribute of the event is, but for these two.
  const isOther = others.includes(name) && (isCertain || !place.isEvent || name === 'type' || name === 'timestamp');
  const like = place.isEvent && !isCertain ? misspelt(name, same) : nearest(name, same);
  const other = isOther ? name : like === undefined && !place.isEvent ? misspelt(name, others) : undefined;
  if (other !== undefined && kind === 'attribute') {
    const [owner, ...more] = place.elements;
    const path = place.isEvent || owner === undefined || more.length > 0 ? other : `${owner.name}/${other}`;
    return `; did you mean the element '${path}'?`;
  }
  if (other !== undefined) {
    return `; did you mean '${sign}${other}'?`;
  }
  return like === undefined ? undefined : `; did you mean '${kind === 'attribute' ? '@' : ''}${like}'?`;
}

/**
 * The same for a name that may be a program's own: it must differ in case alone, or be very near, and begin with the same letter. A
 * plural is a name by itself, and so is a short word in which one letter stands for another, as `clone` is beside `close`.
 */
function misspelt(name: string, candidates: readonly string[]): string | undefined {
  const inOtherCase = candidates.find((each) => each !== name && each.toLowerCase() === name.toLowerCase());
  if (inOtherCase !== undefined) {
    return inOtherCase;
  }
  const alike = name.length < 4 ? [] : candidates.filter((candidate) => candidate.startsWith(name.charAt(0)));
  const near = nearest(name, alike, name.length < 8 ? 1 : 2);
  const isOther = near === undefined || name === `${near}s` || (name.length < 6 && name.length === near.length);
  return alike.find((candidate) => areTransposed(name, candidate)) ?? (isOther ? undefined : near);
}

/** Whether two letters next to each other have changed places. */
function areTransposed(name: string, candidate: string): boolean {
  const at = [...name].findIndex((letter, index) => letter !== candidate[index]);
  const swapped = `${name.slice(0, at)}${name[at + 1]}${name[at]}${name.slice(at + 2)}`;
  return at !== -1 && swapped === candidate;
}

/** Which other types of events have it. */
function elsewhere(kind: Kind, name: string, { isEvent }: ElementsPlace): string {
  const types = [...typeDescriptions.values()].filter(({ event }) =>
    kind === 'element'
      ? event.elements.some((element) => element.name === name)
      : Object.hasOwn(event.attributes, name),
  );
  return isEvent && types.length === 1 ? `; those of the type '${types[0]?.type}' have one` : '';
}

/** Says that an attribute, or an element's text, never has a value. */
export function aboutValue(what: string, value: string, values: readonly ValueDescription[], others: string): string {
  const { kind, words } = values[0] as ValueDescription;
  const never = `${what} is never ${JSON.stringify(value)}`;
  if (kind === 'number') {
    return `${never}: it is a whole number`;
  }
  if (words === undefined) {
    return `${never}: UUIDs are in lower case, with hyphens`;
  }
  const known = [...new Set(values.flatMap((each) => each.words ?? []))];
  const meant = nearest(value, known);
  if (meant !== undefined) {
    return `${never}; did you mean '${meant}'?`;
  }
  return `${never}${others || `; it is ${known.length === 1 ? '' : 'one of '}${known.join(', ')}`}`;
}

/** Whether a value is almost one of the words that there are. */
export function isMisspelt(value: string, values: readonly ValueDescription[]): boolean {
  return (
    misspelt(
      value,
      values.flatMap(({ words = [] }) => words),
    ) !== undefined
  );
}

/** What an attribute is called in messages. */
export function attributeText(name: string, owners: readonly ElementDescription[]): string {
  return `'@${name}' of ${ownerText(owners)}`;
}

/** `; '@event' may be that`, if another attribute of the same elements can have the value. */
export function otherAttribute(value: string, owners: readonly ElementDescription[]): string {
  const [name] = attributesWith(value, owners);
  return name === undefined ? '' : `; '@${name}' may be that`;
}

/** Which attributes of some elements have a value among the words that they can be. */
export function attributesWith(value: string, elements: readonly ElementDescription[]): string[] {
  const names = elements.flatMap(({ attributes }) =>
    Object.keys(attributes).filter((name) => attributes[name]?.words?.includes(value)),
  );
  return [...new Set(names)];
}

function ownerText(elements: readonly ElementDescription[]): string {
  return `'${elements[0]?.name}'`;
}

function eventsText(types: Types): string {
  if (types === undefined) {
    return "libvirt's events and the library's own";
  }
  const names = [...types].map((type) => `'${type}'`);
  return names.length > 3
    ? 'events of these types'
    : `events of the type${names.length > 1 ? 's' : ''} ${names.join(' and ')}`;
}
