import { Attributes } from './attributes';
import { byteClasses, NAME_START, passClass, SUSPECT_LEAD, TEXT } from './chars';
import type { EncodedText } from './encoded-text';
import type { EventLimits } from './limits';
import {
  isAt,
  passCData,
  passComment,
  passInstruction,
  passLocalPart,
  passName,
  passReference,
  passSpace,
} from './markup';
import { NamespaceScopes } from './namespaces';
import { checkQualifiedNames } from './qualified-names';
import { isXmlDeclarationAt, passXmlDeclaration, type XmlDeclaration } from './xml-declaration';

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const EXCLAMATION = 0x21;
const QUESTION_MARK = 0x3f;
const AMPERSAND = 0x26;
const RIGHT_BRACKET = 0x5d;
const COLON = 0x3a;

/**
 * Where the names of the open elements begin and end. Shared by all scans, since none begins before the last one is
 * over; it grows as documents need it.
 */
let openNames = new Int32Array(64 * 2);

/**
 * Checks a document strictly by XML 1.0 (fifth edition) and Namespaces in XML 1.0 (third edition), and finds its root.
 *
 * A DOCTYPE is refused. A byte order mark is tolerated. The encoding that the XML declaration names means nothing here,
 * since the text is decoded already. The time is linear in the length of the text, and nothing recurses.
 */
export class Scanner {
  /** Where the root's start tag begins. */
  rootStart = 0;
  /** Where the name in the root's start tag ends. */
  rootNameEnd = 0;
  /** Where the root ends: after its end tag. */
  rootEnd = 0;
  /** The root's attributes, once its start tag has been passed. */
  readonly attributes: Attributes;
  declaration: XmlDeclaration | undefined;

  readonly #doc: EncodedText;
  readonly #bytes: Uint8Array;
  readonly #limits: EventLimits;
  #elements = 0;
  #depth = 0;
  #namespaces: NamespaceScopes | undefined;

  /** @param inherited Namespaces that the document may use without declaring them, by prefix. */
  constructor(doc: EncodedText, limits: EventLimits, inherited?: ReadonlyMap<string, string>) {
    this.#doc = doc;
    this.#bytes = doc.bytes;
    this.#limits = limits;
    this.attributes = new Attributes(doc, limits.eventAttributes);
    for (const [prefix, namespace] of inherited ?? []) {
      this.#namespaces ??= new NamespaceScopes();
      this.#namespaces.declare(prefix, namespace, 0);
    }
  }

  /**
   * Checks the whole document.
   *
   * @throws {InvalidEventError} at the first fault.
   */
  scan(): void {
    const bytes = this.#bytes;
    let pos = bytes[0] === SUSPECT_LEAD && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    if (bytes[pos] !== LESS || (byteClasses[bytes[pos + 1]!]! & NAME_START) === 0) {
      if (isXmlDeclarationAt(bytes, pos)) {
        this.declaration = passXmlDeclaration(this.#doc, pos);
        pos = this.declaration.end;
      }
      pos = this.#misc(pos);
      if (bytes[pos] !== LESS) {
        throw this.#outside(pos, 'only comments and processing instructions may stand before the root element');
      }
    }
    this.rootStart = pos;
    pos = this.#content(this.#startTag(pos));
    this.rootEnd = pos;
    pos = this.#misc(pos);
    if (pos !== this.#doc.end) {
      throw this.#outside(pos, 'only comments and processing instructions may follow the root element');
    }
  }

  /** The namespaces that the root declares, by prefix; the default namespace goes by `''`. */
  rootNamespaces(): Map<string, string> {
    const found = new Map<string, string>();
    const { attributes } = this;
    for (let at = 0; at < attributes.first; at += attributes.step) {
      const prefix = attributes.declaredPrefix(at);
      if (prefix !== undefined) {
        found.set(prefix, attributes.value(at));
      }
    }
    return found;
  }

  /** Passes over comments, processing instructions and white space, production [27]. */
  #misc(position: number): number {
    const bytes = this.#bytes;
    let pos = position;
    for (;;) {
      pos = passSpace(bytes, pos);
      if (bytes[pos] !== LESS) {
        return pos;
      }
      if (isAt(bytes, pos, '<!--')) {
        pos = passComment(this.#doc, pos);
      } else if (isAt(bytes, pos, '<?')) {
        pos = passInstruction(this.#doc, pos);
      } else if (isAt(bytes, pos, '<!DOCTYPE')) {
        throw this.#doc.fault('ERR_EVENT_DOCTYPE', pos, 'a DOCTYPE is not allowed');
      } else if (isAt(bytes, pos, '</')) {
        throw this.#doc.fault('ERR_EVENT_TAG_MISMATCH', pos, 'the end tag closes no element');
      } else {
        return pos;
      }
    }
  }

  #outside(pos: number, rule: string): Error {
    const fault = this.#doc.unexpected(pos, 'the root element', 'ERR_EVENT_OUTSIDE');
    return fault.code === 'ERR_EVENT_OUTSIDE' ? this.#doc.fault(fault.code, pos, rule) : fault;
  }

  /** Passes over what is inside the root, production [43], and its end tag. */
  #content(position: number): number {
    const bytes = this.#bytes;
    let pos = position;
    while (this.#depth > 0) {
      pos = passClass(bytes, pos, TEXT);
      const byte = bytes[pos];
      if (byte === LESS) {
        const next = bytes[pos + 1]!;
        if (next === SLASH) {
          pos = this.#endTag(pos);
        } else if (next === EXCLAMATION) {
          pos = this.#declarationLike(pos);
        } else if (next === QUESTION_MARK) {
          pos = passInstruction(this.#doc, pos);
        } else {
          pos = this.#startTag(pos);
        }
      } else if (byte === AMPERSAND) {
        pos = passReference(this.#doc, pos);
      } else if (byte === RIGHT_BRACKET) {
        pos = this.#bracket(pos);
      } else if (pos === this.#doc.end) {
        throw this.#doc.fault(
          'ERR_EVENT_UNEXPECTED_END',
          pos,
          `the text ends inside the element '${this.#openName()}'`,
        );
      } else {
        pos = this.#doc.passCharacter(pos, 'an element');
      }
    }
    return pos;
  }

  #bracket(pos: number): number {
    if (isAt(this.#bytes, pos, ']]>')) {
      throw this.#doc.fault('ERR_EVENT_SYNTAX', pos, `']]>' may not stand in text; write ']]&gt;'`);
    }
    return pos + 1;
  }

  #declarationLike(pos: number): number {
    if (isAt(this.#bytes, pos, '<!--')) {
      return passComment(this.#doc, pos);
    }
    if (isAt(this.#bytes, pos, '<![CDATA[')) {
      return passCData(this.#doc, pos);
    }
    if (isAt(this.#bytes, pos, '<!DOCTYPE')) {
      throw this.#doc.fault('ERR_EVENT_DOCTYPE', pos, 'a DOCTYPE is not allowed');
    }
    throw this.#doc.unexpected(pos + 2, `a comment or a CDATA section after '<!'`);
  }

  /** Passes over a start tag or the tag of an empty element, productions [40] and [44]. */
  #startTag(position: number): number {
    const bytes = this.#bytes;
    const nameStart = position + 1;
    let pos = passName(this.#doc, nameStart, 'the name of an element');
    const colon = bytes[pos] === COLON ? pos : 0;
    if (colon !== 0) {
      pos = passLocalPart(this.#doc, pos);
    }
    const nameEnd = pos;
    if (++this.#elements > this.#limits.eventElements) {
      const problem = `there are more elements than the cap of ${this.#limits.eventElements}`;
      throw this.#doc.fault('ERR_EVENT_TOO_MANY_ELEMENTS', position, problem);
    }
    const { attributes } = this;
    pos = attributes.pass(pos);
    const depth = this.#depth + 1;
    if (depth > this.#limits.eventDepth) {
      const problem = `elements are nested deeper than the cap of ${this.#limits.eventDepth}`;
      throw this.#doc.fault('ERR_EVENT_TOO_DEEP', position, problem);
    }
    if (colon !== 0 || attributes.areQualified) {
      this.#namespaces ??= new NamespaceScopes();
      checkQualifiedNames(this.#doc, this.#namespaces, depth, nameStart, colon, attributes);
    }
    if (depth === 1) {
      this.rootNameEnd = nameEnd;
      attributes.keep();
    }
    if (bytes[pos] === SLASH) {
      if (bytes[pos + 1] !== GREATER) {
        throw this.#doc.unexpected(pos + 1, `'>' after '/'`);
      }
      this.#namespaces?.leave(depth);
      return pos + 2;
    }
    if (depth * 2 > openNames.length) {
      openNames = grown(openNames);
    }
    openNames[depth * 2 - 2] = nameStart;
    openNames[depth * 2 - 1] = nameEnd;
    this.#depth = depth;
    return pos + 1;
  }

  /** Passes over an end tag, production [42]. */
  #endTag(position: number): number {
    const bytes = this.#bytes;
    const depth = this.#depth;
    const nameStart = openNames[depth * 2 - 2]!;
    const nameEnd = openNames[depth * 2 - 1]!;
    let open = nameStart;
    let pos = position + 2;
    while (open < nameEnd && bytes[open] === bytes[pos]) {
      open++;
      pos++;
    }
    if (open < nameEnd || bytes[pos] !== GREATER) {
      pos = this.#slowEndTag(position + 2, nameEnd - nameStart, open === nameEnd);
    }
    this.#namespaces?.leave(depth);
    this.#depth = depth - 1;
    return pos + 1;
  }

  /** Passes over an end tag that is not exactly `</name>`, up to its `>`. */
  #slowEndTag(nameStart: number, expectedLength: number, begins: boolean): number {
    let pos = passName(this.#doc, nameStart, 'the name of an element');
    if (this.#bytes[pos] === COLON) {
      pos = passLocalPart(this.#doc, pos);
    }
    if (!begins || pos - nameStart !== expectedLength) {
      const found = this.#doc.slice(nameStart, Math.min(pos, nameStart + 40));
      const problem = `expected the end tag of '${this.#openName()}', found that of '${found}'`;
      throw this.#doc.fault('ERR_EVENT_TAG_MISMATCH', nameStart, problem);
    }
    pos = passSpace(this.#bytes, pos);
    if (this.#bytes[pos] !== GREATER) {
      throw this.#doc.unexpected(pos, `'>' at the end of an end tag`);
    }
    return pos;
  }

  #openName(): string {
    const start = openNames[this.#depth * 2 - 2]!;
    return this.#doc.slice(start, Math.min(openNames[this.#depth * 2 - 1]!, start + 40));
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
