import type { Attr, Document, Element, Node } from '@xmldom/xmldom';
import { type LightTree, nodeKind } from './light-tree';
import { XMLNS_NAMESPACE } from './namespaces';

let xmldom: typeof import('@xmldom/xmldom') | undefined;

/**
 * Builds the DOM of a document from its tree; `@xmldom/xmldom` is loaded by the first call.
 *
 * So it has the nodes that XPath 1.0 §5 describes: CDATA sections are text, adjacent text is one node, and the XML
 * declaration and white space outside the root element are no nodes. Nodes carry no line numbers.
 */
export function documentOf(tree: LightTree): Document {
  // Not an import: loading it takes longer than everything else in the library together. Kept here, since asking
  // `require` again looks the package up on the disk.
  xmldom ??= require('@xmldom/xmldom') as typeof import('@xmldom/xmldom');
  const document = new xmldom.DOMImplementation().createDocument(null, '');
  let parent: Node = document;
  let open = tree.root;
  for (let at = tree.content(tree.root); at < tree.after(tree.root); ) {
    while (at >= tree.after(open)) {
      open = tree.parent(open);
      parent = parent.parentNode as Node;
    }
    const node = nodeFor(tree, at, document);
    parent.appendChild(node);
    if (tree.isElement(at)) {
      parent = node;
      open = at;
      at = tree.content(at);
    } else {
      at = tree.after(at);
    }
  }
  return document;
}

function nodeFor(tree: LightTree, at: number, document: Document): Node {
  switch (tree.kind(at)) {
    case nodeKind.element:
      return elementFor(tree, at, document);
    case nodeKind.text:
      return document.createTextNode(tree.stringValue(at));
    case nodeKind.comment:
      return document.createComment(tree.stringValue(at));
    default:
      return document.createProcessingInstruction(tree.name(at), tree.stringValue(at));
  }
}

function elementFor(tree: LightTree, at: number, document: Document): Element {
  const element = named(document.createElement('a'), tree, at, tree.namespaceUri(at));
  (element as { tagName: string }).tagName = tree.name(at);
  for (let child = tree.following(at); child < tree.content(at); child = tree.following(child)) {
    const namespace = tree.isAttribute(child) ? tree.namespaceUri(child) : XMLNS_NAMESPACE;
    const attribute = named(document.createAttribute('a'), tree, child, namespace);
    (attribute as { name: string }).name = tree.name(child);
    attribute.value = tree.stringValue(child);
    attribute.nodeValue = attribute.value;
    element.setAttributeNode(attribute);
  }
  return element;
}

/** Gives a node its name, unchecked: xmldom takes fewer names than XML has, such as none called `xmlns`. */
function named<T extends Attr | Element>(node: T, tree: LightTree, at: number, namespace: string): T {
  const names = node as { nodeName: string; localName: string; prefix: string | null; namespaceURI: string | null };
  names.nodeName = tree.name(at);
  names.localName = tree.localName(at);
  names.prefix = tree.prefix(at) || null;
  names.namespaceURI = namespace || null;
  return node;
}
