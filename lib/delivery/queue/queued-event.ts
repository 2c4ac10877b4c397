import type { Document, Node } from '@xmldom/xmldom';
import type { EventOrigin } from '../../drivers/driver';
import { EventRecord } from '../../event/event-record';
import type { ReadEvent } from '../../event/read-event';
import { type DecodedEventTypes, detailOf, type EventTypes } from '../../event/vocabulary/vocabulary';
import type { FilterSource } from '../../filter/filter';
import { queryBoolean, queryNodes, queryNumber, queryString } from '../../filter/queries';
import { type EventJson, jsonDetail } from './event-json';

/** What every queued event has, whatever its type. */
export interface EventFields {
  /** The `<event>…</event>` text verbatim, with the namespaces of an enclosing `<events>` added. */
  readonly xml: string;
  /** The value of its `type` attribute. */
  readonly type: string;
  /** The value of its `timestamp` attribute: ISO 8601 in UTC with microseconds in the library's own events. */
  readonly timestamp: string;
  /**
   * Its number among all that arrived on its connection, dropped events included, counted from 1; on a connection to a journal,
   * its number there.
   */
  readonly sequence: number;
  /**
   * By what an event of a journal is recognised, by whomever and whenever it is read: `JOURNAL-ID:SEQUENCE`. A program that notes
   * down which ones it has acted on knows one that is delivered once more.
   */
  readonly key: string | undefined;
  /** How often it has been offered to its handlers, this time included; more than 1 after a `'retry'`. */
  readonly attempt: number;
  /** The event as a DOM document, made when first asked for; it is shared by all handlers, so leave it as it is. */
  readonly document: Document;
  /** The result of an XPath 1.0 expression as a string, as if by `string()`; the context node is the `event` element. */
  string(xpath: string): string;
  /** The result of an XPath 1.0 expression as a number, as if by `number()`. */
  number(xpath: string): number;
  /** The result of an XPath 1.0 expression as a boolean, as if by `boolean()`. */
  boolean(xpath: string): boolean;
  /** The nodes that an XPath 1.0 expression selects, in document order. */
  select(xpath: string): Node[];
  /** The event as plain data, which `JSON.stringify(event)` writes: its number, type, time stamp, detail and XML. */
  toJSON(): EventJson;
}

/** A queued event of one known type. */
export type QueuedEventOf<Type extends keyof EventTypes> = EventFields & {
  readonly type: Type;
  /**
   * What the event says, decoded; `undefined` if the XML does not fit its type, or if the type is the program's own and its connection
   * has no decoder for it.
   */
  readonly detail: EventTypes[Type] | undefined;
};

/** What decodes the events of the types that a program has added to `EventTypes`, by these. */
export type EventDecoders = {
  readonly [Type in Exclude<keyof EventTypes, keyof DecodedEventTypes> as EventTypes[Type] extends object
    ? Type
    : never]?: EventDecoder<EventTypes[Type]>;
};

/**
 * Makes the detail of an event of one type: nothing if its XML does not fit the type. What it throws, who asks for the detail gets.
 */
export type EventDecoder<Detail = object> = (event: EventFields) => Detail | undefined;

/**
 * An event in a connection's queue, as handlers receive it.
 *
 * It is a union over the interface `EventTypes`, so that comparing `event.type` with a name narrows `event.detail`.
 * A program adds its own types by declaration merging, and what decodes them by the option `decoders` of `openConnection`.
 *
 * @example
 * ```js
 * import { addEventHandler, openConnection } from 'virdeliver';
 *
 * const conn = openConnection('test:///default');
 * addEventHandler(conn, ['domain-state-transition'], (_, event) => {
 *   if (event.type === 'domain-state-transition') console.log(event.detail?.to);
 * });
 * conn.close();
 * ```
 */
export type QueuedEvent = { [Type in keyof EventTypes]: QueuedEventOf<Type> }[keyof EventTypes];

/**
 * What a filter lets through, as far as the compiler can tell: a list of types that `EventTypes` declares lets through
 * events of those types, on its own, as a `select`, or if `any` has nothing but such filters; anything else any event.
 */
export type QueuedEventMatching<Source> = Source extends readonly (keyof EventTypes)[]
  ? { [Type in Source[number]]: QueuedEventOf<Type> }[Source[number]]
  : Source extends { readonly select: infer Selected }
    ? QueuedEventMatchingPart<Selected>
    : Source extends { readonly any: readonly (infer Part)[] }
      ? QueuedEventMatchingPart<Part>
      : QueuedEvent;

/** The same of a part, which may be any source at all, and then contains itself. */
type QueuedEventMatchingPart<Part> = FilterSource extends Part ? QueuedEvent : QueuedEventMatching<Part>;

/** What is known of where an event comes from. */
type EntryOrigin = Pick<EventOrigin, 'lost'> & Partial<Pick<EventOrigin, 'key'>>;

/** An event in the queue, as the queue and the delivery see it. */
export class QueueEntry extends EventRecord implements EventFields {
  readonly sequence: number;
  attempt = 1;
  readonly #bytes: number;
  readonly #origin: EntryOrigin | undefined;
  readonly #decoders: ReadonlyMap<string, EventDecoder> | undefined;
  #detail: { readonly decoded: object | undefined } | undefined;

  /**
   * @param origin What its source says of it, or how many lost events it stands for.
   * @param decoders What decodes the program's own types.
   */
  constructor(
    read: ReadEvent,
    sequence: number,
    bytes: number,
    origin?: EntryOrigin,
    decoders?: ReadonlyMap<string, EventDecoder>,
  ) {
    super(read);
    this.sequence = sequence;
    this.#bytes = bytes;
    this.#origin = origin;
    this.#decoders = decoders;
  }

  get key(): string | undefined {
    return this.#origin?.key;
  }

  /** The room it takes in the queue, in bytes of UTF-8; 0 for a gap. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many lost events it stands for; 0 for everything but a gap, and for one of unknown size. */
  get lost(): number {
    return this.#origin?.lost ?? 0;
  }

  /** Whether the queue itself has made it, in the place of what is lost. */
  get isGap(): boolean {
    return this.#bytes === 0;
  }

  get detail(): object | undefined {
    if (this.#detail === undefined) {
      const decode = this.#decoders?.get(this.type);
      this.#detail = { decoded: decode === undefined ? detailOf(this.type, this.tree) : decode(this) };
    }
    return this.#detail.decoded;
  }

  string(xpath: string): string {
    return queryString(this, xpath);
  }

  number(xpath: string): number {
    return queryNumber(this, xpath);
  }

  boolean(xpath: string): boolean {
    return queryBoolean(this, xpath);
  }

  select(xpath: string): Node[] {
    return queryNodes(this, xpath);
  }

  toJSON(): EventJson {
    const { sequence, key, type, timestamp, detail, xml } = this;
    return { sequence, key, type, timestamp, detail: jsonDetail(detail), xml };
  }

  /** The same object, as handlers see it: its `type` is taken to be the name of a known type. */
  asQueuedEvent(): QueuedEvent {
    return this as EventFields as QueuedEvent;
  }
}
