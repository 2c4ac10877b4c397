import { byteClasses, NAME, NAME_START, passClass, SPACE, SUSPECT_LEAD, TEXT, VALUE } from './chars';
import type { EncodedText } from './encoded-text';
import { attributeValue } from './escape';
import type { EventLimits } from './limits';
import { isAt, passCData, passComment, passInstruction, passName, passReference, passSpace } from './markup';
import { declarationProblem, NamespaceScopes } from './namespaces';
import { isXmlDeclarationAt, passXmlDeclaration, type XmlDeclaration } from './xml-declaration';

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const EXCLAMATION = 0x21;
const QUESTION_MARK = 0x3f;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const AMPERSAND = 0x26;
const RIGHT_BRACKET = 0x5d;
const COLON = 0x3a;
const LOWER_X = 0x78;

// What is known of an attribute: a group of numbers in the array `attributes`.
const NAME_AT = 0;
/** Where the colon of its name is, or 0. */
const COLON_AT = 1;
const NAME_END = 2;
const VALUE_AT = 3;
const VALUE_END = 4;
/** 1 where the value is what stands between the quotes, character by character. */
const IS_PLAIN = 5;
const ATTRIBUTE_SIZE = 6;

/** With so many attributes, their names are compared one with another; with more, through a set. */
const FEW_ATTRIBUTES = 8;

// Scratch memory, shared by all scans: no scan begins before the last one is over. It grows as documents need it.
/** The attributes of the root, and after them those of the element in hand. */
let attributes = new Int32Array(64 * ATTRIBUTE_SIZE);
/** Where the names of the open elements begin and end. */
let openNames = new Int32Array(64 * 2);

/**
 * Checks a document strictly by XML 1.0 (fifth edition) and Namespaces in XML 1.0 (third edition), and finds its root.
 *
 * A DOCTYPE is refused. A byte order mark is tolerated. The encoding that the XML declaration names means nothing here,
 * since the text is decoded already. The time is linear in the length of the text, and nothing recurs.
 */
export class Scanner {
  /** Where the root's start tag begins. */
  rootStart = 0;
  /** Where the name in the root's start tag ends. */
  rootNameEnd = 0;
  /** Where the root ends: after its end tag. */
  rootEnd = 0;
  /** How many attributes the root has, namespace declarations included. */
  rootAttributes = 0;
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

  /** Finds one of the root's attributes by its whole name as it stands in the text: a number for the methods below, or -1. */
  findRootAttribute(name: Uint8Array): number {
    const bytes = this.#bytes;
    const end = this.rootAttributes * ATTRIBUTE_SIZE;
    for (let at = 0; at < end; at += ATTRIBUTE_SIZE) {
      const start = attributes[at + NAME_AT]!;
      const length = attributes[at + NAME_END]! - start;
      let index = 0;
      while (index < length && bytes[start + index] === name[index]) {
        index++;
      }
      if (index === length && index === name.length) {
        return at;
      }
    }
    return -1;
  }

  /** Where the value of an attribute of the root begins. */
  valueStart(attribute: number): number {
    return attributes[attribute + VALUE_AT]!;
  }

  /** The value of an attribute of the root. It may hold on to the whole text. */
  value(attribute: number): string {
    const start = attributes[attribute + VALUE_AT]!;
    const raw = this.#doc.piece(start, attributes[attribute + VALUE_END]!);
    return attributes[attribute + IS_PLAIN] === 1 ? raw : attributeValue(raw);
  }

  /** The namespaces that the root declares, by prefix; the default namespace goes by `''`. */
  rootNamespaces(): Map<string, string> {
    const found = new Map<string, string>();
    for (let at = 0; at < this.rootAttributes * ATTRIBUTE_SIZE; at += ATTRIBUTE_SIZE) {
      const prefix = this.#declaredPrefix(at);
      if (prefix !== undefined) {
        found.set(prefix, this.value(at));
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
    let pos = this.#name(nameStart, 'the name of an element');
    const colon = bytes[pos] === COLON ? pos : 0;
    if (colon !== 0) {
      pos = this.#localPart(pos);
    }
    const nameEnd = pos;
    if (++this.#elements > this.#limits.eventElements) {
      const problem = `there are more elements than the cap of ${this.#limits.eventElements}`;
      throw this.#doc.fault('ERR_EVENT_TOO_MANY_ELEMENTS', position, problem);
    }
    // The root's attributes are kept for `rootAttribute`.
    const base = this.rootAttributes * ATTRIBUTE_SIZE;
    let at = base;
    let qualified = colon !== 0;
    let byte = bytes[pos]!;
    for (;;) {
      const spaceStart = pos;
      while ((byteClasses[byte]! & SPACE) !== 0) {
        byte = bytes[++pos]!;
      }
      if (byte === GREATER || byte === SLASH) {
        break;
      }
      if (pos === spaceStart) {
        const after = at === base ? 'the name of an element' : 'an attribute';
        throw this.#doc.unexpected(pos, `white space, '>' or '/>' after ${after}`);
      }
      if (at - base === this.#limits.eventAttributes * ATTRIBUTE_SIZE) {
        const problem = `the element has more attributes than the cap of ${this.#limits.eventAttributes}`;
        throw this.#doc.fault('ERR_EVENT_TOO_MANY_ATTRIBUTES', pos, problem);
      }
      if (at + ATTRIBUTE_SIZE > attributes.length) {
        attributes = grown(attributes);
      }
      const attributeStart = pos;
      pos = this.#attribute(pos, at, base);
      if (attributes[at + COLON_AT] !== 0 || (bytes[attributeStart] === LOWER_X && this.#declaredPrefix(at) === '')) {
        qualified = true;
      }
      at += ATTRIBUTE_SIZE;
      byte = bytes[pos]!;
    }
    if (at - base > FEW_ATTRIBUTES * ATTRIBUTE_SIZE) {
      this.#refuseDuplicates(base, at);
    }
    const depth = this.#depth + 1;
    if (depth > this.#limits.eventDepth) {
      const problem = `elements are nested deeper than the cap of ${this.#limits.eventDepth}`;
      throw this.#doc.fault('ERR_EVENT_TOO_DEEP', position, problem);
    }
    if (qualified) {
      this.#applyNamespaces(depth, nameStart, colon, base, at);
    }
    if (depth === 1) {
      this.rootNameEnd = nameEnd;
      this.rootAttributes = at / ATTRIBUTE_SIZE;
    }
    if (byte === SLASH) {
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
      pos = this.#localPart(pos);
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

  /** Passes over an attribute, production [41], and notes it. */
  #attribute(position: number, at: number, base: number): number {
    const bytes = this.#bytes;
    const noted = attributes;
    let pos = this.#name(position, 'the name of an attribute');
    const colon = bytes[pos] === COLON ? pos : 0;
    if (colon !== 0) {
      pos = this.#localPart(pos);
    }
    const nameEnd = pos;
    if (at - base < FEW_ATTRIBUTES * ATTRIBUTE_SIZE) {
      for (let other = base; other < at; other += ATTRIBUTE_SIZE) {
        const start = noted[other + NAME_AT]!;
        if (noted[other + NAME_END]! - start === nameEnd - position && sameBytes(bytes, start, position, nameEnd)) {
          throw this.#duplicate(position, nameEnd);
        }
      }
    }
    let quote = bytes[pos + 1]!;
    if (bytes[pos] === EQUALS && (quote === QUOTE || quote === APOSTROPHE)) {
      pos += 2;
    } else {
      pos = this.#equals(pos);
      quote = bytes[pos - 1]!;
    }
    const valueStart = pos;
    let plain = 1;
    for (;;) {
      pos = passClass(bytes, pos, VALUE);
      const byte = bytes[pos]!;
      if (byte === quote) {
        break;
      }
      pos = this.#inValue(pos, byte);
      plain = 0;
    }
    noted[at + NAME_AT] = position;
    noted[at + COLON_AT] = colon;
    noted[at + NAME_END] = nameEnd;
    noted[at + VALUE_AT] = valueStart;
    noted[at + VALUE_END] = pos;
    noted[at + IS_PLAIN] = plain;
    return pos + 1;
  }

  /** Passes over an equals sign, production [25], and an opening quote. */
  #equals(position: number): number {
    const bytes = this.#bytes;
    let pos = passSpace(bytes, position);
    if (bytes[pos] !== EQUALS) {
      throw this.#doc.unexpected(pos, `'=' after the name of an attribute`);
    }
    pos = passSpace(bytes, pos + 1);
    if (bytes[pos] !== QUOTE && bytes[pos] !== APOSTROPHE) {
      throw this.#doc.unexpected(pos, 'a quoted value');
    }
    return pos + 1;
  }

  /** Passes over what needs attention in a value, production [10]. */
  #inValue(pos: number, byte: number): number {
    if (byte === AMPERSAND) {
      return passReference(this.#doc, pos);
    }
    if (byte === QUOTE || byte === APOSTROPHE || (byteClasses[byte]! & SPACE) !== 0) {
      return pos + 1;
    }
    if (byte === LESS) {
      throw this.#doc.fault('ERR_EVENT_SYNTAX', pos, `'<' may not stand in an attribute's value; write '&lt;'`);
    }
    return this.#doc.passCharacter(pos, "an attribute's value");
  }

  /** Passes over a name, or the part of one before its colon. */
  #name(position: number, what: string): number {
    const bytes = this.#bytes;
    let pos = position;
    if ((byteClasses[bytes[pos]!]! & NAME_START) === 0) {
      return passName(this.#doc, position, what);
    }
    pos = passClass(bytes, pos + 1, NAME);
    return bytes[pos]! < 0x80 ? pos : passName(this.#doc, position, what);
  }

  /** Passes over the colon of a name and what follows it, production [8] of Namespaces in XML. */
  #localPart(colon: number): number {
    const end = passName(this.#doc, colon + 1, 'a name after the colon', 'ERR_EVENT_NAMESPACE');
    if (this.#bytes[end] === COLON) {
      throw this.#doc.fault('ERR_EVENT_NAMESPACE', end, 'a name contains more than one colon');
    }
    return end;
  }

  #refuseDuplicates(base: number, end: number): void {
    const names = new Set<string>();
    for (let at = base; at < end; at += ATTRIBUTE_SIZE) {
      const name = this.#doc.slice(attributes[at + NAME_AT]!, attributes[at + NAME_END]!);
      if (names.has(name)) {
        throw this.#duplicate(attributes[at + NAME_AT]!, attributes[at + NAME_END]!);
      }
      names.add(name);
    }
  }

  #duplicate(start: number, end: number): Error {
    const name = this.#doc.slice(start, Math.min(end, start + 40));
    return this.#doc.fault('ERR_EVENT_DUPLICATE_ATTRIBUTE', start, `the attribute '${name}' is there twice`);
  }

  /** Takes the declarations of an element into account, then checks the prefixes of its name and of its attributes. */
  #applyNamespaces(depth: number, nameStart: number, colon: number, base: number, end: number): void {
    this.#namespaces ??= new NamespaceScopes();
    const scopes = this.#namespaces;
    for (let at = base; at < end; at += ATTRIBUTE_SIZE) {
      const prefix = this.#declaredPrefix(at);
      if (prefix !== undefined) {
        const namespace = this.value(at);
        const problem = declarationProblem(prefix, namespace);
        if (problem !== undefined) {
          throw this.#doc.fault('ERR_EVENT_NAMESPACE', attributes[at + NAME_AT]!, problem);
        }
        scopes.declare(prefix, namespace, depth);
      }
    }
    if (colon !== 0) {
      if (colon - nameStart === 5 && isAt(this.#bytes, nameStart, 'xmlns')) {
        throw this.#doc.fault('ERR_EVENT_NAMESPACE', nameStart, `an element must not have the prefix 'xmlns'`);
      }
      this.#namespaceOf(scopes, nameStart, colon);
    }
    const names = new Set<string>();
    for (let at = base; at < end; at += ATTRIBUTE_SIZE) {
      const prefixEnd = attributes[at + COLON_AT]!;
      if (prefixEnd !== 0) {
        const namespace = this.#namespaceOf(scopes, attributes[at + NAME_AT]!, prefixEnd);
        const name = `${namespace}${this.#doc.slice(prefixEnd, attributes[at + NAME_END]!)}`;
        if (names.has(name)) {
          throw this.#duplicate(attributes[at + NAME_AT]!, attributes[at + NAME_END]!);
        }
        names.add(name);
      }
    }
  }

  #namespaceOf(scopes: NamespaceScopes, start: number, end: number): number {
    const namespace = scopes.numberOf(this.#doc.slice(start, end));
    if (namespace === undefined) {
      const prefix = this.#doc.slice(start, Math.min(end, start + 40));
      throw this.#doc.fault('ERR_EVENT_NAMESPACE', start, `the prefix '${prefix}' is not declared`);
    }
    return namespace;
  }

  /** The prefix that an attribute declares, `''` for the default namespace, if it is a declaration. */
  #declaredPrefix(at: number): string | undefined {
    const start = attributes[at + NAME_AT]!;
    const end = attributes[at + NAME_END]!;
    const colon = attributes[at + COLON_AT]!;
    if ((colon === 0 ? end : colon) - start !== 5 || !isAt(this.#bytes, start, 'xmlns')) {
      return undefined;
    }
    return colon === 0 ? '' : this.#doc.slice(colon + 1, end);
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

/** Whether the bytes from `start` to `end` are the same as those from `other` on. */
function sameBytes(bytes: Uint8Array, other: number, start: number, end: number): boolean {
  let theirs = other;
  for (let ours = start; ours < end; ours++) {
    if (bytes[ours] !== bytes[theirs++]) {
      return false;
    }
  }
  return true;
}
