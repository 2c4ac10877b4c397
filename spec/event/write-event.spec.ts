import { DOMParser, type Element, type Node } from '@xmldom/xmldom';
import fc from 'fast-check';
import { UnwritableEventError } from '../../lib/errors';
import { readEvent } from '../../lib/event/read-event';
import { type StructuredElement, type StructuredEvent, writeEvent } from '../../lib/event/write-event';
import { defaultEventLimits } from '../../lib/xml/limits';
import { often } from '../support/often';

const write = (event: unknown): string => writeEvent(event as StructuredEvent, '2026-01-02T03:04:05.000006Z').xml;

function faultOf(event: unknown): UnwritableEventError {
  try {
    write(event);
  } catch (error) {
    if (error instanceof UnwritableEventError) {
      return error;
    }
    throw error;
  }
  throw new Error('the event was written');
}

describe('writing an event', () => {
  it.each<[event: StructuredEvent, xml: string]>([
    [{ type: 't' }, '<event type="t" timestamp="2026-01-02T03:04:05.000006Z"/>'],
    [{ type: 't', timestamp: 's', content: [] }, '<event type="t" timestamp="s"/>'],
    [{ type: 't', timestamp: 's', content: [''] }, '<event type="t" timestamp="s"></event>'],
    [{ type: 't', timestamp: 's', attributes: undefined, content: undefined }, '<event type="t" timestamp="s"/>'],
    [
      { type: 't', timestamp: 's', attributes: { b: '1', a: '2', 'xml:lang': 'en' } },
      '<event type="t" timestamp="s" b="1" a="2" xml:lang="en"/>',
    ],
    [
      { type: 't', timestamp: 's', content: ['a', { name: 'b', content: ['c', { name: 'd' }] }, 'e'] },
      '<event type="t" timestamp="s">a<b>c<d/></b>e</event>',
    ],
    [
      { type: '<&">\'', timestamp: '\t\n\r\u{10000}', content: ['<&>"\'\t\n\r]]>'] },
      '<event type="&lt;&amp;&quot;&gt;\'" timestamp="&#9;&#10;&#13;\u{10000}">&lt;&amp;&gt;"\'\t\n&#13;]]&gt;</event>',
    ],
    [
      { type: 't', timestamp: 's', content: [{ name: 'p:a', attributes: { 'p:b': '', 'xmlns:p': 'u', type: 'x' } }] },
      '<event type="t" timestamp="s"><p:a p:b="" xmlns:p="u" type="x"/></event>',
    ],
    [
      { type: 't', timestamp: 's', attributes: { ['__proto__']: 'x' } },
      '<event type="t" timestamp="s" __proto__="x"/>',
    ],
  ])('writes %j', (event, xml) => {
    expect(write(event)).toBe(xml);
    expect(readEvent(xml, defaultEventLimits).xml).toBe(xml);
  });

  it('keeps what other parsers take for line ends', () => {
    const value = 'a\u0085b\u2028c\u2029d';
    const written = 'a&#133;b&#8232;c&#8233;d';
    expect(write({ type: value, timestamp: 's', content: [value] })).toBe(
      `<event type="${written}" timestamp="s">${written}</event>`,
    );
  });

  it('writes the same element in several places', () => {
    const shared: StructuredElement = { name: 'a', content: [{ name: 'b' }] };
    expect(write({ type: 't', timestamp: 's', content: [shared, { name: 'c', content: [shared] }] })).toBe(
      '<event type="t" timestamp="s"><a><b/></a><c><a><b/></a></c></event>',
    );
  });

  it('takes own enumerable properties alone', () => {
    const inherited = Object.assign(Object.create({ timestamp: 'no' }), { type: 't' });
    Object.defineProperty(inherited, 'hidden', { value: 1 });
    expect(write(inherited)).toBe('<event type="t" timestamp="2026-01-02T03:04:05.000006Z"/>');
    expect(faultOf(Object.create({ type: 't' })).path).toBe('type');
  });
});

describe('an event that cannot be written', () => {
  const inContent = (part: unknown): unknown => ({ type: 't', content: ['a', { name: 'b', content: ['c', part] }] });
  const cyclic: { name: string; content: unknown[] } = { name: 'a', content: [] };
  cyclic.content.push({ name: 'b', content: [cyclic] });
  const cyclicEvent: { type: string; content: unknown[] } = { type: 't', content: [] };
  cyclicEvent.content.push(cyclicEvent);

  it.each<[event: unknown, path: string, problem: string]>([
    [null, 'event', 'must be an object, but is null'],
    [undefined, 'event', 'must be an object, but is undefined'],
    [[], 'event', 'must be an object, but is an array'],
    [7, 'event', 'must be an object, but is 7'],
    [{}, 'type', 'must be a string that is not empty, but is undefined'],
    [{ type: '' }, 'type', 'must be a string that is not empty, but is ""'],
    [{ type: 7 }, 'type', 'must be a string, but is 7'],
    [{ type: 'a\0b' }, 'type', 'has U+0000 at index 1, which XML cannot carry'],
    [{ type: 'a\ud800' }, 'type', 'has U+D800 at index 1'],
    [{ type: '\u{10000}\uffff' }, 'type', 'has U+FFFF at index 2'],
    [{ type: 't', timestamp: '' }, 'timestamp', 'must be a string that is not empty, but is ""'],
    [{ type: 't', timestamp: null }, 'timestamp', 'must be a string, but is null'],
    [{ type: 't', timestamp: new Date(0) }, 'timestamp', 'must be a string, but is an object'],
    [
      { type: 't', kind: 'x' },
      'event',
      'has an unknown property "kind"; it may have type, timestamp, attributes, content',
    ],
    [{ type: 't', attributes: null }, 'attributes', 'must be an object, but is null'],
    [{ type: 't', attributes: ['a'] }, 'attributes', 'must be an object, but is an array'],
    [{ type: 't', attributes: { a: 1 } }, 'attributes.a', 'must be a string, but is 1'],
    [{ type: 't', attributes: { a: undefined } }, 'attributes.a', 'must be a string, but is undefined'],
    [{ type: 't', attributes: { type: 'u' } }, 'attributes.type', "must not be given: it is the event's own property"],
    [{ type: 't', attributes: { timestamp: 'u' } }, 'attributes.timestamp', 'must not be given'],
    [{ type: 't', attributes: { 'a b': '' } }, 'attributes["a b"]', 'must be an XML name, but is "a b"'],
    [{ type: 't', attributes: { '': '' } }, 'attributes[""]', 'must be an XML name, but is ""'],
    [{ type: 't', attributes: { 'a:b': '' } }, 'attributes["a:b"]', "has the prefix 'a', which is not declared"],
    [{ type: 't', attributes: { 'xmlns:a': '' } }, 'attributes["xmlns:a"]', "the prefix 'a' cannot be undeclared"],
    [{ type: 't', attributes: { 'xmlns:': 'u' } }, 'attributes["xmlns:"]', 'must be an XML name'],
    [{ type: 't', attributes: { 'xmlns:xmlns': 'u' } }, 'attributes["xmlns:xmlns"]', 'is no good declaration'],
    [
      { type: 't', attributes: { xmlns: 'http://www.w3.org/2000/xmlns/' } },
      'attributes.xmlns',
      'is no good declaration',
    ],
    [
      { type: 't', attributes: { 'xmlns:a': 'u', 'xmlns:b': 'u', 'a:c': '', 'b:c': '' } },
      'attributes["b:c"]',
      'is there twice, under two prefixes of the same namespace',
    ],
    [{ type: 't', content: 'text' }, 'content', 'must be an array of strings and elements, but is "text"'],
    [{ type: 't', content: null }, 'content', 'must be an array of strings and elements, but is null'],
    [{ type: 't', content: [1] }, 'content[0]', 'must be a string or an element, but is 1'],
    [{ type: 't', content: ['a', null] }, 'content[1]', 'must be a string or an element, but is null'],
    [{ type: 't', content: new Array(3) }, 'content[0]', 'must be a string or an element, but is undefined'],
    [inContent([]), 'content[1].content[1]', 'must be a string or an element, but is an array'],
    [inContent(() => 0), 'content[1].content[1]', 'must be a string or an element, but is a function'],
    [inContent(1n), 'content[1].content[1]', 'must be a string or an element, but is 1'],
    [inContent(Symbol('x')), 'content[1].content[1]', 'must be a string or an element, but is Symbol(x)'],
    [inContent('\u000b'), 'content[1].content[1]', 'has U+000B at index 0, which XML cannot carry'],
    [inContent({}), 'content[1].content[1].name', 'must be a string, but is undefined'],
    [inContent({ name: '' }), 'content[1].content[1].name', 'must be an XML name, but is ""'],
    [inContent({ name: '1' }), 'content[1].content[1].name', 'must be an XML name, but is "1"'],
    [inContent({ name: 'a:b:c' }), 'content[1].content[1].name', 'must be an XML name, but is "a:b:c"'],
    [inContent({ name: 'a>' }), 'content[1].content[1].name', 'must be an XML name, but is "a>"'],
    [inContent({ name: 'p:a' }), 'content[1].content[1].name', "has the prefix 'p', which is not declared"],
    [inContent({ name: 'xmlns:a' }), 'content[1].content[1].name', "must not have the prefix 'xmlns'"],
    [inContent({ name: 'a', attributes: { name: '\0' } }), 'content[1].content[1].attributes.name', 'has U+0000'],
    [inContent({ name: 'a', type: 't' }), 'content[1].content[1]', 'has an unknown property "type"'],
    [
      { type: 't', content: [{ name: 'p:a', attributes: { 'xmlns:p': 'u' } }, { name: 'p:a' }] },
      'content[1].name',
      'not declared',
    ],
    [{ type: 't', content: [cyclic] }, 'content[0].content[0].content[0]', 'contains itself'],
    [cyclicEvent, 'content[0]', 'has an unknown property "type"'],
  ])('is refused: %#', (event, path, problem) => {
    const fault = faultOf(event);
    expect(fault).toMatchObject({ code: 'ERR_EVENT_UNWRITABLE', path });
    expect(fault.message).toContain(`cannot write the event: ${path} `);
    expect(fault.message).toContain(problem);
  });

  it('is refused where it is over a cap, however small the structure is', () => {
    const limits = { eventBytes: 1000, eventElements: 100, eventDepth: 10, eventAttributes: 3 };
    let doubled: StructuredElement = { name: 'a' };
    for (let level = 0; level < 8; level++) {
      doubled = { name: 'a', content: [doubled, doubled] };
    }
    let deep: StructuredElement = { name: 'a' };
    for (let level = 0; level < 100_000; level++) {
      deep = { name: 'a', content: [deep] };
    }
    const cases: [StructuredEvent, RegExp][] = [
      [{ type: 't', content: [doubled] }, /the cap of 100$/],
      [{ type: 't', content: [deep] }, /nested deeper than the cap of 10$/],
      [{ type: 't', content: ['x'.repeat(2000)] }, /the cap of 1000 bytes$/],
      [{ type: 't', attributes: { a: '', b: '' } }, /the cap is 3$/],
    ];
    for (const [event, problem] of cases) {
      expect(() => writeEvent(event, 's', limits)).toThrow(problem);
    }
  });
});

it.each<StructuredEvent>([
  { type: 't' },
  { type: 't', attributes: { a: '<' } },
  { type: 't', content: [{ name: 'a' }, 'x'] },
])('may be as long as the cap, and no longer: %j', (event) => {
  const { length } = writeEvent(event, 'now').xml;
  const write = (eventBytes: number) => writeEvent(event, 'now', { ...defaultEventLimits, eventBytes });
  expect(write(length).bytes).toBe(length);
  expect(() => write(length - 1)).toThrow(UnwritableEventError);
});

it.each<StructuredEvent>([
  { type: 't' },
  { type: 'é' },
  { type: 't', timestamp: 'é' },
  { type: 't', attributes: { é: 'x' } },
  { type: 't', attributes: { a: 'é' } },
  { type: 't', content: ['é'] },
  { type: 't', content: [{ name: 'é' }] },
  { type: 't', attributes: { 'xmlns:é': 'u' }, content: [{ name: 'é:a' }] },
])('has its length in bytes of UTF-8: %j', (event) => {
  const { xml, bytes } = writeEvent(event, 'now');
  expect(bytes).toBe(Buffer.byteLength(xml));
});

describe('what was written', () => {
  const forbidden = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
  const text = fc.string({ unit: 'binary', maxLength: 12 }).map((value) => value.replace(forbidden, '\r'));
  const name = fc.constantFrom('a', '_b', 'é', 'c-1', '\u{10000}d', 'xml:id', 'p:e');
  const attributes = fc.dictionary(name, text, { maxKeys: 4 });
  const { element } = fc.letrec<{ element: StructuredElement }>((tie) => ({
    element: fc.record({
      name,
      attributes,
      content: fc.array(fc.oneof({ depthSize: 'small' }, text, tie('element')), { maxLength: 4 }),
    }),
  }));
  const event: fc.Arbitrary<StructuredEvent> = fc.record({
    type: text.filter((value) => value !== ''),
    timestamp: text.filter((value) => value !== ''),
    attributes: attributes.map((own) => ({ ...own, 'xmlns:p': 'urn:p' })),
    content: fc.array(fc.oneof(text, element), { maxLength: 5 }),
  });

  /** Joins adjacent texts and leaves out empty ones, as a reader must. */
  function joined(content: readonly (string | StructuredElement)[]): unknown[] {
    const parts: unknown[] = [];
    for (const part of content) {
      if (typeof part !== 'string') {
        parts.push([part.name, { ...part.attributes }, joined(part.content ?? [])]);
      } else if (typeof parts.at(-1) === 'string') {
        parts.push(`${parts.pop()}${part}`);
      } else if (part !== '') {
        parts.push(part);
      }
    }
    return parts;
  }

  function parsed(node: Node): unknown {
    if (node.nodeType !== node.ELEMENT_NODE) {
      return node.nodeValue;
    }
    const { tagName, attributes: list, childNodes } = node as Element;
    const own = Array.from(list, (attribute) => [attribute.name, attribute.value]);
    return [tagName, Object.fromEntries(own), Array.from(childNodes, parsed)];
  }

  it('is read back with the same names, values and text, by the scanner and by another parser', () => {
    fc.assert(
      fc.property(event, (structure) => {
        const xml = write(structure);
        expect(readEvent(xml, defaultEventLimits)).toMatchObject({
          xml,
          type: structure.type,
          timestamp: structure.timestamp,
        });
        const document = new DOMParser({
          onError: (_, message) => {
            throw new Error(message);
          },
        }).parseFromString(xml, 'text/xml');
        expect(parsed(document.documentElement!)).toEqual([
          'event',
          { type: structure.type, timestamp: structure.timestamp, ...structure.attributes },
          joined(structure.content ?? []),
        ]);
      }),
      { seed: 20260106, numRuns: often(1500) },
    );
  });

  it('is well-formed, or refused, whatever the strings hold', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 6 });
    const wild = fc.record({
      type: anything,
      attributes: fc.dictionary(anything, anything, { maxKeys: 2 }),
      content: fc.array(fc.oneof(anything, fc.record({ name: anything })), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(wild, (structure) => {
        let xml: string;
        try {
          xml = write(structure);
        } catch (error) {
          expect(error).toBeInstanceOf(UnwritableEventError);
          return;
        }
        expect(readEvent(xml, defaultEventLimits).type).toBe(structure.type);
      }),
      { seed: 20260107, numRuns: often(3000) },
    );
  });
});
