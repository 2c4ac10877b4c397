import { byteClasses, SPACE } from '../../xml/chars';
import type { StreamBuffer } from './stream-buffer';
import { type StreamToken, tokenAt } from './stream-token';

const LESS = 0x3c;
const GREATER = 0x3e;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const DASH = 0x2d;
const QUESTION_MARK = 0x3f;
const LEFT_BRACKET = 0x5b;
const RIGHT_BRACKET = 0x5d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A construct that ends with a run of one byte and a `>`. */
interface Ending {
  readonly openingLength: number;
  readonly byte: number;
  readonly run: number;
  /** Whether a `<` may not stand inside it. */
  readonly isTag?: boolean;
}

const comment: Ending = { openingLength: 4, byte: DASH, run: 2 };
const cdata: Ending = { openingLength: 9, byte: RIGHT_BRACKET, run: 2 };
const instruction: Ending = { openingLength: 2, byte: QUESTION_MARK, run: 1 };
const xmlDeclaration: Ending = { ...instruction, isTag: true };

function endingOf(token: StreamToken): Ending | undefined {
  switch (token) {
    case 'comment':
      return comment;
    case 'cdata':
      return cdata;
    case 'instruction':
      return instruction;
    case 'xml-declaration':
      return xmlDeclaration;
    default:
      return undefined;
  }
}

/**
 * What the tokenizer came upon:
 *
 * - `'more'`: the last byte that it may look at; if it stopped before that, it needs more bytes to go on;
 * - `'text'`: text between documents that is not white space; it goes no further by itself;
 * - `'markup'`: a `<`, `markup` says of what; it goes no further until that is accepted;
 * - `'tag'`: the end of the tag of `token`, which is not `'other'`;
 * - `'instruction'`: the end of a processing instruction that isn't inside an event;
 * - `'broken'`: a `<` inside a tag, an XML declaration or a DOCTYPE, where none may be; the text goes on with it.
 */
export type Finding = 'more' | 'text' | 'markup' | 'tag' | 'instruction' | 'broken';

/**
 * Where the position is, as the tokenizer does not know by itself:
 *
 * - `'between'` documents, where only white space may stand;
 * - in `'junk'` there, whose text does not matter;
 * - `'inside'` an event, where nothing matters but `event` elements and XML declarations.
 */
export type Surroundings = 'between' | 'junk' | 'inside';

/** Tells tags, comments and the like from text in a stream of bytes, as far as framing needs it: a `>` may be quoted. */
export class StreamTokenizer {
  /** Everything before this has been looked at. */
  position = 0;
  /** What the position is inside of. */
  token: StreamToken | 'text' = 'text';
  /** Where that begins. */
  tokenStart = 0;
  /** What begins at the position, after `'markup'`. */
  markup: StreamToken = 'other';

  readonly #buffer: StreamBuffer;
  /** How the token ends, if that is not the way of tags. */
  #ending: Ending | undefined;
  /** The quote that is open in a tag or DOCTYPE, or 0. */
  #quote = 0;
  /** How many of the ending's bytes came last. */
  #run = 0;
  /** Whether the position is inside a DOCTYPE, and there inside the internal subset. */
  #doctype: 'outside' | 'declaration' | 'subset' = 'outside';

  constructor(buffer: StreamBuffer) {
    this.#buffer = buffer;
  }

  /**
   * Goes on to the next finding.
   *
   * @param stop How far it may go. An opening is looked at as a whole all the same.
   * @param complete Whether no more bytes will come.
   */
  advance(stop: number, complete: boolean, surroundings: Surroundings): Finding {
    while (this.position < stop) {
      const finding = this.#advance(stop, complete, surroundings);
      if (finding !== undefined) {
        return finding;
      }
    }
    return 'more';
  }

  /** Passes over the opening of the markup that was found, and takes what follows for a certain token. */
  accept(token: StreamToken): void {
    this.token = token;
    this.tokenStart = this.position;
    this.#quote = 0;
    this.#run = 0;
    this.#ending = endingOf(token);
    this.position += this.#ending?.openingLength ?? 1;
    if (token === 'doctype') {
      this.#doctype = 'declaration';
    }
  }

  /** Takes what follows for text, whatever the position is inside of. */
  leave(): void {
    this.token = 'text';
    this.#ending = undefined;
    this.#doctype = 'outside';
  }

  #advance(stop: number, complete: boolean, surroundings: Surroundings): Finding | undefined {
    if (this.token === 'text') {
      const finding = surroundings === 'between' ? this.#skipSpace(stop, complete) : this.#skipText(stop, complete);
      if (finding !== 'markup' || surroundings !== 'inside') {
        return finding;
      }
      return this.#acceptInside();
    }
    if (this.#ending !== undefined) {
      return this.#skipUntil(this.#ending, stop, surroundings);
    }
    return this.token === 'doctype' ? this.#skipDoctype(stop, complete) : this.#skipTag(stop);
  }

  /** Accepts at once what does not matter inside an event. */
  #acceptInside(): Finding | undefined {
    switch (this.markup) {
      case 'event':
      case 'event-end':
      case 'xml-declaration':
        return 'markup';
      case 'events':
      case 'events-end':
      case 'doctype':
        this.accept('other');
        return undefined;
      default:
        this.accept(this.markup);
        return undefined;
    }
  }

  #skipText(stop: number, complete: boolean): Finding | undefined {
    const { bytes, base } = this.#buffer;
    const end = stop - base;
    let index = this.position - base;
    while (index < end && bytes[index] !== LESS) {
      index++;
    }
    this.position = base + index;
    return index < end ? this.#lookAtMarkup(complete) : undefined;
  }

  /** Passes over white space and byte order marks. */
  #skipSpace(stop: number, complete: boolean): Finding | undefined {
    const { bytes, base } = this.#buffer;
    const end = stop - base;
    let index = this.position - base;
    while (index < end && (byteClasses[bytes[index]!]! & SPACE) !== 0) {
      index++;
    }
    this.position = base + index;
    if (index === end) {
      return undefined;
    }
    if (bytes[index] === LESS) {
      return this.#lookAtMarkup(complete);
    }
    const mark = this.#buffer.slice(this.position, Math.min(this.position + BYTE_ORDER_MARK.length, this.#buffer.end));
    if (mark.equals(BYTE_ORDER_MARK)) {
      this.position += BYTE_ORDER_MARK.length;
      return undefined;
    }
    return !complete && mark.equals(BYTE_ORDER_MARK.subarray(0, mark.length)) ? 'more' : 'text';
  }

  #lookAtMarkup(complete: boolean): Finding {
    const token = this.#tokenHere(complete);
    if (token === undefined) {
      return 'more';
    }
    this.markup = token;
    return 'markup';
  }

  #tokenHere(complete: boolean): StreamToken | undefined {
    const { bytes, base, end } = this.#buffer;
    return tokenAt(bytes, this.position - base, end - base, complete);
  }

  #skipTag(stop: number): Finding | undefined {
    const { bytes, base } = this.#buffer;
    const end = stop - base;
    const mayQuote = this.token !== 'event-end' && this.token !== 'events-end';
    let quote = this.#quote;
    for (let index = this.position - base; index < end; index++) {
      const byte = bytes[index];
      if (byte === LESS) {
        this.position = base + index;
        this.leave();
        return 'broken';
      }
      if (quote !== 0) {
        if (byte === quote) {
          quote = 0;
        }
      } else if (byte === GREATER) {
        this.position = base + index + 1;
        if (this.token !== 'other') {
          return 'tag';
        }
        this.leave();
        return undefined;
      } else if (mayQuote && (byte === QUOTE || byte === APOSTROPHE)) {
        quote = byte;
      }
    }
    this.#quote = quote;
    this.position = stop;
    return undefined;
  }

  #skipUntil(ending: Ending, stop: number, surroundings: Surroundings): Finding | undefined {
    const { bytes, base } = this.#buffer;
    const end = stop - base;
    let run = this.#run;
    for (let index = this.position - base; index < end; index++) {
      const byte = bytes[index];
      if (byte === GREATER && run >= ending.run) {
        const isBetween = surroundings !== 'inside' && this.#doctype === 'outside';
        const isFound = this.token === 'instruction' && isBetween;
        this.position = base + index + 1;
        this.token = this.#doctype === 'outside' ? 'text' : 'doctype';
        this.#ending = undefined;
        return isFound ? 'instruction' : undefined;
      }
      if (byte === LESS && ending.isTag) {
        this.position = base + index;
        this.leave();
        return 'broken';
      }
      run = byte === ending.byte ? run + 1 : 0;
    }
    this.#run = run;
    this.position = stop;
    return undefined;
  }

  #skipDoctype(stop: number, complete: boolean): Finding | undefined {
    const { bytes, base } = this.#buffer;
    while (this.position < stop) {
      const byte = bytes[this.position - base]!;
      if (this.#quote !== 0) {
        this.#quote = byte === this.#quote ? 0 : this.#quote;
      } else if (byte === QUOTE || byte === APOSTROPHE) {
        this.#quote = byte;
      } else if (byte === LEFT_BRACKET) {
        this.#doctype = 'subset';
      } else if (byte === RIGHT_BRACKET) {
        this.#doctype = 'declaration';
      } else if (byte === LESS) {
        if (this.#doctype === 'declaration') {
          this.leave();
          return 'broken';
        }
        const token = this.#tokenHere(complete);
        if (token === undefined) {
          return 'more';
        }
        if (endingOf(token) !== undefined) {
          // A comment or an instruction inside the DOCTYPE, which may hold quotes that mean nothing.
          const { tokenStart } = this;
          this.accept(token);
          this.tokenStart = tokenStart;
          return undefined;
        }
      } else if (byte === GREATER && this.#doctype === 'declaration') {
        this.position++;
        this.leave();
        return undefined;
      }
      this.position++;
    }
    return undefined;
  }
}
