import * as chars from '../xml/chars';
import { skipClass } from '../xml/chars';
import { sharedBytes, sharedView } from '../xml/encoded-text';
import * as layout from '../xml/light-tree';
import type { EventLimits } from '../xml/limits';
import { treeWriter } from '../xml/tree-writer';
import { knownWords } from './known-words';
import type { ShapeParts } from './shape-parts';
import { sharedEnds } from './value-ends';

// What is exported is looked up anew at every use in CommonJS; a name of the file's own is not.
const allBytes = sharedBytes;
const allEnds = sharedEnds;
const wholeView = sharedView;
const { TEXT } = chars;
const { AFTER, CONTENT, ENTRY, KIND, LAST_CHILD, NAME_END, NAME_START, PARENT, PLAIN, PREVIOUS } = layout;
const { VALUE_END, VALUE_START } = layout;
const { element, text } = layout.nodeKind;

const WORD = 8;

// The two halves of an entry of the shared array.
const END = 0xffff;
const WORD_SHIFT = 16;

// What is known of a literal and of the value behind it: a group of numbers.
const LENGTH = 0;
/** How many words of eight bytes cover it; the last may begin inside the one before. 0 if it is shorter than one. */
const WORDS = 1;
/** The bytes of one that is shorter, four at a time, and which of their bits count. */
const FIRST = 2;
const FIRST_MASK = 3;
const SECOND = 4;
const SECOND_MASK = 5;
/** Of which class the bytes of the value are; 0 at the end. */
const CLASS = 6;
/** How many there are at least: no text is an empty one, and the time stamp says something. */
const LEAST = 7;
/** With which byte the next literal begins. */
const DELIMITER = 8;
const LITERAL = 9;

let shapesMade = 0;

/**
 * What events have in common that differ only in their time stamps, in other attributes' values and in text.
 *
 * Nearly every event has the same markup as one before. An event of a known shape needs no more than a comparison with it, several
 * bytes at a time, and a look at the bytes of its values; where these end is all that has to be noted. What differs in anything
 * else, be it a space in a tag, or holds a reference or a character beyond ASCII, is for the scanner to judge. It has judged
 * each shape as well, and values of the bytes that are looked for here change nothing in its judgement.
 */
export class Shape {
  /** One after another get theirs. */
  readonly number: number;
  readonly type: string;
  /** How many values an event has, in document order: those of all attributes but the type, and all text. */
  readonly count: number;
  /** Which of them is the time stamp. */
  readonly timestamp: number;
  readonly #parts: ShapeParts;
  /** The words of all literals. Eight bytes of ASCII are no number that equals another, or doesn't equal itself. */
  readonly #words: Float64Array;
  readonly #literals: Int32Array;
  /** Which values are looked up in indexes. */
  readonly #expected: number[] = [];

  constructor(parts: ShapeParts) {
    shapesMade += 1;
    this.number = shapesMade;
    this.type = parts.type;
    this.count = parts.classes.length;
    this.timestamp = parts.timestamp;
    this.#parts = parts;
    const words: number[] = [];
    this.#literals = new Int32Array(parts.literals.length * LITERAL);
    parts.literals.forEach((bytes, index) => {
      const count = bytes.length < WORD ? 0 : Math.ceil(bytes.length / WORD);
      for (let word = 1; word <= count; word++) {
        words.push(bytes.readDoubleLE(Math.min(word * WORD, bytes.length) - WORD));
      }
      const short = Buffer.alloc(WORD);
      const mask = Buffer.alloc(WORD);
      if (count === 0) {
        bytes.copy(short);
        mask.fill(0xff, 0, bytes.length);
      }
      const literal = [bytes.length, count];
      for (const at of [0, 4]) {
        literal.push(short.readInt32LE(at), mask.readInt32LE(at));
      }
      const wanted = parts.classes[index] ?? 0;
      const least = wanted === TEXT || index === parts.timestamp ? 1 : 0;
      this.#literals.set([...literal, wanted, least, parts.literals[index + 1]?.[0] ?? 0], index * LITERAL);
    });
    this.#words = new Float64Array(words);
  }

  /** Whether the caps allow an event of the shape. */
  isWithin({ eventElements, eventDepth, eventAttributes }: EventLimits): boolean {
    const { elements, depth, attributes } = this.#parts;
    return elements <= eventElements && depth <= eventDepth && attributes <= eventAttributes;
  }

  /**
   * Whether the text in the shared buffer, all of whose bytes are ASCII, is an event of the shape.
   *
   * @param end How many bytes it has.
   * @param place Where in the shared array the ends of its values go.
   */
  matches(end: number, place: number): boolean {
    // Variables of the function's own are read more quickly still: what kind of array each is, is asked once.
    const view = wholeView;
    const bytes = allBytes;
    const ends = allEnds;
    const words = this.#words;
    const literals = this.#literals;
    let pos = 0;
    let word = 0;
    let value = place;
    // A 0 behind the text is in no literal and of no class.
    for (let literal = 0; ; literal += LITERAL) {
      const next = pos + literals[literal + LENGTH]!;
      const count = literals[literal + WORDS]!;
      if (count === 0) {
        if (
          (view.getInt32(pos, true) & literals[literal + FIRST_MASK]!) !== literals[literal + FIRST] ||
          (view.getInt32(pos + 4, true) & literals[literal + SECOND_MASK]!) !== literals[literal + SECOND]
        ) {
          return false;
        }
      } else {
        const last = word + count - 1;
        if (view.getFloat64(next - WORD, true) !== words[last]) {
          return false;
        }
        for (; word < last; word++) {
          if (view.getFloat64(pos, true) !== words[word]) {
            return false;
          }
          pos += WORD;
        }
        word++;
      }
      pos = next;
      const wanted = literals[literal + CLASS]!;
      if (wanted === 0) {
        return pos === end;
      }
      let suspects = suspectBytes(view.getInt32(pos, true));
      while (suspects === 0) {
        pos += 4;
        suspects = suspectBytes(view.getInt32(pos, true));
      }
      pos += (31 - Math.clz32(suspects & -suspects)) >> 3;
      if (bytes[pos] !== literals[literal + DELIMITER]) {
        pos = skipClass(bytes, pos, wanted);
      }
      if (pos - next < literals[literal + LEAST]!) {
        return false;
      }
      ends[value] = pos;
      value++;
    }
  }

  /** A value of an event, the ends of whose values are at a place in the shared array. */
  value(xml: string, place: number, value: number): string {
    const word = allEnds[place + value]! >>> WORD_SHIFT;
    return word === 0 ? xml.slice(this.#start(place, value), allEnds[place + value]! & END) : knownWords.word(word);
  }

  /** The number of the known word that a value is, as far as that was noted; else 0. */
  word(place: number, value: number): number {
    return allEnds[place + value]! >>> WORD_SHIFT;
  }

  /** Where a value begins. */
  #start(place: number, value: number): number {
    const before = value === 0 ? 0 : allEnds[place + value - 1]! & END;
    return before + this.#literals[value * LITERAL + LENGTH]!;
  }

  /** Says that a value will be asked for time and again. */
  expect(value: number): void {
    if (!this.#expected.includes(value)) {
      this.#expected.push(value);
    }
  }

  /** Notes which of an event's expected values are known words, while its text is in the shared buffer. */
  noteWords(place: number): void {
    const expected = this.#expected;
    for (let index = 0; index < expected.length; index++) {
      const value = expected[index]!;
      const end = allEnds[place + value]!;
      allEnds[place + value] = end | (knownWords.numberOf(this.#start(place, value), end) << WORD_SHIFT);
    }
  }

  /**
   * What the string-value of a node is in all events of the shape: one of their values, by its number, or always the same.
   *
   * @param place The node's place in document order.
   * @returns `undefined` if it is made of several values.
   */
  valueOfNode(place: number): number | string | undefined {
    const { nodes, typeNode } = this.#parts;
    const node = place * ENTRY;
    if (node === typeNode) {
      return this.type;
    }
    const isContainer = nodes[node + KIND]! <= element;
    const first = isContainer ? nodes[node + CONTENT]! : node;
    const after = nodes[node + AFTER]!;
    let value = -1;
    let found: number | undefined;
    for (let at = ENTRY; at < after; at += ENTRY) {
      const kind = nodes[at + KIND]!;
      if (kind === element || at === typeNode) {
        continue;
      }
      value++;
      if (at >= first && (kind === text + PLAIN || !isContainer)) {
        if (found !== undefined) {
          return undefined;
        }
        found = value;
      }
    }
    return found ?? '';
  }

  /** Writes the tree of an event, the ends of whose values are at a place in the shared array. */
  writeTree(place: number): void {
    treeWriter.begin();
    const { nodes: written, root } = treeWriter;
    const { nodes, typeNode } = this.#parts;
    // How much further back the event is than the first one of its shape.
    let shift = 0;
    let value = place;
    for (let at = ENTRY, to = root + ENTRY; at < nodes.length; at += ENTRY, to += ENTRY) {
      const kind = nodes[at + KIND]!;
      const previous = nodes[at + PREVIOUS]!;
      written[to + KIND] = kind;
      written[to + PARENT] = nodes[at + PARENT]! + root;
      written[to + AFTER] = nodes[at + AFTER]! + root;
      written[to + PREVIOUS] = previous === -1 ? -1 : previous + root;
      // Text has no name.
      const nameShift = kind === text + PLAIN ? 0 : shift;
      written[to + NAME_START] = nodes[at + NAME_START]! + nameShift;
      written[to + NAME_END] = nodes[at + NAME_END]! + nameShift;
      if (kind === element) {
        const lastChild = nodes[at + LAST_CHILD]!;
        written[to + CONTENT] = nodes[at + CONTENT]! + root;
        written[to + LAST_CHILD] = lastChild === -1 ? -1 : lastChild + root;
      } else {
        written[to + VALUE_START] = nodes[at + VALUE_START]! + shift;
        if (at !== typeNode) {
          shift = (allEnds[value]! & END) - nodes[at + VALUE_END]!;
          value++;
        }
        written[to + VALUE_END] = nodes[at + VALUE_END]! + shift;
      }
    }
    treeWriter.next = root + nodes.length;
    written[root + LAST_CHILD] = nodes[LAST_CHILD]! + root;
    treeWriter.end(false, false);
  }
}

/**
 * Finds those of four bytes of ASCII that may be no part of a value, or end it: `<`, `]`, and all from `'` down.
 *
 * @returns The highest bit of each byte that is one, and perhaps of some behind the first; 0 if there is none.
 */
function suspectBytes(bytes: number): number {
  const low = bytes - 0x28282828;
  const less = (bytes ^ 0x3c3c3c3c) - 0x01010101;
  const bracket = (bytes ^ 0x5d5d5d5d) - 0x01010101;
  return (low | less | bracket) & 0x80808080;
}
