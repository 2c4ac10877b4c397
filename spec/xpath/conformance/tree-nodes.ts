import { ENTRY, type LightTree, nodeKind } from '../../../lib/xml/light-tree';
import { Evaluation } from '../../../lib/xpath/evaluation/evaluation';
import {
  isNamespaceNode,
  localName,
  namespaceElement,
  namespaceUri,
  qualifiedName,
} from '../../../lib/xpath/evaluation/node';
import { type JudgedNode, sortedPlaces } from './answer';

const kinds: Readonly<Record<number, string>> = {
  [nodeKind.root]: 'root',
  [nodeKind.element]: 'element',
  [nodeKind.attribute]: 'attribute',
  [nodeKind.text]: 'text',
  [nodeKind.comment]: 'comment',
  [nodeKind.instruction]: 'processing-instruction',
};

/** The nodes of a light tree in document order, without the declarations, which are none in XPath. */
export class TreeNodes {
  readonly #evaluation = new Evaluation();
  readonly #places = new Map<number, number>();

  constructor(tree: LightTree) {
    this.#evaluation.begin(tree, Number.MAX_SAFE_INTEGER);
    for (let node = tree.root; node < tree.after(tree.root); node += ENTRY) {
      if (tree.kind(node) !== nodeKind.declaration) {
        this.#places.set(node, this.#places.size);
      }
    }
  }

  /** What there is to say about each of them. */
  get judged(): JudgedNode[] {
    const { tree } = this.#evaluation;
    return [...this.#places.keys()].map((node) => [
      kinds[tree.kind(node)]!,
      qualifiedName(this.#evaluation, node),
      namespaceUri(this.#evaluation, node),
      tree.stringValue(node),
    ]);
  }

  /** The places of some of them, in document order. */
  places(nodes: readonly number[]): string[] {
    return sortedPlaces(nodes.map((node) => this.#place(node)));
  }

  #place(node: number): string {
    return isNamespaceNode(node)
      ? `${this.#places.get(namespaceElement(node))}:${localName(this.#evaluation, node)}`
      : String(this.#places.get(node));
  }
}
