import type { Attr, Document, Node, ProcessingInstruction } from '@xmldom/xmldom';
import { ENTRY, type LightTree, nodeKind } from '../../lib/xml/light-tree';

/** A node, and all that is inside it, as the light tree and the DOM describe it alike. */
export interface DescribedNode {
  readonly kind: string;
  readonly name: string;
  readonly local: string;
  readonly namespace: string;
  readonly value: string;
  readonly attributes: readonly DescribedNode[];
  readonly children: readonly DescribedNode[];
}

const kinds = Object.keys(nodeKind);

/** The nodes that a walk from node to node meets. */
function walk(tree: LightTree, first: number, after: number): number[] {
  const found: number[] = [];
  for (let node = first; node < after; node = tree.after(node)) {
    found.push(node);
  }
  return found;
}

/** The children of a node, in document order. */
export function childrenOf(tree: LightTree, node: number): number[] {
  return tree.isContainer(node) ? walk(tree, tree.content(node), tree.after(node)) : [];
}

/** The attributes of a node, namespace declarations included. */
export function attributesOf(tree: LightTree, node: number): number[] {
  return tree.kind(node) === nodeKind.element ? walk(tree, node + ENTRY, tree.content(node)) : [];
}

/** Describes a light tree, or what is inside one of its nodes. */
export function describeTree(tree: LightTree, node: number = tree.root): DescribedNode {
  const isDeclaration = tree.kind(node) === nodeKind.declaration;
  return {
    kind: kinds[tree.kind(node)]!,
    name: tree.name(node),
    local: isDeclaration ? '' : tree.localName(node),
    namespace: tree.namespaceUri(node),
    value: tree.stringValue(node),
    attributes: attributesOf(tree, node).map((attribute) => describeTree(tree, attribute)),
    children: childrenOf(tree, node).map((child) => describeTree(tree, child)),
  };
}

/** Describes a DOM in the same way. */
export function describeDom(node: Node): DescribedNode {
  const kind = kindOf(node);
  const isQualified = kind === 'element' || kind === 'attribute';
  return {
    kind,
    name: ['root', 'text', 'comment'].includes(kind) ? '' : node.nodeName,
    local: isQualified ? (node as Attr).localName! : kind === 'instruction' ? node.nodeName : '',
    namespace: isQualified ? ((node as Attr).namespaceURI ?? '') : '',
    value: stringValueOf(node, kind),
    attributes: kind === 'element' ? [...(node as unknown as { attributes: Attr[] }).attributes].map(describeDom) : [],
    children: kind === 'element' || kind === 'root' ? [...node.childNodes].map(describeDom) : [],
  };
}

function kindOf(node: Node): string {
  switch (node.nodeType) {
    case node.DOCUMENT_NODE:
      return 'root';
    case node.ELEMENT_NODE:
      return 'element';
    case node.ATTRIBUTE_NODE:
      return /^xmlns(?::|$)/.test(node.nodeName) ? 'declaration' : 'attribute';
    case node.TEXT_NODE:
      return 'text';
    case node.COMMENT_NODE:
      return 'comment';
    default:
      return 'instruction';
  }
}

function stringValueOf(node: Node, kind: string): string {
  switch (kind) {
    case 'root':
      return (node as Document).documentElement!.textContent ?? '';
    case 'element':
      return node.textContent ?? '';
    case 'instruction':
      return (node as ProcessingInstruction).data;
    default:
      return node.nodeValue ?? '';
  }
}
