import {
  type Arithmetic,
  type Axis,
  type Chain,
  type Comparison,
  type ComparisonOperator,
  type Expression,
  type FunctionCall,
  type NodeTest,
  nameText,
  type Path,
  type QualifiedName,
  type Span,
  type Step,
  type StringLiteral,
} from '../../xpath/ast';
import { isPositional } from '../../xpath/dependence';
import type { Scope } from '../../xpath/scope';

/** The names of the functions that stand for the comparison operators in a lowered expression. */
export const comparisonNames: Readonly<Record<ComparisonOperator, string>> = {
  '=': 'compare-eq',
  '!=': 'compare-ne',
  '<': 'compare-lt',
  '<=': 'compare-le',
  '>': 'compare-gt',
  '>=': 'compare-ge',
};

/** The function that applies operators from left to right: `calculate(a, '+', b, '-', c)`. */
export const calculateName = 'calculate';
export const negateName = 'negate';
/** The function, for use in predicates, that is true for an element only. */
export const isElementName = 'is-element';
/** The function, for use in predicates, that is true for an attribute that declares no namespace. */
export const isAttributeName = 'is-attribute';
/** The function, for use in predicates, that compares the context node's local name, and its namespace, where given. */
export const hasNameName = 'has-name';

/** How a lowered expression names what the program has given names to. */
export interface Names {
  prefix(prefix: string): string;
  variable(name: string): string;
}

/**
 * Rewrites a checked expression so that the `xpath` package evaluates it as the recommendation says.
 *
 * What the package gets wrong is expressed in what it gets right, and in functions of the library's own: operators
 * become calls, name tests are kept from nodes of another kind, `following` and `preceding` become
 * steps along other axes. The program's names are replaced by plain ones, since the package knows fewer letters than
 * XML. Long chains of 'or', 'and' and '|' become balanced trees.
 */
export function lower(expression: Expression, scope: Scope, names: Names): Expression {
  return new Lowering(scope, names).lower(expression);
}

/** The axes that lead from two different nodes to different nodes always. */
const leadsToDistinctNodes: ReadonlySet<Axis> = new Set(['attribute', 'child', 'namespace', 'self']);

/** The names that the package is sure to read; it knows only the letters of 1998. */
const asciiName = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

class Lowering {
  readonly #scope: Scope;
  readonly #names: Names;

  constructor(scope: Scope, names: Names) {
    this.#scope = scope;
    this.#names = names;
  }

  lower(expression: Expression): Expression {
    switch (expression.kind) {
      case 'or':
      case 'and':
      case 'union':
        return balanced(
          expression.kind,
          expression.operands.map((operand) => this.lower(operand)),
          expression,
        );
      case 'comparison':
        return this.#comparison(expression);
      case 'arithmetic':
        return call(calculateName, this.#arithmetic(expression), expression);
      case 'negation':
        return call(negateName, [this.lower(expression.operand)], expression);
      case 'string':
      case 'number':
        return expression;
      case 'variable':
        return { ...expression, name: plain(this.#names.variable(nameText(expression.name))) };
      case 'call':
        return { ...expression, arguments: this.#all(expression.arguments) };
      case 'filtered':
        return { ...expression, base: this.lower(expression.base), predicates: this.#all(expression.predicates) };
      case 'path':
        return this.#path(expression);
    }
  }

  #all(expressions: readonly Expression[]): Expression[] {
    return expressions.map((expression) => this.lower(expression));
  }

  #comparison(comparison: Comparison): Expression {
    return call(comparisonNames[comparison.operator], this.#all([comparison.left, comparison.right]), comparison);
  }

  #arithmetic({ operands, operators }: Arithmetic): Expression[] {
    return operands.flatMap((operand, index) => {
      const lowered = this.lower(operand);
      return index === 0 ? [lowered] : [literal(operators[index - 1]!, operand), lowered];
    });
  }

  /**
   * A path, cut where nodes may have been reached twice: `(a/..)/a` for `a/../a`.
   *
   * The package makes a set of the nodes only at the end of a path, and would go on from each of them as often as it was
   * reached, which multiplies from step to step.
   */
  #path(path: Path): Path {
    let from = typeof path.from === 'string' ? path.from : this.lower(path.from);
    let steps: Step[] = [];
    let single = typeof path.from === 'string';
    let repeats = false;
    for (const step of path.steps.flatMap((one) => this.#step(one))) {
      if (repeats) {
        from = { ...path, from, steps };
        steps = [];
      }
      repeats = !single && !leadsToDistinctNodes.has(step.axis);
      single &&= step.axis === 'self' || step.axis === 'parent';
      steps.push(step);
    }
    return { ...path, from, steps };
  }

  #step(step: Step): Step[] {
    const predicates = this.#all(step.predicates);
    const positional = step.predicates.findLastIndex((predicate) => isPositional(predicate, this.#scope)) + 1;
    if (positional === 0 && (step.axis === 'following' || step.axis === 'preceding')) {
      const everything = { ...step, test: anyNode(step.test), predicates: [] };
      return [
        { ...everything, axis: 'ancestor-or-self' },
        { ...everything, axis: `${step.axis}-sibling` },
        ...this.#plainSteps({ ...step, axis: 'descendant-or-self' }, predicates, 0),
      ];
    }
    return this.#plainSteps(step, predicates, positional);
  }

  /**
   * A step with its own predicates lowered, and before them those that make its node test right.
   *
   * The package sorts nodes, in quadratic time, before it tests predicates. Those that do not ask for the position are
   * tested by a step of their own, which has one node at a time: `a/self::node()[@b]` for `a[@b]`.
   *
   * @param positional How many predicates, from the first, must stay with the step.
   */
  #plainSteps(step: Step, predicates: readonly Expression[], positional: number): Step[] {
    const { test, conditions } = this.#nodeTest(step);
    const all = [...conditions, ...predicates];
    if (step.axis === 'self' || step.axis === 'parent' || step.axis === 'namespace') {
      return [{ ...step, test, predicates: all }];
    }
    const kept = positional === 0 ? 0 : conditions.length + positional;
    const steps: Step[] = [{ ...step, test, predicates: all.slice(0, kept) }];
    if (kept < all.length) {
      steps.push({ ...step, axis: 'self', test: anyNode(test), predicates: all.slice(kept) });
    }
    return steps;
  }

  /** A step's node test, and the conditions that the package does not see to itself. */
  #nodeTest({ axis, test }: Step): { readonly test: NodeTest; readonly conditions: readonly Expression[] } {
    if (axis === 'namespace') {
      // The package passes over namespace nodes in node(), and takes xmlns="" for one.
      const condition = call('boolean', [call('string', [], test)], test);
      return test.kind === 'type' && test.type === 'node'
        ? { test: anyName(test), conditions: [condition] }
        : this.#nameTest(test, [condition]);
    }
    if (axis === 'attribute' && test.kind !== 'name') {
      return this.#nameTest(test, [call(isAttributeName, [], test)]);
    }
    if (axis.endsWith('self') && test.kind !== 'type') {
      return this.#nameTest(test, [call(isElementName, [], test)]);
    }
    return this.#nameTest(test, []);
  }

  #nameTest(
    test: NodeTest,
    conditions: readonly Expression[],
  ): { readonly test: NodeTest; readonly conditions: readonly Expression[] } {
    if (test.kind === 'namespace') {
      return { test: { ...test, prefix: this.#names.prefix(test.prefix) }, conditions };
    }
    if (test.kind !== 'name') {
      return { test, conditions };
    }
    const { prefix, local } = test.name;
    if (asciiName.test(local)) {
      return { test: { ...test, name: { prefix: prefix && this.#names.prefix(prefix), local } }, conditions };
    }
    const { start, end } = test;
    if (prefix === undefined) {
      const condition = call(hasNameName, [literal(local, test), literal('', test)], test);
      return { test: anyName(test), conditions: [...conditions, condition] };
    }
    const condition = call(hasNameName, [literal(local, test)], test);
    const ofNamespace: NodeTest = { kind: 'namespace', prefix: this.#names.prefix(prefix), start, end };
    return { test: ofNamespace, conditions: [...conditions, condition] };
  }
}

/** `a or b or c or d` as `(a or b) or (c or d)`: the package's evaluation is as deep as the tree. */
function balanced(kind: Chain['kind'], operands: readonly Expression[], whole: Chain): Expression {
  if (operands.length === 1) {
    return operands[0]!;
  }
  const middle = Math.ceil(operands.length / 2);
  const halves = [balanced(kind, operands.slice(0, middle), whole), balanced(kind, operands.slice(middle), whole)];
  return { kind, operands: halves, start: whole.start, end: whole.end };
}

function plain(local: string): QualifiedName {
  return { prefix: undefined, local };
}

function literal(value: string, { start, end }: Span): StringLiteral {
  return { kind: 'string', value, start, end };
}

function call(name: string, args: readonly Expression[], place: Span): FunctionCall {
  return { kind: 'call', name: plain(name), arguments: args, start: place.start, end: place.end };
}

function anyName({ start, end }: NodeTest): NodeTest {
  return { kind: 'any', start, end };
}

function anyNode({ start, end }: NodeTest): NodeTest {
  return { kind: 'type', type: 'node', target: undefined, start, end };
}
