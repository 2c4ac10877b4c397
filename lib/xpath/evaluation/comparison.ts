import type { Comparison, ComparisonOperator, Expression } from '../ast';
import { compareNumbers } from '../atoms';
import { isFixed } from '../dependence';
import type { Evaluation, NumberOf, Test } from './evaluation';
import { numberValue, stringValue, valueEquals } from './node';
import type { Context, OperandCompiler } from './operands';
import { compareValues } from './program-call';

/** Compiles a comparison (XPath 1.0 §3.4), in which a node-set stands for each of its nodes. */
export function compileComparison(
  compiler: OperandCompiler,
  { operator, left, right }: Comparison,
  context: Context,
): Test {
  const leftIsNodes = compiler.type(left) === 'node-set';
  const rightIsNodes = compiler.type(right) === 'node-set';
  if (compiler.type(left) === 'any' || compiler.type(right) === 'any') {
    const first = compiler.value(left, context);
    const second = compiler.value(right, context);
    return (evaluation, node) => {
      evaluation.spend(2);
      return compareValues(evaluation, operator, first(evaluation, node), second(evaluation, node));
    };
  }
  if (compiler.type(left) === 'boolean' || compiler.type(right) === 'boolean') {
    return isEquality(operator) || leftIsNodes || rightIsNodes
      ? compareBooleans(compiler, operator, left, right, context)
      : compareAsNumbers(compiler, operator, left, right, context);
  }
  if (leftIsNodes && rightIsNodes) {
    return compiler.effort(left, context) < compiler.effort(right, context)
      ? compareNodeSets(compiler, mirrored[operator], right, left, context)
      : compareNodeSets(compiler, operator, left, right, context);
  }
  if (leftIsNodes) {
    return compareNodes(compiler, operator, left, right, context);
  }
  if (rightIsNodes) {
    return compareNodes(compiler, mirrored[operator], right, left, context);
  }
  return isEquality(operator) && compiler.type(left) === 'string' && compiler.type(right) === 'string'
    ? compareTexts(compiler, operator, left, right, context)
    : compareAsNumbers(compiler, operator, left, right, context);
}

type EqualityOperator = '=' | '!=';

function isEquality(operator: ComparisonOperator): operator is EqualityOperator {
  return operator === '=' || operator === '!=';
}

const mirrored: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function compareBooleans(
  compiler: OperandCompiler,
  operator: ComparisonOperator,
  left: Expression,
  right: Expression,
  context: Context,
): Test {
  const first = compiler.boolean(left, context);
  const second = compiler.boolean(right, context);
  return (evaluation, node) => {
    // Two for what makes booleans of other values.
    evaluation.spend(4);
    return compareNumbers(operator, first(evaluation, node) ? 1 : 0, second(evaluation, node) ? 1 : 0);
  };
}

function compareAsNumbers(
  compiler: OperandCompiler,
  operator: ComparisonOperator,
  left: Expression,
  right: Expression,
  context: Context,
): Test {
  const first = compiler.number(left, context);
  const second = compiler.number(right, context);
  return (evaluation, node) => {
    evaluation.spend(2);
    return compareNumbers(operator, first(evaluation, node), second(evaluation, node));
  };
}

function compareTexts(
  compiler: OperandCompiler,
  operator: EqualityOperator,
  left: Expression,
  right: Expression,
  context: Context,
): Test {
  const first = compiler.text(left, context);
  const second = compiler.text(right, context);
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
  context: Context,
): Test {
  return isEquality(operator) && compiler.type(atom) === 'string'
    ? compareNodesWithText(compiler, operator, nodes, atom, context)
    : compareNodesWithNumber(compiler, operator, nodes, atom, context);
}

function compareNodesWithText(
  compiler: OperandCompiler,
  operator: EqualityOperator,
  nodes: Expression,
  text: Expression,
  context: Context,
): Test {
  const equal = operator === '=';
  const constant = compiler.constant(text);
  if (typeof constant === 'string') {
    return compiler.some(
      nodes,
      context,
      equal
        ? (evaluation, node) => valueEquals(evaluation, node, constant)
        : (evaluation, node) => !valueEquals(evaluation, node, constant),
      true,
    );
  }
  const compute = compiler.text(text, context);
  let wanted = '';
  const test: Test = (evaluation, node) => valueEquals(evaluation, node, wanted) === equal;
  const walk = compiler.some(nodes, context, test, isFixed(text));
  return (evaluation, node) => {
    evaluation.spend(2);
    wanted = compute(evaluation, node);
    const found = walk(evaluation, node);
    wanted = '';
    return found;
  };
}

function compareNodesWithNumber(
  compiler: OperandCompiler,
  operator: ComparisonOperator,
  nodes: Expression,
  number: Expression,
  context: Context,
): Test {
  return compareNodesWith(compiler, operator, nodes, compiler.number(number, context), isFixed(number), context);
}

function compareNodesWith(
  compiler: OperandCompiler,
  operator: ComparisonOperator,
  nodes: Expression,
  number: NumberOf,
  isFixed: boolean,
  context: Context,
): Test {
  let wanted = 0;
  const test: Test = (evaluation, node) => compareNumbers(operator, numberValue(evaluation, node), wanted);
  const walk = compiler.some(nodes, context, test, isFixed);
  return (evaluation, node) => {
    evaluation.spend(2);
    wanted = number(evaluation, node);
    return walk(evaluation, node);
  };
}

/**
 * Compares in time proportional to the sum of the sets' sizes, not to their product.
 *
 * The right set is gathered, the left one walked until its first node that decides.
 */
function compareNodeSets(
  compiler: OperandCompiler,
  operator: ComparisonOperator,
  left: Expression,
  right: Expression,
  context: Context,
): Test {
  return isEquality(operator)
    ? lookUpNodes(compiler, operator, left, right, context)
    : compareWithExtreme(compiler, operator, left, right, context);
}

/** Looks each node of one set up among the values of the other. */
function lookUpNodes(
  compiler: OperandCompiler,
  operator: EqualityOperator,
  left: Expression,
  right: Expression,
  context: Context,
): Test {
  const texts = textsOf(compiler, right, context, operator === '!=');
  let wanted = noTexts;
  const test: Test =
    operator === '='
      ? (evaluation, node) => wanted.has(evaluation, node)
      : (evaluation, node) => wanted.hasOther(evaluation, node);
  const walk = compiler.some(left, context, test, isFixed(right));
  return (evaluation, node) => {
    evaluation.spend(2);
    wanted = texts(evaluation, node);
    const found = !wanted.isEmpty && walk(evaluation, node);
    wanted = noTexts;
    return found;
  };
}

/** Different string-values of nodes; a set is made only where there are several. */
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
function textsOf(
  compiler: OperandCompiler,
  nodes: Expression,
  context: Context,
  twoWillDo: boolean,
): (evaluation: Evaluation, node: number) => Texts {
  let texts = noTexts;
  const walk = compiler.nodes(nodes, context).into((evaluation, node) => {
    texts.add(evaluation, stringValue(evaluation, node));
    return twoWillDo && texts.areSeveral;
  });
  return compiler.once(nodes, context, (evaluation, node) => {
    const gathered = new Texts();
    texts = gathered;
    walk(evaluation, node);
    texts = noTexts;
    return gathered;
  });
}

/** Some pair of numbers compares as wanted if one does with the greatest, or the least, of the other set. */
function compareWithExtreme(
  compiler: OperandCompiler,
  operator: ComparisonOperator,
  left: Expression,
  right: Expression,
  context: Context,
): Test {
  const extreme = extremeOf(compiler, right, context, operator === '>' || operator === '>=');
  return compareNodesWith(compiler, operator, left, extreme, isFixed(right), context);
}

/** The least or the greatest number among the values of a node-set; NaN where there is none. */
function extremeOf(compiler: OperandCompiler, nodes: Expression, context: Context, least: boolean): NumberOf {
  let extreme = Number.NaN;
  const walk = compiler.nodes(nodes, context).into((evaluation, node) => {
    const number = numberValue(evaluation, node);
    if (Number.isNaN(extreme) || (least ? number < extreme : number > extreme)) {
      extreme = number;
    }
    return false;
  });
  return compiler.once(nodes, context, (evaluation, node) => {
    evaluation.spend(1);
    extreme = Number.NaN;
    walk(evaluation, node);
    return extreme;
  });
}
