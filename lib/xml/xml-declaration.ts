import { byteClasses, SPACE } from './chars';
import type { EncodedText } from './encoded-text';
import { isAt, skipSpace } from './markup';

/** The XML declaration of a document: where it ends, and the encoding that it names. */
export interface XmlDeclaration {
  readonly end: number;
  /** The name of the encoding and its position, if it is named. */
  readonly encoding: { readonly name: string; readonly position: number } | undefined;
}

/** The parts of a declaration in their order, productions [24], [26], [80], [81] and [32]. */
const parts = [
  { name: 'version', value: /^1\.[0-9]+$/, expected: `a version such as '1.0'`, required: true },
  { name: 'encoding', value: /^[A-Za-z][A-Za-z0-9._-]*$/, expected: `an encoding such as 'UTF-8'`, required: false },
  { name: 'standalone', value: /^(?:yes|no)$/, expected: `'yes' or 'no'`, required: false },
];

/** Whether an XML declaration, and not a processing instruction such as `<?xml-model …?>`, begins at a position. */
export function isXmlDeclarationAt(bytes: Uint8Array, position: number): boolean {
  const next = bytes[position + 5]!;
  return isAt(bytes, position, '<?xml') && (next === 0x3f || (byteClasses[next]! & SPACE) !== 0);
}

/** Passes over an XML declaration, production [23]. */
export function skipXmlDeclaration(doc: EncodedText, position: number): XmlDeclaration {
  const { bytes } = doc;
  let encoding: XmlDeclaration['encoding'];
  let pos = position + '<?xml'.length;
  for (const part of parts) {
    const start = skipSpace(bytes, pos);
    if (start === pos || !isAt(bytes, start, part.name)) {
      if (part.required) {
        throw doc.unexpected(start, `'${part.name}' in the XML declaration`);
      }
      continue;
    }
    const valueStart = skipEquals(doc, start + part.name.length);
    const quote = bytes[valueStart - 1]!;
    // 0 is not a quote, so that it ends the loop at the end of the text.
    let valueEnd = valueStart;
    while (bytes[valueEnd] !== quote && bytes[valueEnd] !== 0 && bytes[valueEnd] !== 0x3c) {
      valueEnd++;
    }
    const value = doc.slice(valueStart, valueEnd);
    if (bytes[valueEnd] !== quote) {
      throw doc.unexpected(valueEnd, `a closing quote in the XML declaration`);
    }
    if (!part.value.test(value)) {
      throw doc.fault('ERR_EVENT_SYNTAX', valueStart, `the XML declaration must give ${part.expected} here`);
    }
    if (part.name === 'encoding') {
      encoding = { name: value, position: valueStart };
    }
    pos = valueEnd + 1;
  }
  const end = skipSpace(bytes, pos);
  if (!isAt(bytes, end, '?>')) {
    throw doc.unexpected(end, `'?>' at the end of the XML declaration`);
  }
  return { end: end + 2, encoding };
}

/** Passes over an equals sign, production [25], and an opening quote. */
function skipEquals(doc: EncodedText, position: number): number {
  const equals = skipSpace(doc.bytes, position);
  if (doc.bytes[equals] !== 0x3d) {
    throw doc.unexpected(equals, `'=' in the XML declaration`);
  }
  const quote = skipSpace(doc.bytes, equals + 1);
  if (doc.bytes[quote] !== 0x22 && doc.bytes[quote] !== 0x27) {
    throw doc.unexpected(quote, 'a quoted value in the XML declaration');
  }
  return quote + 1;
}
