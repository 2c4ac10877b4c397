import { type NodeKinds, onlyRoot } from '../node-kinds';
import { walkNothing } from './axes';
import type { Evaluation, Test, Walk } from './evaluation';

/**
 * What is known about the order in which nodes come. No node ever comes twice.
 *
 * - `one`: there is one node at most;
 * - `apart`: in document order, and none is inside another;
 * - `ordered`: in document order;
 * - `any`.
 */
export type Order = 'one' | 'apart' | 'ordered' | 'any';

/** A compiled node-set: given a visitor, it makes the walk, from a context node, that visits its nodes. */
export interface Source {
  readonly order: Order;
  /** What the nodes can be. */
  readonly kinds: NodeKinds;
  /** How many steps are walked each inside the walk of the step before. */
  readonly streamed: number;
  into(visit: Test): Walk;
}

/** No nodes. */
export const emptySource: Source = { order: 'one', kinds: new Set(), streamed: 0, into: () => walkNothing };

/** The root of the document. */
export const rootSource: Source = {
  order: 'one',
  kinds: onlyRoot,
  streamed: 0,
  into: (visit) => (evaluation) => visit(evaluation, evaluation.tree.root),
};

/** The context node. */
export function contextSource(kinds: NodeKinds): Source {
  return { order: 'one', kinds, streamed: 0, into: (visit) => visit };
}

/** The same nodes in document order. */
export function inDocumentOrder(source: Source): Source {
  return source.order === 'any' ? gathered(source.kinds, (visit) => source.into(visit)) : source;
}

/** All nodes of several walks, each node once, in document order. */
export function unionOf(sources: readonly Source[]): Source {
  const kinds = new Set(sources.flatMap((source) => [...source.kinds]));
  return gathered(kinds, (visit) => anyOf(sources.map((source) => source.into(visit))));
}

/** Whether any of several tests is true, tried in turn. */
export function anyOf(tests: readonly Test[]): Test {
  return joined(tests, true);
}

/** Whether all of several tests are true, tried in turn. */
export function allOf(tests: readonly Test[]): Test {
  return joined(tests, false);
}

/** @param decisive The result that ends the trying; without it the result is the other one. */
function joined(tests: readonly Test[], decisive: boolean): Test {
  const [first, second] = tests as readonly [Test, Test];
  if (tests.length === 1) {
    return first;
  }
  if (tests.length === 2) {
    return (evaluation, node) => {
      evaluation.spend(2);
      return first(evaluation, node) === decisive ? decisive : second(evaluation, node);
    };
  }
  return (evaluation, node) => {
    for (const test of tests) {
      evaluation.spend(1);
      if (test(evaluation, node) === decisive) {
        return decisive;
      }
    }
    return !decisive;
  };
}

/** What to do with nodes that were gathered: they come in document order, each once. */
export type VisitNodes = (nodes: readonly number[], visit: Test) => Walk;

const visitAll: VisitNodes = (nodes, visit) => (evaluation) => {
  for (let index = 0; index < nodes.length; index++) {
    if (visit(evaluation, nodes[index]!)) {
      return true;
    }
  }
  return false;
};

/**
 * Gathers the nodes of a walk, which may come in any order and more than once, before it goes on from them.
 *
 * @param goOn Makes the walk that goes on from the gathered nodes; they are others each time.
 */
export function gathered(
  kinds: NodeKinds,
  walkInto: (visit: Test) => Walk,
  goOn: VisitNodes = visitAll,
  order: Order = 'ordered',
): Source {
  const nodes: number[] = [];
  const gather = walkInto((_, node) => {
    nodes.push(node);
    return false;
  });
  return {
    order,
    kinds,
    streamed: 0,
    into: (visit) => {
      const walk = goOn(nodes, visit);
      return (evaluation, node) => {
        nodes.length = 0;
        gather(evaluation, node);
        // For visiting the nodes again, for room to keep them in, and for walks to come that look at all of them.
        evaluation.spend(4 + 2 * nodes.length);
        sortNodes(evaluation, nodes);
        const ended = walk(evaluation, node);
        nodes.length = 0;
        return ended;
      };
    },
  };
}

/** Brings nodes into document order and takes out those that are there more than once. */
function sortNodes(evaluation: Evaluation, nodes: number[]): void {
  let isSorted = true;
  for (let index = 1; index < nodes.length && isSorted; index++) {
    isSorted = nodes[index - 1]! < nodes[index]!;
  }
  if (isSorted) {
    return;
  }
  evaluation.spend((nodes.length * Math.ceil(Math.log2(nodes.length))) >> 1);
  nodes.sort((a, b) => a - b);
  let kept = 1;
  for (let index = 1; index < nodes.length; index++) {
    if (nodes[index] !== nodes[kept - 1]) {
      nodes[kept++] = nodes[index]!;
    }
  }
  nodes.length = kept;
}
