import { type Comparison, type Expression, nameText } from '../xpath/ast';
import type { Scope } from '../xpath/scope';
import { builtInFunctions } from '../xpath/signatures';
import { staticType } from '../xpath/static-type';
import { indexPathText } from './index-path';
import { constantText, type Requirements, requiredMatches } from './required-matches';
import { expressionRequirements, typeRequirements } from './requirements';

/** How a filter is found among many. */
export type IndexExplanation = IndexedFilter | UnindexedFilter;

/** A filter that is found by values: events that don't have them cost it nothing. */
export interface IndexedFilter {
  readonly indexed: true;
  /**
   * What an event must have: all of it. Among many filters one is found by its types and by the one of the other conditions that
   * fewest of them share.
   */
  readonly by: readonly IndexCondition[];
  /** Whether it is evaluated on the events that find it; if not, the conditions decide. */
  readonly evaluated: boolean;
}

/** One of the paths must select a node whose string-value is one of the values. If there is no path, no event can match. */
export interface IndexCondition {
  readonly anyOf: readonly { readonly path: string; readonly values: readonly string[] }[];
}

/** A filter that each event meets. */
export interface UnindexedFilter {
  readonly indexed: false;
  readonly because: string;
}

/** Tells by which values an expression is found, or why it is not. */
export function explainIndex(expression: Expression, scope: Scope): IndexExplanation {
  const needs = expressionRequirements(expression, scope);
  return needs.required.length > 0
    ? indexed(needs)
    : unindexed(`no equality with a string is needed for a match: ${reasonFor(expression, scope)}`);
}

/** Tells that a list of types is found by them. */
export function explainTypesIndex(types: readonly string[]): IndexExplanation {
  return indexed(typeRequirements(types));
}

/** Tells that every event meets the filter that matches them all. */
export function explainNoIndex(): IndexExplanation {
  return unindexed('it matches every event');
}

/** Tells by which values the filters in `{ any }` are found together, or which of them is not. */
export function explainAnyIndex(parts: readonly IndexExplanation[], needs: Requirements): IndexExplanation {
  if (needs.required.length > 0) {
    return indexed(needs);
  }
  const place = parts.findIndex((part) => !part.indexed);
  const because = (parts[place] as UnindexedFilter).because;
  return unindexed(`one filter of 'any' is enough, and of any[${place}]: ${because}`);
}

function indexed({ required, isExact }: Requirements): IndexExplanation {
  const by = required.map((match) => ({
    anyOf: match.map((key) => ({ path: indexPathText(key.path), values: key.values })),
  }));
  return { indexed: true, by, evaluated: !isExact };
}

function unindexed(because: string): IndexExplanation {
  return { indexed: false, because };
}

/** Why nothing about an expression can be looked up. */
function reasonFor(expression: Expression, scope: Scope): string {
  switch (expression.kind) {
    case 'or': {
      const operand = expression.operands.find((each) => requiredMatches(each, scope).length === 0);
      return `one operand of 'or' is enough, and ${reasonFor(operand ?? expression.operands[0]!, scope)}`;
    }
    case 'and':
      return reasonFor(expression.operands[0]!, scope);
    case 'comparison':
      return reasonForComparison(expression, scope);
    case 'call':
      return reasonForCall(nameText(expression.name), expression.arguments, scope);
    case 'union':
    case 'filtered':
    case 'path':
      return 'it asks whether a path selects something, whatever the value';
    default:
      return 'it is decided by a calculation';
  }
}

function reasonForComparison({ operator, left, right }: Comparison, scope: Scope): string {
  if (operator !== '=') {
    return `'${operator}' is evaluated for each event`;
  }
  const types = [left, right].map((side) => staticType(side, scope));
  if (types.includes('boolean')) {
    return 'it compares with a boolean';
  }
  if (types.includes('number')) {
    return "it compares numbers, and '3', '3.0' and ' 3 ' are the same number";
  }
  const text = constantText(left, scope) ?? constantText(right, scope);
  if (text === undefined) {
    return 'it compares with what is not known before the event';
  }
  const other = constantText(left, scope) === undefined ? left : right;
  if (other.kind === 'call' && nameText(other.name) !== 'string') {
    return reasonForCall(nameText(other.name), other.arguments, scope);
  }
  return other.kind === 'call' && text === ''
    ? "string() of a path that selects nothing is '' too"
    : 'the path does not lead straight down from the event, or is too long';
}

function reasonForCall(name: string, args: readonly Expression[], scope: Scope): string {
  if (name === 'boolean') {
    return reasonFor(args[0]!, scope);
  }
  if (name === 'not') {
    return 'not() asks that something be absent';
  }
  return builtInFunctions.has(name)
    ? `${name}() is evaluated for each event`
    : `the program's own function ${name}() is called for each event`;
}
