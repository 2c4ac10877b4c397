import type { Attributes } from './attributes';
import type { EncodedText } from './encoded-text';
import { isAt } from './markup';
import { declarationProblem, type NamespaceScopes } from './namespaces';

/**
 * Checks a start tag by Namespaces in XML: its declarations, which come into scope, and the prefixes of its names.
 *
 * @param depth How many levels deep the element is.
 * @param nameStart Where its name begins.
 * @param colon Where the colon of its name is, or 0.
 */
export function checkQualifiedNames(
  doc: EncodedText,
  scopes: NamespaceScopes,
  depth: number,
  nameStart: number,
  colon: number,
  attributes: Attributes,
): void {
  for (let at = attributes.first; at < attributes.end; at += attributes.step) {
    const prefix = attributes.declaredPrefix(at);
    if (prefix !== undefined) {
      const namespace = attributes.value(at);
      const problem = declarationProblem(prefix, namespace);
      if (problem !== undefined) {
        throw doc.fault('ERR_EVENT_NAMESPACE', attributes.nameStart(at), problem);
      }
      scopes.declare(prefix, namespace, depth);
    }
  }
  if (colon !== 0) {
    if (colon - nameStart === 'xmlns'.length && isAt(doc.bytes, nameStart, 'xmlns')) {
      throw doc.fault('ERR_EVENT_NAMESPACE', nameStart, `an element must not have the prefix 'xmlns'`);
    }
    namespaceOf(doc, scopes, nameStart, colon);
  }
  const expandedNames = new Set<string>();
  for (let at = attributes.first; at < attributes.end; at += attributes.step) {
    const prefixEnd = attributes.colon(at);
    if (prefixEnd !== 0) {
      const namespace = namespaceOf(doc, scopes, attributes.nameStart(at), prefixEnd);
      const expandedName = `${namespace}${doc.slice(prefixEnd, attributes.nameEnd(at))}`;
      if (expandedNames.has(expandedName)) {
        throw attributes.duplicate(at);
      }
      expandedNames.add(expandedName);
    }
  }
}

function namespaceOf(doc: EncodedText, scopes: NamespaceScopes, start: number, end: number): number {
  const namespace = scopes.numberOf(doc.slice(start, end));
  if (namespace === undefined) {
    const prefix = doc.slice(start, Math.min(end, start + 40));
    throw doc.fault('ERR_EVENT_NAMESPACE', start, `the prefix '${prefix}' is not declared`);
  }
  return namespace;
}
