import { DOMParser, type Document, type Element, onErrorStopParsing } from '@xmldom/xmldom';
import { SaxesParser } from 'saxes';

/** What is used of the `xpath` package, whose own types lack it. */
interface XPathPackage {
  parse(expression: string): ParsedXPath;
}

/** An expression that the `xpath` package has parsed. */
export interface ParsedXPath {
  evaluateBoolean(options: { readonly node: Element }): boolean;
}

/** Parses an expression with the `xpath` package. */
export function parseXPath(expression: string): ParsedXPath {
  return (require('xpath') as XPathPackage).parse(expression);
}

const domParser = new DOMParser({ onError: onErrorStopParsing });

/** Builds a document with `@xmldom/xmldom`. */
export function parseWithXmldom(xml: string): Document {
  return domParser.parseFromString(xml, 'text/xml');
}

/** Checks a document with `saxes`, namespaces included, and returns the `type` of its root. */
export function typeWithSaxes(xml: string): string {
  const parser = new SaxesParser({ xmlns: true });
  let type = '';
  parser.on('opentag', (tag) => {
    if (type === '') {
      type = tag.attributes['type']?.value ?? '';
    }
  });
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return type;
}
