import type { ComparisonOperator, Literal } from '../xpath/ast';
import { atomNumber, atomText, compareNumbers, textNumber } from '../xpath/atoms';
import { contains, startsWith } from '../xpath/text-functions';
import { type IndexPath, typePath } from './index-path';

/**
 * What an event must be like for a filter to match it: conditions on the values of paths, joined by `all` and `any`.
 *
 * All of nothing is what every event is like, any of nothing what none is.
 */
export type Requirement = ValueRequirement | NameRequirement | Combination;

export interface Combination {
  readonly kind: 'all' | 'any';
  readonly parts: readonly Requirement[];
}

/** The root element is named `event`, in no namespace. */
export interface NameRequirement {
  readonly kind: 'name';
  readonly isNegated: boolean;
}

/** One of the nodes of a path has a string-value that passes a test; negated, none has. */
export interface ValueRequirement extends ValueTest {
  readonly kind: 'value';
  readonly path: IndexPath;
  /** Whether it is asked of the first node alone, so that values, which come in no order, decide only if there is one. */
  readonly ofFirst: boolean;
  readonly isNegated: boolean;
}

export type ValueOperator = ComparisonOperator | 'starts-with' | 'contains';

/** What is asked of a string-value. */
export interface ValueTest {
  readonly operator: ValueOperator;
  /** With a number, values are compared as numbers; with a string, as strings. Only `=` and `!=` are for both. */
  readonly operand: string | number;
  /** The literal that the operand is the value of, if it stands for others in expressions that differ in no more. */
  readonly literal: Literal | undefined;
}

export function passes({ operator, operand }: Omit<ValueTest, 'literal'>, value: string): boolean {
  switch (operator) {
    case 'starts-with':
      return startsWith(value, operand as string);
    case 'contains':
      return contains(value, operand as string);
    default:
      return typeof operand === 'number'
        ? compareNumbers(operator, textNumber(value), operand)
        : (value === operand) === (operator === '=');
  }
}

export const always: Requirement = { kind: 'all', parts: [] };
export const never: Requirement = { kind: 'any', parts: [] };

export function all(parts: readonly Requirement[]): Requirement {
  return combine('all', parts);
}

export function any(parts: readonly Requirement[]): Requirement {
  return combine('any', parts);
}

function combine(kind: Combination['kind'], parts: readonly Requirement[]): Requirement {
  const flat: Requirement[] = [];
  for (const part of parts) {
    if (part.kind === kind) {
      flat.push(...part.parts);
    } else if (isCombination(part) && part.parts.length === 0) {
      // All of something that is never, or any of something that is always.
      return part;
    } else {
      flat.push(part);
    }
  }
  switch (flat.length) {
    case 0:
      return kind === 'all' ? always : never;
    case 1:
      return flat[0]!;
    default:
      return { kind, parts: flat };
  }
}

export function isCombination(requirement: Requirement): requirement is Combination {
  return requirement.kind === 'all' || requirement.kind === 'any';
}

/** What has to be true at once, one by one. */
export function conjuncts(requirement: Requirement): readonly Requirement[] {
  return requirement.kind === 'all' ? requirement.parts : [requirement];
}

/** What has to be true if something is not. */
export function negated(requirement: Requirement): Requirement {
  switch (requirement.kind) {
    case 'all':
      return any(requirement.parts.map(negated));
    case 'any':
      return all(requirement.parts.map(negated));
    default:
      return { ...requirement, isNegated: !requirement.isNegated };
  }
}

/** Whether it asks for the event's type. */
export function isType(requirement: Requirement): requirement is ValueRequirement & { readonly operand: string } {
  return (
    requirement.kind === 'value' &&
    requirement.operator === '=' &&
    typeof requirement.operand === 'string' &&
    requirement.path.key === typePath.key &&
    !requirement.isNegated
  );
}

/** Whether it asks for nothing but one of some types. */
export function isAboutType(requirement: Requirement): boolean {
  return isType(requirement) || (requirement.kind === 'any' && requirement.parts.every(isType));
}

/** The types of which an event must have one; `undefined` if it may have any. */
export function typesOf(needs: Requirement): readonly string[] | undefined {
  if (!isCombination(needs)) {
    return isType(needs) ? [needs.operand] : undefined;
  }
  const lists = needs.parts.map(typesOf);
  const known = lists.filter((types) => types !== undefined);
  if (needs.kind === 'any') {
    return known.length < lists.length ? undefined : [...new Set(known.flat())];
  }
  const [first, ...others] = known;
  return first?.filter((type) => others.every((types) => types.includes(type)));
}

/**
 * What values are looked up by in an index: `=` with strings or with numbers; `not <` finds what `>=` finds, and what is no
 * number; `range` finds what is no less than one number and no greater than another; `present` finds every value; and `absent` is found by events that have none.
 */
export type LookupKind = Exclude<ValueOperator, '!='> | '= number' | NotLess | 'range' | 'present' | 'absent';
type NotLess = 'not <' | 'not <=' | 'not >' | 'not >=';

export interface Lookup {
  readonly kind: LookupKind;
  readonly operand: string | number;
}

/** By what lookups an event finds what requires something of its values; `undefined` if nearly all events would. */
export function lookupsOf({ operator, operand, isNegated }: ValueRequirement): readonly Lookup[] | undefined {
  const equality = { kind: typeof operand === 'number' ? '= number' : '=', operand } as const;
  switch (operator) {
    case '=':
      return isNegated ? undefined : [equality];
    case '!=':
      return isNegated ? [absence, equality] : [presence];
    case 'starts-with':
    case 'contains':
      return isNegated ? undefined : [{ kind: operator, operand }];
    default:
      return isNegated ? [absence, { kind: `not ${operator}`, operand }] : [{ kind: operator, operand }];
  }
}

const presence: Lookup = { kind: 'present', operand: '' };
const absence: Lookup = { kind: 'absent', operand: '' };

/** Whether to be found by its lookups is to be true: of any event, of one with a single value, or of neither. */
export function decidedByLookup({ operator, ofFirst, isNegated }: ValueRequirement): 'always' | 'if single' | 'never' {
  if (operator === '!=' && !isNegated) {
    return 'never';
  }
  return ofFirst || isNegated ? 'if single' : 'always';
}

/**
 * What is required by an expression that differs from another in literals, which now have its values; `undefined` if one of these
 * isn't ordinary.
 */
export function withLiterals(required: Requirement): Requirement | undefined {
  switch (required.kind) {
    case 'name':
      return required;
    case 'value': {
      const { kind, path, operator, operand: former, literal, ofFirst, isNegated } = required;
      if (literal === undefined) {
        return required;
      }
      const operand = typeof former === 'number' ? atomNumber(literal.value) : atomText(literal.value);
      return isOrdinary(operand)
        ? { kind, path, operator, operand, literal: undefined, ofFirst, isNegated }
        : undefined;
    }
    default: {
      const parts: Requirement[] = [];
      for (const part of required.parts) {
        const other = withLiterals(part);
        if (other === undefined) {
          return undefined;
        }
        parts.push(other);
      }
      // Of nothing there is one, which is told by its identity.
      return parts.length === 0 ? required : { kind: required.kind, parts };
    }
  }
}

/** Whether an operand says nothing by itself, as that all texts contain the empty one, or that nothing equals what is no number. */
export function isOrdinary(operand: ValueTest['operand']): boolean {
  return operand !== '' && !Number.isNaN(operand);
}
