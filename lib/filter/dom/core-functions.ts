import type { Attr, Element, Node } from '@xmldom/xmldom';
import { XML_NAMESPACE } from '../../xml/namespaces';
import {
  characterCount,
  isLanguage,
  normalizeSpace,
  replacementsFor,
  substring,
  substringAfter,
  substringBefore,
  translate,
} from '../../xpath/text-functions';
import { microseconds } from '../../xpath/time-stamps';
import { firstNode, stringValue, toBoolean, toNumber, toText, type Value } from './value';
import { type NodeSet, xpathPackage } from './xpath-package';

/** Where a function is called: the context node, and its place among the nodes in hand (XPath 1.0 §1). */
export interface CallContext {
  readonly node: Node;
  readonly position: number;
  readonly size: number;
}

/** A core function on arguments that have been checked for their number, and node-sets for their type. */
export type CoreFunction = (context: CallContext, args: readonly Value[]) => Value;

/**
 * The core function library (XPath 1.0 §4) over DOM nodes, and the library's own functions.
 *
 * The `xpath` package has these functions too, and gets some wrong: it reads `''` as 0, counts UTF-16 code units for
 * characters, throws in lang(), and takes every attribute named `id` for an identifier.
 */
export const coreFunctionBodies: Readonly<Record<string, CoreFunction>> = {
  last: ({ size }) => size,
  position: ({ position }) => position,
  count: (_, [nodes]) => nodeSet(nodes).size,
  // Without a document type declaration no attribute is an identifier (§5.2.1).
  id: () => new (xpathPackage().XNodeSet)(),
  'local-name': (context, [nodes]) => localName(nodeGiven(context, nodes)),
  'namespace-uri': (context, [nodes]) => nodeGiven(context, nodes)?.namespaceURI ?? '',
  name: (context, [nodes]) => qualifiedName(nodeGiven(context, nodes)),

  string: textGiven,
  concat: (_, args) => args.map(toText).join(''),
  'starts-with': (_, [text, start]) => toText(text!).startsWith(toText(start!)),
  contains: (_, [text, part]) => toText(text!).includes(toText(part!)),
  'substring-before': (_, [text, part]) => substringBefore(toText(text!), toText(part!)),
  'substring-after': (_, [text, part]) => substringAfter(toText(text!), toText(part!)),
  substring: (_, [text, start, length]) =>
    substring(toText(text!), toNumber(start!), length === undefined ? undefined : toNumber(length)),
  'string-length': (context, args) => characterCount(textGiven(context, args)),
  'normalize-space': (context, args) => normalizeSpace(textGiven(context, args)),
  translate: (_, [text, from, to]) => translate(toText(text!), replacementsFor(toText(from!), toText(to!))),

  boolean: (_, [value]) => toBoolean(value!),
  not: (_, [value]) => !toBoolean(value!),
  true: () => true,
  false: () => false,
  lang: ({ node }, [wanted]) => isLanguage(languageOf(node), toText(wanted!)),

  number: (context, [value]) => toNumber(value ?? stringValue(context.node)),
  sum: (_, [nodes]) =>
    nodeSet(nodes)
      .toUnsortedArray()
      .reduce((sum, node) => sum + toNumber(stringValue(node)), 0),
  floor: (_, [value]) => Math.floor(toNumber(value!)),
  ceiling: (_, [value]) => Math.ceil(toNumber(value!)),
  round: (_, [value]) => Math.round(toNumber(value!)),

  microseconds: (_, [value]) => microseconds(toText(value!)),
};

/** An argument that has been checked to be a node-set. */
function nodeSet(value: Value | undefined): NodeSet {
  return value as NodeSet;
}

function textGiven(context: CallContext, [value]: readonly Value[]): string {
  return value === undefined ? stringValue(context.node) : toText(value);
}

function nodeGiven(context: CallContext, nodes: Value | undefined): Node | undefined {
  return nodes === undefined ? context.node : firstNode(nodeSet(nodes));
}

function qualifiedName(node: Node | undefined): string {
  switch (node?.nodeType) {
    case 1:
    case 2:
    case 7:
      return node.nodeName;
    default:
      return localName(node);
  }
}

/** Documents, text and comments have no name; a namespace node (which is none of the DOM's kinds) has its prefix. */
function localName(node: Node | undefined): string {
  switch (node?.nodeType) {
    case undefined:
    case 3:
    case 8:
    case 9:
      return '';
    case 7:
      return node!.nodeName;
    default:
      return node!.localName ?? '';
  }
}

function languageOf(node: Node): string | undefined {
  let at: Node | null = node.nodeType === 2 ? (node as Attr).ownerElement : node;
  for (; at !== null; at = at.parentNode) {
    if (at.nodeType === 1 && (at as Element).hasAttributeNS(XML_NAMESPACE, 'lang')) {
      return (at as Element).getAttributeNS(XML_NAMESPACE, 'lang') ?? undefined;
    }
  }
  return undefined;
}
