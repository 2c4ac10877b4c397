import { type Expression, nameText } from '../xpath/ast';
import type { Scope } from '../xpath/scope';
import { builtInFunctions } from '../xpath/signatures';
import { staticType } from '../xpath/static-type';
import { constantOf } from './constant';
import { indexPathText, typePath } from './index-path';
import {
  always,
  conjuncts,
  isAboutType,
  isType,
  lookupsOf,
  type Requirement,
  typesOf,
  type ValueOperator,
  type ValueRequirement,
} from './requirement';
import { expressionRequirements, type Requirements, typeRequirements } from './requirements';

/** How a filter is found among many. */
export type IndexExplanation = IndexedFilter | UnindexedFilter;

/** A filter that is found by values: events that don't have them cost it nothing. */
export interface IndexedFilter {
  readonly indexed: true;
  /**
   * What an event must be like to find the filter: all of it. Among many filters one is found by its types and by the one of the
   * other conditions by which events find fewest others.
   */
  readonly by: readonly IndexCondition[];
  /**
   * Whether it is evaluated on the events that find it; if not, the conditions decide. A function that takes the first node of a
   * path, such as `contains()`, is evaluated all the same if the path has several.
   */
  readonly evaluated: boolean;
}

/** One of these must be so. If there is none, no event can match. */
export interface IndexCondition {
  readonly anyOf: readonly IndexAlternative[];
}

export type IndexAlternative = IndexedValues | AllConditions;

/** The path must select a node whose string-value compares with one of the values as the operator says. */
export interface IndexedValues {
  readonly path: string;
  /** `=` if it is left out. */
  readonly operator?: ValueOperator;
  /** There if no node may be so. */
  readonly not?: true;
  /** Numbers, if the string-values are compared as numbers. */
  readonly values: readonly (string | number)[];
}

/** All of these must be so. */
export interface AllConditions {
  readonly allOf: readonly IndexCondition[];
}

/** A filter that each event meets. */
export interface UnindexedFilter {
  readonly indexed: false;
  readonly because: string;
}

/** Tells by which values an expression is found, or why it is not. */
export function explainIndex(expression: Expression, scope: Scope): IndexExplanation {
  return (
    indexed(expressionRequirements(expression, scope)) ??
    unindexed(`it needs no value that can be looked up: ${reasonFor(expression, scope)}`)
  );
}

/** Tells that a list of types is found by them. */
export function explainTypesIndex(types: readonly string[]): IndexExplanation {
  return indexed(typeRequirements(types))!;
}

/** Tells that every event meets the filter that matches them all. */
export function explainNoIndex(): IndexExplanation {
  return unindexed('it matches every event');
}

/** Tells by which values the filters in `{ any }` are found together, or which of them is not. */
export function explainAnyIndex(parts: readonly IndexExplanation[], needs: Requirements): IndexExplanation {
  const place = parts.findIndex((part) => !part.indexed);
  return (
    indexed(needs) ??
    unindexed(`one filter of 'any' is enough, and of any[${place}]: ${(parts[place] as UnindexedFilter).because}`)
  );
}

function indexed({ needs, isExact }: Requirements): IndexExplanation | undefined {
  const types = typesOf(needs);
  const ofType = { anyOf: types?.length === 0 ? [] : [{ path: indexPathText(typePath), values: types ?? [] }] };
  const by = [...(types === undefined ? [] : [ofType]), ...conditionsOf(needs)];
  return by.length === 0 ? undefined : { indexed: true, by, evaluated: !isExact };
}

function unindexed(because: string): IndexExplanation {
  return { indexed: false, because };
}

/** What can be looked up of what is required, but for the type. */
function conditionsOf(needs: Requirement): IndexCondition[] {
  return conjuncts(needs).flatMap((each) => {
    const anyOf = isAboutType(each) ? undefined : alternativesOf(each.kind === 'any' ? each.parts : [each]);
    return anyOf === undefined ? [] : [{ anyOf }];
  });
}

/** What can be looked up of each of some alternatives, equal comparisons taken together; nothing if there is one that can't. */
function alternativesOf(parts: readonly Requirement[]): IndexAlternative[] | undefined {
  const alike = new Map<string, { readonly of: ValueRequirement; readonly values: Set<string | number> }>();
  const others: AllConditions[] = [];
  for (const part of parts) {
    if (part.kind === 'value' && (isType(part) || lookupsOf(part) !== undefined)) {
      const key = JSON.stringify([part.path.key, part.operator, typeof part.operand, part.isNegated]);
      const known = alike.get(key) ?? { of: part, values: new Set() };
      alike.set(key, known);
      known.values.add(part.operand);
      continue;
    }
    const found = part.kind === 'all' ? indexed({ needs: part, isExact: true }) : undefined;
    if (!found?.indexed) {
      return undefined;
    }
    others.push({ allOf: found.by });
  }
  const values = Array.from(alike.values(), ({ of: { path, operator, isNegated }, values }) => ({
    path: indexPathText(path),
    ...(operator !== '=' && { operator }),
    ...(isNegated && { not: true as const }),
    values: [...values],
  }));
  return [...values, ...others];
}

/** Why nothing about an expression can be looked up. */
function reasonFor(expression: Expression, scope: Scope): string {
  switch (expression.kind) {
    case 'or': {
      const operand = expression.operands.find((each) => !explainIndex(each, scope).indexed);
      return `one operand of 'or' is enough, and ${reasonFor(operand ?? expression.operands[0]!, scope)}`;
    }
    case 'and':
      return reasonFor(expression.operands[0]!, scope);
    case 'comparison':
      return expressionRequirements(expression, scope).needs === always
        ? reasonForTest(expression.left, expression.right, scope)
        : 'nearly every event is like that';
    case 'call': {
      const [first, second] = expression.arguments;
      switch (nameText(expression.name)) {
        case 'boolean':
          return reasonFor(first!, scope);
        case 'not':
          return 'not() asks that something be absent';
        case 'starts-with':
        case 'contains':
          return constantOf(second!, scope) === ''
            ? 'every text begins with the empty one'
            : reasonForTest(first!, second!, scope);
        default:
          return reasonForCall(nameText(expression.name));
      }
    }
    case 'union':
    case 'filtered':
    case 'path':
      return 'it asks whether a path selects something, whatever the value';
    default:
      return 'it is decided by a calculation';
  }
}

/** Why nothing is looked up if one thing is compared with another. */
function reasonForTest(left: Expression, right: Expression, scope: Scope): string {
  if ([left, right].some((side) => staticType(side, scope) === 'boolean')) {
    return 'it compares with a boolean';
  }
  const isLeft = constantOf(right, scope) !== undefined;
  if (!isLeft && constantOf(left, scope) === undefined) {
    return 'it compares with what is not known before the event';
  }
  const side = isLeft ? left : right;
  if (side.kind === 'call' && !['string', 'number'].includes(nameText(side.name))) {
    return reasonForCall(nameText(side.name));
  }
  if (['arithmetic', 'negation'].includes(side.kind)) {
    return 'it is decided by a calculation';
  }
  return 'the path does not lead straight down from the event, or is too long';
}

function reasonForCall(name: string): string {
  return builtInFunctions.has(name)
    ? `${name}() is evaluated for each event`
    : `the program's own function ${name}() is called for each event`;
}
