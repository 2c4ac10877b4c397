import { carryableText } from '../xml/chars';
import { escapeAttributeValue, escapeText } from '../xml/escape';
import type { EventLimits } from '../xml/limits';
import { type ReadEvent, readEvent, unreadEvent } from './read-event';

/**
 * The text of an event that the library makes itself, written part by part.
 *
 * Names are constants of the library, and aren't checked. Values may be anything: they are escaped, and a character that
 * XML cannot carry becomes U+FFFD.
 *
 * The parts are joined when the text is read for the first time; a handler that is chosen by the type need never do that. So
 * nothing here looks into the whole of it.
 *
 * ```
 * new EventText('domain-reboot').open('domain').attribute('id', 3).element('name', 'web').close('domain');
 * ```
 */
export class EventText {
  readonly type: string;
  #timestamp: string | undefined;
  /** What follows the time stamp. */
  #rest = '';
  /** Whether the last start tag may still get attributes. */
  #isInTag = true;
  /** Whether there is a byte for each of its UTF-16 code units, as far as it is known. */
  #isAscii = true;
  #headLength: number | undefined;
  // What the caps are for; the event itself is an element with two attributes.
  #elements = 1;
  #depth = 1;
  #deepest = 1;
  #attributes = 2;
  #mostAttributes = 2;

  /** @param timestamp The event's own time stamp, if it has one. */
  constructor(type: string, timestamp?: string) {
    this.type = type;
    this.#timestamp = timestamp;
  }

  /** Gives the event a time stamp of its own. */
  at(timestamp: string): this {
    this.#timestamp = timestamp;
    return this;
  }

  /** Says that a name isn't a constant of the library, but one that was checked and may be of any characters. */
  nameIsBeyondAscii(): void {
    this.#isAscii = false;
  }

  /** Begins an element. */
  open(name: string): this {
    this.#rest += this.#isInTag ? `><${name}` : `<${name}`;
    this.#isInTag = true;
    this.#elements += 1;
    this.#depth += 1;
    this.#deepest = Math.max(this.#deepest, this.#depth);
    this.#attributes = 0;
    return this;
  }

  /** Adds an attribute to the element that has just begun, or at first to the event itself; `undefined` adds none. */
  attribute(name: string, value: string | number | bigint | boolean | undefined): this {
    if (value !== undefined) {
      this.#rest += ` ${name}="${typeof value === 'string' ? this.#value(value) : value}"`;
      this.#attributes += 1;
      this.#mostAttributes = Math.max(this.#mostAttributes, this.#attributes);
    }
    return this;
  }

  /** Adds text to the element in hand. */
  text(text: string): this {
    const data = this.#data(text);
    this.#rest += this.#isInTag ? `>${data}` : data;
    this.#isInTag = false;
    return this;
  }

  /** Ends the element in hand, which is of that name; one without text and elements becomes an empty-element tag. */
  close(name: string): this {
    this.#rest += this.#isInTag ? '/>' : `</${name}>`;
    this.#isInTag = false;
    this.#depth -= 1;
    return this;
  }

  /** Adds an element that holds nothing but text. */
  element(name: string, text: string): this {
    const element = `<${name}>${this.#data(text)}</${name}>`;
    this.#rest += this.#isInTag ? `>${element}` : element;
    this.#isInTag = false;
    this.#elements += 1;
    this.#deepest = Math.max(this.#deepest, this.#depth + 1);
    return this;
  }

  /** Adds an element that is written already, with all that is in it. */
  whole({ xml, isAscii, elements, depth, attributes }: WholeElement): this {
    this.#rest += this.#isInTag ? `>${xml}` : xml;
    this.#isInTag = false;
    this.#isAscii &&= isAscii;
    this.#elements += elements;
    this.#deepest = Math.max(this.#deepest, this.#depth + depth);
    this.#mostAttributes = Math.max(this.#mostAttributes, attributes);
    return this;
  }

  /** How many UTF-16 code units there are so far. */
  get length(): number {
    this.#headLength ??= this.#head(this.#timestamp ?? '').length;
    return this.#headLength + this.#rest.length + (this.#isInTag ? 1 : 0);
  }

  /**
   * Ends the event, and makes it ready to be queued.
   *
   * It is not read again for that, unless it is over a cap: its tree is made when it is asked for.
   *
   * @param defaultTimestamp Its time stamp, if it has none of its own.
   * @throws {InvalidEventError} with the code of the cap that it is over.
   */
  finish(defaultTimestamp: string, limits: EventLimits): ReadEvent {
    const timestamp = this.#timestamp ?? defaultTimestamp;
    const xml = `${this.#head(timestamp)}${this.#rest}${this.#isInTag ? '/>' : '</event>'}`;
    const bytes = this.#isAscii ? xml.length : Buffer.byteLength(xml);
    if (
      bytes > limits.eventBytes ||
      this.#elements > limits.eventElements ||
      this.#deepest > limits.eventDepth ||
      this.#mostAttributes > limits.eventAttributes
    ) {
      // It's refused with the place, as if it came from elsewhere.
      return readEvent(xml, limits);
    }
    return unreadEvent(xml, this.type, timestamp, bytes);
  }

  #head(timestamp: string): string {
    if (this.type !== lastType) {
      lastType = this.type;
      lastHead = `<event type="${attributeValue(lastType)}" timestamp="`;
      lastHeadIsPlain = isPlain(lastType);
    }
    this.#isAscii &&= lastHeadIsPlain;
    return `${lastHead}${this.#timestamp === undefined ? timestamp : this.#value(timestamp)}"`;
  }

  #value(value: string): string {
    if (isPlain(value)) {
      return value;
    }
    this.#isAscii = false;
    return attributeValue(value);
  }

  #data(text: string): string {
    if (isPlain(text)) {
      return text;
    }
    this.#isAscii = false;
    return characterData(text);
  }
}

/** An element that is written once for many events. */
export interface WholeElement {
  readonly xml: string;
  readonly isAscii: boolean;
  /** How many elements it is, those inside it counted. */
  readonly elements: number;
  /** How deep they are nested: 1 if there are none inside. */
  readonly depth: number;
  /** The most attributes that one of them has. */
  readonly attributes: number;
}

// What stands before the time stamp, as one event after the other is of the same type.
let lastType: string | undefined;
let lastHead = '';
let lastHeadIsPlain = false;

/** All but the characters of ASCII that are written as they are: markup, control characters, and what lies beyond ASCII. */
const SPECIAL = /[^ !#-%'-;=?-~]/;

function isPlain(text: string): boolean {
  return !SPECIAL.test(text);
}

/** A value as it stands between the quotes of an attribute. */
export function attributeValue(value: string): string {
  return isPlain(value) ? value : escapeAttributeValue(carryableText(value));
}

/** A text as it stands between the tags of an element. */
export function characterData(text: string): string {
  return isPlain(text) ? text : escapeText(carryableText(text));
}
