import { type Comparison, type Expression, nameText } from '../xpath/ast';
import type { Scope } from '../xpath/scope';
import { builtInFunctions } from '../xpath/signatures';
import { staticType } from '../xpath/static-type';
import { indexPathText } from './index-path';
import { constantText, type Requirements, requiredMatches } from './required-matches';
import { expressionRequirements, typeRequirements } from './requirements';

/** How a filter is found among many. */
export type IndexExplanation = IndexedFilter | UnindexedFilter;

/** A filter that is found by values: events that do not have them cost it nothing. */
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

/** One of the paths must select a node whose string-value is one of the values. Where there is no path, no event can match. */
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
    : unindexed(`no equality with a string is needed for a match: ${new Reason(scope).of(expression)}`);
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

class Reason {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Why nothing about an expression can be looked up. */
  of(expression: Expression): string {
    switch (expression.kind) {
      case 'or': {
        const operand = expression.operands.find((each) => requiredMatches(each, this.#scope).length === 0);
        return `one operand of 'or' is enough, and ${this.of(operand ?? expression.operands[0]!)}`;
      }
      case 'and':
        return this.of(expression.operands[0]!);
      case 'comparison':
        return this.#ofComparison(expression);
      case 'call':
        return this.#ofCall(nameText(expression.name), expression.arguments);
      case 'union':
      case 'filtered':
      case 'path':
        return 'it asks whether a path selects something, whatever the value';
      default:
        return 'it is decided by a calculation';
    }
  }

  #ofComparison({ operator, left, right }: Comparison): string {
    if (operator !== '=') {
      return `'${operator}' is evaluated for each event`;
    }
    const types = [left, right].map((side) => staticType(side, this.#scope));
    if (types.includes('boolean')) {
      return 'it compares with a boolean';
    }
    if (types.includes('number')) {
      return "it compares numbers, and '3', '3.0' and ' 3 ' are the same number";
    }
    const text = constantText(left, this.#scope) ?? constantText(right, this.#scope);
    if (text === undefined) {
      return 'it compares with what is not known before the event';
    }
    const other = constantText(left, this.#scope) === undefined ? left : right;
    if (other.kind === 'call' && nameText(other.name) !== 'string') {
      return this.#ofCall(nameText(other.name), other.arguments);
    }
    return other.kind === 'call' && text === ''
      ? "string() of a path that selects nothing is '' too"
      : 'the path does not lead straight down from the event, or is too long';
  }

  #ofCall(name: string, args: readonly Expression[]): string {
    if (name === 'boolean') {
      return this.of(args[0]!);
    }
    if (name === 'not') {
      return 'not() asks that something be absent';
    }
    return builtInFunctions.has(name)
      ? `${name}() is evaluated for each event`
      : `the program's own function ${name}() is called for each event`;
  }
}
