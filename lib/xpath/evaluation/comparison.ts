import type { Comparison, ComparisonOperator, Expression } from '../ast';
import { compareNumbers, mirrored } from '../atoms';
import { isFixed } from '../dependence';
import type { Evaluation, NumberOf, Test } from './evaluation';
import { numberValue, stringValue, valueEquals } from './node';
import type { Computation, OperandCompiler } from './operands';
import { compareValues } from './program-call';

/** Compiles a comparison (XPath 1.0 §3.4), in which a node-set stands for each of its nodes. */
export function compileComparison(compiler: OperandCompiler, { operator, left, right }: Comparison): Test {
  const [leftType, rightType] = [compiler.type(left), compiler.type(right)];
  if (leftType === 'any' || rightType === 'any') {
    const [one, other] = [compiler.value(left), compiler.value(right)];
    return (evaluation, node) => {
      evaluation.spend(2);
      return compareValues(evaluation, operator, one(evaluation, node), other(evaluation, node));
    };
  }
  const hasNodes = leftType === 'node-set' || rightType === 'node-set';
  if (leftType === 'boolean' || rightType === 'boolean') {
    return isEquality(operator) || hasNodes
      ? compareBooleans(operator, compiler.boolean(left), compiler.boolean(right))
      : compareTwo(operator, compiler.number(left), compiler.number(right));
  }
  if (leftType === 'node-set' && rightType === 'node-set') {
    return compiler.effort(left) < compiler.effort(right)
      ? compareNodeSets(compiler, mirrored[operator], right, left)
      : compareNodeSets(compiler, operator, left, right);
  }
  if (hasNodes) {
    return leftType === 'node-set'
      ? compareNodes(compiler, operator, left, right)
      : compareNodes(compiler, mirrored[operator], right, left);
  }
  return isEquality(operator) && leftType === 'string' && rightType === 'string'
    ? compareTexts(operator, compiler.text(left), compiler.text(right))
    : compareTwo(operator, compiler.number(left), compiler.number(right));
}

type EqualityOperator = '=' | '!=';

function isEquality(operator: ComparisonOperator): operator is EqualityOperator {
  return operator === '=' || operator === '!=';
}

function compareBooleans(operator: ComparisonOperator, one: Test, other: Test): Test {
  return (evaluation, node) => {
    // Two for what makes booleans of other values.
    evaluation.spend(4);
    return compareNumbers(operator, one(evaluation, node) ? 1 : 0, other(evaluation, node) ? 1 : 0);
  };
}

function compareTwo(operator: ComparisonOperator, one: NumberOf, other: NumberOf): Test {
  return (evaluation, node) => {
    evaluation.spend(2);
    return compareNumbers(operator, one(evaluation, node), other(evaluation, node));
  };
}

function compareTexts(operator: EqualityOperator, first: Computation<string>, second: Computation<string>): Test {
  const equal = operator === '=';
  return (evaluation, node) => {
    const one = first(evaluation, node);
    const other = second(evaluation, node);
    evaluation.spendOnText(one.length === other.length ? one.length : 0);
    return (one === other) === equal;
  };
}

/** Compares each node of a node-set with a string or a number. */
function compareNodes(
  compiler: OperandCompiler,
  operator: ComparisonOperator,
  nodes: Expression,
  atom: Expression,
): Test {
  if (!isEquality(operator) || compiler.type(atom) !== 'string') {
    return compareNodesWith(compiler, operator, nodes, compiler.number(atom), isFixed(atom));
  }
  const equal = operator === '=';
  const constant = atom.kind === 'string' ? atom : { value: compiler.constant(atom) };
  if (isText(constant)) {
    return compiler.some(
      nodes,
      equal
        ? (evaluation, node) => valueEquals(evaluation, node, constant.value)
        : (evaluation, node) => !valueEquals(evaluation, node, constant.value),
      true,
    );
  }
  const compute = compiler.text(atom);
  let wanted = '';
  const test: Test = (evaluation, node) => valueEquals(evaluation, node, wanted) === equal;
  const walk = compiler.some(nodes, test, isFixed(atom));
  return (evaluation, node) => {
    evaluation.spend(2);
    wanted = compute(evaluation, node);
    const found = walk(evaluation, node);
    wanted = '';
    return found;
  };
}

/** A literal's value is read each time, since it may stand for many. */
function isText(constant: { readonly value: unknown }): constant is { readonly value: string } {
  return typeof constant.value === 'string';
}

function compareNodesWith(
  compiler: OperandCompiler,
  operator: ComparisonOperator,
  nodes: Expression,
  number: NumberOf,
  isSame: boolean,
): Test {
  let wanted = 0;
  const test: Test = (evaluation, node) => compareNumbers(operator, numberValue(evaluation, node), wanted);
  const walk = compiler.some(nodes, test, isSame);
  return (evaluation, node) => {
    evaluation.spend(2);
    wanted = number(evaluation, node);
    return walk(evaluation, node);
  };
}

/**
 * Compares in time proportional to the sum of the sets' sizes, not to their product.
 *
 * The right set is gathered, the left one walked until its first node that decides. Some pair of numbers compares as wanted
 * if one does with the greatest, or the least, of the right set.
 */
function compareNodeSets(
  compiler: OperandCompiler,
  operator: ComparisonOperator,
  left: Expression,
  right: Expression,
): Test {
  if (!isEquality(operator)) {
    const extreme = extremeOf(compiler, right, operator === '>' || operator === '>=');
    return compareNodesWith(compiler, operator, left, extreme, isFixed(right));
  }
  const texts = textsOf(compiler, right, operator === '!=');
  let wanted = noTexts;
  const test: Test =
    operator === '='
      ? (evaluation, node) => wanted.has(evaluation, node)
      : (evaluation, node) => wanted.hasOther(evaluation, node);
  const walk = compiler.some(left, test, isFixed(right));
  return (evaluation, node) => {
    evaluation.spend(2);
    wanted = texts(evaluation, node);
    const found = !wanted.isEmpty && walk(evaluation, node);
    wanted = noTexts;
    return found;
  };
}

/** Different string-values of nodes; a set is made only of several. */
class Texts {
  #first: string | undefined;
  #all: Set<string> | undefined;
  /** How many of them have no hash value of their own. */
  #long = 0;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  get areSeveral(): boolean {
    return this.#all !== undefined;
  }

  add(evaluation: Evaluation, text: string): void {
    this.#spendOnLookUp(evaluation, text);
    if (this.#all !== undefined) {
      this.#all.add(text);
    } else if (this.#first === undefined) {
      this.#first = text;
    } else if (this.#first !== text) {
      this.#all = new Set([this.#first, text]);
    }
    this.#long += text.length > LONGEST_HASHED ? 1 : 0;
  }

  /** Whether the value of a node is here. */
  has(evaluation: Evaluation, node: number): boolean {
    if (this.#all === undefined) {
      return valueEquals(evaluation, node, this.#first!);
    }
    const text = stringValue(evaluation, node);
    this.#spendOnLookUp(evaluation, text);
    return this.#all.has(text);
  }

  /** Whether another than the value of a node is here. */
  hasOther(evaluation: Evaluation, node: number): boolean {
    return this.#all !== undefined || !valueEquals(evaluation, node, this.#first!);
  }

  /** To look a text up by its hash value takes several times as long as a visit. */
  #spendOnLookUp(evaluation: Evaluation, text: string): void {
    const compared = text.length > LONGEST_HASHED ? this.#long : 0;
    evaluation.spend(8 + (text.length >> 4) * (1 + compared));
  }
}

/** Longer strings of one length have the same hash value in V8, so that a set compares each with all others. */
const LONGEST_HASHED = 16_383;

const noTexts = new Texts();

/** @param twoWillDo Whether no more than two different values are needed. */
function textsOf(compiler: OperandCompiler, nodes: Expression, twoWillDo: boolean): Computation<Texts> {
  let texts = noTexts;
  const walk = compiler.nodes(nodes).into((evaluation, node) => {
    texts.add(evaluation, stringValue(evaluation, node));
    return twoWillDo && texts.areSeveral;
  });
  return compiler.once(nodes, (evaluation, node) => {
    const gathered = new Texts();
    texts = gathered;
    walk(evaluation, node);
    texts = noTexts;
    return gathered;
  });
}

/** The least or the greatest number among the values of a node-set; NaN if there is none. */
function extremeOf(compiler: OperandCompiler, nodes: Expression, least: boolean): NumberOf {
  let extreme = Number.NaN;
  const walk = compiler.nodes(nodes).into((evaluation, node) => {
    const number = numberValue(evaluation, node);
    if (Number.isNaN(extreme) || (least ? number < extreme : number > extreme)) {
      extreme = number;
    }
    return false;
  });
  return compiler.once(nodes, (evaluation, node) => {
    evaluation.spend(1);
    extreme = Number.NaN;
    walk(evaluation, node);
    return extreme;
  });
}
