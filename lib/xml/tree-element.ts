import { type LightTree, nodeKind } from './light-tree';

/** An element of a tree, for what reads documents of a known form. It is good for as long as the tree is. */
export class TreeElement {
  readonly #tree: LightTree;
  readonly #node: number;

  private constructor(tree: LightTree, node: number) {
    this.#tree = tree;
    this.#node = node;
  }

  /** The root element of a document. */
  static rootOf(tree: LightTree): TreeElement {
    return new TreeElement(tree, tree.rootElement);
  }

  /** The name as it stands in the text, prefix included. */
  get name(): string {
    return this.#tree.name(this.#node);
  }

  get localName(): string {
    return this.#tree.localName(this.#node);
  }

  /** All the text inside. */
  get text(): string {
    return this.#tree.stringValue(this.#node);
  }

  /** The value of an attribute in no namespace. */
  attribute(name: string): string | undefined {
    return this.#tree.attributeValue(this.#node, '', name);
  }

  /** The child elements of a name, in document order. */
  children(name: string, namespace = ''): TreeElement[] {
    const tree = this.#tree;
    const found: TreeElement[] = [];
    for (let node = tree.content(this.#node); node < tree.after(this.#node); node = tree.after(node)) {
      if (tree.kind(node) === nodeKind.element && tree.isNamed(node, namespace, name)) {
        found.push(new TreeElement(tree, node));
      }
    }
    return found;
  }

  /** The text of the first child element of a name, as it stands there. */
  childText(name: string): string | undefined {
    return this.children(name)[0]?.text;
  }
}
