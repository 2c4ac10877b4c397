import * as chars from './chars';
import { byteClasses, skipClass } from './chars';
import type { EncodedText } from './encoded-text';
import { attributeValue } from './escape';
import * as layout from './light-tree';
import { isAt, skipLocalPart, skipName, skipReference, skipSpace } from './markup';
import { type TreeWriter, treeWriter } from './tree-writer';

// What is exported is looked up anew at every use in CommonJS; a name of the file's own is not.
const classes = byteClasses;
const { SPACE: WHITE_SPACE, VALUE } = chars;
const { CONTENT, ENTRY, KIND, NAME_END, NAME_START, PLAIN, VALUE_END, VALUE_START } = layout;
const { attribute, declaration } = layout.nodeKind;

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const AMPERSAND = 0x26;
const COLON = 0x3a;

/** With so many attributes, their names are compared one with another; with more, through a set. */
const FEW = 8;

/**
 * The attributes of one element: while a document is scanned, of the start tag in hand.
 *
 * An attribute goes by its entry in the tree, between `first` and `end`, in steps of `step`.
 */
export class Attributes {
  /** The entry of the first attribute. */
  first = 0;
  /** The entry after the last one. */
  end = 0;
  /** Whether one of them has a prefix or is a namespace declaration. */
  areQualified = false;
  readonly step = ENTRY;

  readonly #doc: EncodedText;
  readonly #bytes: Uint8Array;
  readonly #cap: number;
  readonly #tree: TreeWriter = treeWriter;

  constructor(doc: EncodedText, cap: number) {
    this.#doc = doc;
    this.#bytes = doc.bytes;
    this.#cap = cap;
  }

  /** Turns to the attributes of an element whose start tag has been passed. */
  turnTo(element: number): void {
    this.first = element + ENTRY;
    this.end = this.#tree.nodes[element + CONTENT]!;
  }

  /** Passes over the attributes of the open element's start tag, from the end of its name up to its `>` or `/`. */
  pass(position: number): number {
    const bytes = this.#bytes;
    let count = 0;
    let pos = position;
    this.areQualified = false;
    for (;;) {
      const spaceStart = pos;
      pos = skipSpace(bytes, pos);
      const byte = bytes[pos];
      if (byte === GREATER || byte === SLASH) {
        break;
      }
      if (pos === spaceStart) {
        const after = count === 0 ? 'the name of an element' : 'an attribute';
        throw this.#doc.unexpected(pos, `white space, '>' or '/>' after ${after}`);
      }
      if (count >= this.#cap) {
        const problem = `the element has more attributes than the cap of ${this.#cap}`;
        throw this.#doc.fault('ERR_EVENT_TOO_MANY_ATTRIBUTES', pos, problem);
      }
      count++;
      pos = this.#skipOne(pos, count);
    }
    this.turnTo(this.#tree.open);
    if (count > FEW) {
      this.#refuseDuplicates();
    }
    return pos;
  }

  /** Finds an attribute by its whole name as it stands in the text; -1 if there is none. */
  find(name: Uint8Array): number {
    const { nodes } = this.#tree;
    for (let at = this.first; at < this.end; at += ENTRY) {
      const start = nodes[at + NAME_START]!;
      if (nodes[at + NAME_END]! - start === name.length && sameBytes(name, 0, this.#bytes, start, name.length)) {
        return at;
      }
    }
    return -1;
  }

  nameStart(at: number): number {
    return this.#tree.nodes[at + NAME_START]!;
  }

  /** Where the colon of its name is, or 0. */
  colon(at: number): number {
    const { bytes } = this.#doc;
    const end = this.nameEnd(at);
    for (let pos = this.nameStart(at); pos < end; pos++) {
      if (bytes[pos] === COLON) {
        return pos;
      }
    }
    return 0;
  }

  nameEnd(at: number): number {
    return this.#tree.nodes[at + NAME_END]!;
  }

  valueStart(at: number): number {
    return this.#tree.nodes[at + VALUE_START]!;
  }

  valueEnd(at: number): number {
    return this.#tree.nodes[at + VALUE_END]!;
  }

  /** Whether its value is what stands between the quotes, character by character. */
  isPlain(at: number): boolean {
    return (this.#tree.nodes[at + KIND]! & PLAIN) !== 0;
  }

  /** Its value, references replaced and white space normalized. It may hold on to the whole text. */
  value(at: number): string {
    const { nodes } = this.#tree;
    const raw = this.#doc.piece(nodes[at + VALUE_START]!, nodes[at + VALUE_END]!);
    return (nodes[at + KIND]! & PLAIN) !== 0 ? raw : attributeValue(raw);
  }

  /** The prefix that it declares, `''` for the default namespace, if it is a declaration. */
  declaredPrefix(at: number): string | undefined {
    if ((this.#tree.nodes[at + KIND]! & ~PLAIN) !== declaration) {
      return undefined;
    }
    const colon = this.colon(at);
    return colon === 0 ? '' : this.#doc.slice(colon + 1, this.nameEnd(at));
  }

  /** The error for an attribute that is there before. */
  duplicate(at: number): Error {
    return this.#duplicate(this.nameStart(at), this.nameEnd(at));
  }

  #duplicate(start: number, end: number): Error {
    const name = this.#doc.slice(start, Math.min(end, start + 40));
    return this.#doc.fault('ERR_EVENT_DUPLICATE_ATTRIBUTE', start, `the attribute '${name}' is there twice`);
  }

  /** Passes over an attribute, production [41]. */
  #skipOne(position: number, count: number): number {
    const bytes = this.#bytes;
    let pos = skipName(this.#doc, position, 'the name of an attribute');
    const colon = bytes[pos] === COLON ? pos : 0;
    if (colon !== 0) {
      pos = skipLocalPart(this.#doc, colon);
    }
    const isDeclaration = (colon === 0 ? pos : colon) - position === 'xmlns'.length && isAt(bytes, position, 'xmlns');
    this.areQualified ||= isDeclaration || colon !== 0;
    if (count <= FEW) {
      this.#refuseDuplicate(position, pos);
    }
    const nameEnd = pos;
    let quote = bytes[pos + 1]!;
    if (bytes[pos] === EQUALS && (quote === QUOTE || quote === APOSTROPHE)) {
      pos += 2;
    } else {
      pos = this.#skipEquals(pos);
      quote = bytes[pos - 1]!;
    }
    const valueStart = pos;
    let kind = (isDeclaration ? declaration : attribute) + PLAIN;
    for (;;) {
      pos = skipClass(bytes, pos, VALUE);
      const byte = bytes[pos]!;
      if (byte === quote) {
        break;
      }
      pos = this.#skipInValue(pos, byte);
      kind &= ~PLAIN;
    }
    this.#tree.addAttribute(kind, position, nameEnd, valueStart, pos);
    return pos + 1;
  }

  /** Passes over an equals sign, production [25], and an opening quote. */
  #skipEquals(position: number): number {
    const { bytes } = this.#doc;
    let pos = skipSpace(bytes, position);
    if (bytes[pos] !== EQUALS) {
      throw this.#doc.unexpected(pos, `'=' after the name of an attribute`);
    }
    pos = skipSpace(bytes, pos + 1);
    if (bytes[pos] !== QUOTE && bytes[pos] !== APOSTROPHE) {
      throw this.#doc.unexpected(pos, 'a quoted value');
    }
    return pos + 1;
  }

  /** Passes over what needs attention in a value, production [10]. */
  #skipInValue(pos: number, byte: number): number {
    if (byte === AMPERSAND) {
      return skipReference(this.#doc, pos);
    }
    if (byte === QUOTE || byte === APOSTROPHE || (classes[byte]! & WHITE_SPACE) !== 0) {
      return pos + 1;
    }
    if (byte === LESS) {
      throw this.#doc.fault('ERR_EVENT_SYNTAX', pos, `'<' may not stand in an attribute's value; write '&lt;'`);
    }
    return this.#doc.skipCharacter(pos, "an attribute's value");
  }

  /** Compares the name of an attribute of the open element with each before it. */
  #refuseDuplicate(start: number, end: number): void {
    const bytes = this.#bytes;
    const { nodes, next, open } = this.#tree;
    for (let other = open + ENTRY; other < next; other += ENTRY) {
      const otherStart = nodes[other + NAME_START]!;
      const length = end - start;
      if (nodes[other + NAME_END]! - otherStart === length && sameBytes(bytes, otherStart, bytes, start, length)) {
        throw this.#duplicate(start, end);
      }
    }
  }

  #refuseDuplicates(): void {
    const names = new Set<string>();
    for (let at = this.first; at < this.end; at += ENTRY) {
      const name = this.#doc.slice(this.nameStart(at), this.nameEnd(at));
      if (names.has(name)) {
        throw this.duplicate(at);
      }
      names.add(name);
    }
  }
}

function sameBytes(
  ours: Uint8Array,
  ourStart: number,
  theirs: Uint8Array,
  theirStart: number,
  length: number,
): boolean {
  for (let index = 0; index < length; index++) {
    if (ours[ourStart + index] !== theirs[theirStart + index]) {
      return false;
    }
  }
  return true;
}
