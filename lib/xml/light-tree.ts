import { attributeValue, characterData, normalizeLineEnds } from './escape';
import { TreeNamespaces } from './tree-namespaces';

/** The kinds of node of XPath 1.0 §5, and the namespace declarations, which are attributes in XML and none in XPath. */
export const nodeKind = {
  root: 0,
  element: 1,
  attribute: 2,
  text: 3,
  comment: 4,
  instruction: 5,
  declaration: 6,
} as const;

// An entry of a tree: a group of numbers. Positions are in UTF-16 code units of the tree's text.
/** The kind; `PLAIN` is added if the value is what the text holds, character by character. */
const KIND = 0;
/** The entry of the parent; the root's own is -1. */
const PARENT = 1;
/** The entry that follows this one and all that is inside it. */
const AFTER = 2;
/** The sibling before this child, or -1. */
const PREVIOUS = 3;
/** Where the name stands; both are 0 for a node without one. */
const NAME_START = 4;
const NAME_END = 5;
/** Of the root and of an element: the entry after its attributes, where its children begin if it has any. */
const CONTENT = 6;
/** Of the root and of an element: the last child so far, or -1. */
const LAST_CHILD = 7;
/** Of all other nodes, instead of `CONTENT` and `LAST_CHILD`. */
const VALUE_START = 6;
const VALUE_END = 7;
/** Of the root, instead of its name: 1 if the document has a name with a prefix or declares a namespace. */
const IS_QUALIFIED = 4;
/** Of the root: 1 if all positions are in bytes of UTF-8, as the scanner writes them, and are yet to be converted. */
const IN_BYTES = 5;
const ENTRY = 8;

const PLAIN = 16;

// Exported once they have their values: what is exported where it is declared is looked up anew at each use.
export {
  AFTER,
  CONTENT,
  ENTRY,
  IN_BYTES,
  IS_QUALIFIED,
  KIND,
  LAST_CHILD,
  NAME_END,
  NAME_START,
  PARENT,
  PLAIN,
  PREVIOUS,
  VALUE_END,
  VALUE_START,
};

declare const ofTheSharedArray: unique symbol;

/**
 * A round of the shared array: with the root's entry it tells whether a tree is still there.
 *
 * Only the writer of trees counts rounds, so that no other number passes for one. A tree with an array of its own has none.
 */
export type Generation = number & { readonly [ofTheSharedArray]: true };

/**
 * The nodes of one XML document as XPath 1.0 §5 sees them, in document order, in an array of numbers.
 *
 * A node goes by the index of its entry; attributes and namespace declarations follow their element at once, then come
 * its children. Names and values are pieces of the text, cut out when they are asked for.
 */
export class LightTree {
  readonly text: string;
  readonly nodes: Int32Array;
  /** The entry of the root, the parent of the document's outermost element. */
  readonly root: number;
  /** In which round of the shared array it was written; `undefined` if the array is its own, and is there for good. */
  readonly generation: Generation | undefined;
  #namespaces: TreeNamespaces | undefined;

  constructor(text: string, nodes: Int32Array, root: number, generation?: Generation) {
    this.text = text;
    this.nodes = nodes;
    this.root = root;
    this.generation = generation;
  }

  /** The same tree in an array of its own, if it stays whatever else is read. */
  detached(): LightTree {
    if (this.generation === undefined) {
      return this;
    }
    const nodes = this.nodes.slice(this.root, this.after(this.root));
    moveToFront(nodes, nodes.length, this.root);
    return new LightTree(this.text, nodes, 0);
  }

  /** One of `nodeKind`. */
  kind(node: number): number {
    return this.nodes[node + KIND]! & ~PLAIN;
  }

  /** Whether a node can have children. */
  isContainer(node: number): boolean {
    return this.nodes[node + KIND]! <= nodeKind.element;
  }

  isElement(node: number): boolean {
    return this.nodes[node + KIND] === nodeKind.element;
  }

  /** Whether a node is its parent's child: attributes and namespace declarations are none, and the root has no parent. */
  isChild(node: number): boolean {
    const kind = this.nodes[node + KIND]! & ~PLAIN;
    return kind === nodeKind.element || (kind >= nodeKind.text && kind <= nodeKind.instruction);
  }

  /** Whether a node is an attribute as XPath has it: a namespace declaration is none. */
  isAttribute(node: number): boolean {
    return (this.nodes[node + KIND]! & ~PLAIN) === nodeKind.attribute;
  }

  /** The outermost element. */
  get rootElement(): number {
    let child = this.content(this.root);
    while (!this.isElement(child)) {
      child = this.after(child);
    }
    return child;
  }

  /** How many nodes there are, the root and namespace declarations included. */
  get size(): number {
    return this.place(this.after(this.root));
  }

  /** The place of a node in document order, counted from the root's, which is 0. */
  place(node: number): number {
    return (node - this.root) / ENTRY;
  }

  /** The node after this one in document order, or where the next one would be. */
  following(node: number): number {
    return node + ENTRY;
  }

  /** The node before this one in document order. */
  preceding(node: number): number {
    return node - ENTRY;
  }

  parent(node: number): number {
    return this.nodes[node + PARENT]!;
  }

  /** The entry after a node and all that is inside it. */
  after(node: number): number {
    return this.nodes[node + AFTER]!;
  }

  /** Where the children of the root or of an element begin; `after(node)` where there are none. */
  content(node: number): number {
    return this.nodes[node + CONTENT]!;
  }

  /** The last child of the root or of an element; -1 if there is none. */
  lastChild(node: number): number {
    return this.nodes[node + LAST_CHILD]!;
  }

  /** The sibling before a child; -1 if there is none. */
  previousSibling(node: number): number {
    return this.nodes[node + PREVIOUS]!;
  }

  /** The name as it stands in the text, prefix included; the target of a processing instruction; `''` for other nodes. */
  name(node: number): string {
    const kind = this.nodes[node + KIND]!;
    return kind === nodeKind.root ? '' : this.#slice(node + NAME_START, node + NAME_END);
  }

  /** The name without its prefix. */
  localName(node: number): string {
    const name = this.name(node);
    return name.slice(name.indexOf(':') + 1);
  }

  /** The prefix of the name; `''` if there is none. */
  prefix(node: number): string {
    const name = this.name(node);
    return name.slice(0, Math.max(name.indexOf(':'), 0));
  }

  /** The namespace of the name of an element or attribute; `''` if it is in none, and for other nodes. */
  namespaceUri(node: number): string {
    return this.isQualified ? this.#scopes().namespaceUri(node) : '';
  }

  /** Whether the document has a name with a prefix, or declares a namespace. */
  get isQualified(): boolean {
    return this.nodes[this.root + IS_QUALIFIED] !== 0;
  }

  /** Whether an element or attribute is in a namespace, `''` being none, and has a local name. */
  isNamed(node: number, namespaceUri: string, localName: string): boolean {
    const { nodes, text } = this;
    const end = nodes[node + NAME_END]!;
    const start = end - localName.length;
    const nameStart = nodes[node + NAME_START]!;
    if (start !== nameStart && (start < nameStart || text.charCodeAt(start - 1) !== COLON)) {
      return false;
    }
    return matchesAt(text, start, localName) && this.namespaceUri(node) === namespaceUri;
  }

  /** The value of an element's attribute, if it has that. */
  attributeValue(element: number, namespaceUri: string, localName: string): string | undefined {
    for (let at = this.following(element); at < this.content(element); at = this.following(at)) {
      if (this.isAttribute(at) && this.isNamed(at, namespaceUri, localName)) {
        return this.stringValue(at);
      }
    }
    return undefined;
  }

  /** How many UTF-16 code units the name has, prefix included; for elements, attributes and instructions. */
  nameLength(node: number): number {
    return this.nodes[node + NAME_END]! - this.nodes[node + NAME_START]!;
  }

  /** How many UTF-16 code units of the text the value stands in; for nodes that cannot have children. */
  valueLength(node: number): number {
    return this.nodes[node + VALUE_END]! - this.nodes[node + VALUE_START]!;
  }

  /** Whether the value of a node that cannot have children is what the text holds, character by character. */
  isPlain(node: number): boolean {
    return (this.nodes[node + KIND]! & PLAIN) !== 0;
  }

  /** The string-value (XPath 1.0 §5); that of a namespace declaration is the namespace. */
  stringValue(node: number): string {
    const { nodes } = this;
    const kind = nodes[node + KIND]!;
    if (kind <= nodeKind.element) {
      return this.#textInside(node);
    }
    const raw = this.#slice(node + VALUE_START, node + VALUE_END);
    if ((kind & PLAIN) !== 0) {
      return raw;
    }
    switch (kind) {
      case nodeKind.text:
        return characterData(raw);
      case nodeKind.comment:
      case nodeKind.instruction:
        return normalizeLineEnds(raw);
      default:
        return attributeValue(raw);
    }
  }

  /** Whether a node has a certain string-value. */
  valueEquals(node: number, value: string): boolean {
    const { nodes } = this;
    let leaf = node;
    if (nodes[node + KIND]! <= nodeKind.element) {
      leaf = nodes[node + CONTENT]!;
      const after = nodes[node + AFTER]!;
      if (leaf === after) {
        return value === '';
      }
      if (leaf + ENTRY !== after) {
        return this.#textInside(node) === value;
      }
      // The only thing inside.
      const kind = nodes[leaf + KIND]! & ~PLAIN;
      if (kind !== nodeKind.text) {
        return value === '';
      }
    }
    if ((nodes[leaf + KIND]! & PLAIN) === 0) {
      return this.stringValue(leaf) === value;
    }
    const start = nodes[leaf + VALUE_START]!;
    return nodes[leaf + VALUE_END]! - start === value.length && matchesAt(this.text, start, value);
  }

  /** All the text inside the root or an element. */
  #textInside(container: number): string {
    const { nodes } = this;
    const after = nodes[container + AFTER]!;
    let text = '';
    for (let at = nodes[container + CONTENT]!; at < after; at += ENTRY) {
      if ((nodes[at + KIND]! & ~PLAIN) === nodeKind.text) {
        text += this.stringValue(at);
      }
    }
    return text;
  }

  #slice(startSlot: number, endSlot: number): string {
    return this.text.slice(this.nodes[startSlot]!, this.nodes[endSlot]!);
  }

  #scopes(): TreeNamespaces {
    this.#namespaces ??= new TreeNamespaces(this);
    return this.#namespaces;
  }
}

/** Writes the places of other entries anew, after the tree that began at `root` was copied to the front of an array. */
export function moveToFront(nodes: Int32Array, length: number, root: number): void {
  for (let at = 0; at < length; at += ENTRY) {
    for (const slot of nodes[at + KIND]! <= nodeKind.element ? containerPlaces : leafPlaces) {
      const place = nodes[at + slot]!;
      nodes[at + slot] = place === -1 ? -1 : place - root;
    }
  }
}

const leafPlaces = [PARENT, AFTER, PREVIOUS];
const containerPlaces = [...leafPlaces, CONTENT, LAST_CHILD];

const COLON = 0x3a;

/** Beyond this length cutting out a piece of a text and comparing it takes less time than a look at each of its characters. */
const SHORT = 10;

/** Whether a text has a piece at a position; the piece must not reach beyond its end. */
function matchesAt(text: string, position: number, piece: string): boolean {
  if (piece.length > SHORT) {
    return text.charCodeAt(position) === piece.charCodeAt(0) && text.slice(position, position + piece.length) === piece;
  }
  for (let index = 0; index < piece.length; index++) {
    if (text.charCodeAt(position + index) !== piece.charCodeAt(index)) {
      return false;
    }
  }
  return true;
}
