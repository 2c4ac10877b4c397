import type { Element, Node } from '@xmldom/xmldom';
import { parseDocument } from '../support/parse-document';

function root(text: string): Element {
  return parseDocument(text).documentElement!;
}

function attribute(written: string): string | null {
  return root(`<a b="${written}"/>`).getAttribute('b');
}

function children(text: string): string[] {
  return [...root(text).childNodes].map((node: Node) => `${node.nodeName}=${node.nodeValue}`);
}

describe('the DOM of a text', () => {
  describe('line ends (XML 1.0 §2.11)', () => {
    it.each([
      ['a\r\nb', 'a\nb'],
      ['a\rb', 'a\nb'],
      ['a\r\r\nb', 'a\n\nb'],
      ['a\nb', 'a\nb'],
    ])('reads %j as %j', (written, read) => {
      expect(root(`<a>${written}</a>`).textContent).toBe(read);
      expect(root(`<a><![CDATA[${written}]]></a>`).textContent).toBe(read);
    });

    it.each(['\u0085', '\r\u0085', '\u2028', '\u2029'])('leaves %j to XML 1.1', (character) => {
      expect(root(`<a>x${character}y</a>`).textContent).toBe(`x${character.replace('\r', '\n')}y`);
    });

    it.each(['\r<![CDATA[\n]]>', '\r<![CDATA[]]>\n'])('takes %j for two of them', (written) => {
      expect(root(`<a>${written}</a>`).textContent).toBe('\n\n');
    });

    it('keeps a carriage return that is written as a reference', () => {
      expect(root('<a>&#13;&#xD;\r\n</a>').textContent).toBe('\r\r\n');
    });
  });

  describe('attribute values (XML 1.0 §3.3.3)', () => {
    it.each([
      ['a\tb\nc\rd\r\ne', 'a b c d e'],
      ['a&#9;b&#10;c&#13;d&#x20;e', 'a\tb\nc\rd e'],
      ['  two  spaces  ', '  two  spaces  '],
      ['&lt;&gt;&amp;&apos;&quot;', '<>&\'"'],
      ['&amp;lt;', '&lt;'],
      ['&#38;#38;', '&#38;'],
      ['&#x1F600;&#128512;', '\u{1F600}\u{1F600}'],
      ['>]]>', '>]]>'],
    ])('reads %j as %j', (written, value) => {
      expect(attribute(written)).toBe(value);
    });
  });

  describe('text', () => {
    it.each([
      ['&lt;&#60;&#x3c;&amp;amp;', '<<<&amp;'],
      ['&#x10FFFF;', '\u{10FFFF}'],
      ['\uFFFD', '\uFFFD'],
      ['\u00A0\uFEFF', '\u00A0\uFEFF'],
    ])('reads %j as %j', (written, value) => {
      expect(root(`<a>${written}</a>`).textContent).toBe(value);
    });

    it('is one node however it is written, CDATA sections included (XPath 1.0 §5.7)', () => {
      expect(children('<a>x<![CDATA[<y>&amp;]]>z&lt;<![CDATA[]]></a>')).toEqual(['#text=x<y>&amp;z<']);
      expect(children('<a><![CDATA[]]]]><![CDATA[>]]></a>')).toEqual(['#text=]]>']);
      expect(children('<a><![CDATA[]]></a>')).toEqual([]);
    });

    it('takes nothing for a CDATA section inside comments and processing instructions', () => {
      expect(children('<a><!--<![CDATA[x]]>--><?p <![CDATA[&]]>?><![CDATA[-->]]></a>')).toEqual([
        '#comment=<![CDATA[x]]>',
        'p=<![CDATA[&]]>',
        '#text=-->',
      ]);
    });
  });

  it('leaves out the byte order mark, the XML declaration, and white space around the root', () => {
    const document = parseDocument('\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<!--c-->\n<a/>\n<?p q?>\n');
    expect([...document.childNodes].map((node: Node) => node.nodeName)).toEqual(['#comment', 'a', 'p']);
  });

  it('resolves namespaces', () => {
    const element = root('<p:a xmlns:p="urn:p" xmlns="urn:d" b="" p:c=""><d/><e xmlns=""/></p:a>');
    expect([element.namespaceURI, element.localName]).toEqual(['urn:p', 'a']);
    expect([...element.childNodes].map((node: Node) => node.namespaceURI || null)).toEqual(['urn:d', null]);
    expect(element.getAttributeNode('b')!.namespaceURI ?? null).toBeNull();
    expect(element.getAttributeNode('p:c')!.namespaceURI).toBe('urn:p');
  });

  it('takes names that mean something to JavaScript', () => {
    const element = root('<__proto__ constructor="1" __proto__="2" hasOwnProperty="3"/>');
    expect(element.nodeName).toBe('__proto__');
    expect(['constructor', '__proto__', 'hasOwnProperty'].map((name) => element.getAttribute(name))).toEqual([
      '1',
      '2',
      '3',
    ]);
  });

  it.each(['<a>', '<a></b>', '<a b=c/>', '<a/><b/>', 'text'])('throws on %s, which xmldom reports', (text) => {
    const complaints = jest.spyOn(console, 'error').mockImplementation();
    expect(() => parseDocument(text)).toThrow();
    expect(complaints).not.toHaveBeenCalled();
    complaints.mockRestore();
  });
});
