import { type Arithmetic, type Expression, type FunctionCall, nameText } from '../ast';
import { type Atom, atomNumber, atomText, calculate } from '../atoms';
import { dependence, dependsOn, isFixed } from '../dependence';
import { type NodeKinds, onlyElement } from '../node-kinds';
import type { Scope } from '../scope';
import type { StaticType } from '../signatures';
import { staticType } from '../static-type';
import { compileComparison } from './comparison';
import { Evaluation, emptyTree, type NumberOf, OperationBudgetError, type Test, type TextOf } from './evaluation';
import { booleanFunctions, type CompileCall, numberFunctions, textFunctions } from './functions';
import { numberOf, stringValue, textOf } from './node';
import { oncePerEvaluation, oncePerParent } from './once';
import type { Computation, OperandCompiler, Value } from './operands';
import { compilePath } from './path';
import { compilePredicates, filtered } from './predicates';
import { compileProgramCall, returnedNodes, valueBoolean, valueText } from './program-call';
import { isWorthwhile, reverseReachability } from './reverse-reachability';
import { allOf, anyOf, emptySource, inDocumentOrder, type Source, unionOf } from './source';

/** Constants that take more work than this are found anew in each evaluation, whose budget counts it. */
const MOST_FOLDING = 100_000;

/**
 * Compiles checked expressions to closures over a light tree; a new compiler does so for whole expressions, whose context
 * node is an element.
 *
 * A boolean is decided by the first node that decides it. A closure keeps the state of its walk to itself, so none may be
 * called while it runs; expressions don't contain themselves, so none is.
 */
export class Compiler implements OperandCompiler {
  readonly scope: Scope;
  /** How many operations may still be spent on constants while compiling. */
  readonly #folding: { left: number };
  readonly kinds: NodeKinds;
  /** Whether the expressions are evaluated for one node after another. */
  readonly #inPredicate: boolean;

  constructor(scope: Scope, folding = { left: MOST_FOLDING }, kinds = onlyElement, inPredicate = false) {
    this.scope = scope;
    this.#folding = folding;
    this.kinds = kinds;
    this.#inPredicate = inPredicate;
  }

  within(kinds: NodeKinds): Compiler {
    return new Compiler(this.scope, this.#folding, kinds, true);
  }

  boolean(expression: Expression): Test {
    return this.#shared(expression, Boolean, () => this.#boolean(expression));
  }

  number(expression: Expression): NumberOf {
    return this.#shared(expression, atomNumber, () => this.#number(expression));
  }

  text(expression: Expression): TextOf {
    return this.#shared(expression, atomText, () => this.#text(expression));
  }

  value(expression: Expression): Computation<Value> {
    switch (this.type(expression)) {
      case 'boolean':
        return this.boolean(expression);
      case 'number':
        return this.number(expression);
      case 'string':
        return this.text(expression);
      case 'node-set':
        return this.list(expression);
      default:
        return compileProgramCall(this, expression as FunctionCall);
    }
  }

  /** The nodes of a node-set, in document order. */
  list(expression: Expression): Computation<readonly number[]> {
    let nodes: number[] = [];
    const walk = inDocumentOrder(this.nodes(expression)).into((_, node) => {
      nodes.push(node);
      return false;
    });
    return (evaluation, node) => {
      const listed: number[] = [];
      nodes = listed;
      walk(evaluation, node);
      nodes = [];
      evaluation.spend(2 + listed.length);
      return listed;
    };
  }

  type(expression: Expression): StaticType {
    return staticType(expression, this.scope);
  }

  constant(expression: Expression): Atom | undefined {
    switch (expression.kind) {
      case 'string':
      case 'number':
        return expression.varies ? undefined : expression.value;
      case 'variable':
        return this.scope.variables.get(nameText(expression.name));
      default:
        return dependence(expression) === 0 && this.#folding.left > 0 ? this.#fold(expression) : undefined;
    }
  }

  some(expression: Expression, test: Test, isSame: boolean): Test {
    switch (expression.kind) {
      case 'union':
        return anyOf(expression.operands.map((operand) => this.some(operand, test, isSame)));
      case 'path': {
        const { source, steps } = compilePath(this, expression);
        const walk = source.into(test);
        const isFromAnywhere = isSame && this.#inPredicate && expression.from === 'context';
        // Functions of the program's own are called for no other nodes than the expression asks for.
        const isOurs = (dependence(expression) & dependsOn.program) === 0;
        return isFromAnywhere && isOurs && isWorthwhile(steps, this.kinds)
          ? reverseReachability(steps, test, walk)
          : walk;
      }
      default:
        return this.nodes(expression).into(test);
    }
  }

  first(expression: Expression): NumberOf {
    const source = this.nodes(expression);
    let first = -1;
    const walk = source.into((_, node) => {
      if (first === -1 || node < first) {
        first = node;
      }
      return source.order !== 'any';
    });
    return (evaluation, node) => {
      evaluation.spend(1);
      first = -1;
      walk(evaluation, node);
      return first;
    };
  }

  nodes(expression: Expression): Source {
    switch (expression.kind) {
      case 'path':
        return compilePath(this, expression).source;
      case 'filtered': {
        const base = inDocumentOrder(this.nodes(expression.base));
        const predicates = compilePredicates(this.within(base.kinds), expression.predicates);
        return { ...base, into: (visit) => filtered(predicates, (visitor) => base.into(visitor), visit) };
      }
      case 'union':
        return unionOf(expression.operands.map((operand) => this.nodes(operand)));
      default:
        // Of the other functions that is id(): without a document type declaration no attribute is an identifier (§5.2.1).
        return this.type(expression) === 'any' ? returnedNodes(this.value(expression)) : emptySource;
    }
  }

  once<T>(expression: Expression, compute: Computation<T>): Computation<T> {
    const on = dependence(expression);
    if (!this.#inPredicate || (on & ~(dependsOn.document | dependsOn.parent)) !== 0) {
      return compute;
    }
    return (on & dependsOn.parent) === 0 ? oncePerEvaluation(compute) : oncePerParent(compute);
  }

  effort(nodes: Expression): number {
    if (this.#inPredicate && isFixed(nodes)) {
      return 0;
    }
    const isNear =
      nodes.kind === 'path' &&
      nodes.from === 'context' &&
      nodes.steps.every(({ axis }) => axis === 'child' || axis === 'attribute' || axis === 'self');
    return isNear ? 1 : 2;
  }

  #shared<T extends Atom>(
    expression: Expression,
    convert: (atom: Atom) => T,
    compile: () => Computation<T>,
  ): Computation<T> {
    const constant = this.constant(expression);
    if (constant !== undefined) {
      const value = convert(constant);
      return () => value;
    }
    if (expression.kind === 'string' || expression.kind === 'number') {
      return () => convert(expression.value);
    }
    return this.once(expression, compile());
  }

  /** The value of an expression that depends on nothing, unless it takes too much work. */
  #fold(expression: Expression): Atom | undefined {
    const evaluation = new Evaluation();
    evaluation.begin(emptyTree, this.#folding.left);
    try {
      return new Compiler(this.scope, { left: 0 }).value(expression)(evaluation, emptyTree.root) as Atom;
    } catch (error) {
      if (error instanceof OperationBudgetError) {
        return undefined;
      }
      throw error;
    } finally {
      this.#folding.left = evaluation.remaining;
    }
  }

  #boolean(expression: Expression): Test {
    switch (expression.kind) {
      case 'or':
        return anyOf(expression.operands.map((operand) => this.boolean(operand)));
      case 'and':
        return allOf(expression.operands.map((operand) => this.boolean(operand)));
      case 'comparison':
        return compileComparison(this, expression);
    }
    switch (this.type(expression)) {
      case 'node-set':
        return this.some(expression, () => true, true);
      case 'boolean':
        return compileCall(booleanFunctions, this, expression);
      default: {
        const value = this.value(expression);
        return (evaluation, node) => valueBoolean(value(evaluation, node));
      }
    }
  }

  #number(expression: Expression): NumberOf {
    switch (this.type(expression)) {
      case 'boolean': {
        const test = this.boolean(expression);
        return (evaluation, node) => (test(evaluation, node) ? 1 : 0);
      }
      case 'any': {
        const value = this.value(expression);
        return (evaluation, node) => {
          const found = value(evaluation, node);
          return typeof found === 'object' || typeof found === 'string'
            ? numberOf(evaluation, valueText(evaluation, found))
            : atomNumber(found);
        };
      }
      case 'string':
      case 'node-set': {
        const text = this.text(expression);
        return (evaluation, node) => numberOf(evaluation, text(evaluation, node));
      }
    }
    switch (expression.kind) {
      case 'arithmetic':
        return this.#arithmetic(expression);
      case 'negation': {
        const operand = this.number(expression.operand);
        return (evaluation, node) => {
          evaluation.spend(1);
          return -operand(evaluation, node);
        };
      }
      default:
        return compileCall(numberFunctions, this, expression);
    }
  }

  #arithmetic({ operands, operators }: Arithmetic): NumberOf {
    const [first, ...rest] = operands.map((operand) => this.number(operand));
    // A remainder is found bit by bit.
    const effort = operands.length + 16 * operators.filter((operator) => operator === 'mod').length;
    return (evaluation, node) => {
      evaluation.spend(effort);
      return rest.reduce(
        (result, operand, index) => calculate(operators[index]!, result, operand(evaluation, node)),
        first!(evaluation, node),
      );
    };
  }

  #text(expression: Expression): TextOf {
    switch (this.type(expression)) {
      case 'number': {
        const number = this.number(expression);
        return (evaluation, node) => textOf(evaluation, number(evaluation, node));
      }
      case 'node-set': {
        const first = this.first(expression);
        return (evaluation, node) => {
          const found = first(evaluation, node);
          return found === -1 ? '' : stringValue(evaluation, found);
        };
      }
      case 'string':
        return compileCall(textFunctions, this, expression);
      default: {
        const value = this.value(expression);
        return (evaluation, node) => valueText(evaluation, value(evaluation, node));
      }
    }
  }
}

function compileCall<T>(
  functions: ReadonlyMap<string, CompileCall<T>>,
  compiler: OperandCompiler,
  expression: Expression,
): Computation<T> {
  const { name, arguments: args } = expression as FunctionCall;
  return functions.get(nameText(name))!(compiler, args);
}
