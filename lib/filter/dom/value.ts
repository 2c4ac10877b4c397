import type { Attr, Element, Node } from '@xmldom/xmldom';
import type { ArithmeticOperator, ComparisonOperator } from '../../xpath/ast';
import {
  type Atom,
  atomNumber,
  atomText,
  calculate as calculateNumbers,
  compareAtoms,
  textNumber,
} from '../../xpath/atoms';
import type { NodeSet } from './xpath-package';

/** A value of XPath 1.0 (§1). */
export type Value = Atom | NodeSet;

/** The string-value of a node (XPath 1.0 §5). */
export function stringValue(node: Node): string {
  switch (node.nodeType) {
    case 1:
      return node.textContent ?? '';
    case 9:
      return (node as Node & { readonly documentElement: Element }).documentElement.textContent ?? '';
    case 2:
      return (node as Attr).value;
    default:
      return node.nodeValue ?? '';
  }
}

/** As if by string() (§4.2). */
export function toText(value: Value): string {
  if (typeof value !== 'object') {
    return atomText(value);
  }
  const first = firstNode(value);
  return first === undefined ? '' : stringValue(first);
}

/** As if by number() (§4.4). */
export function toNumber(value: Value): number {
  return typeof value === 'object' ? textNumber(toText(value)) : atomNumber(value);
}

/** As if by boolean() (§4.3). */
export function toBoolean(value: Value): boolean {
  return typeof value === 'object' ? value.size > 0 : Boolean(value);
}

/** The first node of a set in document order. */
export function firstNode(nodes: NodeSet): Node | undefined {
  return nodes.size > 1 ? inDocumentOrder(nodes)[0] : nodes.toUnsortedArray()[0];
}

/** The nodes of a set in document order, found by walking the document: the package's own sorting takes quadratic time. */
export function inDocumentOrder(nodes: NodeSet): Node[] {
  const unsorted = nodes.toUnsortedArray();
  if (unsorted.length < 2) {
    return unsorted;
  }
  const wanted = new Set(unsorted);
  const sorted: Node[] = [];
  const take = (node: Node): void => {
    if (wanted.has(node)) {
      sorted.push(node);
    }
  };
  const root = unsorted[0]!.ownerDocument ?? unsorted[0]!;
  let node: Node | null = root;
  while (node !== null && sorted.length < wanted.size) {
    take(node);
    if (node.nodeType === 1) {
      for (const attribute of (node as Element).attributes) {
        take(attribute);
      }
    }
    node = node.firstChild ?? nextAfter(node);
  }
  // Namespace nodes stand in no document.
  return sorted.length === wanted.size ? sorted : nodes.toArray();
}

/** The next node in document order that is not inside this one. */
function nextAfter(node: Node): Node | null {
  for (let at: Node | null = node; at !== null; at = at.parentNode) {
    if (at.nextSibling !== null) {
      return at.nextSibling;
    }
  }
  return null;
}

/** Applies operators from left to right to an operand, an operator, an operand and so on (§3.5). */
export function calculate([first, ...rest]: readonly Value[]): number {
  let result = toNumber(first!);
  for (let index = 0; index < rest.length; index += 2) {
    result = calculateNumbers(rest[index] as ArithmeticOperator, result, toNumber(rest[index + 1]!));
  }
  return result;
}

/** Compares two values by the rules of §3.4, in which a node-set stands for each of its nodes. */
export function compare(operator: ComparisonOperator, left: Value, right: Value): boolean {
  if (typeof left === 'object') {
    if (typeof right === 'object') {
      return compareNodeSets(operator, textsOf(left), textsOf(right));
    }
    return typeof right === 'boolean'
      ? compareAtoms(operator, toBoolean(left), right)
      : textsOf(left).some((text) => compareAtoms(operator, text, right));
  }
  if (typeof right === 'object') {
    return typeof left === 'boolean'
      ? compareAtoms(operator, left, toBoolean(right))
      : textsOf(right).some((text) => compareAtoms(operator, left, text));
  }
  return compareAtoms(operator, left, right);
}

function textsOf(nodes: NodeSet): string[] {
  return nodes.toUnsortedArray().map(stringValue);
}

function compareNodeSets(operator: ComparisonOperator, left: readonly string[], right: readonly string[]): boolean {
  if (operator === '=') {
    const wanted = new Set(right);
    return left.some((text) => wanted.has(text));
  }
  return left.some((text) => right.some((other) => compareAtoms(operator, text, other)));
}
