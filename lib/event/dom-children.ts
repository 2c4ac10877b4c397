import type { Element } from '@xmldom/xmldom';

/** The child elements of a name, in document order. */
export function childrenOf(parent: Element, name: string, namespace: string | null = null): Element[] {
  const found: Element[] = [];
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === node.ELEMENT_NODE && node.localName === name && (node.namespaceURI || null) === namespace) {
      found.push(node as Element);
    }
  }
  return found;
}

/** The text of the first child element of a name, as it stands there. */
export function childText(parent: Element, name: string): string | undefined {
  return childrenOf(parent, name)[0]?.textContent ?? undefined;
}

/** The value of an attribute in no namespace. */
export function attributeOf(element: Element, name: string): string | undefined {
  return element.getAttribute(name) ?? undefined;
}
