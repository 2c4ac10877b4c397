import { nodeKind } from '../../xml/light-tree';
import type { Axis, NodeTest } from '../ast';
import type { Scope } from '../scope';
import type { Test } from './evaluation';
import { isNamespaceNode, localName, namespaceUri } from './node';

/** The expanded-name that a name test asks for. */
export interface ExpandedName {
  /** Empty for names in no namespace. */
  readonly namespaceUri: string;
  readonly local: string;
}

/** What a name test asks for; `undefined` for other node tests. */
export function expandedName(test: NodeTest, scope: Scope): ExpandedName | undefined {
  return test.kind === 'name' ? { namespaceUri: uriOf(test.name.prefix, scope), local: test.name.local } : undefined;
}

function uriOf(prefix: string | undefined, scope: Scope): string {
  return prefix === undefined ? '' : scope.namespaces.get(prefix)!;
}

/** Compiles a node test (XPath 1.0 §2.3) for the nodes of an axis; `undefined` if all of them pass. */
export function compileNodeTest(test: NodeTest, axis: Axis, scope: Scope): Test | undefined {
  if (test.kind === 'type') {
    return typeTest(test);
  }
  if (axis === 'namespace') {
    return namespaceNodeTest(test);
  }
  const principal = axis === 'attribute' ? nodeKind.attribute : nodeKind.element;
  // Looking a namespace node up in the tree, which doesn't hold it, takes far longer than seeing what it is.
  const isPrincipal: Test = ({ tree }, node) => !isNamespaceNode(node) && tree.kind(node) === principal;
  if (test.kind === 'any') {
    return isPrincipal;
  }
  if (test.kind === 'namespace') {
    const uri = uriOf(test.prefix, scope);
    return (evaluation, node) => {
      evaluation.spendOnText(uri.length);
      return isPrincipal(evaluation, node) && namespaceUri(evaluation, node) === uri;
    };
  }
  const { namespaceUri: uri, local } = expandedName(test, scope)!;
  const isNamed: Test = (evaluation, node) =>
    isPrincipal(evaluation, node) && evaluation.tree.isNamed(node, uri, local);
  const effort = nameEffort({ namespaceUri: uri, local });
  if (effort === 0) {
    return isNamed;
  }
  return (evaluation, node) => {
    evaluation.spend(effort);
    return isNamed(evaluation, node);
  };
}

/** The operations of comparing a node's name with another, beside the visit of the node: none for names of usual length. */
export function nameEffort({ namespaceUri: uri, local }: ExpandedName): number {
  return (uri.length >> 5) + (local.length >> 4);
}

/** The local part of a namespace node's name is its prefix, and the name is in no namespace (§5.4). */
function namespaceNodeTest(test: Exclude<NodeTest, { kind: 'type' }>): Test | undefined {
  if (test.kind === 'any') {
    return undefined;
  }
  if (test.kind === 'namespace' || test.name.prefix !== undefined) {
    return () => false;
  }
  const { local } = test.name;
  return (evaluation, node) => {
    evaluation.spendOnText(local.length);
    return localName(evaluation, node) === local;
  };
}

const kindsByType = {
  comment: nodeKind.comment,
  'processing-instruction': nodeKind.instruction,
  text: nodeKind.text,
} as const;

function typeTest({ type, target }: Extract<NodeTest, { kind: 'type' }>): Test | undefined {
  if (type === 'node') {
    return undefined;
  }
  const kind = kindsByType[type];
  const isOfKind: Test = ({ tree }, node) => !isNamespaceNode(node) && tree.kind(node) === kind;
  return target === undefined
    ? isOfKind
    : (evaluation, node) => {
        evaluation.spendOnText(target.length);
        return isOfKind(evaluation, node) && evaluation.tree.name(node) === target;
      };
}
