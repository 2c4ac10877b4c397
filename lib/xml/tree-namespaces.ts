import { NamespaceScopes } from './namespaces';

/** What of a tree is asked for when its namespaces are resolved. */
interface NamedNodes {
  readonly root: number;
  readonly size: number;
  place(node: number): number;
  parent(node: number): number;
  following(node: number): number;
  content(node: number): number;
  after(node: number): number;
  isContainer(node: number): boolean;
  isAttribute(node: number): boolean;
  name(node: number): string;
  prefix(node: number): string;
  stringValue(node: number): string;
}

/** The namespaces of all names of a tree, resolved in one walk over it. */
export class TreeNamespaces {
  readonly #tree: NamedNodes;
  /** The number of the namespace of each node, by its place among the nodes. */
  readonly #numbers: Int32Array;
  readonly #scopes = new NamespaceScopes();

  constructor(tree: NamedNodes) {
    this.#tree = tree;
    this.#numbers = new Int32Array(tree.size);
    const after = tree.after(tree.root);
    let open = tree.root;
    let depth = 0;
    for (let node = tree.following(open); node < after; node = tree.following(node)) {
      while (node >= tree.after(open)) {
        this.#scopes.leave(depth);
        open = tree.parent(open);
        depth -= 1;
      }
      if (tree.isContainer(node)) {
        open = node;
        depth += 1;
        this.#declare(node, depth);
        this.#numbers[tree.place(node)] = this.#scopes.numberOf(tree.prefix(node)) ?? 0;
      } else if (tree.isAttribute(node)) {
        const prefix = tree.prefix(node);
        this.#numbers[tree.place(node)] = prefix === '' ? 0 : this.#scopes.numberOf(prefix)!;
      }
    }
  }

  /** The namespace of a node's name; `''` if it is in none. */
  namespaceUri(node: number): string {
    return this.#scopes.nameOf(this.#numbers[this.#tree.place(node)]!);
  }

  #declare(element: number, depth: number): void {
    for (const [prefix, namespace] of declarations(this.#tree, element)) {
      this.#scopes.declare(prefix, namespace, depth);
    }
  }
}

/** What an element declares: prefixes, `''` for the default namespace, and namespaces. */
function* declarations(tree: NamedNodes, element: number): Generator<[prefix: string, namespace: string]> {
  for (let node = tree.following(element); node < tree.content(element); node = tree.following(node)) {
    if (!tree.isAttribute(node)) {
      yield [tree.name(node).slice('xmlns:'.length), tree.stringValue(node)];
    }
  }
}
