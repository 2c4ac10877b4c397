import { InvalidEventError } from '../../lib/errors';
import { EventSplitter } from '../../lib/event/stream/splitter';
import { defaultEventLimits, type EventLimits, noEventLimits } from '../../lib/xml/limits';
import { readTree } from '../../lib/xml/read-tree';
import { growthAtFourTimes, MOST_LINEAR } from '../support/growth';
import { parseDocument } from '../support/parse-document';

jest.setTimeout(120_000);

const unlimited: EventLimits = { ...noEventLimits, eventBytes: 2 ** 30 };

function event(content: string): string {
  return `<event type="t" timestamp="s">${content}</event>`;
}

function numbered(count: number, piece: (number: number) => string): string {
  return Array.from({ length: count }, (_, number) => piece(number)).join('');
}

/** Documents that grow by one thing each. */
const documents: { readonly [what: string]: (size: number) => string } = {
  'comments before the root': (size) => `${'<!--c-->\n'.repeat(size)}<a/>`,
  'instructions before the root': (size) => `${'<?p q?>\n'.repeat(size)}<a/>`,
  'instructions after the root': (size) => `<a/>${'\n<?p q?>'.repeat(size)}`,
  'white space before the root': (size) => `${'\n \t'.repeat(size)}<a/>`,
  'empty elements': (size) => event('<b/>'.repeat(size)),
  'texts between elements': (size) => event('<b/>x'.repeat(size)),
  'nested elements': (size) => event(`${'<b>'.repeat(size)}${'</b>'.repeat(size)}`),
  'attributes of one element': (size) => `<a${numbered(size, (number) => ` b${number}=""`)}/>`,
  'attributes with prefixes': (size) => `<a xmlns:p="p"${numbered(size, (number) => ` p:b${number}=""`)}/>`,
  'prefixes of one element': (size) => `<a${numbered(size, (number) => ` xmlns:p${number}="u${number}"`)}/>`,
  'prefixes for one namespace': (size) => `<a${numbered(size, (number) => ` xmlns:p${number}="u"`)}/>`,
  'uses of many prefixes': (size) =>
    `<a${numbered(size, (number) => ` xmlns:p${number}="u${number}"`)}>${numbered(size, (number) => `<p${number}:b/>`)}</a>`,
  'prefixes declared inside each other': (size) =>
    `${numbered(size, (number) => `<a xmlns:p${number}="u">`)}${'</a>'.repeat(size)}`,
  'one prefix declared again and again': (size) =>
    `<a>${numbered(size, (number) => `<p:b xmlns:p="u${number}"/>`)}</a>`,
  'entities in a text': (size) => event('&amp;'.repeat(size)),
  'entities in an attribute': (size) => `<a b="${'&#38;'.repeat(size)}"/>`,
  'line ends in a text': (size) => event('\r'.repeat(size)),
  'brackets in a text': (size) => event('] '.repeat(size)),
  'brackets in a CDATA section': (size) => event(`<![CDATA[${']'.repeat(size)}]]>`),
  'CDATA sections': (size) => event('<![CDATA[x]]>'.repeat(size)),
  'comments inside': (size) => event('<!-- - -->x'.repeat(size)),
  'a long name': (size) => `<${'a'.repeat(size)}></${'a'.repeat(size)}>`,
  'a long name of two bytes': (size) => `<${'é'.repeat(size)}></${'é'.repeat(size)}>`,
  'a long attribute name': (size) => `<a ${'b'.repeat(size)}=""/>`,
  'a long text': (size) => event('é'.repeat(size)),
  'a digit after the other in a reference': (size) => event(`&#${'0'.repeat(size)}65;`),
};

describe('the time to read a document grows with its length alone', () => {
  it.each(Object.entries(documents))('with %s', (_, document) => {
    const read = (size: number): void => {
      const tree = readTree(document(size), unlimited);
      // Whatever is found out late is found out.
      tree.stringValue(tree.root);
      tree.namespaceUri(tree.rootElement);
    };
    expect(growthAtFourTimes(read, 8_000)).toBeLessThan(MOST_LINEAR);
  });

  it.each(Object.entries(documents))('where its DOM is made, with %s', (_, document) => {
    expect(growthAtFourTimes((size) => parseDocument(document(size)), 2_000)).toBeLessThan(MOST_LINEAR);
  });
});

describe('the time to refuse a document grows with its length alone', () => {
  it.each<[string, (size: number) => string]>([
    ['a fault at the end of many lines', (size) => `${'<!--\n-->\n'.repeat(size)}<a><b></a>`],
    ['a fault at the end of one long line', (size) => `<a>${'é<b/>'.repeat(size)}</b></a>`],
    ['names that differ at the end', (size) => `<${'a'.repeat(size)}></${'a'.repeat(size)}b>`],
    ['an attribute that is there twice', (size) => `<a${numbered(size, (number) => ` b${number}=""`)} b0=""/>`],
    ['elements that are never closed', (size) => '<a>'.repeat(size)],
    ['a reference to a long name', (size) => `<a>&${'a'.repeat(size)};</a>`],
    ['a lone surrogate after many replacement characters', (size) => `<a>${'\ufffd'.repeat(size)}\ud800</a>`],
    ['a comment that is never ended', (size) => `<a><!--${' - '.repeat(size)}`],
  ])('with %s', (_, document) => {
    const refuse = (size: number): void => {
      expect(() => readTree(document(size), unlimited)).toThrow(InvalidEventError);
    };
    expect(growthAtFourTimes(refuse, 8_000)).toBeLessThan(MOST_LINEAR);
  });
});

/** Reads a stream that comes in chunks of some bytes. */
function split(stream: string, chunk: number, limits = defaultEventLimits): number {
  const bytes = Buffer.from(stream);
  const splitter = new EventSplitter(limits);
  let items = 0;
  const take = (): void => {
    while (splitter.next() !== undefined) {
      items += 1;
    }
  };
  for (let at = 0; at < bytes.length; at += chunk) {
    splitter.push(bytes.subarray(at, at + chunk));
    take();
  }
  splitter.end();
  take();
  return items;
}

describe('the time to split a stream grows with its length alone', () => {
  const streams: { readonly [what: string]: (size: number) => string } = {
    'events one after another': (size) => event('x').repeat(size / 32),
    'one long event': (size) => event('<b/>'.repeat(size / 4)),
    'an event that is never ended': (size) => `<event type="t" timestamp="s">${'x'.repeat(size)}`,
    'event tags that are never ended': (size) => '<event type="t" timestamp="s">'.repeat(size / 32),
    'events inside one that is never ended': (size) => `<event>${event('').repeat(size / 32)}`,
    'a tag that is never ended': (size) => `<event ${'x'.repeat(size)}`,
    'a comment that is never ended': (size) => `<!--${' -'.repeat(size / 2)}`,
    'comments between events': (size) => '<!--c-->\n'.repeat(size / 8),
    junk: (size) => 'x'.repeat(size),
    'junk between events': (size) => `x${event('')}`.repeat(size / 32),
    'an attribute that is never ended': (size) => `<event a="${'>'.repeat(size)}`,
    'a DOCTYPE that is never ended': (size) => `<!DOCTYPE a [${'<!--c-->"x" '.repeat(size / 16)}`,
    'line ends': (size) => `${'\r\n'.repeat(size / 2)}<a/>`,
    'ends of events': (size) => '</event>'.repeat(size / 8),
    'XML declarations': (size) => '<?xml version="1.0"?>'.repeat(size / 16),
    'starts of events lists': (size) => '<events>'.repeat(size / 8),
  };

  it.each(Object.entries(streams))('with %s', (_, stream) => {
    for (const chunk of [1, 65_536]) {
      expect(growthAtFourTimes((size) => split(stream(size), chunk), 10_000)).toBeLessThan(MOST_LINEAR);
    }
  });

  it('where the caps are low, so that much is given up', () => {
    const limits = { ...defaultEventLimits, eventBytes: 100 };
    for (const stream of Object.values(streams)) {
      expect(growthAtFourTimes((size) => split(stream(size), 64, limits), 10_000)).toBeLessThan(MOST_LINEAR);
    }
  });
});
