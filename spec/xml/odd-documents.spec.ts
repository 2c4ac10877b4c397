import type { Element, Node } from '@xmldom/xmldom';
import fc from 'fast-check';
import { EventRecord } from '../../lib/event/event-record';
import { readEvent } from '../../lib/event/read-event';
import { connectionDetails, detailOf, domainDetails, networkDetails } from '../../lib/event/vocabulary/vocabulary';
import { compileFilter } from '../../lib/filter/compile-filter';
import { queryBoolean, queryNodes, queryNumber, queryString } from '../../lib/filter/queries';
import { defaultEventLimits } from '../../lib/xml/limits';
import { often } from '../support/often';
import { describeBySaxes } from './described-by-saxes';
import { type DescribedNode, describeDom, describeTree } from './described-tree';

/** Names that XML and its namespaces allow, and that mean something to JavaScript, to DOMs, or at the beginning of others. */
const odd = [
  ...['xmlns', 'xmlnsx', 'xmlns-a', 'xml', 'XML', 'xMlNs', 'xml-stylesheet'],
  ...['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf', 'prototype', 'length', 'item'],
  ...['_', 'a.b-c', 'é', 'Ω', '名前', 'x\u00b7', 'a\u0301', '\u{10000}b', '\u{EFFFF}', '\u037f', '\u2c00', '\ufdf0'],
  ...['event', 'domain', 'name', 'and', 'or', 'div', 'mod', 'text', 'node', 'comment'],
];
const prefixes = ['p', 'q', '__proto__', 'constructor', 'hasOwnProperty', 'toString', 'é', 'XMLNS', 'xmlnsx'];

const name = fc.constantFrom(...odd);
const qualified = fc.tuple(fc.constantFrom(...prefixes, 'xml'), name).map((parts) => parts.join(':'));
const namespace = fc.constantFrom(
  ...['urn:a', 'urn:b', '__proto__', 'constructor', 'a b', '&lt;', 'http://www.w3.org/1999/xhtml'],
  ...['http://www.w3.org/2000/svg', 'http://www.w3.org/XML/1998/namespace#', 'XML'],
);

const attribute = fc.oneof(
  // What declares the default namespace stands below, with values that the other parser does not trim.
  fc.tuple(
    fc.oneof(
      name.filter((word) => word !== 'xmlns'),
      qualified,
    ),
    fc.constantFrom('', 'a', '\t\n\r\n', '&#9;&#xD;', ']]>', '>', '&#x1F600;'),
  ),
  fc.tuple(fc.constantFrom('xml:lang', 'xml:space', 'xml:base', 'xml:id'), fc.constantFrom('', 'en', 'preserve', '..')),
  fc.tuple(
    fc.constantFrom(...prefixes).map((prefix) => `xmlns:${prefix}`),
    namespace,
  ),
  fc.tuple(fc.constant('xmlns'), fc.oneof(namespace, fc.constant(''))),
  fc.constant(['xmlns:xml', 'http://www.w3.org/XML/1998/namespace']),
);

const attributes = fc
  .uniqueArray(attribute, { selector: ([written]) => written, maxLength: 5 })
  .map((pairs) => pairs.filter(([written]) => written !== 'xmlns').concat(pairs.filter(([w]) => w === 'xmlns')))
  .map((pairs) => pairs.map(([written, value]) => ` ${written}="${value}"`).join(''));

const text = fc.constantFrom(
  ...['a', ' ', '\r', '\r\n', '\n', ']', ']]', '>', '\u0085', '\u2028', '\ufffd', '\ufeff', '\u{10FFFF}', '\u007f'],
  ...['&amp;', '&#38;', '&#x26;#38;', '&lt;![CDATA[', ']]&gt;', '&#13;&#10;', '&#xFFFD;', '&apos;&quot;'],
  ...['<![CDATA[]]>', '<![CDATA[]]]]><![CDATA[>]]>', '<![CDATA[<!--]]>', '<![CDATA[&amp;]]>', '<![CDATA[\r]]>'],
  ...[
    '<!---->',
    '<!--&-->',
    '<!--<![CDATA[-->',
    '<!-- - - -->',
    '<!--?>-->',
    '<?xml-a?>',
    '<?p ?>',
    '<?p  <![CDATA[?>',
  ],
  ...[
    '<?__proto__ a?>',
    '<?xmlns b?>',
    '<?é\n?>',
    'x'.repeat(70_000),
    '&amp;'.repeat(3_000),
    '<![CDATA[]]>'.repeat(500),
  ],
);

const inside = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc
    .tuple(fc.oneof(name, qualified), attributes, tie('content'))
    .map(([tag, written, content]) =>
      content === '' ? `<${tag}${written}/>` : `<${tag}${written}>${content}</${tag}>`,
    ),
  content: fc
    .array(fc.oneof({ depthSize: 'small' }, text, tie('element')), { maxLength: 5 })
    .map((parts) => parts.reduce((before, part) => before + (/^]*>/.test(part) ? ' ' : '') + part, '')),
})).content;

const type = fc.constantFrom(
  't',
  '__proto__',
  'constructor',
  ...Object.keys(connectionDetails),
  ...Object.keys(domainDetails),
  ...Object.keys(networkDetails),
);

/** Mostly events; two attributes may come to have one expanded name, which is refused. */
const oddEvent = fc.tuple(type, inside).map(([word, content]) => {
  const declared = prefixes.map((prefix, index) => ` xmlns:${prefix}="urn:${index}"`).join('');
  return `<event type="${word}" timestamp="s"${declared}>${content}</event>`;
});

function read(xml: string): EventRecord {
  return new EventRecord(readEvent(xml, defaultEventLimits));
}

/** A document's outermost element alone, as text around it is no part of an event. */
function elementOf(root: DescribedNode): DescribedNode {
  return root.children.find(({ kind }) => kind === 'element')!;
}

describe('a document that the scanner takes', () => {
  it('has the same nodes in the tree, in the DOM and in the eyes of another parser, whatever its names', () => {
    let taken = 0;
    fc.assert(
      fc.property(oddEvent, (xml) => {
        let event: EventRecord;
        try {
          event = read(xml);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_EVENT_(DUPLICATE_ATTRIBUTE|NAMESPACE)$/) });
          return;
        }
        taken += 1;
        const expected = describeBySaxes(xml);
        expect([xml, describeTree(event.tree)]).toEqual([xml, expected]);
        expect([xml, describeDom(event.document)]).toEqual([xml, expected]);
      }),
      { seed: 20260121, numRuns: often(400) },
    );
    expect(taken).toBeGreaterThan(often(300));
  });

  it('can be asked for everything, and nothing that is asked throws', () => {
    fc.assert(
      fc.property(oddEvent, (xml) => {
        let event: EventRecord;
        try {
          event = read(xml);
        } catch {
          return;
        }
        detailOf(event.type, event.tree);
        const root = elementOf(describeBySaxes(xml));
        expect(queryString(event, '.')).toBe(root.value);
        expect(queryNumber(event, 'string-length()')).toBe([...root.value].length);
        expect(queryNumber(event, 'count(*)')).toBe(root.children.filter(({ kind }) => kind === 'element').length);
        expect(queryBoolean(event, 'node()')).toBe(root.children.length > 0);
        const children = queryNodes(event, 'node()');
        expect(children.map((node: Node) => describeDom(node))).toEqual(root.children);
        const own = queryNodes(event, '@*').map((node: Node) => node.nodeName);
        expect(own).toEqual(root.attributes.filter(({ kind }) => kind === 'attribute').map((each) => each.name));
        expect(compileFilter("name() = 'event'").matches(event)).toBe(true);
      }),
      { seed: 20260122, numRuns: often(150) },
    );
  });

  it.each(odd)('may have elements and attributes named %s, which filters and selections find', (word) => {
    const isDeclaration = word === 'xmlns';
    const event = read(`<event type="t" timestamp="s"><${word} ${isDeclaration ? 'a' : word}="1">x</${word}></event>`);
    const [element] = queryNodes(event, `//*/*[name() = '${word}']`) as Element[];
    expect([element?.nodeName, element?.localName, element?.tagName, element?.textContent]).toEqual([
      word,
      word,
      word,
      'x',
    ]);
    expect(queryNodes(event, word)).toEqual([element]);
    expect(queryString(event, word)).toBe('x');
    if (!isDeclaration) {
      expect(queryString(event, `${word}/@${word}`)).toBe('1');
      expect(element!.getAttribute(word)).toBe('1');
    }
    expect(event.document.documentElement!.getElementsByTagName(word).length).toBe(1);
  });
});
