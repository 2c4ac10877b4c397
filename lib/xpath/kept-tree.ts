import type { Expression } from './ast';

/** How many syntax trees are kept: enough for whoever makes a filter and registers it at once. */
const KEPT = 16;

/** The trees that are kept, in a ring. */
const kept: (KeptTree | undefined)[] = new Array(KEPT);
let next = 0;

/**
 * The syntax tree of an expression, which is given up when others have come: it is large, and hardly looked at again once
 * a filter is registered.
 *
 * A `WeakRef` would not do: what one has been asked for is kept until the program returns to the event loop, and a program
 * without one never does.
 */
export class KeptTree {
  readonly #parse: () => Expression;
  #tree: Expression | undefined;

  /** @param parse Makes the tree, the same each time. */
  constructor(parse: () => Expression) {
    this.#parse = parse;
  }

  /** The tree, parsed again if it has been given up. */
  get(): Expression {
    let tree = this.#tree;
    if (tree === undefined) {
      tree = this.#parse();
      this.#tree = tree;
      const oldest = kept[next];
      if (oldest !== undefined) {
        oldest.#tree = undefined;
      }
      kept[next] = this;
      next = (next + 1) % KEPT;
    }
    return tree;
  }
}
