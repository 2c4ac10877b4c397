import { ENTRY, type EventTree, nodeKind } from '../../event/event-tree';
import { XML_NAMESPACE } from '../../event/namespaces';
import type { Evaluation } from './evaluation';

// A node is the index of its entry in the tree. A namespace node has no entry: it is its element's index and a fraction,
// which tells which of the namespaces in scope it is. So numbers are in document order, in which namespace nodes stand
// after their element and before its attributes (XPath 1.0 §5).

/** More than an element can have in scope. */
const namespaceNodesPerElement = 2 ** 20;

/** The namespace node for one of the namespaces in scope of an element. */
export function namespaceNode(element: number, index: number): number {
  return element + (index + 1) / namespaceNodesPerElement;
}

export function isNamespaceNode(node: number): boolean {
  return !Number.isInteger(node);
}

/** The element of a namespace node. */
export function namespaceElement(node: number): number {
  return Math.floor(node);
}

/** The parent of a node; -1 for the root. */
export function parentOf({ tree }: Evaluation, node: number): number {
  return isNamespaceNode(node) ? namespaceElement(node) : tree.parent(node);
}

/** Prefix and namespace name. */
function namespaceOf({ tree }: Evaluation, node: number): readonly [string, string] {
  const element = namespaceElement(node);
  return [...tree.inScopeNamespaces(element)][(node - element) * namespaceNodesPerElement - 1]!;
}

/** The outermost element of a document. */
export function rootElement(tree: EventTree): number {
  let child = tree.content(tree.root);
  while (tree.kind(child) !== nodeKind.element) {
    child = tree.after(child);
  }
  return child;
}

/** The value of an element's attribute. */
export function attributeValue(
  tree: EventTree,
  element: number,
  local: string,
  namespaceName = '',
): string | undefined {
  for (let at = element + ENTRY; at < tree.content(element); at += ENTRY) {
    if (tree.isAttribute(at) && tree.isNamed(at, namespaceName, local)) {
      return tree.stringValue(at);
    }
  }
  return undefined;
}

/** The string-value of a node (§5). */
export function stringValue(evaluation: Evaluation, node: number): string {
  if (isNamespaceNode(node)) {
    return namespaceOf(evaluation, node)[1];
  }
  const text = evaluation.tree.stringValue(node);
  evaluation.spendOnText(text.length);
  return text;
}

export function valueEquals(evaluation: Evaluation, node: number, text: string): boolean {
  return isNamespaceNode(node) ? stringValue(evaluation, node) === text : evaluation.tree.valueEquals(node, text);
}

/** The expanded-name's local part: the prefix of a namespace node, empty where there is no name. */
export function localName(evaluation: Evaluation, node: number): string {
  if (isNamespaceNode(node)) {
    return namespaceOf(evaluation, node)[0];
  }
  return hasName(evaluation, node) ? evaluation.tree.localName(node) : '';
}

/** The name with its prefix, if any. */
export function qualifiedName(evaluation: Evaluation, node: number): string {
  if (isNamespaceNode(node)) {
    return namespaceOf(evaluation, node)[0];
  }
  return hasName(evaluation, node) ? evaluation.tree.name(node) : '';
}

export function namespaceUri({ tree }: Evaluation, node: number): string {
  if (isNamespaceNode(node)) {
    return '';
  }
  const kind = tree.kind(node);
  return kind === nodeKind.element || kind === nodeKind.attribute ? tree.namespaceUri(node) : '';
}

function hasName({ tree }: Evaluation, node: number): boolean {
  const kind = tree.kind(node);
  return kind === nodeKind.element || kind === nodeKind.attribute || kind === nodeKind.instruction;
}

/** The language that a node is in, as the nearest `xml:lang` says. */
export function languageOf(evaluation: Evaluation, node: number): string | undefined {
  const { tree } = evaluation;
  for (let at = namespaceElement(node); at !== tree.root; at = tree.parent(at)) {
    evaluation.spend(1);
    const language = tree.isContainer(at) ? attributeValue(tree, at, 'lang', XML_NAMESPACE) : undefined;
    if (language !== undefined) {
      return language;
    }
  }
  return undefined;
}
