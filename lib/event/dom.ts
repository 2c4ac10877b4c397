import type { Document } from '@xmldom/xmldom';

/** Everything before the first markup that counts: a byte order mark and the XML declaration (XML 1.0 production [23]). */
const preamble = /^\uFEFF?(?:<\?xml[\t\n\r ][^>]*\?>)?/;

/** Comments and processing instructions are matched only to be passed over: what looks like CDATA inside them is none. */
const commentInstructionOrCdata = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>/g;

let xmldom: typeof import('@xmldom/xmldom') | undefined;

/**
 * Builds the DOM of a document that has been found well-formed before; `@xmldom/xmldom` is loaded by the first call.
 *
 * The tree is the one that XPath 1.0 §5 describes: CDATA sections are text, adjacent text is one node, and the XML
 * declaration and white space outside the root element are no nodes. Nodes carry no line numbers.
 *
 * It does not decide what is well-formed: xmldom takes a bare `&` or a NUL for text.
 */
export function parseDocument(text: string): Document {
  // Not an import: loading it takes longer than everything else in the library together. Kept here, since asking
  // `require` again looks the package up on the disk.
  xmldom ??= require('@xmldom/xmldom') as typeof import('@xmldom/xmldom');
  const onError = (level: string, message: string): void => {
    // U+FFFD is a character like any other, but xmldom warns of it.
    if (level !== 'warning' || !text.includes('\uFFFD')) {
      throw new Error(message);
    }
  };
  const parser = new xmldom.DOMParser({ locator: false, normalizeLineEndings, onError });
  // Line ends first: without the mark-up of a CDATA section, what is before it and in it could come together to one.
  const normalized = normalizeLineEndings(text.replace(preamble, ''));
  const document = parser.parseFromString(withoutCdata(normalized), 'text/xml');
  for (const child of [...document.childNodes]) {
    if (child.nodeType === child.TEXT_NODE) {
      document.removeChild(child);
    }
  }
  return document;
}

/** XML 1.0 §2.11; xmldom's own function follows XML 1.1, where U+0085 and U+2028 are line ends too. */
function normalizeLineEndings(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

/** Writes CDATA sections as plain text; in well-formed text a `<![CDATA[` can be nothing else outside the two others. */
function withoutCdata(text: string): string {
  if (!text.includes('<![CDATA[')) {
    return text;
  }
  return text.replace(commentInstructionOrCdata, (match: string, cdata: string | undefined) =>
    cdata === undefined ? match : cdata.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  );
}
