import { isUtf8 } from 'node:buffer';
import { formatTimestamp } from '../../clock';
import { InvalidEventError, JournalError, ProtocolError } from '../../errors';
import { connectionLost, connectionRestored } from '../../event/connection-events';
import type { EventText } from '../../event/event-text';
import type { ReadEvent } from '../../event/read-event';
import type { HubClient, HubNews } from '../../nats/hub-client';
import type { EventNotice, FeedPlace } from '../../nats/protocol';
import { defaultEventLimits, type EventLimits } from '../../xml/limits';
import type { Driver, DriverContext, EventOrigin, Reconnecting } from '../driver';
import { type Dialogue, runNow } from '../io/dialogue';
import { Reconnection } from '../io/reconnection';
import { TimeLimit } from '../io/time-limit';
import { readStoredEvent, storedEventLimits } from '../reader/stored-event';
import type { NatsAddress } from './nats-uri';
import { Repeats } from './repeats';
import { type StreamRecord, unusable } from './stream-bookmark';
import { StreamPlace } from './stream-place';
import { busy, type StreamReader } from './stream-session';

/** How many messages are taken at a time. */
const CHUNK = 64;

/** For how long it is waited at the end that the bookmarks are written, in milliseconds. */
const LAST_WRITES = 3000;

const once = () => false;

/** An event that the queue has no room for yet, and what is to be noted when it has. */
interface Held {
  readonly event: ReadEvent;
  readonly origin: EventOrigin | undefined;
  readonly note: () => void;
}

/** Feeds a connection from a stream of a hub, by the client in a child process. */
export class NatsDriver implements Driver {
  readonly keepsUnread = true;
  readonly place: StreamPlace;
  readonly #context: DriverContext;
  readonly #address: NatsAddress;
  readonly #reader: StreamReader;
  readonly #limits: EventLimits;
  readonly #repeats = new Repeats();
  /** How far each feed is read. */
  readonly #read: FeedPlace[];
  #client: HubClient | undefined;
  #reconnection: Reconnection<HubClient> | undefined;
  /** The number on the connection of what came last. */
  #number = 0;
  #held: Held | undefined;
  /** Whether it was told that the hub is gone. */
  #isGone = false;
  #isOver = false;
  #isListening = false;
  #stopTimer: () => void = () => {};

  constructor(
    context: DriverContext,
    address: NatsAddress,
    reader: StreamReader,
    { client, records }: { readonly client: HubClient; readonly records: readonly StreamRecord[] },
  ) {
    this.#context = context;
    this.#address = address;
    this.#reader = reader;
    this.#client = client;
    this.#read = [...records];
    this.#limits = storedEventLimits(context.limits, context.sink.bounds);
    this.place = new StreamPlace(records, (feed, record) => this.#keep(feed, record));
  }

  get reconnecting(): Reconnecting | undefined {
    return this.#reconnection?.progress;
  }

  pump(shouldContinue: () => boolean): void {
    if (this.#client === undefined) {
      this.#reconnection?.tryIfDue(this.#isListening, () => this.#attend());
    }
    while (this.#takeChunk(true) && shouldContinue()) {
      // Chunk after chunk.
    }
    this.#attend();
  }

  wait(milliseconds: number): void {
    if (this.#client !== undefined) {
      this.#client.wait(milliseconds);
    } else {
      this.#reconnection?.wait(milliseconds);
    }
  }

  listen(): void {
    this.#isListening = true;
    this.#takeReceived();
  }

  unlisten(): void {
    this.#isListening = false;
    this.#stopTimer();
    this.#client?.unwatch();
  }

  close(): void {
    this.#isOver = true;
    this.#held = undefined;
    this.unlisten();
    this.#reconnection?.giveUp();
    this.#reconnection = undefined;
    this.place.close();
    if (this.#client !== undefined) {
      this.#settle(this.#client);
      this.#client.close();
      this.#client = undefined;
    }
  }

  /** Waits for a moment until the bookmarks are written. */
  #settle(client: HubClient): void {
    if (this.#reader.subjectOf(0) === undefined) {
      return;
    }
    try {
      const { isWritten } = runNow(client.ask('settle', {}, { limit: new TimeLimit(LAST_WRITES) }));
      if (!isWritten) {
        throw new Error('the hub does not answer');
      }
    } catch (cause) {
      const problem = `the bookmark ${this.#reader.subjectOf(0)} can't be written: ${(cause as Error).message}`;
      this.place.failed(new JournalError('ERR_BOOKMARK_WRITE', problem, { cause }));
    }
  }

  /** Has a bookmark written; if the child has ended it is written by the next one. */
  #keep(feed: number, record: StreamRecord): void {
    try {
      if (this.#client !== undefined) {
        this.#reader.keep(this.#client, feed, record);
      }
    } catch {
      // It is found out by reading that the child has ended.
    }
  }

  /** Takes what the event loop has brought already. */
  #takeReceived(): void {
    while (this.#takeChunk(false)) {
      // Chunk after chunk.
    }
    this.#attend();
  }

  /**
   * Takes some messages; says whether there may be more, and room for them.
   *
   * @param mayRead Whether the pipe is read, too, and not only what has come from it.
   */
  #takeChunk(mayRead: boolean): boolean {
    if (!this.#putHeld()) {
      return false;
    }
    try {
      for (let taken = 0; taken < CHUNK && this.#held === undefined; taken += 1) {
        const news = this.#isOver ? undefined : this.#client?.next(mayRead);
        if (news === undefined) {
          return false;
        }
        this.#take(news);
      }
    } catch (error) {
      this.#clientEnded(error as Error);
      return false;
    }
    return this.#held === undefined;
  }

  #take({ notice, body }: HubNews): void {
    switch (notice.notice) {
      case 'event':
        this.#takeEvent(notice, body);
        break;
      case 'missing':
        this.#miss(notice.feed, notice.last, notice.count);
        break;
      case 'quiet':
        this.#reach(notice.feed, notice.last);
        this.place.passed(notice.feed, notice.last, 0);
        break;
      case 'disconnected':
        this.#gone(new Error(notice.problem));
        break;
      case 'connected':
        this.#back();
        break;
      case 'replaced':
        this.#replaced(notice.problem);
        break;
      case 'fenced':
        this.#fenced(busy(this.#address));
    }
  }

  #takeEvent({ feed, at, time, pending, entry }: EventNotice, body: Buffer): void {
    const seen = { at, time };
    this.#reach(feed, at, seen);
    if (entry === undefined || !isUtf8(body)) {
      this.#number += 1;
      this.place.read(this.#number, feed, seen, pending);
      const { stream } = this.#address;
      const problem = entry === undefined ? 'has not the headers of an entry of a journal' : 'is not in UTF-8';
      const error = new ProtocolError(`the message ${at} of the stream ${stream} ${problem}`);
      this.#context.sink.invalid(error, this.#number);
      return;
    }
    if (this.#repeats.isRepeated(entry)) {
      this.place.passed(feed, at, pending);
      return;
    }
    this.#number += 1;
    const number = this.#number;
    const note = () => this.place.read(number, feed, seen, pending);
    const { event, lost } = readStoredEvent(body.toString(), this.#limits);
    if (event instanceof InvalidEventError) {
      note();
      this.#context.sink.invalid(event, number);
      return;
    }
    this.#put({ event, note, origin: { sequence: number, key: `${entry.journal}:${entry.sequence}`, lost } });
  }

  #miss(feed: number, at: number, count: number | undefined): void {
    this.#reach(feed, at);
    const first = this.#number + 1;
    this.#number += count ?? 1;
    this.place.missed(this.#number, feed, at);
    const { host } = this.#address;
    this.#context.sink.missing({ cause: 'expired', first, last: this.#number, count, host });
  }

  #reach(feed: number, at: number, seen = this.#read[feed]?.seen): void {
    this.#read[feed] = { next: at + 1, seen };
  }

  /** The hub went away, or can't be read; the child tries to reach it again, or another child does. */
  #gone(cause: Error): void {
    if (!this.#isGone) {
      this.#isGone = true;
      this.#tell(connectionLost(this.#context.uri, cause));
      this.#context.sink.interrupted(cause);
    }
  }

  #back(): void {
    if (this.#isGone) {
      this.#isGone = false;
      this.#tell(connectionRestored(this.#context.uri));
      this.#context.sink.connected(true);
    }
  }

  /** The stream is another one, or was set back: nobody knows what its numbers mean. */
  #replaced(problem: string): void {
    const { stream } = this.#address;
    const subject = this.#reader.subjectOf(0);
    const error =
      subject === undefined
        ? new JournalError('ERR_BOOKMARK', `the place in the stream ${stream} is lost: ${problem}`)
        : unusable({ stream, subject }, `doesn't fit the stream ${stream} any more: ${problem}`);
    this.#lose(error);
  }

  /** Another process reads under the same name: this one may not go on. */
  #fenced(error: JournalError): void {
    this.place.fence(error);
    this.#lose(error);
  }

  #lose(error: Error): void {
    this.#isOver = true;
    this.#reconnection = undefined;
    this.#context.sink.lost(error);
  }

  /** The child has ended: another one goes on where it was. */
  #clientEnded(cause: Error): void {
    this.#client?.close();
    this.#client = undefined;
    this.#reconnection = new Reconnection(
      this.#context.clock,
      (signal) => this.#openAgain(signal),
      (client) => {
        this.#client = client;
        this.#reconnection = undefined;
        this.#back();
      },
    );
    this.#gone(cause);
  }

  *#openAgain(signal: AbortSignal): Dialogue<HubClient> {
    try {
      return yield* this.#reader.openAgain(this.place.records, this.#read, signal);
    } catch (error) {
      if (error instanceof JournalError) {
        this.#fenced(error);
      }
      throw error;
    }
  }

  /** Queues an event of the connection's own. */
  #tell(text: EventText): void {
    this.#number += 1;
    const event = text.finish(formatTimestamp(this.#context.clock.now()), defaultEventLimits);
    this.#put({ event, origin: undefined, note: () => {} });
  }

  #put(held: Held): void {
    this.#held = held;
    this.#putHeld();
  }

  /** Queues what is held, if anything; no, if there is no room for it. */
  #putHeld(): boolean {
    const { sink } = this.#context;
    if (this.#held !== undefined) {
      const { event, origin, note } = this.#held;
      if (!sink.hasRoomFor(event.bytes)) {
        return false;
      }
      this.#held = undefined;
      note();
      sink.event(event, origin);
    }
    return true;
  }

  /** While listening: has the event loop bring what comes, or connects again when it is time. */
  #attend(): void {
    this.#stopTimer();
    if (!this.#isListening || this.#isOver) {
      return;
    }
    if (this.#held !== undefined) {
      this.#client?.unwatch();
    } else if (this.#client !== undefined) {
      this.#client.watch(() => this.#takeReceived());
    } else if (this.#reconnection?.untilDue !== undefined) {
      this.#stopTimer = this.#context.clock.schedule(this.#reconnection.untilDue, () => this.pump(once));
    }
  }
}
