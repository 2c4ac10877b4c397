import { nodeKind } from '../../xml/light-tree';
import { XML_NAMESPACE } from '../../xml/namespaces';
import { numberText, textNumber } from '../atoms';
import type { Binding, Evaluation } from './evaluation';

// A node is the index of its entry in the tree. A namespace node has no entry: it is its element's index and a fraction,
// which tells which of the namespaces in scope it is. So numbers are in document order, in which namespace nodes stand
// after their element and before its attributes (XPath 1.0 §5).

/** More than an element can have in scope. */
const namespaceNodesPerElement = 2 ** 20;

/** The namespace node for one of the namespaces in scope of an element. */
export function namespaceNode(element: number, index: number): number {
  return element + (index + 1) / namespaceNodesPerElement;
}

const { isInteger } = Number;

export function isNamespaceNode(node: number): boolean {
  return !isInteger(node);
}

/** The element of a namespace node. */
export function namespaceElement(node: number): number {
  return Math.floor(node);
}

/** The parent of a node; -1 for the root. */
export function parentOf({ tree }: Evaluation, node: number): number {
  return isNamespaceNode(node) ? namespaceElement(node) : tree.parent(node);
}

const onlyXml: readonly Binding[] = [['xml', XML_NAMESPACE]];

/** The namespaces in scope for an element, in the order of its namespace nodes. */
export function namespacesInScope(evaluation: Evaluation, element: number): readonly Binding[] {
  const { tree } = evaluation;
  if (!tree.isQualified) {
    return onlyXml;
  }
  // Elements that declare nothing have those of the element that they are in, and come one after another.
  let declaring = element;
  while (declaring !== tree.root && !declaresNamespace(evaluation, declaring)) {
    declaring = tree.parent(declaring);
  }
  if (evaluation.inScopeOf !== declaring) {
    evaluation.inScope = findInScope(evaluation, declaring);
    evaluation.inScopeOf = declaring;
  }
  return evaluation.inScope;
}

function declaresNamespace(evaluation: Evaluation, element: number): boolean {
  const { tree } = evaluation;
  evaluation.spend(1);
  for (let at = tree.following(element); at < tree.content(element); at = tree.following(at)) {
    evaluation.spend(1);
    if (!tree.isAttribute(at)) {
      return true;
    }
  }
  return false;
}

function findInScope(evaluation: Evaluation, element: number): readonly Binding[] {
  const { tree } = evaluation;
  const found = new Map<string, string>();
  for (let open = element; open !== tree.root; open = tree.parent(open)) {
    evaluation.spend(1);
    for (let at = tree.following(open); at < tree.content(open); at = tree.following(at)) {
      // To put a prefix into a map takes several times as long as a visit.
      evaluation.spend(4);
      if (!tree.isAttribute(at)) {
        const prefix = tree.name(at).slice('xmlns:'.length);
        evaluation.spendOnText(prefix.length);
        if (!found.has(prefix)) {
          found.set(prefix, ownValue(evaluation, at));
        }
      }
    }
  }
  if (found.get('') === '') {
    found.delete('');
  }
  return [...found.set('xml', XML_NAMESPACE)];
}

function namespaceOf(evaluation: Evaluation, node: number): Binding {
  const element = namespaceElement(node);
  return namespacesInScope(evaluation, element)[(node - element) * namespaceNodesPerElement - 1]!;
}

/** The string-value of a node (§5). */
export function stringValue(evaluation: Evaluation, node: number): string {
  if (isNamespaceNode(node)) {
    return namespaceOf(evaluation, node)[1];
  }
  const { tree } = evaluation;
  if (!tree.isContainer(node)) {
    return ownValue(evaluation, node);
  }
  const after = tree.after(node);
  let text = '';
  for (let at = tree.content(node); at < after; at = tree.following(at)) {
    evaluation.spend(1);
    if (tree.kind(at) === nodeKind.text) {
      text += ownValue(evaluation, at);
    }
  }
  return text;
}

/** The string-value of a node as a number (§4.4). */
export function numberValue(evaluation: Evaluation, node: number): number {
  return numberOf(evaluation, stringValue(evaluation, node));
}

/** A text as a number (§4.4). */
export function numberOf(evaluation: Evaluation, text: string): number {
  evaluation.spend(2 + (text.length >> 2));
  return textNumber(text);
}

/** A number as a text (§4.2). */
export function textOf(evaluation: Evaluation, number: number): string {
  // Fractions have up to 17 digits to be found, one after another.
  evaluation.spend(isInteger(number) ? 2 : 8);
  return numberText(number);
}

/** The string-value of a node that has no children. */
function ownValue(evaluation: Evaluation, node: number): string {
  const { tree } = evaluation;
  if (tree.isPlain(node)) {
    evaluation.spendOnText(tree.valueLength(node));
    return tree.stringValue(node);
  }
  evaluation.spend(1);
  // What stands for something else is replaced piece by piece; several conditions in a row ask for the same text.
  if (evaluation.replacedIn !== node) {
    evaluation.spendOnCharacters(tree.valueLength(node));
    evaluation.replaced = tree.stringValue(node);
    evaluation.replacedIn = node;
  }
  return evaluation.replaced;
}

/** Whether a node has a certain string-value; no more of it is read than is needed to tell. */
export function valueEquals(evaluation: Evaluation, node: number, text: string): boolean {
  if (isNamespaceNode(node)) {
    return stringValue(evaluation, node) === text;
  }
  const { tree } = evaluation;
  if (!tree.isContainer(node)) {
    return ownValueEquals(evaluation, node, text);
  }
  const first = tree.content(node);
  const after = tree.after(node);
  if (tree.following(first) === after && tree.kind(first) === nodeKind.text) {
    return ownValueEquals(evaluation, first, text);
  }
  let length = 0;
  for (let at = first; at < after; at = tree.following(at)) {
    evaluation.spend(1);
    if (tree.kind(at) !== nodeKind.text) {
      continue;
    }
    if (tree.isPlain(at) && length + tree.valueLength(at) > text.length) {
      return false;
    }
    const piece = ownValue(evaluation, at);
    // Cut out, since `startsWith` looks at one character after the other.
    if (text.slice(length, length + piece.length) !== piece) {
      return false;
    }
    length += piece.length;
  }
  return length === text.length;
}

function ownValueEquals(evaluation: Evaluation, node: number, text: string): boolean {
  const { tree } = evaluation;
  const length = tree.valueLength(node);
  if (tree.isPlain(node)) {
    if (length !== text.length) {
      return false;
    }
    evaluation.spendOnText(length);
    return tree.valueEquals(node, text);
  }
  // Whatever is replaced by one character or two has no fewer.
  return length >= text.length && ownValue(evaluation, node) === text;
}

/** The expanded-name's local part: the prefix of a namespace node; empty for a node without a name. */
export function localName(evaluation: Evaluation, node: number): string {
  if (isNamespaceNode(node)) {
    return namespaceOf(evaluation, node)[0];
  }
  if (!hasName(evaluation, node)) {
    return '';
  }
  const { tree } = evaluation;
  evaluation.spendOnText(tree.nameLength(node));
  return tree.localName(node);
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
    const end = tree.isElement(at) ? tree.content(at) : at;
    for (let attribute = tree.following(at); attribute < end; attribute = tree.following(attribute)) {
      evaluation.spend(1);
      if (tree.isAttribute(attribute) && tree.isNamed(attribute, XML_NAMESPACE, 'lang')) {
        return ownValue(evaluation, attribute);
      }
    }
  }
  return undefined;
}
