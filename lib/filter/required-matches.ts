import {
  type Comparison,
  type ComparisonOperator,
  type Expression,
  nameText,
  type Path,
  type Step,
} from '../xpath/ast';
import type { Scope } from '../xpath/scope';
import { staticType } from '../xpath/static-type';
import { type IndexPath, indexPath, type Trail, typePath } from './index-path';

/** A path, and the string-values of which a node that it selects has to have one. */
export interface IndexKey {
  readonly path: IndexPath;
  readonly values: readonly string[];
}

/**
 * What an event must have for an expression to be true of it: one of the keys holds, each being of another path.
 *
 * An empty list is what no event has.
 */
export type RequiredMatch = readonly IndexKey[];

/** What can be said of a filter's decision before it is made. */
export interface Requirements {
  /** What an event must have for the filter to match it: all of them. */
  readonly required: readonly RequiredMatch[];
  /** Whether the filter matches every event that has them. */
  readonly isExact: boolean;
  /** Whether that holds only of events whose name, `event`, is in no namespace; others it doesn't match. */
  readonly needsEventName: boolean;
}

/** Of a filter that matches every event. */
export const noRequirements: Requirements = { required: [], isExact: true, needsEventName: false };

/**
 * Finds what an event must have for an expression to be true of it: all of these, as the equalities with strings say that
 * decide it.
 *
 * They are required, not enough, and not all that is required: predicates on the way to a key are dropped, numbers
 * (`name = 3` is true of ` 3.0 ` too), absence and everything that a function decides is left to the evaluation. Anything in
 * doubt isn't required.
 */
export function requiredMatches(expression: Expression, scope: Scope): readonly RequiredMatch[] {
  return new Analysis(scope).of(expression, [{ from: 'context', steps: [] }]);
}

/** A text that doesn't depend on the event: a literal, or a variable that is a string. */
export function constantText(expression: Expression, scope: Scope): string | undefined {
  if (expression.kind === 'string') {
    return expression.value;
  }
  const value = expression.kind === 'variable' ? scope.variables.get(nameText(expression.name)) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Whether a required match is about nothing but the event's type. */
export function isAboutType(match: RequiredMatch): boolean {
  return match.length === 1 && match[0]!.path.key === typePath.key;
}

const nothing: readonly RequiredMatch[] = [];
/** No event has it. */
const impossible: RequiredMatch = [];

/** Beyond these a path isn't looked into: it would take up more than it gives. */
const mostTrails = 8;
export const longestTrail = 16;

/** What is known about a node-set. */
interface Selection {
  /** Trails to all of its nodes, and perhaps more; `undefined` if they aren't known. */
  readonly trails: readonly Trail[] | undefined;
  /** What there must be for it not to be empty. */
  readonly required: readonly RequiredMatch[];
}

class Analysis {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /**
   * What there must be for an expression, as a boolean, to be true at one of some nodes.
   *
   * A predicate that is a number is a position, and true of the nodes there; nothing is necessary for it, so that what is said
   * of booleans holds for all predicates.
   *
   * @param at Trails to the nodes that the expression may be evaluated at; `undefined` if they aren't known.
   */
  of(expression: Expression, at: Selection['trails']): readonly RequiredMatch[] {
    switch (expression.kind) {
      case 'and':
        return expression.operands.flatMap((operand) => this.of(operand, at));
      case 'or':
        return either(expression.operands.map((operand) => this.of(operand, at)));
      case 'comparison':
        return this.#ofComparison(expression, at);
      case 'string':
        return expression.value === '' ? [impossible] : [];
      case 'variable':
        return this.#scope.variables.get(nameText(expression.name)) ? [] : [impossible];
      case 'call':
        switch (nameText(expression.name)) {
          case 'boolean':
            return this.of(expression.arguments[0]!, at);
          case 'false':
            return [impossible];
          default:
            return [];
        }
      case 'union':
      case 'filtered':
      case 'path':
        return this.#select(expression, at).required;
      default:
        return [];
    }
  }

  #ofComparison({ operator, left, right }: Comparison, at: Selection['trails']): readonly RequiredMatch[] {
    return [...this.#ofOperand(left, operator, right, at), ...this.#ofOperand(right, operator, left, at)];
  }

  /** A comparison with a node-set is true of one of its nodes (XPath 1.0 §3.4), so that there must be one. */
  #ofOperand(
    operand: Expression,
    operator: ComparisonOperator,
    other: Expression,
    at: Selection['trails'],
  ): readonly RequiredMatch[] {
    const otherType = staticType(other, this.#scope);
    if (otherType === 'boolean' || otherType === 'any') {
      // With a boolean a node-set is compared as a whole: `disk = false()` asks that there be none.
      return [];
    }
    const value = operator === '=' ? constantText(other, this.#scope) : undefined;
    const selection = this.#selectOperand(operand, value, at);
    if (selection === undefined) {
      return [];
    }
    const { trails, required } = selection;
    const match = value === undefined ? undefined : this.#match(trails, value);
    return match === undefined ? required : [...required, match];
  }

  #selectOperand(operand: Expression, value: string | undefined, at: Selection['trails']): Selection | undefined {
    if (operand.kind === 'call' && nameText(operand.name) === 'string') {
      // Of a node-set string() takes the first node, and of an empty one the empty string.
      if (value === undefined || value === '') {
        return undefined;
      }
      const argument = operand.arguments[0];
      return argument === undefined ? { trails: at, required: [] } : this.#selectOperand(argument, value, at);
    }
    return this.#select(operand, at);
  }

  #match(trails: Selection['trails'], value: string): RequiredMatch | undefined {
    const keys: RequiredMatch[] = [];
    for (const trail of trails ?? []) {
      const path = indexPath(trail, this.#scope);
      if (path === undefined) {
        return undefined;
      }
      keys.push([{ path, values: [value] }]);
    }
    return keys.length === 0 ? undefined : oneOf(keys);
  }

  #select(expression: Expression, at: Selection['trails']): Selection {
    switch (expression.kind) {
      case 'path':
        return this.#selectPath(expression, at);
      case 'filtered': {
        const { trails, required } = this.#select(expression.base, at);
        return { trails, required: [...required, ...this.#ofPredicates(expression.predicates, trails)] };
      }
      case 'union': {
        const parts = expression.operands.map((operand) => this.#select(operand, at));
        return {
          trails: allTrails(parts),
          required: either(parts.map(({ required }) => required)),
        };
      }
      default:
        return { trails: undefined, required: [] };
    }
  }

  #selectPath({ from, steps }: Path, at: Selection['trails']): Selection {
    let { trails, required } =
      typeof from === 'string' ? { trails: startOf(from, at), required: nothing } : this.#select(from, at);
    for (const step of steps) {
      trails = extended(trails, step);
      required = [...required, ...this.#ofPredicates(step.predicates, trails)];
    }
    return { trails, required };
  }

  /** Each predicate must be true at one of the nodes at least that come up to it. */
  #ofPredicates(predicates: readonly Expression[], at: Selection['trails']): readonly RequiredMatch[] {
    return predicates.flatMap((predicate) => this.of(predicate, at));
  }
}

const root: Selection['trails'] = [{ from: 'root', steps: [] }];

function startOf(from: 'root' | 'context', at: Selection['trails']): Selection['trails'] {
  return from === 'context' ? at : root;
}

function extended(trails: Selection['trails'], step: Step): Selection['trails'] {
  if (trails?.some(({ steps }) => steps.length === longestTrail)) {
    return undefined;
  }
  return trails?.map(({ from, steps }) => ({ from, steps: [...steps, step] }));
}

function allTrails(parts: readonly Selection[]): Selection['trails'] {
  const trails: Trail[] = [];
  for (const part of parts) {
    if (part.trails === undefined || trails.length + part.trails.length > mostTrails) {
      return undefined;
    }
    trails.push(...part.trails);
  }
  return trails;
}

/** What is required if each of some alternatives has requirements of its own. */
export function either(alternatives: readonly (readonly RequiredMatch[])[]): readonly RequiredMatch[] {
  const possible = alternatives.filter((required) => !required.some(isImpossible));
  if (possible.length === 0) {
    return [impossible];
  }
  if (possible.length === 1) {
    return possible[0]!;
  }
  if (possible.some((required) => required.length === 0)) {
    return [];
  }
  const shared = sharedPaths(possible);
  const best = oneOf(possible.map(mostTelling));
  return best.length === 1 ? shared : [...shared, best];
}

function isImpossible(match: RequiredMatch): boolean {
  return match.length === 0;
}

/** For each path about which all alternatives say something by itself: one of all their values. */
function sharedPaths(alternatives: readonly (readonly RequiredMatch[])[]): RequiredMatch[] {
  const [first, ...others] = alternatives.map(byPath);
  return [...first!.keys()]
    .filter((key) => others.every((keys) => keys.has(key)))
    .map((key) => oneOf([first!.get(key)!, ...others.map((keys) => keys.get(key)!)]));
}

/** The required matches that are about one path; of several about the same, the one with fewest values. */
function byPath(required: readonly RequiredMatch[]): Map<string, RequiredMatch> {
  const found = new Map<string, RequiredMatch>();
  for (const match of required) {
    const key = match[0]!.path.key;
    const earlier = found.get(key);
    if (match.length === 1 && (earlier === undefined || weight(match) < weight(earlier))) {
      found.set(key, match);
    }
  }
  return found;
}

/** The required match that says most: rather one about the content than about the type, which many events share. */
function mostTelling(required: readonly RequiredMatch[]): RequiredMatch {
  const aboutContent = required.filter((match) => !isAboutType(match));
  const choice = aboutContent.length > 0 ? aboutContent : required;
  return choice.reduce((best, other) => (weight(other) < weight(best) ? other : best));
}

function weight(match: RequiredMatch): number {
  return match.reduce((sum, { values }) => sum + values.length, 0);
}

/** What an event has if it has one of several required matches: their keys, those of one path put together. */
export function oneOf(required: readonly RequiredMatch[]): RequiredMatch {
  const byKey = new Map<string, { readonly path: IndexPath; readonly values: Set<string> }>();
  for (const { path, values } of required.flat()) {
    const known = byKey.get(path.key) ?? { path, values: new Set() };
    byKey.set(path.key, known);
    for (const value of values) {
      known.values.add(value);
    }
  }
  return Array.from(byKey.values(), ({ path, values }) => ({ path, values: [...values] }));
}
