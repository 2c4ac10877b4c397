import { type LightTree, nodeKind } from '../../xml/light-tree';
import type { Axis } from '../ast';
import type { NodeKind, NodeKinds } from '../node-kinds';
import type { Evaluation, Test } from './evaluation';
import type { ConditionPredicate } from './predicates';
import type { CompiledStep } from './step';

/**
 * A test whether a path leads from the context node to a node that passes another test, for use on very many nodes.
 *
 * It walks, from each context node anew, as long as all walks together visit no more nodes than the document has. Then it
 * finds out for all nodes at once from which of them the path leads anywhere: it goes back from the nodes at the end of the
 * path, step by step, and each step takes time in proportion to the document. So `//a[preceding-sibling::b]` takes
 * no quadratic time if there is no `b` (Gottlob, Koch and Pichler, "Efficient Algorithms for Processing XPath Queries", 2002).
 *
 * @param walk The test for one context node.
 * @param test What a node at the end of the path must pass, the same for all context nodes.
 */
export function reverseReachability(steps: readonly CompiledStep[], test: Test, walk: Test): Test {
  let spent = 0;
  let starts: NodeFlags | undefined;
  const forget = (): void => {
    spent = 0;
    starts = undefined;
  };
  return (evaluation, node) => {
    evaluation.spend(1);
    if (starts !== undefined) {
      return starts.has(node);
    }
    if (spent === 0) {
      evaluation.untilEnd(forget);
    }
    const before = evaluation.remaining;
    const result = walk(evaluation, node);
    spent += before - evaluation.remaining + 1;
    if (spent > 2 * evaluation.tree.size) {
      starts = startsOf(evaluation, steps, test);
    }
    return result;
  };
}

/** Whether `reverseReachability` can be used, and may be of use: along other axes, no node is visited from many context nodes. */
export function isWorthwhile(steps: readonly CompiledStep[], from: NodeKinds): boolean {
  return (
    !from.has('namespace') &&
    steps.every(
      ({ axis, predicates }) => axis !== 'namespace' && predicates.every(({ kind }) => kind === 'condition'),
    ) &&
    steps.some(({ axis }) => axis !== 'child' && axis !== 'attribute' && axis !== 'self')
  );
}

/** A set of nodes of a tree, namespace nodes excepted. */
class NodeFlags {
  readonly #tree: LightTree;
  readonly #flags: Uint8Array;

  constructor(tree: LightTree) {
    this.#tree = tree;
    this.#flags = new Uint8Array(tree.size);
  }

  /** False for -1, the parent of the root. */
  has(node: number): boolean {
    return node !== -1 && this.#flags[this.#tree.place(node)] === 1;
  }

  add(node: number): void {
    this.#flags[this.#tree.place(node)] = 1;
  }
}

/** The nodes from which a path leads to a node that passes a test. */
function startsOf(evaluation: Evaluation, steps: readonly CompiledStep[], test: Test): NodeFlags {
  let passes: Test = test;
  let starts: NodeFlags | undefined;
  for (const step of steps.toReversed()) {
    // One walk to find the ends, and up to three to go back from them.
    evaluation.spend(4 * evaluation.tree.size);
    const ends = endsOf(evaluation, step, passes);
    starts = goBack[step.axis](evaluation.tree, ends);
    const reached = starts;
    passes = (_, node) => reached.has(node);
  }
  return starts!;
}

/** The nodes that a step may lead to, if they pass its node test, its predicates and another test. */
function endsOf(evaluation: Evaluation, step: CompiledStep, passes: Test): NodeFlags {
  const { tree } = evaluation;
  const ends = new NodeFlags(tree);
  const kinds = new Set([...step.kinds].map((kind) => kindsOfEntries[kind]));
  const conditions = step.predicates.map((predicate) => (predicate as ConditionPredicate).test);
  for (let node = tree.root; node < tree.after(tree.root); node = tree.following(node)) {
    if (
      kinds.has(tree.kind(node)) &&
      (step.test === undefined || step.test(evaluation, node)) &&
      passes(evaluation, node) &&
      conditions.every((condition) => condition(evaluation, node))
    ) {
      ends.add(node);
    }
  }
  return ends;
}

const kindsOfEntries: Readonly<Record<NodeKind, number | undefined>> = {
  root: nodeKind.root,
  element: nodeKind.element,
  attribute: nodeKind.attribute,
  text: nodeKind.text,
  comment: nodeKind.comment,
  'processing-instruction': nodeKind.instruction,
  namespace: undefined,
};

/** From the nodes that a step leads to, the nodes from which it leads there. */
const goBack: Readonly<Record<Axis, (tree: LightTree, ends: NodeFlags) => NodeFlags>> = {
  self: (_, ends) => ends,
  child: toParents,
  attribute: toParents,

  descendant: (tree, ends) => {
    const starts = new NodeFlags(tree);
    backward(tree, (node) => {
      if (starts.has(node) || (ends.has(node) && tree.isChild(node))) {
        starts.add(tree.parent(node));
      }
    });
    return starts;
  },
  'descendant-or-self': (tree, ends) => {
    const starts = goBack.descendant(tree, ends);
    return where(tree, forward, (node) => starts.has(node) || ends.has(node));
  },

  parent: (tree, ends) => where(tree, forward, (node) => ends.has(tree.parent(node))),
  ancestor: (tree, ends) =>
    where(tree, forward, (node, starts) => ends.has(tree.parent(node)) || starts.has(tree.parent(node))),
  'ancestor-or-self': (tree, ends) =>
    where(tree, forward, (node, starts) => ends.has(node) || starts.has(tree.parent(node))),

  'preceding-sibling': (tree, ends) => where(tree, forward, isAfterSibling(tree, ends)),
  'following-sibling': (tree, ends) => where(tree, backward, isAfterSibling(tree, ends)),

  following: (tree, ends) => {
    let last = -1;
    forward(tree, (node) => {
      if (ends.has(node)) {
        last = node;
      }
    });
    return where(tree, forward, (node) => tree.after(node) <= last);
  },
  preceding: (tree, ends) => {
    let firstEnd = Number.POSITIVE_INFINITY;
    forward(tree, (node) => {
      if (ends.has(node)) {
        firstEnd = Math.min(firstEnd, tree.after(node));
      }
    });
    return where(tree, forward, (node) => firstEnd <= node);
  },

  namespace: (tree) => new NodeFlags(tree),
};

function toParents(tree: LightTree, ends: NodeFlags): NodeFlags {
  const starts = new NodeFlags(tree);
  forward(tree, (node) => {
    if (ends.has(node)) {
      starts.add(tree.parent(node));
    }
  });
  return starts;
}

/** Whether one of the ends among the siblings of a node has been met before; it must be asked for one node after another. */
function isAfterSibling(tree: LightTree, ends: NodeFlags): (node: number) => boolean {
  const parents = new NodeFlags(tree);
  return (node) => {
    if (!tree.isChild(node)) {
      return false;
    }
    const parent = tree.parent(node);
    const isAfter = parents.has(parent);
    if (ends.has(node)) {
      parents.add(parent);
    }
    return isAfter;
  };
}

type Direction = typeof forward;

function forward(tree: LightTree, visit: (node: number) => void): void {
  for (let node = tree.root; node < tree.after(tree.root); node = tree.following(node)) {
    visit(node);
  }
}

function backward(tree: LightTree, visit: (node: number) => void): void {
  for (let node = tree.preceding(tree.after(tree.root)); node > tree.root; node = tree.preceding(node)) {
    visit(node);
  }
}

/** The nodes of which something is true, given those found before. */
function where(
  tree: LightTree,
  inDirection: Direction,
  isTrue: (node: number, found: NodeFlags) => boolean,
): NodeFlags {
  const found = new NodeFlags(tree);
  inDirection(tree, (node) => {
    if (isTrue(node, found)) {
      found.add(node);
    }
  });
  return found;
}
