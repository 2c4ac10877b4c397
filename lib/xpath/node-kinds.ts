import type { Axis, NodeTest } from './ast';

/** The kinds of node of XPath 1.0 §5. */
export type NodeKind = 'root' | 'element' | 'attribute' | 'namespace' | 'text' | 'comment' | 'processing-instruction';

/** What the nodes at some point of a path can be. */
export type NodeKinds = ReadonlySet<NodeKind>;

const children: NodeKinds = new Set(['element', 'text', 'comment', 'processing-instruction']);
const parents: NodeKinds = new Set(['root', 'element']);
const nothing: NodeKinds = new Set();

export const onlyRoot: NodeKinds = new Set(['root']);
export const onlyElement: NodeKinds = new Set(['element']);
export const anyKind: NodeKinds = new Set([...parents, ...children, 'attribute', 'namespace']);

/** What an axis leads to from nodes of some kinds (§2.2). */
export function reachedFrom(kinds: NodeKinds, axis: Axis): NodeKinds {
  return new Set([...kinds].flatMap((kind) => [...reachedFromOne(kind, axis)]));
}

function reachedFromOne(kind: NodeKind, axis: Axis): Iterable<NodeKind> {
  const hasChildren = parents.has(kind);
  switch (axis) {
    case 'self':
      return [kind];
    case 'child':
    case 'descendant':
      return hasChildren ? children : nothing;
    case 'descendant-or-self':
      return hasChildren ? [kind, ...children] : [kind];
    case 'parent':
      if (kind === 'attribute' || kind === 'namespace') {
        return onlyElement;
      }
      return kind === 'root' ? nothing : parents;
    case 'ancestor':
      return kind === 'root' ? nothing : parents;
    case 'ancestor-or-self':
      return kind === 'root' ? onlyRoot : [kind, ...parents];
    case 'attribute':
    case 'namespace':
      return kind === 'element' ? [axis] : nothing;
    case 'following-sibling':
    case 'preceding-sibling':
      return children.has(kind) ? children : nothing;
    case 'following':
    case 'preceding':
      return kind === 'root' ? nothing : children;
  }
}

/** Which of the kinds can pass a node test; a name is for nodes of the axis's principal kind (§2.3). */
export function selectedBy(test: NodeTest, axis: Axis, kinds: NodeKinds): NodeKinds {
  const principal: NodeKind = axis === 'attribute' || axis === 'namespace' ? axis : 'element';
  const passes = (kind: NodeKind): boolean =>
    test.kind === 'type' ? test.type === 'node' || test.type === kind : kind === principal;
  return new Set([...kinds].filter(passes));
}

const kindNames: Readonly<Record<NodeKind, string>> = {
  root: 'the root',
  element: 'an element',
  attribute: 'an attribute',
  namespace: 'a namespace node',
  text: 'a text node',
  comment: 'a comment',
  'processing-instruction': 'a processing instruction',
};

/** Says why a step from nodes of some kinds selects nothing. */
export function whyNothing(kinds: NodeKinds, axis: Axis, reached: NodeKinds): string {
  const from = [...kinds].map((kind) => kindNames[kind]).join(' or ');
  return reached.size === 0
    ? `${from} has nothing on the axis '${axis}'`
    : `the axis '${axis}' of ${from} has no such node`;
}
