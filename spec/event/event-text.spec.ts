import fc from 'fast-check';
import { EventText } from '../../lib/event/event-text';
import { readEvent } from '../../lib/event/read-event';
import { isChar } from '../../lib/xml/chars';
import { defaultEventLimits } from '../../lib/xml/limits';
import { readTree } from '../../lib/xml/read-tree';
import { TreeElement } from '../../lib/xml/tree-element';

const finish = (event: EventText) => event.finish('now', defaultEventLimits);

/** Four elements, the deepest of which is at the third level. */
const nested = () => new EventText('t').open('a').open('b').close('b').close('a').element('c', 'x');

const textOf = (event: EventText) => finish(event).xml;

describe("an event's text", () => {
  it('has an empty-element tag for what holds nothing, and two tags for what holds an empty text', () => {
    expect(textOf(new EventText('t'))).toBe('<event type="t" timestamp="now"/>');
    expect(textOf(new EventText('t').text(''))).toBe('<event type="t" timestamp="now"></event>');
    expect(textOf(new EventText('t').open('a').close('a').open('b').text('').close('b').element('c', ''))).toBe(
      '<event type="t" timestamp="now"><a/><b></b><c></c></event>',
    );
    expect(textOf(new EventText('t').element('a', 'x'))).toBe('<event type="t" timestamp="now"><a>x</a></event>');
  });

  it('has the attributes that are not undefined, the event ones at first', () => {
    const event = new EventText('t').attribute('n', 1).attribute('big', 2n ** 64n);
    event.open('a').attribute('is', false).attribute('no', undefined).attribute('text', 'x').close('a');
    expect(textOf(event)).toBe(
      '<event type="t" timestamp="now" n="1" big="18446744073709551616"><a is="false" text="x"/></event>',
    );
  });

  it('has references for markup, for white space that is normalized, and for the line ends of XML 1.1', () => {
    const event = new EventText('t')
      .attribute('a', '<&>"\'\t\n\r')
      .attribute('b', '\u0085')
      .attribute('c', '\u2028\u2029');
    event.element('d', '<&>"\'\t\n\r').element('e', '\u0085').element('f', '\u2028').element('g', '\u2029');
    expect(textOf(event)).toBe(
      '<event type="t" timestamp="now" a="&lt;&amp;&gt;&quot;\'&#9;&#10;&#13;" b="&#133;" c="&#8232;&#8233;">' +
        '<d>&lt;&amp;&gt;"\'\t\n&#13;</d><e>&#133;</e><f>&#8232;</f><g>&#8233;</g></event>',
    );
  });

  it('has the time stamp of its own before the one that it is given', () => {
    expect(textOf(new EventText('t', 'then'))).toBe('<event type="t" timestamp="then"/>');
    expect(textOf(new EventText('t').at('then'))).toBe('<event type="t" timestamp="then"/>');
  });

  it('is refused if it is over the cap, in bytes of UTF-8', () => {
    const event = new EventText('t').element('a', 'éé');
    const { bytes, xml } = finish(event);
    expect(bytes).toBe(xml.length + 2);
    expect(event.finish('now', { ...defaultEventLimits, eventBytes: bytes }).xml).toBe(xml);
    expect(() => event.finish('now', { ...defaultEventLimits, eventBytes: bytes - 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_EVENT_TOO_LARGE' }),
    );
  });

  it.each<[cap: string, event: () => EventText, limits: { readonly [cap: string]: number }, code: string]>([
    ['elements', () => nested().element('d', 'x'), { eventElements: 4 }, 'ERR_EVENT_TOO_MANY_ELEMENTS'],
    ['elements', () => nested().open('d').close('d'), { eventElements: 4 }, 'ERR_EVENT_TOO_MANY_ELEMENTS'],
    [
      'depth',
      () => new EventText('t').open('a').open('b').close('b').close('a'),
      { eventDepth: 2 },
      'ERR_EVENT_TOO_DEEP',
    ],
    ['depth', () => new EventText('t').open('a').element('b', 'x').close('a'), { eventDepth: 2 }, 'ERR_EVENT_TOO_DEEP'],
    ['attributes', () => new EventText('t').attribute('n', 1), { eventAttributes: 2 }, 'ERR_EVENT_TOO_MANY_ATTRIBUTES'],
    [
      'attributes',
      () =>
        new EventText('t')
          .open('a')
          .attribute('n', 1)
          .attribute('m', 2)
          .attribute('l', 3)
          .close('a')
          .open('b')
          .close('b'),
      { eventAttributes: 2 },
      'ERR_EVENT_TOO_MANY_ATTRIBUTES',
    ],
  ])('is refused with its place if it is over the cap on %s, and not before', (_, event, limits, code) => {
    const [[cap, most]] = Object.entries(limits) as [[string, number]];
    expect(event().finish('now', { ...defaultEventLimits, [cap]: most + 1 })).toEqual(finish(event()));
    expect(() => event().finish('now', { ...defaultEventLimits, ...limits })).toThrow(
      expect.objectContaining({ code, line: 1 }),
    );
  });

  it('is what reading it gives, whatever its values hold, but for characters that XML cannot carry', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
      fc.constantFrom('\0', '\ud800', '\udc00a', '\uffff', ']]>', '<&>"\'', '\t\r\n', '\u0085\u2028\u2029', '😀'),
    );
    const carried = (text: string) =>
      Array.from(text, (character) => (isChar(character.codePointAt(0)!) ? character : '\uFFFD')).join('');
    fc.assert(
      fc.property(any, any, any, any, (type, value, text, inner) => {
        const event = new EventText(carried(type)).open('a').attribute('b', value).text(text);
        const finished = finish(event.element('c', inner).close('a'));
        expect(readEvent(finished.xml, defaultEventLimits)).toEqual(finished);
        const [a] = TreeElement.rootOf(readTree(finished.xml, defaultEventLimits)).children('a');
        expect([a!.attribute('b'), a!.text, a!.childText('c')]).toEqual([
          carried(value),
          carried(text) + carried(inner),
          carried(inner),
        ]);
      }),
      { seed: 20261128 },
    );
  });
});
