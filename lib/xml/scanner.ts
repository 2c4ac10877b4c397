import { Attributes } from './attributes';
import * as chars from './chars';
import { byteClasses, SUSPECT_LEAD, skipClass } from './chars';
import { type EncodedText, sharedBytes } from './encoded-text';
import * as layout from './light-tree';
import type { EventLimits } from './limits';
import {
  isAt,
  skipCData,
  skipComment,
  skipInstruction,
  skipLocalPart,
  skipName,
  skipReference,
  skipSpace,
} from './markup';
import { NamespaceScopes } from './namespaces';
import { skipPlainMarkup } from './plain-markup';
import { checkQualifiedNames } from './qualified-names';
import { type TreeWriter, treeWriter } from './tree-writer';
import { isXmlDeclarationAt, skipXmlDeclaration, type XmlDeclaration } from './xml-declaration';

// What is exported is looked up anew at every use in CommonJS; a name of the file's own is not.
const classes = byteClasses;
const { NAME_START: FIRST_OF_NAME, SPACE: WHITE_SPACE, TEXT } = chars;
const { AFTER, NAME_END, NAME_START, PLAIN } = layout;

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const EXCLAMATION = 0x21;
const QUESTION_MARK = 0x3f;
const AMPERSAND = 0x26;
const RIGHT_BRACKET = 0x5d;
const COLON = 0x3a;
const RETURN = 0x0d;

/**
 * Checks a document strictly by XML 1.0 (fifth edition) and Namespaces in XML 1.0 (third edition), finds its root, and
 * writes its tree.
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
  /** Whether there is nothing before the root, and nothing but white space after it. */
  isRootAlone = false;
  /** Whether a name has a prefix, or a namespace is declared. */
  isQualified = false;
  /** The attributes of the start tag in hand, and those of the root once the scan is over. */
  readonly attributes: Attributes;
  declaration: XmlDeclaration | undefined;

  readonly #doc: EncodedText;
  readonly #bytes: Uint8Array;
  readonly #limits: EventLimits;
  readonly #tree: TreeWriter = treeWriter;
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
    const tree = this.#tree;
    tree.begin();
    let pos = bytes[0] === SUSPECT_LEAD && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    if (bytes[pos] !== LESS || (classes[bytes[pos + 1]!]! & FIRST_OF_NAME) === 0) {
      if (isXmlDeclarationAt(bytes, pos)) {
        this.declaration = skipXmlDeclaration(this.#doc, pos);
        pos = this.declaration.end;
      }
      pos = this.#misc(pos);
      if (bytes[pos] !== LESS) {
        throw this.#outside(pos, 'only comments and processing instructions may stand before the root element');
      }
    }
    this.rootStart = pos;
    const beforeRoot = tree.next - tree.root;
    pos = this.#rootElement(pos);
    this.rootEnd = pos;
    pos = this.#misc(pos);
    if (pos !== this.#doc.end) {
      throw this.#outside(pos, 'only comments and processing instructions may follow the root element');
    }
    tree.end(this.isQualified, this.#doc.end !== this.#doc.text.length);
    const rootElement = tree.root + beforeRoot;
    this.rootNameEnd = tree.nodes[rootElement + NAME_END]!;
    this.isRootAlone = this.rootStart === 0 && tree.nodes[rootElement + AFTER] === tree.next;
    this.attributes.turnTo(rootElement);
  }

  /** The namespaces that the root declares, by prefix; the default namespace goes by `''`. */
  rootNamespaces(): Map<string, string> {
    const found = new Map<string, string>();
    const { attributes } = this;
    for (let at = attributes.first; at < attributes.end; at += attributes.step) {
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
      pos = skipSpace(bytes, pos);
      if (isAt(bytes, pos, '<!--')) {
        pos = this.#comment(pos);
      } else if (isAt(bytes, pos, '<?')) {
        pos = this.#instruction(pos);
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

  /** Passes over the root element, production [39]. */
  #rootElement(position: number): number {
    const bytes = this.#bytes;
    const tree = this.#tree;
    let pos = this.#plainMarkup(position);
    if (pos === position) {
      pos = this.#startTag(position);
    }
    while (tree.depth > 0) {
      pos = bytes[pos] === LESS ? this.#markup(pos) : this.#text(pos);
      if (tree.depth > 0) {
        pos = this.#plainMarkup(pos);
      }
    }
    return pos;
  }

  /** Passes over what is plain, if there is anything that may be. */
  #plainMarkup(pos: number): number {
    // In the scope of a declaration every name counts.
    const mayBePlain = this.#namespaces === undefined && this.#bytes === sharedBytes && !this.#tree.isAlone;
    return mayBePlain ? skipPlainMarkup(pos, this.#tree, this.#limits) : pos;
  }

  #markup(pos: number): number {
    const next = this.#bytes[pos + 1];
    if (next === SLASH) {
      return this.#endTag(pos);
    }
    if (next === EXCLAMATION) {
      return this.#declarationLike(pos);
    }
    return next === QUESTION_MARK ? this.#instruction(pos) : this.#startTag(pos);
  }

  /** Passes over character data, production [14], up to something else or to what needs attention in it. */
  #text(position: number): number {
    const bytes = this.#bytes;
    const pos = skipClass(bytes, position, TEXT);
    if (pos !== position) {
      this.#tree.addText(position, pos, PLAIN);
    }
    return bytes[pos] === LESS ? pos : this.#inText(pos);
  }

  /** Passes over what needs attention in character data, production [14], and notes it. */
  #inText(position: number): number {
    const byte = this.#bytes[position];
    let pos: number;
    if (byte === AMPERSAND) {
      pos = skipReference(this.#doc, position);
    } else if (byte === RIGHT_BRACKET) {
      pos = this.#bracket(position);
    } else if (byte === RETURN) {
      pos = position + 1;
    } else if (position === this.#doc.end) {
      const problem = `the text ends inside the element '${this.#openName()}'`;
      throw this.#doc.fault('ERR_EVENT_UNEXPECTED_END', position, problem);
    } else {
      pos = this.#doc.skipCharacter(position, 'an element');
    }
    this.#tree.addText(position, pos, byte === AMPERSAND || byte === RETURN ? 0 : PLAIN);
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
      return this.#comment(pos);
    }
    if (isAt(this.#bytes, pos, '<![CDATA[')) {
      const end = skipCData(this.#doc, pos);
      if (end - pos > '<![CDATA[]]>'.length) {
        this.#tree.addText(pos, end, 0);
      }
      return end;
    }
    if (isAt(this.#bytes, pos, '<!DOCTYPE')) {
      throw this.#doc.fault('ERR_EVENT_DOCTYPE', pos, 'a DOCTYPE is not allowed');
    }
    throw this.#doc.unexpected(pos + 2, `a comment or a CDATA section after '<!'`);
  }

  #comment(pos: number): number {
    const end = skipComment(this.#doc, pos);
    this.#tree.addComment(pos + '<!--'.length, end - '-->'.length);
    return end;
  }

  #instruction(pos: number): number {
    const bytes = this.#bytes;
    const end = skipInstruction(this.#doc, pos);
    const target = pos + '<?'.length;
    let targetEnd = target;
    while (bytes[targetEnd] !== QUESTION_MARK && (classes[bytes[targetEnd]!]! & WHITE_SPACE) === 0) {
      targetEnd++;
    }
    this.#tree.addInstruction(target, targetEnd, skipSpace(bytes, targetEnd), end - '?>'.length);
    return end;
  }

  /** Passes over a start tag or the tag of an empty element, productions [40] and [44]. */
  #startTag(position: number): number {
    const bytes = this.#bytes;
    const tree = this.#tree;
    const { attributes } = this;
    const nameStart = position + 1;
    let pos = skipName(this.#doc, nameStart, 'the name of an element');
    const colon = bytes[pos] === COLON ? pos : 0;
    if (colon !== 0) {
      pos = skipLocalPart(this.#doc, pos);
    }
    if (tree.elements >= this.#limits.eventElements) {
      const problem = `there are more elements than the cap of ${this.#limits.eventElements}`;
      throw this.#doc.fault('ERR_EVENT_TOO_MANY_ELEMENTS', position, problem);
    }
    tree.openElement(nameStart, pos);
    pos = attributes.pass(pos);
    if (tree.depth > this.#limits.eventDepth) {
      const problem = `elements are nested deeper than the cap of ${this.#limits.eventDepth}`;
      throw this.#doc.fault('ERR_EVENT_TOO_DEEP', position, problem);
    }
    if (colon !== 0 || attributes.areQualified) {
      this.isQualified = true;
      this.#namespaces ??= new NamespaceScopes();
      checkQualifiedNames(this.#doc, this.#namespaces, tree.depth, nameStart, colon, attributes);
    }
    if (bytes[pos] === SLASH) {
      if (bytes[pos + 1] !== GREATER) {
        throw this.#doc.unexpected(pos + 1, `'>' after '/'`);
      }
      pos++;
      this.#leaveElement();
    }
    return pos + 1;
  }

  #leaveElement(): void {
    this.#namespaces?.leave(this.#tree.depth);
    this.#tree.closeElement();
  }

  /** Passes over an end tag, production [42]. */
  #endTag(position: number): number {
    const bytes = this.#bytes;
    const { nodes, open: element } = this.#tree;
    const nameStart = nodes[element + NAME_START]!;
    const nameEnd = nodes[element + NAME_END]!;
    let open = nameStart;
    let pos = position + 2;
    while (open < nameEnd && bytes[open] === bytes[pos]) {
      open++;
      pos++;
    }
    if (open < nameEnd || bytes[pos] !== GREATER) {
      pos = this.#slowEndTag(position + 2, nameEnd - nameStart, open === nameEnd);
    }
    this.#leaveElement();
    return pos + 1;
  }

  /** Passes over an end tag that is not exactly `</name>`, up to its `>`. */
  #slowEndTag(nameStart: number, expectedLength: number, begins: boolean): number {
    let pos = skipName(this.#doc, nameStart, 'the name of an element');
    if (this.#bytes[pos] === COLON) {
      pos = skipLocalPart(this.#doc, pos);
    }
    if (!begins || pos - nameStart !== expectedLength) {
      const found = this.#doc.slice(nameStart, Math.min(pos, nameStart + 40));
      const problem = `expected the end tag of '${this.#openName()}', found that of '${found}'`;
      throw this.#doc.fault('ERR_EVENT_TAG_MISMATCH', nameStart, problem);
    }
    pos = skipSpace(this.#bytes, pos);
    if (this.#bytes[pos] !== GREATER) {
      throw this.#doc.unexpected(pos, `'>' at the end of an end tag`);
    }
    return pos;
  }

  #openName(): string {
    const { nodes, open: element } = this.#tree;
    const start = nodes[element + NAME_START]!;
    return this.#doc.slice(start, Math.min(nodes[element + NAME_END]!, start + 40));
  }
}
