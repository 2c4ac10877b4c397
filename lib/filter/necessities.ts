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
export type Necessity = readonly IndexKey[];

/**
 * Finds what an event must have for an expression to be true of it: each of the necessities, as the equalities with strings
 * say that decide it.
 *
 * They are necessary, not sufficient, and not all that is necessary: predicates on the way to a key are dropped, numbers
 * (`name = 3` is true of ` 3.0 ` too), absence and everything that a function decides is left to the evaluation. Whatever is
 * in doubt is no necessity.
 */
export function necessitiesOf(expression: Expression, scope: Scope): readonly Necessity[] {
  return new Analysis(scope).of(expression, [{ from: 'context', steps: [] }]);
}

/** A text that does not depend on the event: a literal, or a variable that is a string. */
export function constantText(expression: Expression, scope: Scope): string | undefined {
  if (expression.kind === 'string') {
    return expression.value;
  }
  const value = expression.kind === 'variable' ? scope.variables.get(nameText(expression.name)) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Whether a necessity is about nothing but the event's type. */
export function isAboutType(necessity: Necessity): boolean {
  return necessity.length === 1 && necessity[0]!.path.key === typePath.key;
}

const nothing: readonly Necessity[] = [];
/** No event has it. */
const impossible: Necessity = [];

/** Beyond these a path is not looked into: it would take up more than it gives. */
const mostTrails = 8;
export const longestTrail = 16;

/** What is known of a node-set. */
interface Selection {
  /** Trails to all of its nodes, and perhaps more; `undefined` where they are not known. */
  readonly trails: readonly Trail[] | undefined;
  /** What there must be for it not to be empty. */
  readonly necessities: readonly Necessity[];
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
   * @param at Trails to the nodes that the expression may be evaluated at; `undefined` where they are not known.
   */
  of(expression: Expression, at: Selection['trails']): readonly Necessity[] {
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
        return this.#select(expression, at).necessities;
      default:
        return [];
    }
  }

  #ofComparison({ operator, left, right }: Comparison, at: Selection['trails']): readonly Necessity[] {
    return [...this.#ofOperand(left, operator, right, at), ...this.#ofOperand(right, operator, left, at)];
  }

  /** A comparison with a node-set is true of one of its nodes (XPath 1.0 §3.4), so that there must be one. */
  #ofOperand(
    operand: Expression,
    operator: ComparisonOperator,
    other: Expression,
    at: Selection['trails'],
  ): readonly Necessity[] {
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
    const { trails, necessities } = selection;
    const necessity = value === undefined ? undefined : this.#necessity(trails, value);
    return necessity === undefined ? necessities : [...necessities, necessity];
  }

  #selectOperand(operand: Expression, value: string | undefined, at: Selection['trails']): Selection | undefined {
    if (operand.kind === 'call' && nameText(operand.name) === 'string') {
      // Of a node-set string() takes the first node, and of an empty one the empty string.
      if (value === undefined || value === '') {
        return undefined;
      }
      const argument = operand.arguments[0];
      return argument === undefined ? { trails: at, necessities: [] } : this.#selectOperand(argument, value, at);
    }
    return this.#select(operand, at);
  }

  #necessity(trails: Selection['trails'], value: string): Necessity | undefined {
    const keys: Necessity[] = [];
    for (const trail of trails ?? []) {
      const path = indexPath(trail, this.#scope);
      if (path === undefined) {
        return undefined;
      }
      keys.push([{ path, values: [value] }]);
    }
    return keys.length === 0 ? undefined : merged(keys);
  }

  #select(expression: Expression, at: Selection['trails']): Selection {
    switch (expression.kind) {
      case 'path':
        return this.#selectPath(expression, at);
      case 'filtered': {
        const { trails, necessities } = this.#select(expression.base, at);
        return { trails, necessities: [...necessities, ...this.#ofPredicates(expression.predicates, trails)] };
      }
      case 'union': {
        const parts = expression.operands.map((operand) => this.#select(operand, at));
        return {
          trails: allTrails(parts),
          necessities: either(parts.map(({ necessities }) => necessities)),
        };
      }
      default:
        return { trails: undefined, necessities: [] };
    }
  }

  #selectPath({ from, steps }: Path, at: Selection['trails']): Selection {
    let { trails, necessities } =
      typeof from === 'string' ? { trails: startOf(from, at), necessities: nothing } : this.#select(from, at);
    for (const step of steps) {
      trails = extended(trails, step);
      necessities = [...necessities, ...this.#ofPredicates(step.predicates, trails)];
    }
    return { trails, necessities };
  }

  /** Each predicate must be true at one of the nodes at least that come up to it. */
  #ofPredicates(predicates: readonly Expression[], at: Selection['trails']): readonly Necessity[] {
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

/** What is necessary where each of some alternatives has necessities of its own. */
export function either(alternatives: readonly (readonly Necessity[])[]): readonly Necessity[] {
  const possible = alternatives.filter((necessities) => !necessities.some(isImpossible));
  if (possible.length === 0) {
    return [impossible];
  }
  if (possible.length === 1) {
    return possible[0]!;
  }
  if (possible.some((necessities) => necessities.length === 0)) {
    return [];
  }
  const shared = sharedPaths(possible);
  const best = merged(possible.map(mostTelling));
  return best.length === 1 ? shared : [...shared, best];
}

function isImpossible(necessity: Necessity): boolean {
  return necessity.length === 0;
}

/** For each path about which all alternatives say something by itself: one of all their values. */
function sharedPaths(alternatives: readonly (readonly Necessity[])[]): Necessity[] {
  const [first, ...others] = alternatives.map(byPath);
  return [...first!.keys()]
    .filter((key) => others.every((keys) => keys.has(key)))
    .map((key) => merged([first!.get(key)!, ...others.map((keys) => keys.get(key)!)]));
}

/** The necessities that are about one path; of several about the same, the one with fewest values. */
function byPath(necessities: readonly Necessity[]): Map<string, Necessity> {
  const found = new Map<string, Necessity>();
  for (const necessity of necessities) {
    const key = necessity[0]!.path.key;
    const earlier = found.get(key);
    if (necessity.length === 1 && (earlier === undefined || weight(necessity) < weight(earlier))) {
      found.set(key, necessity);
    }
  }
  return found;
}

/** The necessity that says most: rather one about the content than about the type, which many events share. */
function mostTelling(necessities: readonly Necessity[]): Necessity {
  const aboutContent = necessities.filter((necessity) => !isAboutType(necessity));
  const choice = aboutContent.length > 0 ? aboutContent : necessities;
  return choice.reduce((best, other) => (weight(other) < weight(best) ? other : best));
}

function weight(necessity: Necessity): number {
  return necessity.reduce((sum, { values }) => sum + values.length, 0);
}

/** One of the keys of several necessities, those of one path put together. */
export function merged(necessities: readonly Necessity[]): Necessity {
  const byKey = new Map<string, { readonly path: IndexPath; readonly values: Set<string> }>();
  for (const { path, values } of necessities.flat()) {
    const known = byKey.get(path.key) ?? { path, values: new Set() };
    byKey.set(path.key, known);
    for (const value of values) {
      known.values.add(value);
    }
  }
  return Array.from(byKey.values(), ({ path, values }) => ({ path, values: [...values] }));
}
