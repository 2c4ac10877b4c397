import { InvalidEventError } from '../../lib/errors';
import { readEvent, type StreamContext } from '../../lib/event/read-event';
import { defaultEventLimits, type EventLimits } from '../../lib/xml/limits';
import { badDocuments, badStrings, eventWith, goodDocuments } from './vocabulary/documents';

function read(text: string, limits: EventLimits = defaultEventLimits, context?: StreamContext) {
  return readEvent(text, limits, context);
}

function faultOf(...args: Parameters<typeof read>): InvalidEventError {
  try {
    read(...args);
  } catch (error) {
    if (error instanceof InvalidEventError) {
      return error;
    }
    throw error;
  }
  throw new Error(`${JSON.stringify(args[0])} was read`);
}

describe('reading an event', () => {
  it.each(goodDocuments)('cuts it out verbatim: %j', (text) => {
    const event = read(text);
    expect(event).toMatchObject({ type: 't', timestamp: 's', bytes: Buffer.byteLength(event.xml) });
    expect(text).toContain(event.xml);
    expect(event.xml).toMatch(/^<event\s.*(?:<\/event\s*|\/)>$/s);
    expect(read(event.xml)).toEqual(event);
  });

  it.each([...badDocuments, ...badStrings])('refuses %j: %s at %i:%i', (text, code, line, column) => {
    expect(faultOf(text)).toMatchObject({ code, line, column });
  });

  it('cuts off what precedes and follows it', () => {
    const text = '\ufeff<?xml version="1.0"?>\n<!-- ä --><event type="t" timestamp="s">ü</event>\n<?p \u{10000}?> ';
    expect(read(text)).toEqual({
      xml: '<event type="t" timestamp="s">ü</event>',
      type: 't',
      timestamp: 's',
      bytes: 40,
    });
  });

  it.each([
    ['a&#38;b &lt;&gt;&apos;&quot;', 'a&b <>\'"'],
    ['a\tb\nc\r\nd\re', 'a b c d e'],
    ['&#9;&#xA;&#xd;&#x1F600;', '\t\n\r\u{1f600}'],
    ['  a  b ', '  a  b '],
    ['ä&#228;', 'ää'],
    [' ', ' '],
  ])('takes %j for the value %j', (raw, value) => {
    expect(read(`<event type="${raw}" timestamp="${raw}"/>`)).toMatchObject({ type: value, timestamp: value });
  });

  it('does not take a type for another one that is written like its value', () => {
    const typeOf = (raw: string) => read(`<event type="${raw}" timestamp="s"/>`).type;
    expect(['a&amp;amp;b', 'a&amp;b', 'a&amp;amp;b'].map(typeOf)).toEqual(['a&amp;b', 'a&b', 'a&amp;b']);
  });

  it('gives equal types as one string, of which it keeps but a bounded number', () => {
    for (let index = 0; index < 3000; index++) {
      expect(read(`<event type="type-${index}" timestamp="s"/>`).type).toBe(`type-${index}`);
    }
    const long = 'x'.repeat(10_000);
    expect(read(`<event type="${long}" timestamp="s"/>`).type).toBe(long);
  });
});

describe('the caps of an event', () => {
  const limits: EventLimits = { eventBytes: 100, eventElements: 3, eventDepth: 2, eventAttributes: 3 };
  const fill = (character: string, count: number): string => eventWith(character.repeat(count));

  it.each<[text: string, code: string | undefined, line: number, column: number]>([
    [fill('x', 62), undefined, 0, 0],
    [fill('x', 63), 'ERR_EVENT_TOO_LARGE', 1, 1],
    [fill('€', 20), undefined, 0, 0],
    [fill('€', 21), 'ERR_EVENT_TOO_LARGE', 1, 1],
    [`${fill('x', 60)}\n\n\n`, 'ERR_EVENT_TOO_LARGE', 1, 1],
    [eventWith('<a/><b/>'), undefined, 0, 0],
    [eventWith('\n<a/><b/><c/>'), 'ERR_EVENT_TOO_MANY_ELEMENTS', 2, 9],
    [eventWith('<a><b/></a>'), 'ERR_EVENT_TOO_DEEP', 1, 34],
    ['<event type="t" timestamp="s" c="" />', undefined, 0, 0],
    ['<event type="t" timestamp="s" c="" d=""/>', 'ERR_EVENT_TOO_MANY_ATTRIBUTES', 1, 36],
  ])('judge %j: %s', (text, code, line, column) => {
    if (code === undefined) {
      expect(() => read(text, limits)).not.toThrow();
    } else {
      expect(faultOf(text, limits)).toMatchObject({ code, line, column });
    }
  });

  it('are named in the error, with what exceeds them', () => {
    expect(faultOf(fill('x', 63), limits).problem).toBe('the event has 101 bytes; the cap is 100');
    expect(faultOf(eventWith('<a/><b/><c/>'), limits).problem).toContain('the cap of 3');
    expect(faultOf(eventWith('<a><b/></a>'), limits).problem).toContain('the cap of 2');
  });
});

describe('an event in a stream', () => {
  const context: StreamContext = {
    locate: () => ({ line: 7, column: 11 }),
    namespaces: new Map([
      ['', 'd'],
      ['p', 'a"<&\n'],
      ['q', 'ü'],
    ]),
  };

  it('has its faults placed in the stream', () => {
    expect(faultOf('<event/>', defaultEventLimits, context)).toMatchObject({ line: 7, column: 11 });
    expect(faultOf(eventWith('&'), defaultEventLimits, context)).toMatchObject({ line: 7, column: 42 });
    expect(faultOf(eventWith('\n&'), defaultEventLimits, context)).toMatchObject({ line: 8, column: 2 });
    expect(faultOf(eventWith('x'), { ...defaultEventLimits, eventBytes: 9 }, context)).toMatchObject({
      line: 7,
      column: 11,
    });
  });

  it('gets the namespaces that are in scope', () => {
    const { xml, bytes } = read(
      '<!----><event type="t" timestamp="s" xmlns:q="own"><p:a q:b=""/></event>',
      defaultEventLimits,
      context,
    );
    expect(xml).toBe(
      '<event xmlns="d" xmlns:p="a&quot;&lt;&amp;&#10;" type="t" timestamp="s" xmlns:q="own"><p:a q:b=""/></event>',
    );
    expect(bytes).toBe(Buffer.byteLength(xml));
    expect(read(xml).xml).toBe(xml);
  });

  it('is refused in another encoding, which means nothing in a string', () => {
    const text = `<?xml version="1.0" encoding="UTF-16"?>${eventWith('')}`;
    expect(faultOf(text, defaultEventLimits, context)).toMatchObject({
      code: 'ERR_EVENT_ENCODING',
      line: 7,
      column: 41,
    });
    expect(read(text).xml).toBe(eventWith(''));
  });
});

describe('the error for a faulty event', () => {
  it('shows the line and marks the place', () => {
    expect(faultOf('<event type="t"\n  timestamp="s">a &amp b</event>').message).toBe(
      [
        "invalid event: expected ';' after the name of an entity (a bare '&' is written '&amp;'), found a space at line 2, column 23",
        '  timestamp="s">a &amp b</event>',
        '                      ^',
      ].join('\n'),
    );
  });

  it.each([
    [eventWith('<a></b>'), "expected the end tag of 'a', found that of 'b'"],
    [`${eventWith('').slice(0, -8)}<domain>`, "the text ends inside the element 'domain'"],
    ['<event type="t" timestamp="s" type="u"/>', "the attribute 'type' is there twice"],
    [eventWith('<p:a/>'), "the prefix 'p' is not declared"],
    [eventWith('\u0007'), 'U+0007 is not allowed in XML'],
    ['<domain/>', "the root element must be 'event', but is 'domain'"],
    ['<event timestamp="s"/>', "the event has no 'type' attribute"],
    ['<event type="t" timestamp=""/>', "the event's 'timestamp' attribute is empty"],
    ['<!DOCTYPE event><event/>', 'a DOCTYPE is not allowed'],
    [eventWith('&nbsp;'), "the entity 'nbsp' is not one of amp, lt, gt, apos and quot"],
  ])('says for %j: %s', (text, problem) => {
    expect(faultOf(text).problem).toBe(problem);
  });

  it('stays short, however long the names are', () => {
    const name = 'n'.repeat(100_000);
    const texts = [
      `<${name}>`,
      `<${name}/>`,
      `<a></${name}>`,
      `<${name}:a/>`,
      `<a>&${name};</a>`,
      `<a ${name}="" ${name}=""/>`,
    ];
    for (const text of texts) {
      expect(faultOf(text).message.length).toBeLessThan(400);
    }
  });
});
