import type { Attr, Element, Node } from '@xmldom/xmldom';
import { FilterEvaluationError } from '../../lib/errors';
import { EventRecord } from '../../lib/event/event-record';
import { queryNodes } from '../../lib/filter/queries';
import { often } from '../support/often';
import { oneOf, RandomChoices } from '../xpath/conformance/choices';
import { DomNodes } from '../xpath/conformance/dom-nodes';
import { faultsOfXpathPackage } from '../xpath/conformance/faults-of-xpath-package';
import { randomDocument, randomLocalName } from '../xpath/conformance/random-document';
import { randomExpression } from '../xpath/conformance/random-expression';
import { judge } from '../xpath/conformance/subject';

function eventOf(xml: string): EventRecord {
  return new EventRecord({ xml, type: 't', timestamp: 't', bytes: xml.length });
}

describe('the nodes that an expression selects', () => {
  const documents = often(150);

  /** Compares them with the nodes that filters find, for many documents. */
  function compare(expressionsFor: (choices: RandomChoices) => readonly string[]): number {
    let compared = 0;
    for (let seed = 1; seed <= documents; seed++) {
      const choices = new RandomChoices(seed);
      const event = eventOf(randomDocument(choices, 30));
      const nodes = new DomNodes(event.document);
      // Prefixes and variables mean nothing to an event.
      for (const source of expressionsFor(choices).filter((one) => !/\$|\b[op]\s*:(?!:)/.test(one))) {
        const found = judge(event.xml, [source]).answers[0]?.nodes?.filter((place) => !place.includes(':'));
        if (found !== undefined) {
          expect([event.xml, source, nodes.places(queryNodes(event, source))]).toEqual([event.xml, source, found]);
          compared++;
        }
      }
    }
    return compared;
  }

  it('are those that filters find, on random documents and expressions', () => {
    const expressions = (choices: RandomChoices) => Array.from({ length: 20 }, () => randomExpression(choices));
    expect(compare(expressions)).toBeGreaterThan(documents);
  });

  it('are so on random paths straight down, too', () => {
    const path = (choices: RandomChoices) => {
      const steps = Array.from({ length: choices.below(4) }, () => randomLocalName(choices));
      return `${oneOf(choices, ['', '', '/', '/*/', './'])}${[...steps, oneOf(choices, ['@a', '@xmlns', 'a', 'b'])].join('/')}`;
    };
    expect(compare((choices) => Array.from({ length: 20 }, () => path(choices)))).toBe(20 * documents);
  });

  it.each(faultsOfXpathPackage.flatMap(({ examples }) => examples))(
    'do not suffer from the faults of the xpath package: on %j, %j is %j',
    (xml, expression, text) => {
      const quoted = text.includes("'") ? `"${text}"` : `'${text}'`;
      const event = eventOf(xml);
      expect(queryNodes(event, `self::node()[string(${expression}) = ${quoted}]`)).toEqual([
        event.document.documentElement,
      ]);
    },
  );

  it('are found in little time among very many, or not at all', () => {
    const event = eventOf(`<event>${'<a><b/></a>'.repeat(20_000)}</event>`);
    expect(queryNodes(event, 'a')).toHaveLength(20_000);
    expect(queryNodes(event, '//b')).toHaveLength(20_000);
    expect(queryNodes(event, 'a[last()]/b')).toHaveLength(1);
    expect(queryNodes(event, '(//b)[position() > 2]/..')).toHaveLength(19_998);
    expect(() => queryNodes(event, '//*[count(following::*) = -1]')).toThrow(
      expect.objectContaining({ code: 'ERR_FILTER_BUDGET' }),
    );
  });

  it('are not to be told from the event any more if a handler has changed the document', () => {
    const event = eventOf('<event><a/><b/></event>');
    const root = event.document.documentElement!;
    root.removeChild(root.firstChild!);
    expect(() => queryNodes(event, '//b')).toThrow(FilterEvaluationError);
    expect(() => queryNodes(event, '//b')).toThrow("'event.document' was changed");
  });
});

describe('every axis from every node', () => {
  const event = eventOf(
    '<event a="1" b="2"><!--c--><x i="3"><y/>t<y j="4"><z/></y></x><?p q?><x><y k="5">u</y></x></event>',
  );

  /** All nodes in document order. */
  const all: Node[] = [];
  const visit = (node: Node): void => {
    all.push(node, ...(node.nodeType === 1 ? [...(node as Element).attributes] : []));
    [...node.childNodes].filter(() => node.nodeType !== 2).forEach(visit);
  };
  visit(event.document);

  const parent = (node: Node): Node | null => (node.nodeType === 2 ? (node as Attr).ownerElement : node.parentNode);
  const ancestors = (node: Node): Node[] => {
    const above = parent(node);
    return above === null ? [] : [above, ...ancestors(above)];
  };
  const isAttribute = (node: Node): boolean => node.nodeType === 2;
  const isSibling = (a: Node, b: Node): boolean => !isAttribute(a) && !isAttribute(b) && parent(a) === parent(b);

  /** The axes as §2.2 defines them, in the simplest words. */
  const model: Record<string, (from: Node, to: Node, after: boolean) => boolean> = {
    ancestor: (from, to) => ancestors(from).includes(to),
    'ancestor-or-self': (from, to) => from === to || ancestors(from).includes(to),
    attribute: (from, to) => isAttribute(to) && parent(to) === from,
    child: (from, to) => !isAttribute(to) && parent(to) === from,
    descendant: (from, to) => !isAttribute(to) && ancestors(to).includes(from),
    'descendant-or-self': (from, to) => from === to || (!isAttribute(to) && ancestors(to).includes(from)),
    // What is inside the element of an attribute follows the attribute.
    following: (from, to, after) => after && !isAttribute(to) && !ancestors(to).includes(from),
    'following-sibling': (from, to, after) => after && isSibling(from, to),
    parent: (from, to) => parent(from) === to,
    preceding: (from, to, after) => !after && from !== to && !isAttribute(to) && !ancestors(from).includes(to),
    'preceding-sibling': (from, to, after) => !after && from !== to && isSibling(from, to),
    self: (from, to) => from === to,
  };

  it.each(Object.keys(model))('%s', (axis) => {
    all.forEach((from, index) => {
      const expected = all.filter((to, at) => model[axis]!(from, to, at > index));
      const from1 = `(/ | //node() | //@*)[${index + 1}]`;
      expect(queryNodes(event, `${from1}/${axis}::node()`)).toEqual(expected);
      expect(queryNodes(event, `${from1}/${axis}::*`)).toEqual(
        expected.filter((node) => (axis === 'attribute' ? isAttribute(node) : node.nodeType === 1)),
      );
    });
  });
});
