import type { Document } from '@xmldom/xmldom';
import { parseDocument } from './dom';
import type { ReadEvent } from './read-event';

/** An event as filters see it: its text, what the text's root says, and its tree when one is asked for. */
export class EventRecord {
  /** The `<event>…</event>` text. */
  readonly xml: string;
  /** The value of its `type` attribute. */
  readonly type: string;
  /** The value of its `timestamp` attribute. */
  readonly timestamp: string;
  #document: Document | undefined;

  constructor(read: ReadEvent) {
    this.xml = read.xml;
    this.type = read.type;
    this.timestamp = read.timestamp;
  }

  /** The event as a DOM document, made when first asked for and then kept. */
  get document(): Document {
    this.#document ??= parseDocument(this.xml);
    return this.#document;
  }
}
