import type { Axis } from '../ast';
import type { Evaluation, Test, Walk } from './evaluation';
import { isNamespaceNode, namespaceElement, namespaceNode, namespacesInScope } from './node';

/**
 * Makes the walk along an axis (XPath 1.0 §2.2), nearest nodes first, from nodes of any kind.
 *
 * @param fromNamespaceNodes Whether it may start from a namespace node.
 */
export function walkAxis(axis: Axis, visit: Test, fromNamespaceNodes: boolean): Walk {
  const walk = walks[axis](visit);
  if (!fromNamespaceNodes) {
    return walk;
  }
  const fromNamespaceNode = walksFromNamespaceNodes[axis]?.(visit) ?? walkNothing;
  return (evaluation, node) => (isNamespaceNode(node) ? fromNamespaceNode(evaluation, node) : walk(evaluation, node));
}

export const walkNothing: Walk = () => false;

const walks: Readonly<Record<Axis, (visit: Test) => Walk>> = {
  self: visitOne,

  parent: (visit) => (evaluation, node) => {
    evaluation.spend(1);
    const parent = evaluation.tree.parent(node);
    return parent !== -1 && visit(evaluation, parent);
  },

  ancestor: (visit) => (evaluation, node) => {
    const { tree } = evaluation;
    for (let at = tree.parent(node); at !== -1; at = tree.parent(at)) {
      evaluation.spend(1);
      if (visit(evaluation, at)) {
        return true;
      }
    }
    return false;
  },

  'ancestor-or-self': (visit) => selfAnd(visit, walks.ancestor(visit)),

  child: (visit) => (evaluation, node) => {
    const { tree } = evaluation;
    return tree.isContainer(node) && walkOn(evaluation, tree.content(node), tree.after(node), visit);
  },

  descendant: (visit) => (evaluation, node) => {
    const { tree } = evaluation;
    return tree.isContainer(node) && walkRange(evaluation, tree.content(node), tree.after(node), visit);
  },

  'descendant-or-self': (visit) => selfAnd(visit, walks.descendant(visit)),

  'following-sibling': (visit) => (evaluation, node) => {
    const { tree } = evaluation;
    return tree.isChild(node) && walkOn(evaluation, tree.after(node), tree.after(tree.parent(node)), visit);
  },

  'preceding-sibling': (visit) => (evaluation, node) => {
    const { tree } = evaluation;
    return tree.isChild(node) && walkBack(evaluation, tree.previousSibling(node), -1, visit);
  },

  following: (visit) => (evaluation, node) => {
    const { tree } = evaluation;
    return walkRange(evaluation, tree.after(node), tree.after(tree.root), visit);
  },

  preceding: (visit) => (evaluation, node) => {
    const { tree } = evaluation;
    for (let at = tree.preceding(node); at > tree.root; at = tree.preceding(at)) {
      evaluation.spend(1);
      // What ends after the node begins is around it.
      if (tree.isChild(at) && tree.after(at) <= node && visit(evaluation, at)) {
        return true;
      }
    }
    return false;
  },

  attribute: (visit) => (evaluation, node) => {
    const { tree } = evaluation;
    if (!tree.isElement(node)) {
      return false;
    }
    const end = tree.content(node);
    for (let at = tree.following(node); at < end; at = tree.following(at)) {
      evaluation.spend(1);
      if (tree.isAttribute(at) && visit(evaluation, at)) {
        return true;
      }
    }
    return false;
  },

  namespace: (visit) => (evaluation, node) => {
    if (!evaluation.tree.isElement(node)) {
      return false;
    }
    const count = namespacesInScope(evaluation, node).length;
    for (let index = 0; index < count; index++) {
      evaluation.spend(1);
      if (visit(evaluation, namespaceNode(node, index))) {
        return true;
      }
    }
    return false;
  },
};

/** Walks with the farthest node first, for axes on which the tree has a quick way there; not from namespace nodes. */
export const walksFromEnd: { readonly [Name in Axis]?: (visit: Test) => Walk } = {
  child: (visit) => (evaluation, node) => {
    const { tree } = evaluation;
    return tree.isContainer(node) && walkBack(evaluation, tree.lastChild(node), -1, visit);
  },
  'following-sibling': (visit) => (evaluation, node) => {
    const { tree } = evaluation;
    return tree.isChild(node) && walkBack(evaluation, tree.lastChild(tree.parent(node)), node, visit);
  },
  'preceding-sibling': (visit) => (evaluation, node) => {
    const { tree } = evaluation;
    return tree.isChild(node) && walkOn(evaluation, tree.content(tree.parent(node)), node, visit);
  },
};

/** A namespace node has a parent, and no siblings; it is before its element's attributes. */
const walksFromNamespaceNodes: { readonly [Name in Axis]?: (visit: Test) => Walk } = {
  self: visitOne,
  'descendant-or-self': visitOne,
  parent: (visit) => fromElement(visitOne(visit)),
  ancestor: (visit) => fromElement(walks['ancestor-or-self'](visit)),
  'ancestor-or-self': (visit) => selfAnd(visit, fromElement(walks['ancestor-or-self'](visit))),
  following: (visit) => (evaluation, node) => {
    const { tree } = evaluation;
    return walkRange(evaluation, tree.following(namespaceElement(node)), tree.after(tree.root), visit);
  },
  preceding: (visit) => fromElement(walks.preceding(visit)),
};

function visitOne(visit: Test): Walk {
  return (evaluation, node) => {
    evaluation.spend(1);
    return visit(evaluation, node);
  };
}

function selfAnd(visit: Test, walk: Walk): Walk {
  const self = visitOne(visit);
  return (evaluation, node) => self(evaluation, node) || walk(evaluation, node);
}

function fromElement(walk: Walk): Walk {
  return (evaluation, node) => walk(evaluation, namespaceElement(node));
}

/** Visits siblings from one on, up to another. */
function walkOn(evaluation: Evaluation, first: number, end: number, visit: Test): boolean {
  const { tree } = evaluation;
  for (let at = first; at < end; at = tree.after(at)) {
    evaluation.spend(1);
    if (visit(evaluation, at)) {
      return true;
    }
  }
  return false;
}

/** Visits siblings from one back, down to the one after another, or after -1 to the first. */
function walkBack(evaluation: Evaluation, last: number, before: number, visit: Test): boolean {
  const { tree } = evaluation;
  for (let at = last; at !== before; at = tree.previousSibling(at)) {
    evaluation.spend(1);
    if (visit(evaluation, at)) {
      return true;
    }
  }
  return false;
}

/** Visits all nodes in a range but attributes, forward. */
export function walkRange(evaluation: Evaluation, start: number, end: number, visit: Test): boolean {
  const { tree } = evaluation;
  for (let at = start; at < end; at = tree.following(at)) {
    evaluation.spend(1);
    if (tree.isChild(at) && visit(evaluation, at)) {
      return true;
    }
  }
  return false;
}
