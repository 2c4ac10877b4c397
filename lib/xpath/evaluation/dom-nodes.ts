import type { Document, Element, Node } from '@xmldom/xmldom';
import { ENTRY, type LightTree, nodeKind } from '../../xml/light-tree';

/**
 * Which node of an event's DOM stands for which of its tree, found by a walk over both.
 *
 * The DOM has no namespace nodes, and for XPath the attributes that declare namespaces aren't attributes.
 */
export class DomNodes {
  readonly #tree: LightTree;
  /** By their places in document order. */
  readonly #nodes: Node[] = [];
  #entries: ReadonlyMap<Node, number> | undefined;

  /** @throws {Error} if the document has other nodes than the tree, since the program has changed it. */
  constructor(tree: LightTree, document: Document) {
    this.#tree = tree;
    let next: Node | null = document;
    let attributes: ArrayLike<Node> = [];
    let attribute = 0;
    for (let at = tree.root; at < tree.after(tree.root); at = tree.following(at)) {
      const isAttribute = tree.isAttribute(at) || tree.kind(at) === nodeKind.declaration;
      const node: Node | null | undefined = isAttribute ? attributes[attribute] : next;
      if (!node || !standsFor(node, tree, at)) {
        throw changed();
      }
      if (isAttribute) {
        attribute += 1;
      } else {
        if (attribute !== attributes.length) {
          throw changed();
        }
        attributes = tree.isElement(at) ? (node as Element).attributes : [];
        attribute = 0;
        next = node.firstChild ?? nextAfter(node);
      }
      this.#nodes.push(node);
    }
    if (next !== null || attribute !== attributes.length) {
      throw changed();
    }
  }

  /** The DOM node for an entry of the tree. */
  nodeFor(entry: number): Node {
    return this.#nodes[this.#tree.place(entry)]!;
  }

  /** The entry of the tree for a DOM node; none for a node that isn't of this document, or no node of XPath. */
  entryFor(node: Node): number | undefined {
    const { root } = this.#tree;
    this.#entries ??= new Map(this.#nodes.map((one, place) => [one, root + place * ENTRY]));
    const entry = this.#entries.get(node);
    return entry !== undefined && this.#tree.kind(entry) === nodeKind.declaration ? undefined : entry;
  }
}

function changed(): Error {
  return new Error("'event.document' was changed, so that its nodes are no longer those of the event");
}

const nodeTypes: Readonly<Record<number, number>> = {
  [nodeKind.root]: 9,
  [nodeKind.element]: 1,
  [nodeKind.attribute]: 2,
  [nodeKind.text]: 3,
  [nodeKind.comment]: 8,
  [nodeKind.instruction]: 7,
  [nodeKind.declaration]: 2,
};

function standsFor(node: Node, tree: LightTree, at: number): boolean {
  const kind = tree.kind(at);
  const isNamed = kind !== nodeKind.root && kind !== nodeKind.text && kind !== nodeKind.comment;
  return node.nodeType === nodeTypes[kind] && (!isNamed || node.nodeName === tree.name(at));
}

/** The next node in document order that isn't inside this one. */
function nextAfter(node: Node): Node | null {
  for (let at: Node | null = node; at !== null; at = at.parentNode) {
    if (at.nextSibling !== null) {
      return at.nextSibling;
    }
  }
  return null;
}
