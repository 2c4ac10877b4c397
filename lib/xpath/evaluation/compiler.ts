import { type Arithmetic, type Expression, type FunctionCall, nameText, type Path, type Step } from '../ast';
import { type Atom, atomNumber, atomText, calculate } from '../atoms';
import { dependence, dependsOn, isFixed, isPositional } from '../dependence';
import { type NodeKinds, onlyElement, reachedFrom, selectedBy } from '../node-kinds';
import type { Scope } from '../scope';
import type { StaticType } from '../signatures';
import { staticType } from '../static-type';
import { compileComparison } from './comparison';
import { Evaluation, emptyTree, type NumberOf, OperationBudgetError, type Test, type TextOf } from './evaluation';
import { booleanFunctions, numberFunctions, textFunctions } from './functions';
import { numberOf, parentOf, stringValue, textOf } from './node';
import { compileNodeTest, expandedName } from './node-tests';
import type { Computation, Context, OperandCompiler, Value } from './operands';
import { filtered, isAtPosition, type Predicate } from './predicates';
import { compileProgramCall, returnedNodes, valueBoolean, valueText } from './program-call';
import { isWorthwhile, reverseReachability } from './reverse-reachability';
import { allOf, anyOf, contextSource, emptySource, inDocumentOrder, rootSource, type Source, unionOf } from './source';
import { type CompiledStep, stepFrom } from './step';

/** Constants that take more work than this are found anew in each evaluation, whose budget counts it. */
const MOST_FOLDING = 100_000;

/** The place of a whole expression. */
export const outermost: Context = { kinds: onlyElement, inPredicate: false };

/**
 * Compiles checked expressions to closures over a light tree.
 *
 * What is wanted as a boolean ends at the first node that decides it. A closure keeps the state of its walk to itself, so none may be called while it runs; expressions do not
 * contain themselves, so none is.
 */
export class Compiler implements OperandCompiler {
  readonly #scope: Scope;
  /** How many operations may still be spent on constants while compiling. */
  #foldingLeft: number;

  constructor(scope: Scope, folding = MOST_FOLDING) {
    this.#scope = scope;
    this.#foldingLeft = folding;
  }

  boolean(expression: Expression, context: Context): Test {
    return this.#shared(expression, context, Boolean, () => this.#boolean(expression, context));
  }

  number(expression: Expression, context: Context): NumberOf {
    return this.#shared(expression, context, atomNumber, () => this.#number(expression, context));
  }

  text(expression: Expression, context: Context): TextOf {
    return this.#shared(expression, context, atomText, () => this.#text(expression, context));
  }

  value(expression: Expression, context: Context): Computation<Value> {
    switch (this.type(expression)) {
      case 'boolean':
        return this.boolean(expression, context);
      case 'number':
        return this.number(expression, context);
      case 'string':
        return this.text(expression, context);
      case 'node-set':
        return this.list(expression, context);
      default: {
        const call = expression as FunctionCall;
        return compileProgramCall(this, call, context, this.#scope.functions.get(nameText(call.name))!);
      }
    }
  }

  /** The nodes of a node-set, in document order. */
  list(expression: Expression, context: Context): Computation<readonly number[]> {
    let nodes: number[] = [];
    const walk = inDocumentOrder(this.nodes(expression, context)).into((_, node) => {
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
    return staticType(expression, this.#scope);
  }

  constant(expression: Expression): Atom | undefined {
    if (dependence(expression) !== 0) {
      return undefined;
    }
    return this.#literal(expression) ?? (this.#foldingLeft > 0 ? this.#fold(expression) : undefined);
  }

  some(expression: Expression, context: Context, test: Test, isSame: boolean): Test {
    switch (expression.kind) {
      case 'union':
        return anyOf(expression.operands.map((operand) => this.some(operand, context, test, isSame)));
      case 'path': {
        const steps = this.#steps(expression, context);
        const walk = steps.source.into(test);
        const isFromAnywhere = isSame && context.inPredicate && expression.from === 'context';
        // Functions of the program's own are called for no other nodes than the expression asks for.
        const isOurs = (dependence(expression) & dependsOn.program) === 0;
        return isFromAnywhere && isOurs && isWorthwhile(steps.compiled, context.kinds)
          ? reverseReachability(steps.compiled, test, walk)
          : walk;
      }
      default:
        return this.nodes(expression, context).into(test);
    }
  }

  first(expression: Expression, context: Context): NumberOf {
    const source = this.nodes(expression, context);
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

  nodes(expression: Expression, context: Context): Source {
    switch (expression.kind) {
      case 'path':
        return this.#steps(expression, context).source;
      case 'filtered': {
        const base = inDocumentOrder(this.nodes(expression.base, context));
        const predicates = this.#predicates(expression.predicates, base.kinds);
        return { ...base, into: (visit) => filtered(predicates, (visitor) => base.into(visitor), visit) };
      }
      case 'union':
        return unionOf(expression.operands.map((operand) => this.nodes(operand, context)));
      default:
        // Of the other functions that is id(): without a document type declaration no attribute is an identifier (§5.2.1).
        return this.type(expression) === 'any' ? returnedNodes(this.value(expression, context)) : emptySource;
    }
  }

  once<T>(expression: Expression, context: Context, compute: Computation<T>): Computation<T> {
    if (!context.inPredicate) {
      return compute;
    }
    switch (dependence(expression)) {
      case 0:
      case dependsOn.document:
        return oncePerEvaluation(compute);
      case dependsOn.document | dependsOn.parent:
        return oncePerParent(compute);
      default:
        return compute;
    }
  }

  effort(nodes: Expression, context: Context): number {
    if (context.inPredicate && isFixed(nodes)) {
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
    context: Context,
    convert: (atom: Atom) => T,
    compile: () => Computation<T>,
  ): Computation<T> {
    const constant = this.constant(expression);
    if (constant !== undefined) {
      const value = convert(constant);
      return () => value;
    }
    return this.once(expression, context, compile());
  }

  #literal(expression: Expression): Atom | undefined {
    switch (expression.kind) {
      case 'string':
        return expression.value;
      case 'number':
        return Number(expression.digits);
      case 'variable':
        return this.#scope.variables.get(nameText(expression.name));
      default:
        return undefined;
    }
  }

  #fold(expression: Expression): Atom | undefined {
    const compiler = new Compiler(this.#scope, 0);
    const evaluation = new Evaluation();
    evaluation.begin(emptyTree, this.#foldingLeft);
    const evaluate = <T>(compute: Computation<T>): T => compute(evaluation, emptyTree.root);
    try {
      switch (this.type(expression)) {
        case 'boolean':
          return evaluate(compiler.boolean(expression, outermost));
        case 'number':
          return evaluate(compiler.number(expression, outermost));
        default:
          return evaluate(compiler.text(expression, outermost));
      }
    } catch (error) {
      if (error instanceof OperationBudgetError) {
        return undefined;
      }
      throw error;
    } finally {
      this.#foldingLeft = evaluation.remaining;
    }
  }

  #boolean(expression: Expression, context: Context): Test {
    switch (expression.kind) {
      case 'or':
        return anyOf(expression.operands.map((operand) => this.boolean(operand, context)));
      case 'and':
        return allOf(expression.operands.map((operand) => this.boolean(operand, context)));
      case 'comparison':
        return compileComparison(this, expression, context);
    }
    switch (this.type(expression)) {
      case 'node-set':
        return this.some(expression, context, () => true, true);
      case 'number': {
        const number = this.number(expression, context);
        return (evaluation, node) => Boolean(number(evaluation, node));
      }
      case 'string': {
        const text = this.text(expression, context);
        return (evaluation, node) => text(evaluation, node) !== '';
      }
      case 'any': {
        const value = this.value(expression, context);
        return (evaluation, node) => valueBoolean(value(evaluation, node));
      }
      default:
        return compileCall(booleanFunctions, this, expression, context);
    }
  }

  #number(expression: Expression, context: Context): NumberOf {
    switch (this.type(expression)) {
      case 'boolean': {
        const test = this.boolean(expression, context);
        return (evaluation, node) => (test(evaluation, node) ? 1 : 0);
      }
      case 'any': {
        const value = this.value(expression, context);
        return (evaluation, node) => {
          const found = value(evaluation, node);
          return typeof found === 'object' || typeof found === 'string'
            ? numberOf(evaluation, valueText(evaluation, found))
            : atomNumber(found);
        };
      }
      case 'string':
      case 'node-set': {
        const text = this.text(expression, context);
        return (evaluation, node) => numberOf(evaluation, text(evaluation, node));
      }
    }
    switch (expression.kind) {
      case 'arithmetic':
        return this.#arithmetic(expression, context);
      case 'negation': {
        const operand = this.number(expression.operand, context);
        return (evaluation, node) => {
          evaluation.spend(1);
          return -operand(evaluation, node);
        };
      }
      default:
        return compileCall(numberFunctions, this, expression, context);
    }
  }

  #arithmetic({ operands, operators }: Arithmetic, context: Context): NumberOf {
    const [first, ...rest] = operands.map((operand) => this.number(operand, context));
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

  #text(expression: Expression, context: Context): TextOf {
    switch (this.type(expression)) {
      case 'boolean': {
        const test = this.boolean(expression, context);
        return (evaluation, node) => String(test(evaluation, node));
      }
      case 'number': {
        const number = this.number(expression, context);
        return (evaluation, node) => textOf(evaluation, number(evaluation, node));
      }
      case 'node-set': {
        const first = this.first(expression, context);
        return (evaluation, node) => {
          const found = first(evaluation, node);
          return found === -1 ? '' : stringValue(evaluation, found);
        };
      }
      case 'any': {
        const value = this.value(expression, context);
        return (evaluation, node) => valueText(evaluation, value(evaluation, node));
      }
      default:
        return compileCall(textFunctions, this, expression, context);
    }
  }

  #steps(
    { from, steps }: Path,
    context: Context,
  ): { readonly source: Source; readonly compiled: readonly CompiledStep[] } {
    let source =
      from === 'root' ? rootSource : from === 'context' ? contextSource(context.kinds) : this.nodes(from, context);
    const compiled: CompiledStep[] = [];
    for (const one of simplified(steps, this.#scope)) {
      const step = this.#step(one, source.kinds);
      source = stepFrom(source, step);
      compiled.push(step);
    }
    return { source, compiled };
  }

  #step({ axis, test, predicates }: Step, from: NodeKinds): CompiledStep {
    const kinds = selectedBy(test, axis, reachedFrom(from, axis));
    return {
      axis,
      test: compileNodeTest(test, axis, this.#scope),
      name: expandedName(test, this.#scope),
      predicates: this.#predicates(predicates, kinds),
      kinds,
    };
  }

  #predicates(predicates: readonly Expression[], kinds: NodeKinds): Predicate[] {
    return predicates.map((predicate) => this.#predicate(predicate, { kinds, inPredicate: true }));
  }

  #predicate(predicate: Expression, context: Context): Predicate {
    const isNumber = this.type(predicate) === 'number';
    const number = isNumber ? predicate : comparedWithPosition(predicate);
    if (number?.kind === 'call' && nameText(number.name) === 'last') {
      return { kind: 'last' };
    }
    const constant = number && this.constant(number);
    if (typeof constant === 'number') {
      return Number.isInteger(constant) && constant > 0
        ? { kind: 'nth', position: constant }
        : { kind: 'condition', test: () => false };
    }
    if (!isPositional(predicate, this.#scope)) {
      return { kind: 'condition', test: this.boolean(predicate, context) };
    }
    const test = isNumber
      ? isAtPosition(this.number(predicate, context))
      : this.type(predicate) === 'any'
        ? isTrueOrPosition(this.value(predicate, context))
        : this.boolean(predicate, context);
    return { kind: 'positional', test, usesSize: (dependence(predicate) & dependsOn.size) !== 0 };
  }
}

/** A number that a function of the program's own returns is compared with the position, another value is a condition. */
function isTrueOrPosition(value: Computation<Value>): Test {
  return (evaluation, node) => {
    const { position } = evaluation;
    const found = value(evaluation, node);
    return typeof found === 'number' ? found === position : valueBoolean(found);
  };
}

function compileCall<T>(
  functions: ReadonlyMap<
    string,
    (compiler: OperandCompiler, args: readonly Expression[], context: Context) => Computation<T>
  >,
  compiler: OperandCompiler,
  expression: Expression,
  context: Context,
): Computation<T> {
  if (expression.kind !== 'call') {
    throw new TypeError(`no expression of this kind has such a value: ${expression.kind}`);
  }
  return functions.get(nameText(expression.name))!(compiler, expression.arguments, context);
}

function oncePerEvaluation<T>(compute: Computation<T>): Computation<T> {
  let known: { readonly value: T } | undefined;
  const forget = (): void => {
    known = undefined;
  };
  return (evaluation, node) => {
    if (known === undefined) {
      known = { value: compute(evaluation, node) };
      evaluation.untilEnd(forget);
    }
    return known.value;
  };
}

/** Computations that take no more operations are not worth remembering. */
const fewOperations = 16;

function oncePerParent<T>(compute: Computation<T>): Computation<T> {
  const values = new Map<number, T>();
  const forget = (): void => values.clear();
  return (evaluation, node) => {
    evaluation.spend(1);
    const parent = parentOf(evaluation, node);
    const known = values.size === 0 ? undefined : values.get(parent);
    if (known !== undefined) {
      return known;
    }
    const before = evaluation.remaining;
    const value = compute(evaluation, node);
    if (before - evaluation.remaining > fewOperations) {
      if (values.size === 0) {
        evaluation.untilEnd(forget);
      }
      evaluation.spend(4);
      values.set(parent, value);
    }
    return value;
  };
}

/** What `position() = x` and `x = position()` compare the position with. */
function comparedWithPosition(predicate: Expression): Expression | undefined {
  if (predicate.kind !== 'comparison' || predicate.operator !== '=') {
    return undefined;
  }
  const isPosition = (side: Expression): boolean => side.kind === 'call' && nameText(side.name) === 'position';
  return isPosition(predicate.left) ? predicate.right : isPosition(predicate.right) ? predicate.left : undefined;
}

/** Leaves out `.`, and makes `descendant::a` of `//a` where no predicate counts the positions among siblings. */
function simplified(steps: readonly Step[], scope: Scope): Step[] {
  const result: Step[] = [];
  for (const step of steps) {
    const previous = result.at(-1);
    if (isAnyNode(step, 'self')) {
      continue;
    }
    if (
      step.axis === 'child' &&
      previous !== undefined &&
      isAnyNode(previous, 'descendant-or-self') &&
      !step.predicates.some((predicate) => isPositional(predicate, scope))
    ) {
      result[result.length - 1] = { ...step, axis: 'descendant' };
    } else {
      result.push(step);
    }
  }
  return result;
}

function isAnyNode({ axis, test, predicates }: Step, of: Step['axis']): boolean {
  return axis === of && test.kind === 'type' && test.type === 'node' && predicates.length === 0;
}
