import type { Document, Element } from '@xmldom/xmldom';
import { parseExpression } from '../../../lib/xpath/parser';
import { printExpression } from '../../../lib/xpath/print';
import { parseDocument } from '../../support/parse-document';
import type { Answer, Judgement } from './answer';
import { DomNodes } from './dom-nodes';
import { namespaces, variables } from './names';

/** What is used of the package, whose own types pull in those of a browser. */
interface Package {
  parse(expression: string): { evaluate(options: object): Value };
}

interface Value {
  stringValue(): string;
  numberValue(): number;
  booleanValue(): boolean;
  /** Of a node-set. */
  toUnsortedArray?(): readonly unknown[];
}

const { parse } = require('xpath') as Package;

/**
 * The judgement of the `xpath` package on `@xmldom/xmldom`.
 *
 * What it throws on counts as refused. It is asked in full notation, since it does not take all that abbreviations and
 * white space allow.
 */
export function judgeWithPackage(xml: string, expressions: readonly string[]): Judgement {
  const document = parseDocument(xml);
  const nodes = new DomNodes(document);
  return { nodes: nodes.judged, answers: expressions.map((expression) => answer(expression, document, nodes)) };
}

/** Steps that lead to many nodes, each of which the package goes on from as often as it was reached. */
const broadStep = /(?:ancestor|descendant|following|preceding)[a-z-]*::/g;
const mostBroadSteps = 4;

function answer(expression: string, document: Document, nodes: DomNodes): Answer | null | undefined {
  const inFull = printExpression(parseExpression(expression));
  if ((inFull.match(broadStep)?.length ?? 0) > mostBroadSteps) {
    return undefined;
  }
  try {
    const node: Element = document.documentElement!;
    const value = parse(inFull).evaluate({
      node,
      namespaces,
      variables: packageVariables,
    });
    return {
      string: value.stringValue(),
      ...(value.constructor.name === 'XNumber' && { number: value.numberValue() }),
      boolean: value.booleanValue(),
      ...(value.toUnsortedArray && { nodes: nodes.places(value.toUnsortedArray()) }),
    };
  } catch {
    return null;
  }
}

/** It tells variables apart by their local names only, and namespaces. */
const packageVariables = (name: string, namespace?: string): unknown => variables[namespace ? `p:${name}` : name];
