import type { Node } from '@xmldom/xmldom';

/**
 * What the library uses of the `xpath` package, declared here because the package's own types lack most of it and
 * pull in the types of a browser.
 */
export interface XPathPackage {
  parse(expression: string): { readonly expression: ParsedExpression };
  readonly XPathContext: new (variables: unknown, namespaces: unknown, functions: unknown) => EvaluationContext;
  readonly XNodeSet: new () => NodeSet;
  readonly XString: new (value: string) => EngineValue;
  readonly XNumber: new (value: number) => EngineValue;
  readonly XBoolean: new (value: boolean) => EngineValue;
}

/** An expression as the package holds it; the argument of a function is one too. */
export interface ParsedExpression {
  evaluate(context: EvaluationContext): EngineValue;
}

export interface EvaluationContext {
  expressionContextNode?: Node;
  readonly contextNode: Node;
  readonly contextPosition: number;
  readonly contextSize: number;
}

/** A value of the package's: string, number, boolean or node-set. */
export interface EngineValue {
  stringValue(): string;
  numberValue(): number;
  booleanValue(): boolean;
}

export interface NodeSet extends EngineValue {
  readonly size: number;
  /** Adds nodes that are not in the set yet. */
  addArray(nodes: readonly Node[]): void;
  /** In document order; sorting takes quadratic time. */
  toArray(): Node[];
  toUnsortedArray(): Node[];
}

let loaded: XPathPackage | undefined;

/** The package, loaded when first asked for. */
export function xpathPackage(): XPathPackage {
  loaded ??= require('xpath') as XPathPackage;
  return loaded;
}
