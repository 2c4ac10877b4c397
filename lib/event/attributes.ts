import { byteClasses, passClass, SPACE, VALUE } from './chars';
import type { EncodedText } from './encoded-text';
import { attributeValue } from './escape';
import { isAt, passLocalPart, passName, passReference, passSpace } from './markup';

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const AMPERSAND = 0x26;
const COLON = 0x3a;
const LOWER_X = 0x78;

// What is known of an attribute: a group of numbers.
const NAME_START = 0;
/** Where the colon of its name is, or 0. */
const COLON_AT = 1;
const NAME_END = 2;
const VALUE_START = 3;
const VALUE_END = 4;
/** 1 where the value is what stands between the quotes, character by character. */
const IS_PLAIN = 5;
const GROUP = 6;

/** With so many attributes, their names are compared one with another; with more, through a set. */
const FEW = 8;

/** Shared by all scans, since none begins before the last one is over; it grows as documents need it. */
let numbers = new Int32Array(64 * GROUP);

/**
 * The attributes of the root, which are kept to the end of a scan, and those of the start tag in hand.
 *
 * An attribute goes by a number between `first` and `end`, in steps of `step`.
 */
export class Attributes {
  /** The first attribute of the start tag in hand. */
  first = 0;
  /** The number after its last one. */
  end = 0;
  /** Whether one of them has a prefix or is a namespace declaration. */
  areQualified = false;
  readonly step = GROUP;

  readonly #doc: EncodedText;
  readonly #cap: number;

  constructor(doc: EncodedText, cap: number) {
    this.#doc = doc;
    this.#cap = cap;
  }

  /** Keeps the attributes of the tag in hand, which is the root's. */
  keep(): void {
    this.first = this.end;
  }

  /** Passes over the attributes of a start tag, from the end of its name up to its `>` or `/`. */
  pass(position: number): number {
    const { bytes } = this.#doc;
    const { first } = this;
    let at = first;
    let pos = position;
    this.areQualified = false;
    for (;;) {
      let byte = bytes[pos]!;
      const spaceStart = pos;
      while ((byteClasses[byte]! & SPACE) !== 0) {
        byte = bytes[++pos]!;
      }
      if (byte === GREATER || byte === SLASH) {
        break;
      }
      if (pos === spaceStart) {
        const after = at === first ? 'the name of an element' : 'an attribute';
        throw this.#doc.unexpected(pos, `white space, '>' or '/>' after ${after}`);
      }
      if (at - first === this.#cap * GROUP) {
        const problem = `the element has more attributes than the cap of ${this.#cap}`;
        throw this.#doc.fault('ERR_EVENT_TOO_MANY_ATTRIBUTES', pos, problem);
      }
      if (at + GROUP > numbers.length) {
        const larger = new Int32Array(numbers.length * 2);
        larger.set(numbers);
        numbers = larger;
      }
      pos = this.#passOne(pos, at);
      at += GROUP;
    }
    this.end = at;
    if (at - first > FEW * GROUP) {
      this.#refuseDuplicates();
    }
    return pos;
  }

  /** Finds a kept attribute of the root by its whole name as it stands in the text; -1 where there is none. */
  findKept(name: Uint8Array): number {
    for (let at = 0; at < this.first; at += GROUP) {
      const start = numbers[at + NAME_START]!;
      if (numbers[at + NAME_END]! - start === name.length && sameBytes(name, 0, this.#doc.bytes, start, name.length)) {
        return at;
      }
    }
    return -1;
  }

  nameStart(at: number): number {
    return numbers[at + NAME_START]!;
  }

  /** Where the colon of its name is, or 0. */
  colon(at: number): number {
    return numbers[at + COLON_AT]!;
  }

  nameEnd(at: number): number {
    return numbers[at + NAME_END]!;
  }

  valueStart(at: number): number {
    return numbers[at + VALUE_START]!;
  }

  /** Its value, references replaced and white space normalized. It may hold on to the whole text. */
  value(at: number): string {
    const raw = this.#doc.piece(numbers[at + VALUE_START]!, numbers[at + VALUE_END]!);
    return numbers[at + IS_PLAIN] === 1 ? raw : attributeValue(raw);
  }

  /** The prefix that it declares, `''` for the default namespace, if it is a declaration. */
  declaredPrefix(at: number): string | undefined {
    const start = numbers[at + NAME_START]!;
    const end = numbers[at + NAME_END]!;
    const colon = numbers[at + COLON_AT]!;
    if ((colon === 0 ? end : colon) - start !== 'xmlns'.length || !isAt(this.#doc.bytes, start, 'xmlns')) {
      return undefined;
    }
    return colon === 0 ? '' : this.#doc.slice(colon + 1, end);
  }

  /** The error for an attribute that is there before. */
  duplicate(at: number): Error {
    const start = numbers[at + NAME_START]!;
    const name = this.#doc.slice(start, Math.min(numbers[at + NAME_END]!, start + 40));
    return this.#doc.fault('ERR_EVENT_DUPLICATE_ATTRIBUTE', start, `the attribute '${name}' is there twice`);
  }

  /** Passes over an attribute, production [41]. */
  #passOne(position: number, at: number): number {
    const { bytes } = this.#doc;
    const noted = numbers;
    let pos = passName(this.#doc, position, 'the name of an attribute');
    const colon = bytes[pos] === COLON ? pos : 0;
    if (colon !== 0) {
      pos = passLocalPart(this.#doc, colon);
    }
    noted[at + NAME_START] = position;
    noted[at + COLON_AT] = colon;
    noted[at + NAME_END] = pos;
    if (at - this.first < FEW * GROUP) {
      this.#refuseDuplicate(position, pos, at);
    }
    if (colon !== 0 || (bytes[position] === LOWER_X && this.declaredPrefix(at) !== undefined)) {
      this.areQualified = true;
    }
    let quote = bytes[pos + 1]!;
    if (bytes[pos] === EQUALS && (quote === QUOTE || quote === APOSTROPHE)) {
      pos += 2;
    } else {
      pos = this.#passEquals(pos);
      quote = bytes[pos - 1]!;
    }
    noted[at + VALUE_START] = pos;
    let isPlain = 1;
    for (;;) {
      pos = passClass(bytes, pos, VALUE);
      const byte = bytes[pos]!;
      if (byte === quote) {
        break;
      }
      pos = this.#passInValue(pos, byte);
      isPlain = 0;
    }
    noted[at + VALUE_END] = pos;
    noted[at + IS_PLAIN] = isPlain;
    return pos + 1;
  }

  /** Passes over an equals sign, production [25], and an opening quote. */
  #passEquals(position: number): number {
    const { bytes } = this.#doc;
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
  #passInValue(pos: number, byte: number): number {
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

  /** Compares the name of an attribute with each before it. */
  #refuseDuplicate(start: number, end: number, at: number): void {
    const { bytes } = this.#doc;
    for (let other = this.first; other < at; other += GROUP) {
      const otherStart = numbers[other + NAME_START]!;
      const length = end - start;
      if (numbers[other + NAME_END]! - otherStart === length && sameBytes(bytes, otherStart, bytes, start, length)) {
        throw this.duplicate(at);
      }
    }
  }

  #refuseDuplicates(): void {
    const names = new Set<string>();
    for (let at = this.first; at < this.end; at += GROUP) {
      const name = this.#doc.slice(numbers[at + NAME_START]!, numbers[at + NAME_END]!);
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
