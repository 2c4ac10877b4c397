import { randomUUID } from 'node:crypto';
import { JournalError, OpenError } from '../../errors';
import type { Start } from '../../journal/places';
import { HubClient } from '../../nats/hub-client';
import { HubError } from '../../nats/hub-error';
import { hubJob } from '../../nats/hub-job';
import type { NatsOptions } from '../../nats/hub-options';
import { type FeedPlace, type KeptPlaces, type StreamFacts, WRONG_LAST_SEQUENCE } from '../../nats/protocol';
import { bookmarkStream, bookmarkSubject } from '../../nats/subjects';
import type { Dialogue } from '../io/dialogue';
import type { NatsAddress } from './nats-uri';
import { bookmarkText, firstRecord, readBookmarkText, type StreamRecord } from './stream-bookmark';

/** For how many milliseconds it is tried to connect. */
const CONNECT_TIMEOUT = 10_000;

/** The latest time that is asked for. */
const LATEST = Date.UTC(2200, 0);

/** How often the bookmarks are looked for at opening: what was found may be older than what is there. */
const LOOKS = 3;

/** A reader of a stream, as its bookmarks know it: what is remembered, and how that is written. */
export class StreamReader {
  readonly #address: NatsAddress;
  readonly #options: NatsOptions;
  readonly #subjects: readonly string[];
  /** What tells the bookmarks of this process from those of others. */
  readonly #by: string = randomUUID();
  #created = '';

  constructor(address: NatsAddress, options: NatsOptions) {
    const { reader, feeds } = address;
    this.#address = address;
    this.#options = options;
    this.#subjects = reader === undefined ? [] : feeds.map(({ partition }) => bookmarkSubject(reader, partition));
  }

  /** The subject of the bookmark of a feed; nothing if the reader is remembered by nobody. */
  subjectOf(feed: number): string | undefined {
    return this.#subjects[feed];
  }

  /**
   * Connects, takes up the bookmarks or makes them, and begins to read.
   *
   * @throws {HubError} if there is no connection to be had.
   * @throws {OpenError} `ERR_OPEN`
   * @throws {JournalError} `ERR_BOOKMARK`, `ERR_READER_BUSY`
   */
  *open(): Dialogue<{ readonly client: HubClient; readonly records: readonly StreamRecord[] }> {
    const client = yield* this.#connect();
    try {
      const facts = yield* this.#findStream(client);
      this.#created = facts.created;
      const records = yield* this.#takeUp(client, facts);
      yield* this.#read(client, records);
      return { client, records };
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /**
   * Connects anew, after the child that spoke to the hub has ended, and reads on.
   *
   * @param records What the bookmarks are to remember.
   * @param feeds How far each feed is read; not all of that may be completed.
   * @throws {JournalError} `ERR_READER_BUSY` if another process has read under the same name meanwhile.
   */
  *openAgain(records: readonly StreamRecord[], feeds: readonly FeedPlace[], signal: AbortSignal): Dialogue<HubClient> {
    const client = yield* this.#connect(signal);
    try {
      if (this.#subjects.length > 0) {
        const places = yield* this.#findPlaces(client);
        // What was purged is made anew: nobody else has written it.
        if (places.some((place) => place !== null && !place.text.includes(this.#by))) {
          throw busy(this.#address);
        }
        yield* this.#claim(client, places, records);
      }
      yield* this.#read(client, feeds);
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /**
   * Has a bookmark written; no, if there is one, but nobody who writes it.
   *
   * @throws {Error} if the child has ended.
   */
  keep(client: HubClient | undefined, feed: number, record: StreamRecord): boolean {
    const subject = this.#subjects[feed];
    if (subject !== undefined) {
      client?.tell('keep', { subject, text: this.#textOf(record) });
    }
    return subject === undefined || client !== undefined;
  }

  #connect(signal?: AbortSignal): Dialogue<HubClient> {
    const name = `virdeliver ${this.#address.reader ?? 'reader'}`;
    return HubClient.connect(hubJob(this.#address, this.#options, name, CONNECT_TIMEOUT), signal);
  }

  *#findStream(client: HubClient): Dialogue<StreamFacts> {
    const { stream, uri } = this.#address;
    let facts: StreamFacts;
    try {
      facts = yield* client.ask('stream', { stream });
    } catch (error) {
      throw isAbsent(error) ? missingStream(uri, `there is no stream ${stream}`) : error;
    }
    if (facts.unfit !== undefined) {
      throw new OpenError(uri, facts.unfit);
    }
    return facts;
  }

  /** Takes up the bookmarks, or makes them: then the reader begins where the URI says. */
  *#takeUp(client: HubClient, facts: StreamFacts): Dialogue<StreamRecord[]> {
    const { stream, feeds } = this.#address;
    let first: StreamRecord | undefined;
    for (let look = 1; ; look += 1) {
      const places = yield* this.#findPlaces(client);
      const records: StreamRecord[] = [];
      for (const feed of feeds.keys()) {
        const place = places[feed] ?? null;
        const subject = this.#subjects[feed] ?? '';
        first ??= place === null ? firstRecord(yield* this.#start(client, facts)) : undefined;
        records.push(
          place === null ? (first as StreamRecord) : readBookmarkText(place.text, { stream, subject }, facts),
        );
      }
      try {
        yield* this.#claim(client, places, records);
        return records;
      } catch (error) {
        if (!(error instanceof HubError) || error.code !== WRONG_LAST_SEQUENCE) {
          throw error;
        }
        if (look === LOOKS) {
          throw busy(this.#address);
        }
      }
    }
  }

  *#findPlaces(client: HubClient): Dialogue<KeptPlaces['places']> {
    if (this.#subjects.length === 0) {
      return [];
    }
    const { stream, uri } = this.#address;
    const kept = bookmarkStream(stream);
    try {
      return (yield* client.ask('places', { stream: kept, subjects: this.#subjects })).places;
    } catch (error) {
      throw isAbsent(error)
        ? missingStream(uri, `there is no stream ${kept}, in which the places of readers are kept`)
        : error;
    }
  }

  *#claim(client: HubClient, places: KeptPlaces['places'], records: readonly StreamRecord[]): Dialogue<void> {
    if (this.#subjects.length > 0) {
      yield* client.ask('claim', {
        stream: bookmarkStream(this.#address.stream),
        by: this.#by,
        places: this.#subjects.map((subject, feed) => ({
          subject,
          text: this.#textOf(records[feed] as StreamRecord),
          after: places[feed]?.at ?? 0,
        })),
      });
    }
  }

  /** The number at which a reader begins that has no bookmark yet. */
  *#start(client: HubClient, { first, last }: StreamFacts): Dialogue<number> {
    const { stream, from, uri } = this.#address;
    const number = yield* startOf(from, { first, last }, (time) => client.ask('find', { stream, time }));
    // Most probably it would skip what another stream had.
    if (number > last + 1) {
      throw new OpenError(uri, `from=${number} is beyond the end of the stream, whose next message is ${last + 1}`);
    }
    return number;
  }

  *#read(client: HubClient, places: readonly FeedPlace[]): Dialogue<void> {
    const { stream, feeds } = this.#address;
    const jobs = feeds.map(({ subject }, feed) => {
      const { next, seen } = places[feed] as FeedPlace;
      return { subject, next, seen };
    });
    yield* client.ask('read', { stream, created: this.#created, feeds: jobs });
  }

  #textOf(record: StreamRecord): string {
    return bookmarkText(record, this.#created, this.#by);
  }
}

function* startOf(
  from: Start,
  { first, last }: Pick<StreamFacts, 'first' | 'last'>,
  find: (time: string) => Dialogue<{ readonly next: number }>,
): Dialogue<number> {
  if (from === 'oldest') {
    return Math.max(first, 1);
  }
  if (from === 'newest') {
    return last + 1;
  }
  return 'sequence' in from ? from.sequence : (yield* find(timeForServer(from.time))).next;
}

/** A server counts nanoseconds in 64 bits, and takes what goes beyond for long ago. */
function timeForServer(time: Date): string {
  return new Date(Math.min(Math.max(time.getTime(), 0), LATEST)).toISOString();
}

/** The error for two readers of one name. */
export function busy({ stream, reader }: NatsAddress): JournalError {
  const problem = `another process reads the stream ${stream} under the name ${reader} now`;
  return new JournalError('ERR_READER_BUSY', `${problem}; only one may: end one of them, or give it another reader=`);
}

function missingStream(uri: string, problem: string): OpenError {
  return new OpenError(uri, `${problem}; "virdeliver forward" with --create makes the streams`);
}

function isAbsent(error: unknown): boolean {
  return error instanceof HubError && error.kind === 'absent';
}
