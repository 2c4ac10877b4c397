import { carryableText } from '../xml/chars';
import { escapeAttributeValue, escapeText } from '../xml/escape';
import type { EventLimits } from '../xml/limits';
import { type ReadEvent, readEvent } from './read-event';

/**
 * The text of an event that the library makes itself, written part by part.
 *
 * Names are constants of the library, and aren't checked. Values may be anything: they are escaped, and a character that
 * XML cannot carry becomes U+FFFD.
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
      this.#rest += ` ${name}="${typeof value === 'string' ? attributeValue(value) : value}"`;
      this.#attributes += 1;
      this.#mostAttributes = Math.max(this.#mostAttributes, this.#attributes);
    }
    return this;
  }

  /** Adds text to the element in hand. */
  text(text: string): this {
    this.#rest += this.#isInTag ? `>${characterData(text)}` : characterData(text);
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
    const element = `<${name}>${characterData(text)}</${name}>`;
    this.#rest += this.#isInTag ? `>${element}` : element;
    this.#isInTag = false;
    this.#elements += 1;
    this.#deepest = Math.max(this.#deepest, this.#depth + 1);
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
    const bytes = Buffer.byteLength(xml);
    if (
      bytes > limits.eventBytes ||
      this.#elements > limits.eventElements ||
      this.#deepest > limits.eventDepth ||
      this.#mostAttributes > limits.eventAttributes
    ) {
      // It's refused with the place, as if it came from elsewhere.
      return readEvent(xml, limits);
    }
    return { xml, type: this.type, timestamp, bytes };
  }

  #head(timestamp: string): string {
    return `<event type="${attributeValue(this.type)}" timestamp="${attributeValue(timestamp)}"`;
  }
}

/** All that is not written as it is: markup, white space that readers normalize, and what XML cannot carry. */
const SPECIAL = /[^ !#-%'-;=?-\u0084\u0086-\u2027\u202a-\ud7ff\ue000-\ufffd]/;

function attributeValue(value: string): string {
  return SPECIAL.test(value) ? escapeAttributeValue(carryableText(value)) : value;
}

function characterData(text: string): string {
  return SPECIAL.test(text) ? escapeText(carryableText(text)) : text;
}
