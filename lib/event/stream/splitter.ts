import { type InvalidEventCode, InvalidEventError } from '../../errors';
import { describeCharacter } from '../../xml/chars';
import { invalidEvent } from '../../xml/excerpt';
import type { EventLimits } from '../../xml/limits';
import { decodeForExcerpt, decodeUtf8, firstInvalidOffset } from '../../xml/utf8';
import { type ReadEvent, readEvent, readEventsTag, type StreamContext } from '../read-event';
import { OpenEvents } from './open-events';
import { StreamBuffer } from './stream-buffer';
import { StreamTokenizer } from './stream-tokenizer';

/** What stands next in a stream: an event, something that isn't one, or an instruction outside of events, if it's asked for. */
export type SplitItem =
  | { readonly kind: 'event'; readonly event: ReadEvent }
  | { readonly kind: 'invalid'; readonly error: InvalidEventError }
  | { readonly kind: 'instruction'; readonly text: string };

/** How many bytes an excerpt is made from, if what is invalid may be very long. */
const EXCERPT_BYTES = 80;
const SLASH = 0x2f;
const UTF_16_BIG_ENDIAN = Buffer.from([0xfe, 0xff]);
const UTF_16_LITTLE_ENDIAN = Buffer.from([0xff, 0xfe]);

/**
 * Finds the events in a stream of bytes: `<event>` documents one after another, optionally inside one `<events>`.
 *
 * Each event is found by its start and end tag alone, then checked strictly. One that is faulty, or never closed, is an
 * invalid item, and the stream goes on with what follows it. White space, comments and processing instructions may
 * stand between events; anything else there is one invalid item for each stretch of it. The items do not depend on how
 * the stream is cut into chunks; the time is linear, and the memory bounded by about twice the cap on an event's bytes.
 *
 * A writer that dies hides nothing of what comes after it, except if it dies inside a comment, a processing
 * instruction or a CDATA section: what follows belongs to that until it is ended or, a CDATA section apart, until the
 * cap is reached.
 *
 * It knows nothing of files and never waits.
 *
 * ```
 * const splitter = new EventSplitter(defaultEventLimits);
 * splitter.push(Buffer.from('<event type="a" timestamp="now"/>'));
 * splitter.end();
 * for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
 *   // item.kind is 'event' or 'invalid'
 * }
 * ```
 */
export class EventSplitter {
  readonly #limits: EventLimits;
  readonly #yieldsInstructions: boolean;
  readonly #buffer = new StreamBuffer();
  readonly #tokens = new StreamTokenizer(this.#buffer);
  #ended = false;

  readonly #open = new OpenEvents();
  /** Why no event is closed any more that is open now. */
  #neverClosed: string | undefined;
  /** Where the document in hand begins, if it begins with a prolog or is the start tag of an `<events>`. */
  #prologStart: number | undefined;
  /** Where a stretch of junk begins that has not been reported. */
  #junkStart: number | undefined;
  /** Whether junk is passed over in silence, since it, or the broken event that it is the rest of, was reported. */
  #isReported = false;

  #isInsideEvents = false;
  /** What the enclosing `<events>` declares. */
  #namespaces: ReadonlyMap<string, string> | undefined;
  /** Set if the enclosing `<events>` is in another encoding, so that nothing inside it can be read. */
  #otherEncoding: InvalidEventError | undefined;

  /** @param yieldsInstructions Whether processing instructions that aren't inside an event are items, too. */
  constructor(limits: EventLimits, yieldsInstructions = false) {
    this.#limits = limits;
    this.#yieldsInstructions = yieldsInstructions;
  }

  /** Takes the stream's next bytes, however they are cut. The bytes may be overwritten by the caller afterwards. */
  push(chunk: Uint8Array): void {
    this.#buffer.append(chunk);
  }

  /** Says that the stream has ended; what is unfinished becomes invalid. */
  end(): void {
    this.#ended = true;
  }

  /** Takes the next item that is complete, if there is one; it looks no further than to the end of that. */
  next(): SplitItem | undefined {
    for (;;) {
      const complete = this.#open.takeComplete();
      if (complete !== undefined) {
        return this.#read(complete.start, complete.end);
      }
      if (this.#neverClosed !== undefined && this.#open.count > 0) {
        return this.#incomplete(this.#open.giveUpOutermost(), this.#neverClosed);
      }
      this.#neverClosed = undefined;
      const item = this.#longJunk() ?? this.#overlong() ?? this.#advance();
      if (item === 'more') {
        this.#buffer.release(this.#neededFrom());
        return undefined;
      }
      if (item !== undefined) {
        return item;
      }
    }
  }

  #neededFrom(): number {
    const { position } = this.#tokens;
    return Math.min(position, this.#junkStart ?? position, this.#documentStart() ?? position);
  }

  /** Where the document in hand begins, or else a comment between documents: what the cap on bytes is for. */
  #documentStart(): number | undefined {
    if (this.#prologStart !== undefined) {
      return this.#prologStart;
    }
    if (this.#open.count > 0) {
      return this.#open.outermost;
    }
    const { token, tokenStart } = this.#tokens;
    return token === 'comment' || token === 'instruction' ? tokenStart : undefined;
  }

  /** Reports junk as soon as there is enough of it to show. */
  #longJunk(): SplitItem | undefined {
    const start = this.#junkStart;
    return start !== undefined && this.#tokens.position >= start + EXCERPT_BYTES ? this.#junk(start) : undefined;
  }

  /** Gives up the document in hand if it is over the cap. */
  #overlong(): SplitItem | undefined {
    const start = this.#documentStart();
    const cap = this.#limits.eventBytes;
    if (start === undefined || this.#tokens.position < start + cap || this.#buffer.end === start + cap) {
      return undefined;
    }
    this.#prologStart = undefined;
    if (this.#open.count > 0) {
      this.#open.giveUpOutermost();
    }
    if (this.#open.count === 0 && this.#tokens.token !== 'cdata') {
      // The next event is searched for from here on; but not in a CDATA section, since what that holds may come from
      // anybody and must not pass for an event.
      this.#tokens.leave();
    }
    return this.#invalid('ERR_EVENT_TOO_LARGE', `what begins here has more bytes than the cap of ${cap}`, start);
  }

  /** Goes on to the next byte that matters; `'more'` if there are too few. */
  #advance(): SplitItem | 'more' | undefined {
    const tokens = this.#tokens;
    const stop = Math.min(
      this.#buffer.end,
      (this.#documentStart() ?? Number.POSITIVE_INFINITY) + this.#limits.eventBytes,
    );
    const surroundings =
      this.#open.count > 0 ? 'inside' : this.#junkStart !== undefined || this.#isReported ? 'junk' : 'between';
    switch (tokens.advance(stop, this.#ended, surroundings)) {
      case 'text':
        this.#beginJunk();
        return undefined;
      case 'markup':
        return this.#open.count > 0 ? this.#markupInside() : this.#markupBetween();
      case 'tag':
        return this.#tag();
      case 'instruction':
        return this.#yieldsInstructions
          ? { kind: 'instruction', text: this.#buffer.slice(tokens.tokenStart, tokens.position).toString() }
          : undefined;
      case 'broken':
        return this.#broken();
      case 'more':
        if (tokens.position === this.#buffer.end) {
          return this.#ended ? this.#atEnd() : 'more';
        }
        // Either it needs more bytes to go on, or the cap keeps it from doing so.
        return tokens.position < stop ? 'more' : undefined;
    }
  }

  /** Reports what the end of the stream cuts off. */
  #atEnd(): SplitItem | 'more' | undefined {
    if (this.#junkStart !== undefined) {
      return this.#junk(this.#junkStart);
    }
    const start = this.#documentStart();
    this.#tokens.leave();
    return start === undefined ? 'more' : this.#giveUp(start, 'the stream ends');
  }

  /** Gives up the document in hand: it will never be complete. */
  #giveUp(start: number, why: string): SplitItem | undefined {
    this.#prologStart = undefined;
    if (this.#open.count === 0) {
      return this.#incomplete(start, why);
    }
    this.#neverClosed = why;
    return undefined;
  }

  #markupInside(): SplitItem | undefined {
    const tokens = this.#tokens;
    if (tokens.markup === 'xml-declaration') {
      return this.#giveUp(this.#open.outermost, 'an XML declaration begins another document');
    }
    if (tokens.markup === 'event') {
      this.#open.open(tokens.position);
    }
    tokens.accept(tokens.markup);
    return undefined;
  }

  #markupBetween(): SplitItem | undefined {
    const tokens = this.#tokens;
    const { markup, position } = tokens;
    if (markup === 'comment' || markup === 'instruction') {
      tokens.accept(markup);
      return undefined;
    }
    const isJunk =
      markup === 'other' ||
      markup === 'cdata' ||
      markup === 'event-end' ||
      (markup === 'events-end' && !this.#isInsideEvents);
    if (isJunk) {
      this.#beginJunk();
      tokens.accept(markup === 'cdata' ? 'cdata' : 'other');
      return undefined;
    }
    if (this.#junkStart !== undefined) {
      return this.#junk(this.#junkStart);
    }
    if (this.#prologStart !== undefined && (markup === 'xml-declaration' || markup === 'events-end')) {
      return this.#giveUp(this.#prologStart, 'no event follows');
    }
    this.#isReported = false;
    if (markup === 'event') {
      this.#open.open(position);
    } else if (markup === 'events-end') {
      this.#leaveEvents();
    } else {
      this.#prologStart ??= position;
    }
    if (markup === 'xml-declaration') {
      this.#leaveEvents();
    }
    tokens.accept(markup);
    return undefined;
  }

  #leaveEvents(): void {
    this.#isInsideEvents = false;
    this.#namespaces = undefined;
    this.#otherEncoding = undefined;
  }

  #beginJunk(): void {
    this.#prologStart = undefined;
    if (!this.#isReported) {
      this.#junkStart ??= this.#tokens.position;
    }
  }

  /** Meets the end of a tag. */
  #tag(): SplitItem | undefined {
    const { token, position } = this.#tokens;
    this.#tokens.leave();
    const isEmpty = this.#buffer.byteAt(position - 2) === SLASH;
    if (token === 'events') {
      return this.#eventsTag(isEmpty);
    }
    if (token === 'event-end' || (token === 'event' && isEmpty)) {
      const start = this.#open.close(position);
      if (start !== undefined) {
        const documentStart = this.#prologStart ?? start;
        this.#prologStart = undefined;
        return this.#read(documentStart, position);
      }
    }
    return undefined;
  }

  /** Meets a `<` where none may be: the document ends there, and another may begin. */
  #broken(): SplitItem | undefined {
    const start = this.#documentStart();
    if (start === undefined) {
      return undefined;
    }
    this.#open.giveUpAll();
    this.#prologStart = undefined;
    this.#isReported = true;
    return this.#read(start, this.#tokens.position + 1);
  }

  /** Reads the start tag of an `<events>`. */
  #eventsTag(isEmpty: boolean): SplitItem | undefined {
    const start = this.#prologStart!;
    const bytes = this.#buffer.slice(start, this.#tokens.position);
    this.#prologStart = undefined;
    this.#leaveEvents();
    this.#isInsideEvents = !isEmpty;
    const text = decodeUtf8(bytes);
    if (text === undefined) {
      return { kind: 'invalid', error: this.#encodingError(bytes, start) };
    }
    try {
      const emptied = isEmpty ? text : `${text.slice(0, -1)}/>`;
      const namespaces = readEventsTag(emptied, this.#limits, this.#context(start));
      this.#namespaces = isEmpty || namespaces.size === 0 ? undefined : namespaces;
      return undefined;
    } catch (error) {
      if (!(error instanceof InvalidEventError)) {
        throw error;
      }
      this.#otherEncoding = error.code === 'ERR_EVENT_ENCODING' && !isEmpty ? error : undefined;
      return { kind: 'invalid', error };
    }
  }

  /** Reads an event document. */
  #read(start: number, end: number): SplitItem {
    if (this.#otherEncoding !== undefined) {
      return { kind: 'invalid', error: this.#otherEncoding };
    }
    const bytes = this.#buffer.slice(start, end);
    const text = decodeUtf8(bytes);
    if (text === undefined) {
      return { kind: 'invalid', error: this.#encodingError(bytes, start) };
    }
    try {
      return { kind: 'event', event: readEvent(text, this.#limits, this.#context(start)) };
    } catch (error) {
      if (error instanceof InvalidEventError) {
        return { kind: 'invalid', error };
      }
      throw error;
    }
  }

  #context(start: number): StreamContext {
    return { locate: () => this.#buffer.locate(start), namespaces: this.#namespaces };
  }

  #encodingError(bytes: Buffer, start: number): InvalidEventError {
    const text = bytes.toString('utf8');
    const place = this.#buffer.locate(start);
    return invalidEvent('ERR_EVENT_ENCODING', 'the bytes are not UTF-8', text, firstInvalidOffset(bytes), place);
  }

  #incomplete(start: number, why: string): SplitItem {
    return this.#invalid('ERR_EVENT_UNEXPECTED_END', `what begins here is not complete: ${why}`, start);
  }

  #junk(start: number): SplitItem {
    const bytes = this.#buffer.slice(start, Math.min(start + 2, this.#buffer.end));
    const text = this.#excerpt(start);
    if (bytes.equals(UTF_16_LITTLE_ENDIAN) || bytes.equals(UTF_16_BIG_ENDIAN)) {
      return this.#invalid('ERR_EVENT_ENCODING', 'the stream seems to be UTF-16; it must be UTF-8', start);
    }
    const tag = /^<\/?[^\s<>/]+/.exec(text);
    const found = tag === null ? describeCharacter(text.codePointAt(0) ?? 0xfffd) : `'${tag[0]}>'`;
    return this.#invalid('ERR_EVENT_OUTSIDE', `expected '<event>' or '<events>', found ${found}`, start);
  }

  /** Makes the item for something that is not read as a whole, and passes over the rest of it in silence. */
  #invalid(code: InvalidEventCode, problem: string, start: number): SplitItem {
    this.#junkStart = undefined;
    this.#isReported = true;
    return { kind: 'invalid', error: invalidEvent(code, problem, this.#excerpt(start), 0, this.#buffer.locate(start)) };
  }

  /** The first of the bytes from a position on, decoded. */
  #excerpt(start: number): string {
    return decodeForExcerpt(this.#buffer.slice(start, Math.min(start + EXCERPT_BYTES, this.#tokens.position)));
  }
}
