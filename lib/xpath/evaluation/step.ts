import type { Axis } from '../ast';
import type { NodeKinds } from '../node-kinds';
import { walkAxis, walkRange, walksFromEnd } from './axes';
import type { Evaluation, Test, Walk } from './evaluation';
import { isNamespaceNode, namespaceElement, parentOf } from './node';
import { type ExpandedName, nameEffort } from './node-tests';
import { filtered, type Predicate } from './predicates';
import { gathered, inDocumentOrder, type Order, type Source, type VisitNodes } from './source';

/** A step of a path (XPath 1.0 §2.1), its parts compiled. */
export interface CompiledStep {
  readonly axis: Axis;
  /** The node test; `undefined` if all nodes of the axis pass. */
  readonly test: Test | undefined;
  /** What the node test asks for, if that is a name. */
  readonly name: ExpandedName | undefined;
  readonly predicates: readonly Predicate[];
  /** What the nodes that it selects can be. */
  readonly kinds: NodeKinds;
}

/** More steps aren't walked inside one another, so that long paths need no more of the stack than short ones. */
const mostStreamed = 8;

/**
 * The nodes that a step selects, seen from all nodes of a source.
 *
 * They stream if no node can come twice. Otherwise there is one walk over all nodes of the source, gathered, so that no
 * work is done twice; or, if predicates count positions from each of the nodes, the nodes that they leave are gathered.
 */
export function stepFrom(source: Source, step: CompiledStep): Source {
  if (source.streamed === mostStreamed) {
    return stepFrom(
      gathered(source.kinds, (visit) => source.into(visit)),
      step,
    );
  }
  const order = orderAfter(step, source);
  if (order !== undefined) {
    const streamed = source.streamed + 1;
    return { order, kinds: step.kinds, streamed, into: (visit) => source.into(walkStep(step, source.kinds, visit)) };
  }
  const isPositional = step.predicates.some(({ kind }) => kind !== 'condition');
  return (isPositional ? fromEach : (fromMany[step.axis] ?? fromEach))(source, step);
}

/** The order of the nodes if each node of the source leads to nodes of its own; `undefined` if a node could come twice. */
function orderAfter({ axis, name }: CompiledStep, { order }: Source): Order | undefined {
  switch (axis) {
    case 'self':
      return order;
    case 'attribute':
      return order === 'one' && name !== undefined ? 'one' : order === 'any' ? 'any' : 'apart';
    case 'namespace':
      return order === 'any' ? 'any' : 'apart';
    case 'child':
      return order === 'one' || order === 'apart' ? 'apart' : 'any';
    case 'descendant':
    case 'descendant-or-self':
      return order === 'one' || order === 'apart' ? 'ordered' : undefined;
  }
  if (order !== 'one') {
    return undefined;
  }
  switch (axis) {
    case 'parent':
      return 'one';
    case 'following-sibling':
      return 'apart';
    case 'following':
      return 'ordered';
    default:
      return 'any';
  }
}

/** The walk of a step from one node. */
function walkStep({ axis, test, name, predicates }: CompiledStep, from: NodeKinds, visit: Test): Walk {
  const tested = (visitor: Test): Test =>
    test === undefined ? visitor : (evaluation, node) => test(evaluation, node) && visitor(evaluation, node);
  if (from.has('namespace')) {
    return filtered(predicates, (visitor) => walkAxis(axis, tested(visitor), true), visit);
  }
  const walkFromEnd = walksFromEnd[axis];
  return filtered(
    predicates,
    (visitor) =>
      name !== undefined && axis === 'child'
        ? childrenNamed(name, visitor)
        : name !== undefined && axis === 'attribute'
          ? attributeNamed(name, visitor)
          : walkAxis(axis, tested(visitor), false),
    visit,
    walkFromEnd && ((visitor) => walkFromEnd(tested(visitor))),
  );
}

function childrenNamed(name: ExpandedName, visit: Test): Walk {
  const { namespaceUri, local } = name;
  const effort = 1 + nameEffort(name);
  return (evaluation, node) => {
    const { tree } = evaluation;
    if (!tree.isContainer(node)) {
      return false;
    }
    const end = tree.after(node);
    for (let child = tree.content(node); child < end; child = tree.after(child)) {
      evaluation.spend(effort);
      if (tree.isElement(child) && tree.isNamed(child, namespaceUri, local) && visit(evaluation, child)) {
        return true;
      }
    }
    return false;
  };
}

/** An element has no two attributes of one name. */
function attributeNamed(name: ExpandedName, visit: Test): Walk {
  const { namespaceUri, local } = name;
  const effort = 1 + nameEffort(name);
  return (evaluation, node) => {
    const { tree } = evaluation;
    if (!tree.isElement(node)) {
      return false;
    }
    const end = tree.content(node);
    for (let attribute = tree.following(node); attribute < end; attribute = tree.following(attribute)) {
      evaluation.spend(effort);
      if (tree.isAttribute(attribute) && tree.isNamed(attribute, namespaceUri, local)) {
        return visit(evaluation, attribute);
      }
    }
    return false;
  };
}

/** Makes a source of the nodes that a step selects, seen from all nodes of another; no predicate counts positions. */
type FromMany = (source: Source, step: CompiledStep) => Source;

const fromMany: { readonly [Name in Axis]?: FromMany } = {
  descendant: fromOutermost,

  'descendant-or-self': (source, step) =>
    // An attribute is inside its element, but isn't one of its descendants.
    source.kinds.has('attribute') || source.kinds.has('namespace')
      ? fromEach(source, step)
      : fromOutermost(source, step),

  ancestor: (source, step) => ancestorsOrSelf(stepFrom(source, toParent), step),

  'ancestor-or-self': ancestorsOrSelf,

  'following-sibling': (source, step) =>
    fromAll(source, step.kinds, 'any', (nodes, visit) => {
      const walk = walkStep(step, source.kinds, visit);
      return (evaluation) => fromFirstOfEachParent(evaluation, nodes, walk);
    }),

  'preceding-sibling': (source, step) =>
    fromAll(source, step.kinds, 'any', (nodes, visit) => {
      const walk = walkStep(step, source.kinds, visit);
      return (evaluation) => fromFirstOfEachParent(evaluation, nodes.toReversed(), walk);
    }),

  following: (source, step) =>
    fromAll(source, step.kinds, 'ordered', (nodes, visit) => {
      const select = selecting(step, visit);
      return (evaluation) => {
        const end = evaluation.tree.after(evaluation.tree.root);
        const start = nodes.reduce((least, node) => Math.min(least, afterOf(evaluation, node)), end);
        return walkRange(evaluation, start, end, select);
      };
    }),

  preceding: (source, step) =>
    fromAll(source, step.kinds, 'any', (nodes, visit) => {
      const walk = walkStep(step, source.kinds, visit);
      return (evaluation) => nodes.length > 0 && walk(evaluation, nodes.at(-1)!);
    }),
};

const toParent: CompiledStep = {
  axis: 'parent',
  test: undefined,
  name: undefined,
  predicates: [],
  kinds: new Set(['root', 'element']),
};

/** Up from each node, to the ancestors that it shares with the node before, which have been visited. */
function ancestorsOrSelf(source: Source, step: CompiledStep): Source {
  return fromAll(source, step.kinds, 'any', (nodes, visit) => {
    const select = selecting(step, visit);
    return (evaluation) => {
      let previous = -1;
      for (const node of nodes) {
        for (let at = node; at > previous; at = parentOf(evaluation, at)) {
          if (select(evaluation, at)) {
            return true;
          }
        }
        previous = node;
      }
      return false;
    };
  });
}

/** From each node of a source in turn; what was selected is gathered. */
function fromEach(source: Source, step: CompiledStep): Source {
  return gathered(step.kinds, (visit) => source.into(walkStep(step, source.kinds, visit)));
}

/** From all nodes of a source at once, when they have been gathered. */
function fromAll(source: Source, kinds: NodeKinds, order: Order, goOn: VisitNodes): Source {
  return gathered(kinds, (visit) => source.into(visit), goOn, order);
}

/** From each node of a source that isn't inside another, and so not inside what was walked already. */
function fromOutermost(source: Source, step: CompiledStep): Source {
  const ordered = inDocumentOrder(source);
  return {
    order: 'ordered',
    kinds: step.kinds,
    streamed: ordered.streamed + 1,
    into: (visit) => {
      let walked = -1;
      const walk = walkStep(step, source.kinds, visit);
      const walkAll = ordered.into((evaluation, node) => {
        if (node < walked) {
          return false;
        }
        walked = evaluation.tree.after(node);
        return walk(evaluation, node);
      });
      return (evaluation, node) => {
        walked = -1;
        return walkAll(evaluation, node);
      };
    },
  };
}

/** Walks from the first node of each parent: along its siblings the walk meets the parent's other nodes. */
function fromFirstOfEachParent(evaluation: Evaluation, nodes: readonly number[], walk: Walk): boolean {
  const parents = new Set<number>();
  evaluation.spend(4 + 2 * nodes.length);
  return nodes.some((node) => {
    const parent = parentOf(evaluation, node);
    if (isNamespaceNode(node) || !evaluation.tree.isChild(node) || parents.has(parent)) {
      return false;
    }
    parents.add(parent);
    return walk(evaluation, node);
  });
}

/** The first entry that is after a node and not inside it. */
function afterOf({ tree }: Evaluation, node: number): number {
  return isNamespaceNode(node) ? tree.following(namespaceElement(node)) : tree.after(node);
}

/** The visit of one node, if it passes the node test and the predicates of a step. */
function selecting(step: CompiledStep, visit: Test): Test {
  return walkStep({ ...step, axis: 'self' }, step.kinds, visit);
}
