import fc from 'fast-check';

const text = fc.constantFrom(
  ...['a', 'web', ' ', '\n', '\r\n', '\r', ']', ']]', '>', "'", '"', 'é', '\u{1F600}', '\ufffd', '\u0085', '\u2028'],
  ...['&amp;', '&lt;', '&#13;', '&#xA;', '&#x1F600;', '&amp;amp;', '<![CDATA[]]>', '<![CDATA[ ]]>'],
  ...['<![CDATA[<b/>&amp;]]>', '<![CDATA[]]]]>', '<![CDATA[\r\n]]>', '<![CDATA[\u{1F600}]]>'],
);

const other = fc.constantFrom(
  ...['<!---->', '<!--c-->', '<!-- <a/>&amp; -->', '<!--\r\né-->', '<!--<![CDATA[x]]>-->'],
  ...['<?p?>', '<?p ?>', '<?p  d ?>', '<?ü \u{1F600}\r?>', '<?p <a/>?>', '<?p ?d??>'],
);

const value = fc
  .array(
    fc.constantFrom('', 'a', ' ', '\t', '\n', '\r\n', '>', "'", '&quot;', '&#10;', '&lt;', 'ä', '\u{1F600}', '&#xe9;'),
    { maxLength: 3 },
  )
  .map((parts) => parts.join(''));

const plainValue = fc.constantFrom('', 'a', 'running', 'é', 'x y', '1');

const namespace = fc.constantFrom('urn:a', 'urn:b', 'urn:&#99;', 'urn:\u00e9');

const plainAttribute = fc.tuple(
  fc.constantFrom(...'abcdefghijklm', 'id', 'to', 'type', 'xy'),
  fc.oneof(plainValue, plainValue, value),
);

const qualifiedAttribute = fc.oneof(
  fc.tuple(fc.constantFrom('id', 'type', 'a', 'p:x', 'q:y', 'é:z', 'xml:lang', 'xmlnsx', 'x'), value),
  fc.tuple(fc.constantFrom('xmlns', 'xmlns:p', 'xmlns:q', 'xmlns:r'), namespace),
  fc.constant<[string, string]>(['xmlns', '']),
);

const separators = fc.constantFrom(' ', ' ', '\n  ', '\t');
const equals = fc.constantFrom('=', '=', '=', ' = ');

function attributes(one: fc.Arbitrary<[string, string]>, maxLength: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.uniqueArray(one, { selector: ([name]) => name, maxLength }), separators, equals)
    .map(([pairs, space, between]) => pairs.map(([name, written]) => `${space}${name}${between}"${written}"`).join(''));
}

function elements(names: fc.Arbitrary<string>, written: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.letrec<{ element: string; content: string }>((tie) => ({
    element: fc
      .tuple(names, written, tie('content'), fc.constantFrom('', '', ' '))
      .map(([name, inTag, content, space]) =>
        content === '' ? `<${name}${inTag}${space}/>` : `<${name}${inTag}${space}>${content}</${name}${space}>`,
      ),
    content: fc
      .array(fc.oneof({ depthSize: 'small', withCrossShrink: true }, text, text, other, tie('element')), {
        maxLength: 5,
      })
      // Two parts can come together to a `]]>`, which may not stand in text.
      .map((parts) => parts.reduce((before, part) => before + (/^]*>/.test(part) ? ' ' : '') + part, '')),
  })).element;
}

const outside = fc
  .array(fc.oneof(other, fc.constantFrom(' ', '\r\n')), { maxLength: 3 })
  .map((parts) => parts.join(''));

const prolog = fc.constantFrom(
  '',
  '',
  '\ufeff',
  '<?xml version="1.0"?>',
  '\ufeff<?xml version="1.0" encoding="UTF-8"?>\r\n',
);

/** An event whose names have prefixes, and declarations all over. */
const qualifiedEvent = elements(
  fc.constantFrom('a', 'b', 'domain', 'p:a', 'q:b', 'é:ü', '__proto__'),
  attributes(qualifiedAttribute, 5),
).map((inner) => `<event type="t" timestamp="s" xmlns:p="urn:p" xmlns:q="urn:q" xmlns:é="urn:\u00e9">${inner}</event>`);

/** What can be inside an element without a prefix or a declaration, as in most events. */
export const arbitraryContent: fc.Arbitrary<string> = fc
  .array(elements(fc.constantFrom('a', 'b', 'domain', 'name', 'ü'), attributes(plainAttribute, 11)), { maxLength: 3 })
  .map((inner) => inner.join(''));

const plainEvent = arbitraryContent.map((inner) => `<event type="t" timestamp="s">${inner}</event>`);

/** Well-formed events: text in all its forms, comments, processing instructions, attributes, namespaces. */
export const arbitraryEvent: fc.Arbitrary<string> = fc.oneof(qualifiedEvent, plainEvent);

/** Well-formed documents, with all that may stand around the root element. */
export const arbitraryDocument: fc.Arbitrary<string> = fc
  .tuple(prolog, outside, arbitraryEvent, outside)
  .map((parts) => parts.join(''));
