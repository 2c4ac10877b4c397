import type { Attr, Document, Element, Node } from '@xmldom/xmldom';
import { type JudgedNode, sortedPlaces } from './answer';

const kinds: Readonly<Record<number, string>> = {
  1: 'element',
  2: 'attribute',
  3: 'text',
  7: 'processing-instruction',
  8: 'comment',
  9: 'root',
};

const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

/** A namespace node as the `xpath` package makes it. */
interface NamespaceNode {
  readonly isXPathNamespace: true;
  readonly prefix: string;
  readonly ownerElement: Element;
}

/** The nodes of a DOM document in document order, without those that are none in XPath. */
export class DomNodes {
  readonly #places = new Map<unknown, number>();

  constructor(document: Document) {
    this.#number(document);
  }

  /** What there is to say about each of them; a document's own string-value is that of its root element. */
  get judged(): JudgedNode[] {
    return [...(this.#places.keys() as Iterable<Node>)].map((node) => {
      const named = node.nodeType < 3 || node.nodeType === 7;
      const value = node.nodeType === 9 ? (node as Document).documentElement!.textContent : node.textContent;
      return [kinds[node.nodeType]!, named ? node.nodeName : '', node.namespaceURI ?? '', value ?? ''];
    });
  }

  /** The places of some of them, in document order. */
  places(nodes: readonly unknown[]): string[] {
    return sortedPlaces(nodes.map((node) => this.#place(node)));
  }

  #place(node: unknown): string {
    const place = this.#places.get(node);
    if (place !== undefined) {
      return String(place);
    }
    const { ownerElement, prefix } = node as NamespaceNode;
    return `${this.#places.get(ownerElement)}:${prefix}`;
  }

  #number(node: Node): void {
    this.#places.set(node, this.#places.size);
    for (const attribute of (node as Element).attributes ?? []) {
      if ((attribute as Attr).namespaceURI !== xmlnsNamespace) {
        this.#places.set(attribute, this.#places.size);
      }
    }
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
      this.#number(child);
    }
  }
}
