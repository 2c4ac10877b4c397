import { sharedBytes, sharedView } from '../xml/encoded-text';

/** How many words are kept at most, each in its slot: of ever new words, only the first. */
const SLOTS = 4096;

/** The longest word, in bytes. */
const LONGEST = 8;

// A slot: the word's bytes, and how many there are.
const SLOT = 3;

/** Which bits of eight bytes, four at a time, belong to a word of so many bytes. */
const firstMasks = Int32Array.of(0, 0xff, 0xffff, 0xffffff, -1, -1, -1, -1, -1);
const lastMasks = Int32Array.of(0, 0, 0, 0, 0, 0xff, 0xffff, 0xffffff, -1);

const view = sharedView;
const slots = new Int32Array(SLOTS * SLOT);

/**
 * Short values of events that come again and again, such as `running`: a word that is known is the same string each time, so
 * that it is not cut out, its hash is known, and a look tells it from others.
 */
class KnownWords {
  readonly #words: string[] = new Array<string>(SLOTS).fill('');

  /** The number of a word of ASCII in the shared buffer, which from now on is known unless another took its slot; 0 if it isn't. */
  numberOf(start: number, end: number): number {
    const length = end - start;
    if (length > LONGEST) {
      return 0;
    }
    const first = view.getInt32(start, true) & firstMasks[length]!;
    const last = view.getInt32(start + 4, true) & lastMasks[length]!;
    const number = Math.imul(first ^ Math.imul(last, 0x9e3779b1) ^ length, 0x85ebca6b) >>> 20;
    const slot = number * SLOT;
    if (slots[slot] === first && slots[slot + 1] === last && slots[slot + 2] === length) {
      return number;
    }
    if (slots[slot + 2] !== 0 || number === 0 || length === 0) {
      return 0;
    }
    slots[slot] = first;
    slots[slot + 1] = last;
    slots[slot + 2] = length;
    this.#words[number] = sharedBytes.toString('latin1', start, end);
    return number;
  }

  /** The word of a number. */
  word(number: number): string {
    return this.#words[number]!;
  }
}

export const knownWords: KnownWords = new KnownWords();
