import { JournalError } from '../../errors';
import { connectionLost, connectionRestored } from '../../event/connection-events';
import type { HubClient, HubNews } from '../../nats/hub-client';
import type { Driver, DriverContext, Reconnecting } from '../driver';
import { type Dialogue, runNow } from '../io/dialogue';
import { Reconnection } from '../io/reconnection';
import { TimeLimit } from '../io/time-limit';
import type { NatsAddress } from './nats-uri';
import { type StreamRecord, setBack, unusable } from './stream-bookmark';
import { StreamIntake } from './stream-intake';
import { StreamPlace } from './stream-place';
import { busy, type StreamReader } from './stream-session';

/** How many messages are taken at a time. */
const CHUNK = 64;

/** For how long it is waited at the end that the bookmarks are written, in milliseconds. */
const LAST_WRITES = 3000;

const once = () => false;

/** Feeds a connection from a stream of a hub, by the client in a child process. */
export class NatsDriver implements Driver {
  readonly keepsUnread = true;
  readonly place: StreamPlace;
  readonly #context: DriverContext;
  readonly #address: NatsAddress;
  readonly #reader: StreamReader;
  readonly #intake: StreamIntake;
  #client: HubClient | undefined;
  #reconnection: Reconnection<HubClient> | undefined;
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
    this.place = new StreamPlace(records, (feed, record) => this.#keep(feed, record));
    this.#intake = new StreamIntake(context, address, this.place);
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
    this.#intake.close();
    this.unlisten();
    this.#reconnection?.giveUp();
    this.#reconnection = undefined;
    this.place.close();
    this.#settle();
    this.#client?.close();
    this.#client = undefined;
  }

  /** Waits for a moment until the bookmarks are written. */
  #settle(): void {
    if (this.#reader.subjectOf(0) === undefined) {
      return;
    }
    try {
      const limit = new TimeLimit(LAST_WRITES);
      const problem =
        this.#client === undefined ? this.#unsaid : runNow(this.#client.ask('settle', {}, { limit })).problem;
      if (problem !== undefined) {
        throw new Error(problem);
      }
    } catch (cause) {
      this.#unkept((cause as Error).message, cause);
    }
  }

  /** Why bookmarks are not written, though there is nobody who could be told them: without a child nothing is. */
  get #unsaid(): string | undefined {
    return this.place.isKept
      ? undefined
      : (this.#reconnection?.progress.problem ?? 'the NATS client process has ended');
  }

  /** The bookmarks can't be written. */
  #unkept(problem: string, cause?: unknown): void {
    const message = `the bookmark ${this.#reader.subjectOf(0)} can't be written: ${problem}`;
    this.place.failed(new JournalError('ERR_BOOKMARK_WRITE', message, cause === undefined ? {} : { cause }));
  }

  /** Has a bookmark written; no, if there is no child that could: then the next one does. */
  #keep(feed: number, record: StreamRecord): boolean {
    try {
      return this.#reader.keep(this.#client, feed, record);
    } catch {
      // It is found out by reading that the child has ended.
      return false;
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
    if (!this.#intake.putHeld()) {
      return false;
    }
    try {
      for (let taken = 0; taken < CHUNK && !this.#intake.isFull; taken += 1) {
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
    return !this.#intake.isFull;
  }

  #take({ notice, body }: HubNews): void {
    switch (notice.notice) {
      case 'event':
        this.#intake.event(notice, body);
        break;
      case 'missing':
        this.#intake.missing(notice.feed, notice.last, notice.count);
        break;
      case 'quiet':
        this.#intake.nothing(notice.feed, notice.last);
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
      case 'unkept':
        this.#unkept(notice.problem);
        break;
      case 'fenced':
        this.#fenced(
          notice.by === 'another'
            ? busy(this.#address)
            : setBack({ stream: this.#address.stream, subject: notice.subject }),
        );
    }
  }

  /** The hub went away, or can't be read; the child tries to reach it again, or another child does. */
  #gone(cause: Error): void {
    if (!this.#isGone) {
      this.#isGone = true;
      this.#intake.tell(connectionLost(this.#context.uri, cause));
      this.#context.sink.interrupted(cause);
    }
  }

  #back(): void {
    if (this.#isGone) {
      this.#isGone = false;
      this.#intake.tell(connectionRestored(this.#context.uri));
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
        // What was completed while there was none is written after the delivery of what is told now.
        this.#back();
      },
    );
    this.#gone(cause);
  }

  *#openAgain(signal: AbortSignal): Dialogue<HubClient> {
    try {
      return yield* this.#reader.openAgain(this.place.records, this.#intake.read, signal);
    } catch (error) {
      if (error instanceof JournalError) {
        this.#fenced(error);
      }
      throw error;
    }
  }

  /** While listening: has the event loop bring what comes, or connects again when it is time. */
  #attend(): void {
    this.#stopTimer();
    if (!this.#isListening || this.#isOver) {
      return;
    }
    if (this.#intake.isFull) {
      this.#client?.unwatch();
    } else if (this.#client !== undefined) {
      this.#client.watch(() => this.#takeReceived());
    } else if (this.#reconnection?.untilDue !== undefined) {
      this.#stopTimer = this.#context.clock.schedule(this.#reconnection.untilDue, () => this.pump(once));
    }
  }
}
