import type { ElementDescription } from '../event/description/elements';
import { doubtAboutType } from '../event/description/type-doubts';
import { typeDescriptions } from '../event/description/types';
import { excludes } from '../event/description/values';
import { type Comparison, type Expression, nameText, type Path, partsOf } from '../xpath/ast';
import type { Scope } from '../xpath/scope';
import { constantText } from './constant';
import { inBoth, isTypeOfEvent, typesWhere } from './types-where';
import {
  aboutName,
  aboutValue,
  attributesWith,
  attributeText,
  isMisspelt,
  otherAttribute,
} from './vocabulary-messages';
import { childrenOf, eventOf, type Place, placeAfter, placeWith, root, type Types } from './vocabulary-places';
import type { FilterWarning } from './warnings';

/** What is known of the types that an event can have; `own` if it may be a program's own, of which nothing is known. */
type Known = Types | 'own';

/**
 * Looks in an expression for names of types, elements and attributes that the library's events don't have, and for words that their
 * attributes never are.
 *
 * What may be meant for events of a program's own is left alone.
 *
 * @param types Of which types the events are, if that is known otherwise.
 */
export function findVocabularyWarnings(expression: Expression, scope: Scope, types?: Types): FilterWarning[] {
  const finder = new VocabularyFinder(scope);
  // A name that is hardly meant says nothing of the events.
  const meant = types && [...types].filter((type) => doubtAboutType(type) === undefined);
  const known = meant === undefined || (meant.length === 0 && types?.size !== 0) ? undefined : knownOf(new Set(meant));
  finder.visit(expression, eventOf(known === 'own' ? undefined : known), known);
  return finder.warnings;
}

/** The same in a list of types. */
export function findTypeWarnings(types: readonly string[]): FilterWarning[] {
  return types.flatMap((type) => {
    const message = doubtAboutType(type);
    return message === undefined ? [] : [{ position: 0, message }];
  });
}

class VocabularyFinder {
  readonly warnings: FilterWarning[] = [];
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /**
   * @param context What the context node is; nothing if that isn't known.
   * @param known Of which types the event is if the expression makes a difference.
   */
  visit(expression: Expression, context: Place | undefined, known: Known): void {
    switch (expression.kind) {
      case 'and': {
        const narrowed = this.#narrowed(expression, context, known);
        this.#visitAll(expression.operands, context, narrowed);
        break;
      }
      case 'comparison':
        this.#visitComparison(expression, context, known);
        break;
      case 'path':
        this.#walk(expression, context, known);
        break;
      case 'call':
        // In 'not(…)' an expression makes a difference if it is false, too.
        this.#visitAll(
          expression.arguments,
          context,
          nameText(expression.name) === 'not' ? withoutTypes(known) : known,
        );
        break;
      case 'filtered':
        this.visit(expression.base, context, known);
        this.#visitAll(expression.predicates, undefined, known);
        break;
      default:
        this.#visitAll(partsOf(expression), context, known);
    }
  }

  #visitAll(expressions: readonly Expression[], context: Place | undefined, known: Known): void {
    for (const expression of expressions) {
      this.visit(expression, context, known);
    }
  }

  /** What is known of the types if an expression is true. */
  #narrowed(expression: Expression, context: Place | undefined, known: Known): Known {
    const types = isEvent(context) ? typesWhere(expression, this.#scope) : undefined;
    if (types === undefined || known === 'own') {
      return known;
    }
    return knownOf(inBoth(known, types) as ReadonlySet<string>);
  }

  #visitComparison(comparison: Comparison, context: Place | undefined, known: Known): void {
    const { left, right, operator } = comparison;
    for (const [side, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const value = operator === '=' || operator === '!=' ? constantText(other, this.#scope) : undefined;
      if (side.kind !== 'path') {
        this.visit(side, context, known);
        continue;
      }
      const place = this.#walk(side, context, known, value);
      const name = nameAlone(other);
      if (name !== undefined && place !== undefined && hasNone(name, context)) {
        this.#warn(
          other,
          `this compares with an element '${name}', of which nothing is known; a text stands in quotes: '${name}'`,
        );
      }
      if (value !== undefined && isTypeOfEvent(side) && (side.from === 'root' || isEvent(context))) {
        this.#warn(other, doubtAboutType(value));
      } else if (value !== undefined && place !== undefined) {
        this.#warn(other, doubtAboutValue(place, value, known !== undefined));
      }
    }
  }

  /**
   * Follows a path, and tells where it leads, as far as that is known.
   *
   * @param value What the path is compared with, if that is known.
   */
  #walk({ from, steps }: Path, context: Place | undefined, known: Known, value?: string): Place | undefined {
    if (typeof from !== 'string') {
      this.visit(from, context, known);
    }
    let place = from === 'root' ? root : from === 'context' ? context : undefined;
    let types = known;
    for (const step of steps) {
      if (place !== undefined && types !== 'own') {
        place = placeWith(types, place);
        const next = placeAfter(place, step, types);
        if (next === 'missing' && place.kind === 'elements' && step.test.kind === 'name') {
          const isDeep = place.isDeep || step.axis === 'descendant';
          const kind = step.axis === 'attribute' ? 'attribute' : 'element';
          if (!isDeep || types !== undefined) {
            this.#warn(
              step,
              aboutName(
                kind,
                step.test.name.local,
                { ...place, isDeep },
                types,
                step === steps.at(-1) ? value : undefined,
              ),
            );
          }
        }
        place = next === 'missing' ? undefined : next;
      } else {
        place = undefined;
      }
      for (const predicate of step.predicates) {
        types = this.#narrowed(predicate, place, types);
        this.visit(predicate, place, types);
      }
    }
    return place;
  }

  #warn({ start }: { readonly start: number }, message: string | undefined): void {
    if (message !== undefined) {
      this.warnings.push({ position: start, message });
    }
  }
}

/** What is known of an event that has one of some types. */
function knownOf(types: ReadonlySet<string>): Known {
  // Of an event that no type is left for, nothing is known either.
  return types.size === 0 || ![...types].every((type) => typeDescriptions.has(type)) ? 'own' : types;
}

function isEvent(place: Place | undefined): boolean {
  return place?.kind === 'elements' && place.isEvent;
}

function withoutTypes(known: Known): Known {
  return known === 'own' ? known : undefined;
}

/** The name, if an expression is nothing but that of a child. */
function nameAlone(expression: Expression): string | undefined {
  const [step, ...more] = expression.kind === 'path' && expression.from === 'context' ? expression.steps : [];
  const isAlone = step?.axis === 'child' && step.predicates.length === 0 && more.length === 0;
  return isAlone && step.test.kind === 'name' && step.test.name.prefix === undefined ? step.test.name.local : undefined;
}

/** Whether the library's elements at a place have none of a name. */
function hasNone(name: string, context: Place | undefined): boolean {
  return context?.kind === 'elements' && !childrenOf(context.elements).some((element) => element.name === name);
}

/** Why what a path leads to never has a value; nothing if it may. */
function doubtAboutValue(place: Place, value: string, isCertain: boolean): string | undefined {
  if (place.kind === 'attributes') {
    const { name, owners, values, ofEvent } = place;
    const isNone = values.every((each) => excludes(each, value));
    // A program may give its own events the attributes that the library gives to some of its own.
    const isMeant = isCertain || !ofEvent || isMisspelt(value, values);
    return isNone && isMeant
      ? aboutValue(attributeText(name, owners), value, values, otherAttribute(value, owners))
      : undefined;
  }
  return place.kind === 'elements' && !place.isEvent ? doubtAboutText(place.elements, value, isCertain) : undefined;
}

function doubtAboutText(
  elements: readonly ElementDescription[],
  value: string,
  isCertain: boolean,
): string | undefined {
  const texts = elements.flatMap(({ text }) => text ?? []);
  const [{ name } = { name: '' }] = elements;
  if (texts.length > 0) {
    const isNone = texts.length === elements.length && texts.every((each) => excludes(each, value));
    return isNone && (isCertain || isUuid(value)) ? aboutValue(`'${name}'`, value, texts, '') : undefined;
  }
  const [attribute] = attributesWith(value, elements);
  if (attribute !== undefined) {
    return `'${name}' has no text; did you mean '${name}/@${attribute}'?`;
  }
  return isCertain && value !== '' && elements.every((each) => each.elements.length === 0)
    ? `'${name}' has no text`
    : undefined;
}

/** Whether it is a UUID, however it is written. */
function isUuid(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text.replaceAll('-', ''));
}
