import type { Document } from '@xmldom/xmldom';
import type { ComparisonOperator, Expression } from '../../xpath/ast';
import { printExpression } from '../../xpath/print';
import type { Scope } from '../../xpath/scope';
import { type CoreFunction, coreFunctionBodies } from './core-functions';
import {
  calculateName,
  comparisonNames,
  hasNameName,
  isAttributeName,
  isElementName,
  lower,
  type Names,
  negateName,
} from './lower';
import { calculate, compare, toNumber, type Value } from './value';
import {
  type EngineValue,
  type EvaluationContext,
  type NodeSet,
  type ParsedExpression,
  type XPathPackage,
  xpathPackage,
} from './xpath-package';

const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

/** A function as the `xpath` package calls it: with its arguments not evaluated yet. */
type EngineFunction = (context: EvaluationContext, ...args: ParsedExpression[]) => EngineValue;

/**
 * A checked expression, to be evaluated on DOM documents by the `xpath` package, which is loaded by the first evaluation.
 *
 * There is no bound on the work of an evaluation, and node-sets cost time by the square of their size.
 */
export class DomExpression {
  readonly #expression: Expression;
  readonly #scope: Scope;
  #prepared: { readonly parsed: ParsedExpression; readonly names: EngineNames } | undefined;

  constructor(expression: Expression, scope: Scope) {
    this.#expression = expression;
    this.#scope = scope;
  }

  /**
   * Evaluates the expression with the root element as the context node; it must call no function of the program's own.
   */
  evaluate(document: Document): Value {
    const engine = xpathPackage();
    const { parsed, names } = this.#prepare(engine);
    const context = new engine.XPathContext(names, names, names);
    context.expressionContextNode = document.documentElement!;
    return plainValue(parsed.evaluate(context));
  }

  #prepare(engine: XPathPackage): { readonly parsed: ParsedExpression; readonly names: EngineNames } {
    if (this.#prepared === undefined) {
      const names = new EngineNames(this.#scope, engine);
      const lowered = lower(this.#expression, this.#scope, names);
      this.#prepared = { parsed: engine.parse(printExpression(lowered)).expression, names };
    }
    return this.#prepared;
  }
}

/**
 * What the names in one lowered expression stand for: the three resolvers that the package asks.
 *
 * The program's names become `n0`, `v0` and so on: the package does not read all names that XML allows.
 */
class EngineNames implements Names {
  readonly #scope: Scope;
  readonly #engine: XPathPackage;
  readonly #prefixes: string[] = [];
  readonly #variables: string[] = [];

  constructor(scope: Scope, engine: XPathPackage) {
    this.#scope = scope;
    this.#engine = engine;
  }

  prefix(prefix: string): string {
    return `n${indexIn(this.#prefixes, prefix)}`;
  }

  variable(name: string): string {
    return `v${indexIn(this.#variables, name)}`;
  }

  getNamespace(prefix: string): string | undefined {
    return this.#scope.namespaces.get(this.#prefixes[Number(prefix.slice(1))]!);
  }

  getVariable(name: string): EngineValue {
    return engineValue(this.#scope.variables.get(this.#variables[Number(name.slice(1))]!)!, this.#engine);
  }

  getFunction(name: string): EngineFunction | undefined {
    return ownFunctions.get(name);
  }
}

function indexIn(names: string[], name: string): number {
  const index = names.indexOf(name);
  return index < 0 ? names.push(name) - 1 : index;
}

/** The core functions, and those that lowering writes. */
const ownFunctions: ReadonlyMap<string, EngineFunction> = new Map(
  Object.entries<CoreFunction>({
    ...coreFunctionBodies,
    ...Object.fromEntries(
      Object.entries(comparisonNames).map(([operator, name]): [string, CoreFunction] => [
        name,
        (_, [left, right]) => compare(operator as ComparisonOperator, left!, right!),
      ]),
    ),
    [calculateName]: (_, args) => calculate(args),
    [negateName]: (_, [operand]) => -toNumber(operand!),
    [isElementName]: ({ node }) => node.nodeType === 1,
    [isAttributeName]: ({ node }) => node.namespaceURI !== xmlnsNamespace,
    [hasNameName]: ({ node }, [local, namespace = node.namespaceURI ?? '']) =>
      node.localName === local && (node.namespaceURI ?? '') === namespace,
  }).map(([name, body]): [string, EngineFunction] => [
    name,
    (context, ...args) => {
      const place = { node: context.contextNode, position: context.contextPosition, size: context.contextSize };
      return engineValue(body(place, evaluateAll(context, args)), xpathPackage());
    },
  ]),
);

function evaluateAll(context: EvaluationContext, args: readonly ParsedExpression[]): Value[] {
  return args.map((arg) => plainValue(arg.evaluate(context)));
}

function plainValue(value: EngineValue): Value {
  const { XString, XNumber, XBoolean } = xpathPackage();
  switch (value.constructor) {
    case XString:
      return value.stringValue();
    case XNumber:
      return value.numberValue();
    case XBoolean:
      return value.booleanValue();
    default:
      return value as NodeSet;
  }
}

function engineValue(value: Value, { XString, XNumber, XBoolean }: XPathPackage): EngineValue {
  switch (typeof value) {
    case 'string':
      return new XString(value);
    case 'number':
      return new XNumber(value);
    case 'boolean':
      return new XBoolean(value);
    default:
      return value;
  }
}
