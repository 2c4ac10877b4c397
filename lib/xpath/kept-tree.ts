import type { Expression } from './ast';

/** How many syntax trees are kept: enough for whoever makes a filter and registers it at once. */
const KEPT = 16;

/** Whose trees are kept, in a ring, and the trees. */
const owners: unknown[] = new Array(KEPT);
const trees: Expression[] = new Array(KEPT);
let next = 0;

/**
 * The syntax tree of an expression, which is given up when others have come, and then parsed again: it is large, and hardly looked
 * at again once a filter is registered.
 *
 * A `WeakRef` would not do: what one has been asked for is kept until the program returns to the event loop, and a program
 * without one never does.
 *
 * @param parse Makes the owner's tree, the same each time.
 */
export function keptTree(owner: object, parse: () => Expression): Expression {
  const known = owners.indexOf(owner);
  if (known !== -1) {
    return trees[known] as Expression;
  }
  const tree = parse();
  owners[next] = owner;
  trees[next] = tree;
  next = (next + 1) % KEPT;
  return tree;
}
