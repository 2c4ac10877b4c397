import type { Element, Node } from '@xmldom/xmldom';
import fc from 'fast-check';
import { XML_NAMESPACE } from '../../../lib/xml/namespaces';
import { Evaluation } from '../../../lib/xpath/evaluation/evaluation';
import { namespacesInScope } from '../../../lib/xpath/evaluation/node';
import { parseDocument } from '../../support/parse-document';
import { arbitraryDocument } from '../../xml/arbitrary-document';
import { documentOf, nodesOf, valuesOf } from './evaluate';

/** Every element of a DOM, in document order. */
function elementsOf(node: Node): Element[] {
  const own = node.nodeType === node.ELEMENT_NODE ? [node as Element] : [];
  return [...own, ...[...node.childNodes].flatMap(elementsOf)];
}

/** What the declarations of an element and its ancestors add up to. */
function inScope(element: Node): Record<string, string> {
  const outer: Record<string, string> = element.nodeType === element.ELEMENT_NODE ? inScope(element.parentNode!) : {};
  for (const { nodeName, nodeValue } of [...((element as unknown as { attributes?: Node[] }).attributes ?? [])]) {
    if (/^xmlns(?::|$)/.test(nodeName)) {
      outer[nodeName.slice('xmlns:'.length)] = nodeValue!;
    }
  }
  return outer;
}

function text(xml: string, xpath: string): string {
  return valuesOf(documentOf(xml), xpath, { namespaces: { a: 'urn:a', b: 'urn:b' } }).text;
}

describe('The data model (XPath 1.0 §5)', () => {
  it('has a root whose children are the document element, and the comments and instructions around it (§5.1)', () => {
    const xml = '<?xml version="1.0"?>\n<!--a-->\n<?b c?><event>x<!--y-->z</event> <!--d-->\n';
    expect(text(xml, 'count(/node())')).toBe('4');
    expect(text(xml, 'string(/)')).toBe('xz');
    expect(text(xml, 'name(/*)')).toBe('event');
    expect(text(xml, '/comment()[2]')).toBe('d');
    expect(text(xml, '/processing-instruction()')).toBe('c');
    expect(text(xml, 'count(/..)')).toBe('0');
    expect(text(xml, 'count(../..)')).toBe('0');
  });

  it('gives an element the text of all its descendants for a string-value (§5.2)', () => {
    expect(text('<event>a<b>c<d/>e</b><!--f--><?g h?><![CDATA[i]]>&amp;</event>', 'string(.)')).toBe('acei&');
    expect(text('<event/>', 'string(.)')).toBe('');
  });

  it('gives attributes an element for a parent, of which they are no children (§5.3)', () => {
    expect(text('<event x="1" y="&#65;&amp;&#10; \n"/>', 'count(@x/..)')).toBe('1');
    expect(text('<event x="1"/>', 'count(node())')).toBe('0');
    expect(text('<event y="&#65;&amp;&#10;\n\t"/>', '@y')).toBe('A&\n  ');
    expect(text('<event x=""/>', "@x = ''")).toBe('true');
    expect(text('<event x=""/>', "@y = ''")).toBe('false');
  });

  it('does not take the declaration of a namespace for an attribute (§5.3)', () => {
    const xml = '<event xmlns="urn:a" xmlns:b="urn:b" c="1"/>';
    expect(text(xml, 'count(@*)')).toBe('1');
    expect(text(xml, 'count(//@node())')).toBe('1');
    expect(text(xml, "count(@xmlns) + count(@*[name() = 'xmlns:b'])")).toBe('0');
  });

  it('gives each element namespace nodes of its own for the namespaces in scope, with xml among them (§5.4)', () => {
    const xml = '<event xmlns="urn:a" xmlns:b="urn:b"><x/><y xmlns="" xmlns:b="urn:c"/></event>';
    const options = { namespaces: { a: 'urn:a' } };
    const document = documentOf(xml);
    expect(nodesOf(document.tree, 'namespace::* | a:x/namespace::*', options)).toHaveLength(6);
    expect(nodesOf(document.tree, 'namespace::b | a:x/../namespace::b', options)).toHaveLength(1);
    expect(text(xml, 'namespace::b')).toBe('urn:b');
    expect(text(xml, 'y/namespace::b')).toBe('urn:c');
    expect(text(xml, 'count(y/namespace::*)')).toBe('2');
    expect(text(xml, "namespace::*[name() = '']")).toBe('urn:a');
    expect(text(xml, 'namespace::xml')).toBe('http://www.w3.org/XML/1998/namespace');
    expect(text(xml, 'name(a:x/namespace::b/..)')).toBe('x');
    expect(text('<event/>', 'count(namespace::*)')).toBe('1');
  });

  it('knows what the declarations of an element and those around it add up to, in any document (§5.4)', () => {
    fc.assert(
      fc.property(arbitraryDocument, (text) => {
        const { tree } = documentOf(text);
        const evaluation = new Evaluation();
        evaluation.begin(tree, Number.MAX_SAFE_INTEGER);
        const found = nodesOf(tree, '//*').map((node) => Object.fromEntries(namespacesInScope(evaluation, node)));
        const expected = elementsOf(parseDocument(text)).map((element) => {
          const { '': byDefault, ...others } = inScope(element);
          return { xml: XML_NAMESPACE, ...others, ...(byDefault ? { '': byDefault } : {}) };
        });
        expect([text, found]).toEqual([text, expected]);
      }),
      { seed: 20260106, numRuns: 250 },
    );
  });

  it('puts namespace nodes after their element and before its attributes (§5)', () => {
    const { tree } = documentOf('<event xmlns:p="urn:p" x="1"><y z="2"/></event>');
    const [root, element, first, second, attribute, child, ...rest] = nodesOf(
      tree,
      '//@* | //namespace::* | //node() | /',
    );
    expect(nodesOf(tree, '/ | .')).toEqual([root, element]);
    expect(nodesOf(tree, 'namespace::*')).toEqual([first, second]);
    expect(nodesOf(tree, '@x | y')).toEqual([attribute, child]);
    expect(nodesOf(tree, 'y/namespace::* | y/@z')).toEqual(rest);
    expect(nodesOf(tree, '(@x | namespace::*)[1]')).toEqual([first]);
    expect(nodesOf(tree, '(@x | namespace::*)[last()]')).toEqual([attribute]);
  });

  it('has the data of processing instructions and comments for their string-values (§5.5, §5.6)', () => {
    expect(text('<event><?a  b c ?><!-- d --><?e?></event>', 'processing-instruction()')).toBe('b c ');
    expect(text('<event><?a  b c ?><!-- d --><?e?></event>', 'comment()')).toBe(' d ');
    expect(text('<event><?a?></event>', "processing-instruction('a') = ''")).toBe('true');
  });

  it('makes one text node of all text that stands together, however it is written (§5.7)', () => {
    const xml = '<event>a&lt;<![CDATA[<b>]]>&#99;\r\nd<x/>e<!----><![CDATA[]]></event>';
    expect(text(xml, 'count(text())')).toBe('2');
    expect(text(xml, 'text()')).toBe('a<<b>c\nd');
    expect(text(xml, 'text()[2]')).toBe('e');
    expect(text('<event><![CDATA[]]></event>', 'count(node())')).toBe('0');
  });

  it('tells names by namespace and local part, not by prefix (§5.2)', () => {
    const xml = '<event xmlns:p="urn:a" xmlns:q="urn:a"><p:x/><q:x/><x xmlns="urn:a"/><x/></event>';
    expect(text(xml, 'count(a:x)')).toBe('3');
    expect(text(xml, 'count(x)')).toBe('1');
    expect(text(xml, 'name(a:x[2])')).toBe('q:x');
  });

  it('reads names, values and texts in any script', () => {
    const xml = '<event \u{10400}="\u{1F600}1"><\u00e9l\u00e9ment>\u00fc<n>\u{1F600}</n></\u00e9l\u00e9ment></event>';
    expect(text(xml, '@\u{10400}')).toBe('\u{1F600}1');
    expect(text(xml, '\u00e9l\u00e9ment')).toBe('\u00fc\u{1F600}');
    expect(text(xml, "\u00e9l\u00e9ment[n = '\u{1F600}']/n")).toBe('\u{1F600}');
  });
});
