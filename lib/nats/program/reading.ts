import { setTimeout as pause } from 'node:timers/promises';
import type { ConsumerMessages, JsMsg, StreamInfo } from '@nats-io/jetstream';
import { readEntryHeaders } from '../headers';
import type { ReadJob, SeenMessage } from '../protocol';
import { ALL_EVENTS, chosenSubject, isOfHost } from '../subjects';
import type { Hub } from './hub';
import { problemIn } from './problems';

/** How many bytes of messages the client holds, all feeds together, as far as the stream's average tells how long they are. */
const HELD_BYTES = 8 * 1024 * 1024;

/** How many bytes that could be at most, if all of them were as long as the server takes them. */
const MOST_HELD_BYTES = 256 * 1024 * 1024;

/** How many messages the client holds for a feed, at least and at most. */
const FEWEST_HELD = 8;
const MOST_HELD = 512;

/** For how long a message is waited for that is there, in milliseconds. */
const PATIENCE = 5000;

/** The pause before the stream is looked at again, in milliseconds. */
const PAUSE = 200;

/** For how long what is known of the stream's first message is new enough, in milliseconds. */
const FRESH = 1000;

/** How often in a row it must fail to read until that is told. */
const FAILURES = 2;

/**
 * How often a consumer that has nothing to give says how far it has looked, in milliseconds: so far a reader's place moves behind messages
 * that others read.
 */
const HEARTBEAT = 5000;

/** What a consumer tells after which nobody knows whether it gives the next message: it is made anew from our own place. */
const ENDS: readonly string[] = [
  ...['consumer_not_found', 'consumer_deleted', 'stream_not_found', 'no_responders', 'exceeded_limits', 'reset'],
];

/** What it tells if it hears nothing, neither messages nor heartbeats. */
const SILENCE = 'heartbeats_missed';

/** A series of messages, and how far it is read. */
interface Feed {
  readonly subject: string;
  /** The number of the next message, at least. */
  next: number;
  /** The message that was read last. */
  seen: SeenMessage | undefined;
  /** From where on messages may have been missing since the stream's first one was looked at; nothing if none were. */
  unsure: number | undefined;
}

/** What one consumer gives. */
interface Course {
  readonly messages: ConsumerMessages;
  /** How many of its messages were passed on. */
  passed: number;
}

/** One set of consumers. */
interface Session {
  /** Whether others have taken their place. */
  readonly isOver: boolean;
}

/** The stream isn't the one that is to be read. */
class ReplacedError extends Error {}

/**
 * Reads a stream from a place of our own on, for ever, and tells the parent.
 *
 * The consumers are the client's ordered ones, which keep nothing on the server that matters. Whenever one of them is in doubt all
 * are made anew, after a look whether the stream is the same.
 */
export class Reading {
  readonly #hub: Hub;
  readonly #stream: string;
  readonly #created: string;
  readonly #feeds: Feed[];
  /** Whether the numbers of the only feed are without holes, unless messages are missing. */
  #isWhole = false;
  /** The number of the stream's first message, and when that was looked at. */
  #first = 0;
  #lookedAt = 0;
  /** How often in a row it failed over a connection, and over which. */
  #failures = 0;
  #connection: number | undefined;

  constructor(hub: Hub, { stream, created, feeds }: ReadJob) {
    this.#hub = hub;
    this.#stream = stream;
    this.#created = created;
    this.#feeds = feeds.map(({ subject, next, seen }) => ({ subject, next, seen, unsure: undefined }));
  }

  async run(): Promise<void> {
    for (;;) {
      try {
        await this.#hub.life.isConnected();
        this.#begin();
        // Or each consumer that has ended for want of requests would be followed by another.
        await this.#hub.parent.hasTakenAll();
        await this.#readOnce();
      } catch (error) {
        if (error instanceof ReplacedError) {
          await this.#hub.parent.say({ notice: 'replaced', problem: error.message });
          return;
        }
        await this.#failed(error);
      }
      await pause(PAUSE);
    }
  }

  /** Reads with one set of consumers, until one of them is in doubt. */
  async #readOnce(): Promise<void> {
    const { life } = this.#hub;
    const state = await life.orBroken(this.#look());
    await life.orBroken(this.#requireSeen());
    for (const [number, feed] of this.#feeds.entries()) {
      await this.#tellMissing(number, feed.unsure ?? feed.next);
    }
    const consumers: ConsumerMessages[] = [];
    const session: { isOver: boolean } = { isOver: false };
    try {
      const courses = await Promise.all(
        this.#feeds.map(async (feed, number) => {
          const messages = await life.orBroken(this.#consume(feed, number, state, session));
          consumers.push(messages);
          const course = { messages, passed: 0 };
          return () => Promise.race([this.#follow(course, number, session), this.#watch(course, number, session)]);
        }),
      );
      await life.untilBroken(Promise.race(courses.map((course) => course())));
    } finally {
      session.isOver = true;
      for (const messages of consumers) {
        void messages.close();
      }
    }
  }

  /** Forgets failures over another connection than there is now: that there is this one was told. */
  #begin(): void {
    const { number } = this.#hub.life;
    if (number !== this.#connection) {
      this.#connection = number;
      this.#failures = 0;
    }
  }

  /** Takes note that the server gives what it is asked for. */
  async #succeeded(): Promise<void> {
    const wasTold = this.#failures >= FAILURES;
    this.#failures = 0;
    if (wasTold) {
      await this.#hub.parent.say({ notice: 'connected' });
    }
  }

  async #failed(error: unknown): Promise<void> {
    this.#failures += 1;
    if (this.#failures === FAILURES) {
      const { kind, message } = problemIn(error);
      const problem = kind === 'absent' ? `there is no stream ${this.#stream} any more` : message;
      await this.#hub.parent.say({ notice: 'disconnected', problem });
    }
  }

  /** Looks whether the stream is the one that is to be read, and where it begins now. */
  async #look(): Promise<StreamInfo['state']> {
    // Before it is asked: until the answer is there, other feeds may read what the stream has got since.
    const furthest = Math.max(...this.#feeds.map(({ next }) => next));
    const { created, state, config } = await this.#hub.streamInfo(this.#stream);
    if (created !== this.#created) {
      throw new ReplacedError(`it was made anew at ${created}, and is another one than that of ${this.#created}`);
    }
    if (state.last_seq < furthest - 1) {
      throw new ReplacedError(`it was set back: its last message is ${state.last_seq}, but ${furthest - 1} was read`);
    }
    this.#isWhole =
      this.#feeds.length === 1 &&
      this.#feeds[0]?.subject === chosenSubject({}) &&
      config.subjects?.every((subject) => subject === ALL_EVENTS) === true;
    this.#first = state.first_seq;
    this.#lookedAt = performance.now();
    return state;
  }

  /** Looks whether the stream still has under its number what was read last: it may be set back, and have grown beyond that since. */
  async #requireSeen(): Promise<void> {
    const all = this.#feeds.flatMap(({ seen }) => seen ?? []);
    const [seen] = all.sort((one, other) => other.at - one.at);
    if (seen === undefined) {
      return;
    }
    const { at } = seen;
    // Whose it is is not asked: in the place of an event of one host there may be one of another.
    const consumer = await this.#hub.client.consumers.get(this.#stream, { opt_start_seq: at, headers_only: true });
    const { num_pending: pending } = await consumer.info(true);
    const message = pending === 0 ? null : await consumer.next({ expires: PATIENCE });
    void consumer.delete().catch(() => {});
    if (message?.info.streamSequence === at && message.info.timestampNanos !== seen.time) {
      throw new ReplacedError(`it was set back: its message ${at} is another one than that which was read`);
    }
  }

  /** Tells that messages may be missing from a number on, if the stream begins behind it. */
  async #tellMissing(number: number, from: number): Promise<void> {
    const feed = this.#feeds[number] as Feed;
    feed.unsure = undefined;
    if (this.#first > from) {
      await this.#miss(number, Math.max(this.#first, feed.next));
    }
  }

  /** Tells that messages before a number are missing, as many as there are or as may be. */
  async #miss(number: number, before: number): Promise<void> {
    const feed = this.#feeds[number] as Feed;
    const count = this.#isWhole ? before - feed.next : undefined;
    feed.next = before;
    await this.#hub.parent.say({ notice: 'missing', feed: number, last: before - 1, count });
  }

  /** @param state What the stream was before: what has come since is told by the consumer. */
  async #consume(feed: Feed, number: number, state: StreamInfo['state'], session: Session): Promise<ConsumerMessages> {
    const { client, connection, parent } = this.#hub;
    const consumer = await client.consumers.get(this.#stream, {
      opt_start_seq: feed.next,
      filter_subjects: feed.subject,
    });
    const { num_pending: pending } = await consumer.info(true);
    if (session.isOver) {
      throw new Error('the connection broke meanwhile');
    }
    if (pending === 0 && state.last_seq >= feed.next) {
      feed.next = state.last_seq + 1;
      await parent.say({ notice: 'quiet', feed: number, last: state.last_seq });
    }
    // By bytes, which the client can count as well, it asks for so little at a time that it is ten times slower.
    const average = Math.max(1, state.bytes / Math.max(1, state.messages));
    const longest = connection.info?.max_payload ?? 1;
    const held = Math.floor(Math.min(HELD_BYTES / average, MOST_HELD_BYTES / longest) / this.#feeds.length);
    return consumer.consume({
      max_messages: Math.max(FEWEST_HELD, Math.min(MOST_HELD, held)),
      idle_heartbeat: HEARTBEAT,
    });
  }

  /** Passes on what comes, as long as its consumers are those that count. */
  async #follow(course: Course, number: number, session: Session): Promise<void> {
    for await (const message of course.messages) {
      if (session.isOver) {
        return;
      }
      await this.#succeeded();
      await this.#pass(message, number);
      course.passed = message.info.deliverySequence;
    }
  }

  /** Hears what a consumer tells of itself, until that is something after which it can't be relied on. */
  async #watch(course: Course, number: number, session: Session): Promise<void> {
    for await (const status of course.messages.status()) {
      if (session.isOver || ENDS.includes(status.type)) {
        return;
      }
      if (status.type === SILENCE) {
        const right = `may the user publish to $JS.API.CONSUMER.MSG.NEXT.${this.#stream}.*?`;
        throw new Error(`the server gives no messages of the stream ${this.#stream}, though it answers; ${right}`);
      }
      if (status.type === 'heartbeat') {
        await this.#succeeded();
        // What it has given may be on its way to us.
        if (status.lastConsumerSequence === course.passed) {
          await this.#moveBehind(number, status.lastStreamSequence);
        }
      }
    }
  }

  /** Moves on behind messages among which was nothing for us. */
  async #moveBehind(number: number, last: number): Promise<void> {
    const feed = this.#feeds[number] as Feed;
    if (last < feed.next) {
      return;
    }
    await this.#jump(number, last + 1);
    // Meanwhile more may have been passed on.
    if (feed.next === last + 1) {
      await this.#hub.parent.say({ notice: 'quiet', feed: number, last });
    }
  }

  async #pass(message: JsMsg, number: number): Promise<void> {
    const feed = this.#feeds[number] as Feed;
    const { streamSequence: at, timestampNanos: time, pending } = message.info;
    if (at > feed.next) {
      await this.#jump(number, at);
    }
    // It was passed on before; by others, perhaps, that have taken the place of these consumers meanwhile.
    if (at < feed.next) {
      return;
    }
    feed.next = at + 1;
    feed.seen = { at, time };
    const said = readEntryHeaders((name) => message.headers?.get(name) ?? '');
    // The server sees to it who may publish under a host's subjects, but not to what the headers say.
    const entry = said !== undefined && isOfHost(message.subject, said.host) ? said : undefined;
    await this.#hub.parent.say({ notice: 'event', feed: number, at, time, pending, entry }, message.data);
  }

  /** Finds out, as far as it can be known, whether messages are missing before one. */
  async #jump(number: number, at: number): Promise<void> {
    const feed = this.#feeds[number] as Feed;
    if (this.#isWhole) {
      await this.#miss(number, at);
      return;
    }
    feed.unsure ??= feed.next;
    feed.next = at;
    if (performance.now() - this.#lookedAt > FRESH) {
      await this.#look();
      await this.#tellMissing(number, feed.unsure);
    }
  }
}
