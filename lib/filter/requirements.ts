import {
  type Comparison,
  type ComparisonOperator,
  type Expression,
  type FunctionCall,
  nameText,
  type Path,
} from '../xpath/ast';
import { atomNumber, atomText, mirrored } from '../xpath/atoms';
import type { Scope } from '../xpath/scope';
import { staticType } from '../xpath/static-type';
import { constantOf } from './constant';
import { indexPath, typePath } from './index-path';
import {
  all,
  always,
  any,
  isOrdinary,
  negated,
  never,
  passes,
  type Requirement,
  type ValueTest,
  withLiterals,
} from './requirement';
import { allTrails, firstStep, nextStep, rootElement, rootTrails, type Selection, unknownNodes } from './selection';

/** What can be said of a filter's decision before it is made. */
export interface Requirements {
  /** What every event is like that the filter matches. */
  readonly needs: Requirement;
  /** Whether the filter matches every event that is like it. */
  readonly isExact: boolean;
}

/** Of a filter that matches every event. */
export const noRequirements: Requirements = { needs: always, isExact: true };

/** Of a filter that asks for one of some types. */
export function typeRequirements(types: readonly string[]): Requirements {
  const ofType = (operand: string): Requirement => ({
    kind: 'value',
    path: typePath,
    operator: '=',
    operand,
    literal: undefined,
    ofFirst: false,
    isNegated: false,
  });
  return { needs: any([...new Set(types)].map(ofType)), isExact: true };
}

/** Of a filter that matches what at least one of some filters matches. */
export function anyRequirements(alternatives: readonly Requirements[]): Requirements {
  const isSure = alternatives.some(({ needs, isExact }) => isExact && needs === always);
  return {
    needs: any(alternatives.map(({ needs }) => needs)),
    isExact: isSure || alternatives.every(({ isExact }) => isExact),
  };
}

/**
 * Of a filter that is an expression: what its comparisons of paths with constants, `starts-with()` and `contains()` say that
 * decide it.
 *
 * Anything in doubt isn't required. Predicates on the way to a value count by themselves, since each must be true of some
 * node; but if two of them must be true of the same node among several, as in `domain[name = 'c' and uuid = 'u']`, what is
 * required isn't enough. Nor is it if something else is asked that no value decides.
 */
export function expressionRequirements(expression: Expression, scope: Scope): Requirements {
  const known = ofOutlines.get(expression);
  const needs = known && withLiterals(known.needs);
  if (needs !== undefined) {
    return { needs, isExact: known!.isExact };
  }
  const analysis = new Analysis(scope);
  const requirements = analysis.of(expression, rootElement);
  if (analysis.isOutline) {
    ofOutlines.set(expression, requirements);
  }
  return requirements;
}

/** What is required by expressions that many filters have but for the values of literals, which change. */
const ofOutlines = new WeakMap<Expression, Requirements>();

const unknown: Requirements = { needs: always, isExact: false };

class Analysis {
  readonly #scope: Scope;
  #hasVariedLiterals = false;
  #areOrdinary = true;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Whether what has been found out is good for other values of the literals, too, of which there are some that vary. */
  get isOutline(): boolean {
    return this.#hasVariedLiterals && this.#areOrdinary;
  }

  /**
   * What is required for an expression, as a boolean, to be true at one of some nodes; what those require themselves is left
   * out.
   *
   * A predicate that is a number is a position, and true of the node there; nothing is required for it, so that what is said of
   * booleans holds for all predicates.
   */
  of(expression: Expression, at: Selection): Requirements {
    switch (expression.kind) {
      case 'and': {
        const parts = expression.operands.map((operand) => this.of(operand, at));
        // Each operand may be true of another node.
        return {
          needs: all(parts.map(({ needs }) => needs)),
          isExact: at.isOne && parts.every(({ isExact }) => isExact),
        };
      }
      case 'or':
        return anyRequirements(expression.operands.map((operand) => this.of(operand, at)));
      case 'comparison':
        return this.#ofComparison(expression, at);
      case 'string':
        return expression.value === '' ? impossible : truth(at);
      case 'variable':
        return this.#scope.variables.get(nameText(expression.name)) ? unknown : impossible;
      case 'call':
        return this.#ofCall(expression, at);
      case 'union':
      case 'filtered':
      case 'path': {
        const { needs, extent, isOne } = this.#select(expression, at);
        return { needs, isExact: extent === 'some' || (extent === 'all' && isOne) };
      }
      default:
        return unknown;
    }
  }

  #ofCall({ name, arguments: args }: FunctionCall, at: Selection): Requirements {
    const called = nameText(name);
    switch (called) {
      case 'boolean':
        return this.of(args[0]!, at);
      case 'not': {
        const { needs, isExact } = this.of(args[0]!, at);
        return isExact && at.isOne ? { needs: negated(needs), isExact } : unknown;
      }
      case 'true':
        return truth(at);
      case 'false':
        return impossible;
      case 'starts-with':
      case 'contains': {
        const operand = constantOf(args[1]!, this.#scope);
        return operand === undefined
          ? unknown
          : this.#ofFirst(args[0]!, this.#test(called, atomText(operand), args[1]!), at);
      }
      default:
        return unknown;
    }
  }

  #ofComparison({ operator, left, right }: Comparison, at: Selection): Requirements {
    const one = this.#ofSide(left, operator, right, at);
    const other = this.#ofSide(right, mirrored[operator], left, at);
    return { needs: all([one.needs, other.needs]), isExact: one.isExact || other.isExact };
  }

  /** What is required of one side of a comparison. */
  #ofSide(side: Expression, operator: ComparisonOperator, other: Expression, at: Selection): Requirements {
    const otherType = staticType(other, this.#scope);
    if (otherType === 'boolean' || otherType === 'any') {
      // With a boolean a node-set is compared as a whole: `disk = false()` asks that there be none.
      return unknown;
    }
    const value = constantOf(other, this.#scope);
    const isNumber = typeof value === 'number' || (operator !== '=' && operator !== '!=');
    const called = side.kind === 'call' ? nameText(side.name) : undefined;
    if (value !== undefined && (called === 'number' || called === 'string')) {
      const operand = isNumber || called === 'number' ? atomNumber(value) : (value as string);
      return this.#ofFirst((side as FunctionCall).arguments[0], this.#test(operator, operand, other), at);
    }
    if (staticType(side, this.#scope) !== 'node-set') {
      return unknown;
    }
    // True of one of its nodes (XPath 1.0 §3.4), so that there must be one.
    const selection = this.#select(side, at);
    if (value === undefined) {
      return { needs: selection.needs, isExact: false };
    }
    const operand = isNumber ? atomNumber(value) : (value as string);
    return this.#ofValues(selection, this.#test(operator, operand, other), false);
  }

  #test(operator: ValueTest['operator'], operand: ValueTest['operand'], source: Expression): ValueTest {
    const literal = (source.kind === 'string' || source.kind === 'number') && source.varies ? source : undefined;
    if (literal !== undefined) {
      this.#hasVariedLiterals = true;
      this.#areOrdinary &&= isOrdinary(operand);
    }
    return { operator, operand, literal };
  }

  /**
   * What is required for the first node of a node-set to pass a test, or the empty string if there is none.
   *
   * @param expression The node they are asked at if it is left out.
   */
  #ofFirst(expression: Expression | undefined, test: ValueTest, at: Selection): Requirements {
    if (expression === undefined) {
      return this.#ofValues({ ...at, needs: always }, test, true);
    }
    if (expression.kind === 'call' && nameText(expression.name) === 'string') {
      return this.#ofFirst(expression.arguments[0], test, at);
    }
    if (staticType(expression, this.#scope) !== 'node-set') {
      return unknown;
    }
    if (!passes(test, '')) {
      return this.#ofValues(this.#select(expression, at), test, true);
    }
    const contrary = contraries[test.operator as '=' | '!='];
    if (contrary === undefined) {
      // Every text begins with the empty one, and contains it.
      return truth(at);
    }
    const { needs, isExact } = this.#ofValues(this.#select(expression, at), { ...test, operator: contrary }, true);
    return isExact && at.isOne ? { needs: negated(needs), isExact } : unknown;
  }

  #ofValues({ trails, needs, extent }: Selection, test: ValueTest, ofFirst: boolean): Requirements {
    if (Number.isNaN(test.operand) && test.operator !== '!=') {
      return impossible;
    }
    const paths = trails?.map((trail) => indexPath(trail, this.#scope));
    if (paths === undefined || paths.includes(undefined)) {
      return { needs, isExact: false };
    }
    const values = paths.map(
      (path): Requirement => ({ kind: 'value', path: path!, ...test, ofFirst, isNegated: false }),
    );
    // Which of several paths has the first node, the values don't tell.
    return { needs: all([needs, any(values)]), isExact: extent === 'all' && (paths.length === 1 || !ofFirst) };
  }

  #select(expression: Expression, at: Selection): Selection {
    switch (expression.kind) {
      case 'path':
        return this.#selectPath(expression, at);
      case 'filtered': {
        const base = this.#select(expression.base, at);
        return this.#filter({ ...base, extent: 'unknown', isOne: false }, expression.predicates);
      }
      case 'union': {
        const parts = expression.operands.map((operand) => this.#select(operand, at));
        const isAll = parts.every(({ needs, extent }) => extent === 'all' && needs === always);
        return {
          trails: allTrails(parts),
          needs: any(parts.map(({ needs }) => needs)),
          extent: isAll ? 'all' : 'unknown',
          isOne: false,
        };
      }
      default:
        return unknownNodes;
    }
  }

  #selectPath({ from, steps }: Path, at: Selection): Selection {
    let nodes = this.#start(from, at);
    steps.forEach((step, index) => {
      const isFromRoot = from === 'root' && index === 0;
      nodes = this.#filter(isFromRoot ? firstStep(nodes, step) : nextStep(nodes, step), step.predicates);
    });
    return nodes;
  }

  #start(from: Path['from'], at: Selection): Selection {
    switch (from) {
      case 'context':
        return { ...at, needs: always, extent: at.extent === 'all' ? 'all' : 'unknown' };
      case 'root':
        // At no node nothing is true, however true it is of the root.
        return { ...unknownNodes, trails: rootTrails, extent: at.isOne ? 'all' : 'unknown' };
      default:
        return this.#select(from, at);
    }
  }

  /** Each predicate must be true at one of the nodes at least that come up to it. */
  #filter(nodes: Selection, predicates: readonly Expression[]): Selection {
    let filtered = nodes;
    for (const predicate of predicates) {
      const { trails, extent, isOne } = filtered;
      const { needs, isExact } = this.of(predicate, filtered);
      filtered = {
        trails,
        needs: all([filtered.needs, needs]),
        extent: !isExact || extent !== 'all' ? 'unknown' : isOne ? 'all' : 'some',
        isOne,
      };
    }
    return filtered;
  }
}

/** No event is like it. */
const impossible: Requirements = { needs: never, isExact: true };

/** Of what is true at every node, if there is one. */
function truth({ isOne }: Selection): Requirements {
  return isOne ? noRequirements : unknown;
}

/** What is true of a value if and only if the other isn't. */
const contraries = { '=': '!=', '!=': '=' } as const;
