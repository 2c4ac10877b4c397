import fc from 'fast-check';
import { readEvent } from '../../../lib/event/read-event';
import { EventSplitter, type SplitItem } from '../../../lib/event/stream/splitter';
import { defaultEventLimits, type EventLimits } from '../../../lib/xml/limits';
import { often } from '../../support/often';
import { badDocuments, goodDocuments } from '../vocabulary/documents';

type Cut = 'whole' | 'byte by byte' | readonly number[];

/** What a stream is made of, chunk by chunk; the numbers of a cut are the chunks' lengths, over and over. */
function* chunksOf(stream: string | Buffer, cut: Cut): Generator<Buffer> {
  const bytes = Buffer.from(stream as string);
  const lengths = cut === 'whole' ? [bytes.length] : cut === 'byte by byte' ? [1] : cut;
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = Math.max(1, lengths[turn % lengths.length] ?? 1);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

function split(stream: string | Buffer, cut: Cut = 'whole', limits: EventLimits = defaultEventLimits): SplitItem[] {
  const splitter = new EventSplitter(limits);
  const items: SplitItem[] = [];
  const drain = (): void => {
    for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
      items.push(item);
    }
  };
  for (const chunk of chunksOf(stream, cut)) {
    // A copy that is overwritten at once, as a driver's read buffer is.
    const copy = Buffer.from(chunk);
    splitter.push(copy);
    copy.fill('<');
    drain();
  }
  splitter.end();
  drain();
  return items;
}

/** An item in one line: an event's type, or an error's code and place. */
function show(item: SplitItem): string {
  switch (item.kind) {
    case 'event':
      return item.event.type;
    case 'instruction':
      return item.text;
    case 'invalid':
      return `${item.error.code} ${item.error.line}:${item.error.column}`;
  }
}

/** An item with all that belongs to it, for comparing. */
function inFull(item: SplitItem): unknown {
  return item.kind === 'invalid' ? [item.error.code, item.error.message] : item;
}

function shown(stream: string | Buffer, limits: EventLimits = defaultEventLimits): string[] {
  const items = split(stream, 'whole', limits);
  expect(split(stream, 'byte by byte', limits).map(inFull)).toEqual(items.map(inFull));
  return items.map(show);
}

const event = (type: string, content = ''): string => `<event type="${type}" timestamp="1">${content}</event>`;
const dead = (type: string): string => `<event type="${type}" timestamp="1"><x>`;
const small: EventLimits = { ...defaultEventLimits, eventBytes: 100 };

describe('a stream of events', () => {
  it.each<[name: string, stream: string, items: string[]]>([
    ['nothing', '', []],
    ['white space', ' \n\t\r', []],
    ['one event', event('a'), ['a']],
    ['an empty element', '<event type="a" timestamp="1"/>', ['a']],
    ['events without anything between', event('a') + event('b') + event('c'), ['a', 'b', 'c']],
    ['events a line each', `${event('a')}\n${event('b')}\r\n`, ['a', 'b']],
    [
      'comments and instructions between',
      `<!-- <event> -->${event('a')}<?b <event> ?>${event('c')}<!---->`,
      ['a', 'c'],
    ],
    [
      'documents with prologs',
      `<?xml version="1.0"?>\n<!--c-->${event('a')}<?xml version="1.0"?>${event('b')}`,
      ['a', 'b'],
    ],
    ['byte order marks', `\ufeff${event('a')}\n\ufeff<?xml version="1.0"?>${event('b')}`, ['a', 'b']],
    ['one <events> around', `<events>${event('a')} ${event('b')}</events>`, ['a', 'b']],
    ['a document of <events>', `<?xml version="1.0"?>\n<events a="b">\n${event('a')}\n</events>\n`, ['a']],
    ['several <events>', `<events>${event('a')}</events><events/><events >${event('b')}</events >`, ['a', 'b']],
    ['an <events> that is never closed', `<events>${event('a')}`, ['a']],
    ['an <events> begun anew', `<events>${event('a')}<events>${event('b')}</events>`, ['a', 'b']],
    ['events inside events', event('a', `<event>${event('b')}</event>`) + event('c'), ['a', 'c']],
    [
      'names that begin like events',
      event('a', '<eventual></eventual><events></events><event-x/><event:y xmlns:event="u"/>'),
      ['a'],
    ],
    ['a > in quotes', `<event type="a" timestamp="1" b=">" c='/>'>></event>${event('b')}`, ['a', 'b']],
    ['markup in comments and the like', event('a', '<!-- </event> --><![CDATA[</event>]]><?b </event>?>'), ['a']],
    [
      'ends that are none',
      event('a', '<!-- -->]]>--><![CDATA[ ]]]]><![CDATA[> ]> ?>]]><?b ??>'.replace(']]>-->', '-> ')),
      ['a'],
    ],
    ['spaced tags', '<event\ntype="a" timestamp="1"\n></event\n>', ['a']],
  ])('holds %s', (_, stream, items) => {
    expect(shown(stream)).toEqual(items);
  });

  it('is decoded as UTF-8, wherever it is cut', () => {
    const [item] = split(event('ä€\u{10348}', '\u{1f600}é'), 'byte by byte');
    expect(item).toMatchObject({ event: { xml: event('ä€\u{10348}', '\u{1f600}é'), type: 'ä€\u{10348}' } });
  });

  it('says nothing of an event before its last byte', () => {
    const splitter = new EventSplitter(defaultEventLimits);
    const bytes = Buffer.from(event('a'));
    splitter.push(bytes.subarray(0, -1));
    expect(splitter.next()).toBeUndefined();
    splitter.push(bytes.subarray(-1));
    expect(splitter.next()).toMatchObject({ kind: 'event', event: { type: 'a' } });
    expect(splitter.next()).toBeUndefined();
  });

  it('reads no further than to the end of the event that is asked for', () => {
    const splitter = new EventSplitter(defaultEventLimits);
    splitter.push(Buffer.from(event('a') + event('b')));
    expect(splitter.next()).toMatchObject({ event: { type: 'a' } });
    splitter.push(Buffer.from(event('c')));
    splitter.end();
    expect(splitter.next()).toMatchObject({ event: { type: 'b' } });
    expect(splitter.next()).toMatchObject({ event: { type: 'c' } });
    expect(splitter.next()).toBeUndefined();
    expect(splitter.next()).toBeUndefined();
  });
});

it('takes no byte of a stream for UTF-16 together with what stood behind it in memory', () => {
  const splitter = new EventSplitter(defaultEventLimits);
  const next = (chunk: Buffer): string => {
    splitter.push(chunk);
    const items: string[] = [];
    for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
      items.push(show(item));
    }
    return items.join(' ');
  };
  // As many bytes as the buffer takes, so that what comes next overwrites the first of them.
  const [start, end] = ['<event>', '</event>'];
  const middle = Buffer.alloc(16 * 1024 - start.length - end.length, 0xfe);
  expect(next(Buffer.concat([Buffer.from(start), middle, Buffer.from(end)]))).toMatch(/^ERR_EVENT_ENCODING /);
  expect(next(Buffer.from(event('a')))).toBe('a');
  splitter.end();
  expect(next(Buffer.of(0xff))).toMatch(/^ERR_EVENT_OUTSIDE /);
});

describe('processing instructions', () => {
  it('are items outside of events only, if they are asked for', () => {
    const stream = `<?a?><events><?b x?>${event('c', '<?d?>')}</events><!DOCTYPE e [<?f?>]>junk<?g?><?xml version="1.0"?><?h?>${event('i')}`;
    const [plain, asked] = [false, true].map((yieldsInstructions) => {
      const splitter = new EventSplitter(defaultEventLimits, yieldsInstructions);
      splitter.push(Buffer.from(stream));
      splitter.end();
      const items: string[] = [];
      for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
        items.push(show(item));
      }
      return items;
    });
    expect(asked!.filter((item) => item.startsWith('<?'))).toEqual(['<?a?>', '<?b x?>', '<?g?>', '<?h?>']);
    expect(asked!.filter((item) => !item.startsWith('<?'))).toEqual(plain);
  });
});

describe('an enclosing <events>', () => {
  const xmlOf = (stream: string): string[] =>
    split(stream).map((item) => (item.kind === 'event' ? item.event.xml : String(inFull(item))));

  it('lends its namespaces', () => {
    expect(xmlOf(`<events xmlns="d" xmlns:p='u&amp;"'>${event('a', '<p:b/>')}</events>`)).toEqual([
      '<event xmlns="d" xmlns:p="u&amp;&quot;" type="a" timestamp="1"><p:b/></event>',
    ]);
  });

  it('lends none that the event declares itself', () => {
    const own = '<event type="a" timestamp="1" xmlns:p="own" xmlns=""/>';
    expect(xmlOf(`<events xmlns="d" xmlns:p="u">${own}</events>`)).toEqual([own]);
  });

  it('lends no namespace after its end', () => {
    const items = shown(`<events xmlns:p="u">${event('a', '<p:b/>')}</events>${event('b', '<p:b/>')}`);
    expect(items).toEqual(['a', 'ERR_EVENT_NAMESPACE 1:105']);
  });

  it('lends no namespace to the next document', () => {
    const items = shown(`<events xmlns:p="u"><?xml version="1.0"?>${event('b', '<p:b/>')}`);
    expect(items).toEqual(['ERR_EVENT_NAMESPACE 1:73']);
  });

  it('counts toward the caps of its events', () => {
    const limits = { ...defaultEventLimits, eventAttributes: 3, eventBytes: 80 };
    expect(shown(`<events xmlns:p="u">${event('a')}</events>`, limits)).toEqual(['a']);
    expect(shown(`<events xmlns:p="u" xmlns:q="v">${event('a')}</events>`, limits)).toEqual([
      'ERR_EVENT_TOO_MANY_ATTRIBUTES 1:33',
    ]);
    expect(shown(`<events xmlns:p="${'u'.repeat(40)}">${event('a')}</events>`, limits)).toEqual([
      'ERR_EVENT_TOO_LARGE 1:60',
    ]);
  });

  it('is checked itself, once, and what is in it is read all the same', () => {
    expect(shown(`<events a="1" a="2">${event('a')}${event('b')}</events>`)).toEqual([
      'ERR_EVENT_DUPLICATE_ATTRIBUTE 1:15',
      'a',
      'b',
    ]);
    expect(shown(`<events a="<b">${event('a')}`)).toEqual(['ERR_EVENT_SYNTAX 1:12', 'a']);
    expect(shown(Buffer.from(`<events a="\xff">${event('a')}</events>`, 'latin1'))).toEqual([
      'ERR_EVENT_ENCODING 1:12',
      'a',
    ]);
  });
});

describe('the encoding', () => {
  it.each(['UTF-16', 'UTF', 'utf-88', 'xutf8', 'utf--8', 'UTF-8-SIG', 'csUTF8', 'latin1'])(
    'may not be %s',
    (encoding) => {
      const items = shown(`<?xml version="1.0" encoding="${encoding}"?>${event('a')}`);
      expect(items).toEqual([expect.stringContaining('ERR_EVENT_ENCODING')]);
    },
  );

  it.each(['UTF-8', 'utf-8', 'UTF8', 'utf8', 'Utf8', 'utf_8', 'US-ASCII'])('may be declared as %s', (encoding) => {
    expect(shown(`<?xml version="1.0" encoding="${encoding}"?>${event('a')}`)).toEqual(['a']);
  });

  it('must not be declared as another, for one event', () => {
    const stream = `<?xml version="1.0" encoding="ISO-8859-1"?>${event('a')}${event('b')}`;
    expect(shown(stream)).toEqual(['ERR_EVENT_ENCODING 1:31', 'b']);
  });

  it('must not be declared as another, for an <events> and all that is in it', () => {
    const stream = `<?xml version="1.0" encoding="latin1"?><events>${event('a')}${event('b')}</events>${event('c')}`;
    expect(shown(stream)).toEqual(Array(3).fill('ERR_EVENT_ENCODING 1:31').concat('c'));
  });

  it.each([
    ['a stray byte', [0xff], 'ERR_EVENT_ENCODING 2:34'],
    ['a character that is cut off', [0xe2, 0x82], 'ERR_EVENT_ENCODING 2:34'],
    ['a character that is cut off after é', [0xc3, 0xa9, 0xf0, 0x90, 0x80], 'ERR_EVENT_ENCODING 2:35'],
    ['half a replacement character', [0xef, 0xbf], 'ERR_EVENT_ENCODING 2:34'],
    ['a surrogate', [0xed, 0xa0, 0x80], 'ERR_EVENT_ENCODING 2:34'],
    ['a slash in two bytes', [0xc0, 0xaf], 'ERR_EVENT_ENCODING 2:34'],
  ])('must not be violated by %s', (_, bytes, item) => {
    const [start, end] = event('a', '|').split('|');
    const stream = Buffer.concat([
      Buffer.from(`\n   ${start}`),
      Buffer.from(bytes),
      Buffer.from(`${end}${event('b')}`),
    ]);
    expect(shown(stream)).toEqual([item, 'b']);
  });

  it('must not be UTF-16', () => {
    expect(shown(Buffer.from(`\ufeff${event('a')}`, 'utf16le'))).toEqual(['ERR_EVENT_ENCODING 1:1']);
  });
});

describe('a document in a stream', () => {
  /** Where a stream is not as strict as a document must be, or tells the same fault in another way. */
  const otherwise = new Map<string, readonly string[]>([
    // Nothing is missing between two events.
    ['', []],
    [' \n ', []],
    ['<!-- a -->', []],
    ['<events/>', []],
    // What is between events belongs to none.
    ['text<event type="t" timestamp="s"/>', ['ERR_EVENT_OUTSIDE 1:1', 't']],
    ['<event type="t" timestamp="s"/>text', ['t', 'ERR_EVENT_OUTSIDE 1:32']],
    ['<event type="t" timestamp="s"/>\r\n\r&amp;', ['t', 'ERR_EVENT_OUTSIDE 3:1']],
    ['<event type="t" timestamp="s"/><![CDATA[]]>', ['t', 'ERR_EVENT_OUTSIDE 1:32']],
    ['<event type="t" timestamp="s"/></event>', ['t', 'ERR_EVENT_OUTSIDE 1:32']],
    ['<event type="t" timestamp="s"/>\0', ['t', 'ERR_EVENT_OUTSIDE 1:32']],
    ['</event>', ['ERR_EVENT_OUTSIDE 1:1']],
    ['<!doctype event><event type="t" timestamp="s"/>', ['ERR_EVENT_OUTSIDE 1:1', 't']],
    ['<', ['ERR_EVENT_OUTSIDE 1:1']],
    ['< event/>', ['ERR_EVENT_OUTSIDE 1:1']],
    ['<1/>', ['ERR_EVENT_OUTSIDE 1:1']],
    ['<!-- a -->\n<domain/>', ['ERR_EVENT_OUTSIDE 2:1']],
    ['<e type="t" timestamp="s"/>', ['ERR_EVENT_OUTSIDE 1:1']],
    ['<p:event xmlns:p="urn:a" type="t" timestamp="s"/>', ['ERR_EVENT_OUTSIDE 1:1']],
    // Each event begins a document.
    ['<event type="t" timestamp="s"/><event type="t" timestamp="s"/>', ['t', 't']],
    ['<event type="t" timestamp="s"/>\ufeff', ['t']],
    ['\ufeff\ufeff<event type="t" timestamp="s"/>', ['t']],
    [' <?xml version="1.0"?><event type="t" timestamp="s"/>', ['t']],
    ['<event type="t" timestamp="s"/><?xml version="1.0"?>', ['t']],
    [
      '<event type="t" timestamp="s"><?xml version="1.0"?></event>',
      ['ERR_EVENT_UNEXPECTED_END 1:1', 'ERR_EVENT_OUTSIDE 1:52'],
    ],
    ['<?XML version="1.0"?><event type="t" timestamp="s"/>', ['t']],
    // What is cut off is not complete, or broken by what follows.
    ['<event type="t" timestamp="s">', ['ERR_EVENT_UNEXPECTED_END 1:1']],
    ['<event type="t" timestamp="s">\n<a>é', ['ERR_EVENT_UNEXPECTED_END 1:1']],
    ['<event type="t" timestamp="s"></event', ['ERR_EVENT_SYNTAX 2:1']],
    ['<event', ['ERR_EVENT_NAME 2:1']],
    [`<event type="t" timestamp="s" a="'/>/>`, ['ERR_EVENT_SYNTAX 2:1']],
    ['<?xml version="1.0" ? ><event type="t" timestamp="s"/>', ['ERR_EVENT_SYNTAX 1:21', 't']],
  ]);
  /** What is inside a comment or the like is nothing to a stream, even if that is never ended. */
  const swallowing = /<!-- -?-?$|<!\[CDATA\[\]\]$|<\?a $/;
  const next = `\n${event('next')}`;

  it.each(goodDocuments)('is read: %j', (document) => {
    const items = split(document + next, 'byte by byte');
    expect(items.map(show)).toEqual(['t', 'next']);
    expect(items[0]).toEqual({ kind: 'event', event: readEvent(document, defaultEventLimits) });
  });

  it.each(badDocuments)('is refused, and what follows is read: %j', (document, code, line, column) => {
    const items = shown(document + next);
    if (swallowing.test(document)) {
      expect(items).toEqual(['ERR_EVENT_UNEXPECTED_END 1:1']);
    } else {
      expect(items).toEqual([...(otherwise.get(document) ?? [`${code} ${line}:${column}`]), 'next']);
    }
  });

  it('is placed by the lines and columns of the stream', () => {
    const items = shown(
      `${event('a')}\r\n<!--\r\u{10000}é-->  <event type="" timestamp="1"/>\n\n${event('b')} &\n<event/>`,
    );
    expect(items).toEqual(['a', 'ERR_EVENT_TYPE 3:22', 'b', 'ERR_EVENT_OUTSIDE 5:40', 'ERR_EVENT_TYPE 6:1']);
  });
});

describe('what is no event', () => {
  it.each<[name: string, stream: string, items: string[]]>([
    ['text', `some text\n${event('a')}`, ['ERR_EVENT_OUTSIDE 1:1', 'a']],
    ['an element', `<domain a=">">text <b/></domain>${event('a')}`, ['ERR_EVENT_OUTSIDE 1:1', 'a']],
    [
      'a stretch with comments in it',
      `a<!-- <event> -->b<c/>\n<![CDATA[<event>]]> d${event('a')}`,
      ['ERR_EVENT_OUTSIDE 1:1', 'a'],
    ],
    ['a stretch before and after', `a${event('b')}c`, ['ERR_EVENT_OUTSIDE 1:1', 'b', 'ERR_EVENT_OUTSIDE 1:40']],
    ['an end tag without a start tag', `</events>${event('a')}`, ['ERR_EVENT_OUTSIDE 1:1', 'a']],
    ['an <events> inside an <events>', '<events><events></events></events>', ['ERR_EVENT_OUTSIDE 1:26']],
    ['a prolog and then text', `<?xml version="1.0"?>text${event('a')}`, ['ERR_EVENT_OUTSIDE 1:22', 'a']],
    [
      'a page',
      `<!DOCTYPE html><html><body>${event('a')}</body></html>`,
      ['ERR_EVENT_OUTSIDE 1:16', 'a', 'ERR_EVENT_OUTSIDE 1:66'],
    ],
    ['an open tag', `<x ${event('a')}`, ['ERR_EVENT_OUTSIDE 1:1', 'a']],
    ['a very long stretch', `${'x'.repeat(5000)}<y/>${event('a')}`, ['ERR_EVENT_OUTSIDE 1:1', 'a']],
    ['only text', 'hello', ['ERR_EVENT_OUTSIDE 1:1']],
  ])('is one invalid item: %s', (_, stream, items) => {
    expect(shown(stream)).toEqual(items);
  });

  it('is shown, and named', () => {
    const problems = ['hello', '<domain/>', '</events>', '\0'].map((stream) => split(stream)[0]);
    expect(problems).toMatchObject([
      { error: { problem: "expected '<event>' or '<events>', found 'h'", excerpt: 'hello\n^' } },
      { error: { problem: "expected '<event>' or '<events>', found '<domain>'", excerpt: '<domain/>\n^' } },
      { error: { problem: "expected '<event>' or '<events>', found '</events>'" } },
      { error: { problem: "expected '<event>' or '<events>', found U+0000", excerpt: '\u2400\n^' } },
    ]);
  });
});

describe('recovery', () => {
  const never = 'ERR_EVENT_UNEXPECTED_END';

  it.each<[name: string, stream: string, items: string[]]>([
    ['an unclosed element', `${event('a', '<b>')}${event('c')}`, ['ERR_EVENT_TAG_MISMATCH 1:36', 'c']],
    ['a tag too many', `${event('a', '</b>')}${event('c')}`, ['ERR_EVENT_TAG_MISMATCH 1:33', 'c']],
    ['an event closed twice', `${event('a')}</event>${event('c')}`, ['a', 'ERR_EVENT_OUTSIDE 1:39', 'c']],
    ['a missing quote', `<event type="a timestamp="1"/>${event('c')}`, ['ERR_EVENT_SYNTAX 1:27', 'c']],
    ['a missing closing quote', `<event type="a" timestamp="1/>${event('c')}`, ['ERR_EVENT_SYNTAX 1:31', 'c']],
    ['a stray <', `${event('a', ' 1 < 2 ')}${event('c')}`, ['ERR_EVENT_NAME 1:35', 'c']],
    [
      'a DOCTYPE',
      `<!DOCTYPE a [<!ENTITY b "]>"><!-- ' --><?c "?>]>${event('a')}${event('c')}`,
      ['ERR_EVENT_DOCTYPE 1:1', 'c'],
    ],
    ['a broken DOCTYPE', `<!DOCTYPE a ${event('c')}`, ['ERR_EVENT_DOCTYPE 1:1', 'c']],
    ['a DOCTYPE before an <events>', `<!DOCTYPE a><events>${event('c')}</events>`, ['ERR_EVENT_DOCTYPE 1:1', 'c']],
    ['a writer that died in content', `${dead('a')}${event('b')}${event('c')}`, [`${never} 1:1`, 'b', 'c']],
    [
      'one that died in a start tag',
      `<event type="a" time${event('b')}${event('c')}`,
      ['ERR_EVENT_SYNTAX 1:21', 'b', 'c'],
    ],
    ['one that died in a value', `<event type="a" timestamp="1${event('b')}`, ['ERR_EVENT_SYNTAX 1:29', 'b']],
    ['one that died in an inner tag', `${dead('a')}<b c="${event('b')}`, ['ERR_EVENT_SYNTAX 1:40', 'b']],
    ['one that died in an end tag', `${dead('a')}</x></eve${event('b')}`, ['ERR_EVENT_TAG_MISMATCH 1:40', 'b']],
    ['one that died in an XML declaration', `<?xml vers${event('b')}`, ['ERR_EVENT_SYNTAX 1:7', 'b']],
    [
      'one that died after an XML declaration',
      `<?xml version="1.0"?><?xml version="1.0"?>${event('b')}`,
      [`${never} 1:1`, 'b'],
    ],
    ['one that died in an <events>', `<events><?xml version="1.0"?><events>${event('b')}</events>`, ['b']],
    [
      'one that died in the tag of an <events>',
      `<events xmlns="<events>${event('b')}</events>`,
      ['ERR_EVENT_SYNTAX 1:16', 'b'],
    ],
    [
      'two that died',
      `${dead('a')}${event('b')}${dead('c')}${event('d')}`,
      [`${never} 1:1`, 'b', `${never} 1:72`, 'd'],
    ],
    [
      'one that died, and a new document',
      `${dead('a')}${event('b')}<?xml version="1.0"?>${event('c')}`,
      [`${never} 1:1`, 'b', 'c'],
    ],
    ['one that died, and broken events', `${dead('a')}${event('b', '<')}${event('c')}`, ['ERR_EVENT_NAME 1:65', 'c']],
    ['one that died, and empty events', `${dead('a')}<event type="b" timestamp="1"/>`, [`${never} 1:1`, 'b']],
    [
      'one that died, and events in events',
      `${dead('a')}${event('b', event('c'))}${event('d')}`,
      [`${never} 1:1`, 'b', 'd'],
    ],
    ['one that died with a prolog', `<?xml version="1.0"?>${dead('a')}${event('b')}`, [`${never} 1:22`, 'b']],
    ['an unended comment', '<!-- ', [`${never} 1:1`]],
    ['an unended prolog', ' <?xml version="1.0"?> ', [`${never} 1:2`]],
    ['an unended <events> tag', '<events ', [`${never} 1:1`]],
    ['an unended name', `${event('a')}<event`, ['a', `${never} 1:39`]],
  ])('follows %s', (_, stream, items) => {
    expect(shown(stream)).toEqual(items);
  });
});

describe('an event over the cap', () => {
  const tooLarge = 'ERR_EVENT_TOO_LARGE';
  const long = 'x'.repeat(300);
  const fitting = event('a', 'x'.repeat(100 - event('a').length));

  it.each<[name: string, stream: string, items: string[]]>([
    ['is none with exactly that length', fitting + fitting, ['a', 'a']],
    ['is one with a byte more', `${fitting.replace('xx', 'xxx')}${event('b')}`, [`${tooLarge} 1:1`, 'b']],
    ['is skipped', `${event('a')}\n${event('b', long)}\n${event('c')}`, ['a', `${tooLarge} 2:1`, 'c']],
    ['is skipped, and the junk after it', `${event('b', long)} junk ${event('c')}`, [`${tooLarge} 1:1`, 'c']],
    ['is skipped with its tags', `${event('b', `${long}<a b=">">${long}</a>`)}${event('c')}`, [`${tooLarge} 1:1`, 'c']],
    ['is skipped with its comments', `${event('b', `<!--${long}-->`)}${event('c')}`, [`${tooLarge} 1:1`, 'c']],
    [
      'shows no event in its CDATA sections',
      event('b', `<![CDATA[${long}${event('n')}]]>`) + event('c'),
      [`${tooLarge} 1:1`, 'c'],
    ],
    ['has a long start tag', `<event type="${long}" timestamp="1"/>${event('c')}`, [`${tooLarge} 1:1`, 'c']],
    ['has a long prolog', `<?xml version="1.0"?>${' '.repeat(100)}${event('a')}`, [`${tooLarge} 1:1`, 'a']],
    ['has a long DOCTYPE', `<!DOCTYPE a [ ${long} ]>${event('a')}`, [`${tooLarge} 1:1`, 'a']],
    ['is a comment', `<!-- ${long} -->${event('a')}`, [`${tooLarge} 1:1`, 'a']],
    [
      'is the tag of an <events>',
      `<events a="${long}">${event('a')}</events>`,
      [`${tooLarge} 1:1`, 'a', 'ERR_EVENT_OUTSIDE 1:352'],
    ],
    [
      'was left by a writer that died',
      dead('a') + event('b') + event('c') + event('d'),
      [`${tooLarge} 1:1`, 'b', 'c', 'd'],
    ],
    [
      'was left by two of them',
      dead('a') + event('b') + dead('c') + event('d') + event('e'),
      [`${tooLarge} 1:1`, 'b', `${tooLarge} 1:72`, 'd', 'e'],
    ],
    ['is not the white space between', event('a') + ' '.repeat(300) + event('b'), ['a', 'b']],
  ])('%s', (_, stream, items) => {
    expect(shown(stream, small)).toEqual(items);
  });
});

describe('any stream', () => {
  /** A piece of a stream, and the items that it makes by itself. */
  const part = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'ü').map((type) => ({ text: event(type), item: type })) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(event('a', '<x>'), '<event/>', event('a', '&'))
        .map((text) => ({ text, item: 'invalid' })),
    },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom(' ', '\n', '<!-- <event> -->', '<?p </event>?>')
        .map((text) => ({ text, item: 'nothing' })),
    },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom('junk', '<x y=">"/>', '</x>', '&', '<![CDATA[<event>]]>')
        .map((text) => ({ text, item: 'junk' })),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(dead('a'), `${dead('a')}<y z="<">`.replace('<">', '">'))
        .map((text) => ({ text, item: 'dead' })),
    },
    { weight: 1, arbitrary: fc.constant({ text: `<?xml version="1.0"?>${event('d')}`, item: 'document' }) },
  );
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

  /** What must come of it: each event in its place, each stretch of junk once, silence after what died. */
  function expected(parts: readonly { readonly item: string }[]): string[] {
    const items: string[] = [];
    let isOpen = false;
    let isReported = false;
    for (const { item } of parts) {
      switch (item) {
        case 'nothing':
          break;
        case 'junk':
          if (!isOpen && !isReported) {
            items.push('invalid');
          }
          isReported = true;
          break;
        case 'dead':
          items.push('invalid');
          isOpen = true;
          break;
        case 'document':
          items.push('d');
          isOpen = false;
          isReported = false;
          break;
        default:
          items.push(item);
          isReported = false;
      }
    }
    return items;
  }

  it('is taken apart into the events that it was made of', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), cuts, (parts, cut) => {
        const items = split(parts.map(({ text }) => text).join(''), cut);
        const kinds = items.map((item) => (item.kind === 'event' ? item.event.type : 'invalid'));
        expect(kinds).toEqual(expected(parts));
      }),
      { seed: 20260103, numRuns: often(1500) },
    );
  });

  const fragment = fc.constantFrom(
    ...[
      '<event type="a" timestamp="1">',
      '<event',
      '<event/>',
      '</event>',
      '</event',
      '<events>',
      '<events xmlns:p="u">',
    ],
    ...[
      '</events>',
      '<?xml version="1.0"?>',
      '<?xml ',
      '?>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<!DOCTYPE ',
      '[',
      ']',
      '>',
    ],
    ...[
      '/>',
      '<',
      '"',
      "'",
      ' ',
      '\r',
      '\n',
      '\r\n',
      'é',
      '\ufeff',
      '<a>',
      '</a>',
      '<p:b/>',
      '-',
      '?',
      'x',
      event('whole'),
    ],
  );
  const bytes = fc.oneof(
    { weight: 20, arbitrary: fragment.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.constantFrom(Buffer.from([0xff]), Buffer.from([0xc3]), Buffer.from([0xef, 0xbb])) },
  );

  it('gives the same items however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(bytes, { maxLength: 40 }),
        cuts,
        fc.constantFrom(40, 100, 4000),
        (pieces, cut, eventBytes) => {
          const stream = Buffer.concat(pieces);
          const limits = { ...defaultEventLimits, eventBytes };
          const whole = split(stream, 'whole', limits).map(inFull);
          expect(split(stream, 'byte by byte', limits).map(inFull)).toEqual(whole);
          expect(split(stream, cut, limits).map(inFull)).toEqual(whole);
        },
      ),
      { seed: 20260104, numRuns: often(2000) },
    );
  });

  it('gives only events that are read as they are', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 40 }), (pieces) => {
        for (const item of split(Buffer.concat(pieces))) {
          if (item.kind === 'event') {
            expect(readEvent(item.event.xml, defaultEventLimits)).toEqual(item.event);
          }
        }
      }),
      { seed: 20260105, numRuns: often(1000) },
    );
  });
});

describe('a hostile stream', () => {
  const limits = { ...defaultEventLimits, eventBytes: 200_000 };

  // Each of these would take minutes if any step were quadratic.
  it.each<[name: string, stream: () => string, items: number]>([
    ['events that are never closed', () => '<event>'.repeat(25_000), 25_000],
    ['the same over the cap', () => '<event>'.repeat(60_000) + ' '.repeat(200_000), 60_000],
    ['complete ones inside one that is never closed', () => `<event>${'<event/>'.repeat(24_000)}`, 24_001],
    ['complete ones inside many that are never closed', () => '<event><event/>'.repeat(30_000), 60_000],
    ['nested ones that are closed', () => `${'<event>'.repeat(13_000)}${'</event>'.repeat(13_000)}`, 1],
    ['tags that are never ended', () => '<a '.repeat(200_000), 1],
    ['event tags that are never ended', () => '<event '.repeat(40_000), 40_000],
    ['junk and events by turns', () => 'x<event/>'.repeat(20_000), 40_000],
    ['an endless comment', () => `<!--${'-'.repeat(3_000_000)}`, 1],
    ['an endless DOCTYPE', () => `<!DOCTYPE [${'<'.repeat(1_000_000)}`, 1],
    ['an endless line', () => 'x'.repeat(3_000_000), 1],
  ])('takes linear time: %s', (_, stream, count) => {
    expect(split(stream(), [65_536], limits)).toHaveLength(count);
  });

  it('takes linear time byte by byte', () => {
    const stream = `<event type="a" timestamp="1">${'<b c="d">e</b>'.repeat(10_000)}</event>`;
    expect(split(stream, 'byte by byte').map(show)).toEqual(['a']);
  });
});
