import { systemClock } from '../clock';
import { runNow } from '../drivers/io/dialogue';
import { InvalidUriError, OpenError } from '../errors';
import { readEntryHeaders } from '../nats/headers';
import { HubClient } from '../nats/hub-client';
import { HubError } from '../nats/hub-error';
import type {
  HubJob,
  HubRequestName,
  HubRequests,
  OutgoingMessage,
  PublishOutcome,
  StreamFacts,
  StreamLimits,
} from '../nats/protocol';
import { chosenSubject } from '../nats/subjects';
import type { HostMessage } from './beginning';

/** How long passes at least between two attempts to start the client and to connect, in milliseconds. */
const PAUSE = 1000;

/** The hub can't do now what is wanted, for a reason that may pass. */
export class AwayError extends Error {}

/**
 * The hub as a forwarder has it: there or away, and away for as long as it takes.
 *
 * A message may be published only over the connection for which was found out where to go on: behind a later one the servers may be
 * others, or have lost something. So connections have numbers.
 */
export class HubLink {
  readonly stream: string;
  readonly #uri: string;
  readonly #job: Omit<HubJob, 'folders'>;
  #client: HubClient | undefined;
  /** The number of the connection that there is, or was last, and which one the client's first was. */
  #connection = 0;
  #firstOfClient = 0;
  #problem: string | undefined = 'it is not connected yet';
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(uri: string, stream: string, job: Omit<HubJob, 'folders'>) {
    this.#uri = uri;
    this.stream = stream;
    this.#job = job;
  }

  /**
   * Takes note of what has happened; connects if there is no client yet.
   *
   * @returns The number of the connection.
   * @throws {AwayError} if there is none.
   * @throws {OpenError} `ERR_OPEN` if the hub refuses who we are, or a file that says so can't be read.
   * @throws {InvalidUriError} `ERR_UNSUPPORTED_URI` if the client isn't installed.
   */
  look(): number {
    if (this.#client === undefined) {
      this.#connect();
    } else {
      this.#attempt((client) => this.#takeNews(client));
    }
    if (this.#problem !== undefined) {
      throw new AwayError(this.#problem);
    }
    return this.#connection;
  }

  /**
   * What the stream is now.
   *
   * @throws {HubError} `absent` if there is none, `refused` if we mayn't know.
   * @throws {AwayError}
   */
  facts(): StreamFacts {
    return this.#ask('stream', { stream: this.stream });
  }

  /** Whether the message of a number was deleted, and not by a limit. */
  isDeleted(number: number): boolean {
    return this.#ask('deleted', { stream: this.stream, number }).isDeleted;
  }

  /** The newest message of a host, if there is one. */
  newestOf(host: string): HostMessage | undefined {
    const { found } = this.#ask('newest', { stream: this.stream, subject: chosenSubject({ host }) });
    const entry = found && readEntryHeaders((name) => found.headers[name] ?? '');
    return entry && { at: found.at, ...entry };
  }

  /**
   * Makes the stream, and that of its readers' bookmarks, as far as they aren't there.
   *
   * @throws {OpenError} `ERR_OPEN` if they can't be made.
   * @throws {AwayError}
   */
  create(limits: StreamLimits): void {
    try {
      this.#attempt((client) => runNow(client.ask('create', { stream: this.stream, limits })));
    } catch (error) {
      throw error instanceof HubError
        ? new OpenError(this.#uri, `the stream ${this.stream} can't be made: ${error.message}`, { cause: error })
        : error;
    }
  }

  /**
   * Has messages published on the connection that `look()` has found last, without waiting, as a `PublishJob`.
   *
   * @returns By what `outcomeOf` knows them.
   * @throws {AwayError}
   */
  send(run: number, messages: readonly OutgoingMessage[], texts: Uint8Array): number {
    const connection = this.#connection - this.#firstOfClient + 1;
    const job = { stream: this.stream, connection, run, messages };
    return this.#attempt((client) => client.tell('publish', job, texts));
  }

  /**
   * Waits until it is known what became of messages that were sent, in the order in which they were.
   *
   * @throws {AwayError} if that isn't to be learned: the stream may have them or not.
   */
  outcomeOf(sent: number): PublishOutcome {
    return this.#attempt((client) => runNow(client.answerTo<'publish'>(sent)));
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  #connect(): void {
    if (systemClock.monotonic() - this.#triedAt < PAUSE) {
      return;
    }
    try {
      this.#client = runNow(HubClient.connect(this.#job));
      this.#connection += 1;
      this.#firstOfClient = this.#connection;
      this.#problem = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof HubError && error.kind === 'missing') {
        throw new InvalidUriError('ERR_UNSUPPORTED_URI', this.#uri, message);
      }
      if (error instanceof HubError && error.kind !== 'gone') {
        throw new OpenError(this.#uri, message, { cause: error });
      }
      this.#problem = message;
    }
    this.#triedAt = systemClock.monotonic();
  }

  #takeNews(client: HubClient): void {
    for (let news = client.next(); news !== undefined; news = client.next()) {
      const { notice } = news;
      if (notice.notice === 'connected') {
        this.#connection += 1;
        this.#problem = undefined;
      } else if (notice.notice === 'disconnected') {
        this.#problem = notice.problem;
      }
    }
  }

  #ask<Name extends HubRequestName>(name: Name, request: HubRequests[Name]['ask']): HubRequests[Name]['answer'] {
    try {
      return this.#attempt((client) => runNow(client.ask(name, request)));
    } catch (error) {
      throw error instanceof HubError ? orAway(error) : error;
    }
  }

  #attempt<Result>(step: (client: HubClient) => Result): Result {
    const client = this.#client;
    if (client === undefined) {
      throw new AwayError(this.#problem);
    }
    try {
      return step(client);
    } catch (error) {
      if (error instanceof HubError) {
        throw error.kind === 'gone' ? orAway(error) : error;
      }
      // The client has ended; the next one's connection is another.
      this.close();
      this.#problem = (error as Error).message;
      throw new AwayError(this.#problem);
    }
  }
}

/** What servers say, if it is for good; otherwise that they can't do it now: that the stream is full, that they have no leader. */
export function orAway(error: HubError): HubError | AwayError {
  return error.kind === 'gone' || error.kind === 'other' ? new AwayError(error.message) : error;
}
