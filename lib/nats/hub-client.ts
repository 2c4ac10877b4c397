import { dirname } from 'node:path';
import { Deque } from '../deque';
import type { Reading } from '../drivers/io/byte-source';
import { ChildTransport } from '../drivers/io/child-transport';
import { type Dialogue, waitFor } from '../drivers/io/dialogue';
import { nextReading } from '../drivers/io/next-reading';
import { printableText } from '../drivers/io/printable-text';
import { TimeLimit } from '../drivers/io/time-limit';
import { encodeFrame, type Frame, FrameReader } from './frames';
import { HubError } from './hub-error';
import { hubProgramFile } from './hub-program-file';
import type { HubJob, HubMessage, HubNotice, HubRequestName, HubRequests, HubServer } from './protocol';

/** How much longer than it tries to connect the child is waited for, in milliseconds: Node has to start. */
const START_TIMEOUT = 10_000;

/** For how long an answer is waited for unless who asks says otherwise, in milliseconds. */
const ANSWER_TIMEOUT = 10_000;

/** For how long the child may take nothing of what it is told, in milliseconds: it has nothing else to do. */
const WRITE_TIMEOUT = 10_000;

const NAME = 'the NATS client process';

/** What the child says without being asked, with the bytes that belong to it. */
export interface HubNews {
  readonly notice: HubNotice;
  readonly body: Buffer;
}

/**
 * The official client of NATS, in a child process, and what is said to it: usable without an event loop and beside one.
 *
 * The client itself needs the loop: where a handler holds that up, no ping would be answered, and an open client would keep the
 * process alive. The child ends with this process.
 */
export class HubClient {
  readonly #transport: ChildTransport;
  readonly #frames = new FrameReader();
  /** What came while an answer was waited for. */
  readonly #news = new Deque<HubNews>();
  #lastId = 0;
  #server: HubServer | undefined;
  /** How the child has ended, once the event loop has found that out. */
  #end: Error | undefined;

  private constructor(transport: ChildTransport) {
    this.#transport = transport;
  }

  /**
   * Starts the child and has it connect.
   *
   * @param signal Gives it up: nothing is left of it then.
   * @throws {HubError} if it can't connect, or lacks a package.
   * @throws {Error} if the child doesn't work.
   */
  static *connect(job: Omit<HubJob, 'folders'>, signal?: AbortSignal): Dialogue<HubClient> {
    // NODE_OPTIONS may hold what is meant for the program alone: a debugger's port, a loader.
    const environment = { ...process.env, NODE_OPTIONS: undefined };
    const transport = new ChildTransport(process.execPath, [hubProgramFile], {
      name: NAME,
      environment,
      mayFinish: true,
    });
    const client = new HubClient(transport);
    try {
      const limit = new TimeLimit(job.timeoutMs + START_TIMEOUT, signal);
      client.#server = yield* client.ask('connect', { ...job, folders: packageFolders() }, { limit });
      return client;
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  /** The server that it was connected to first. */
  get server(): HubServer {
    return this.#server as HubServer;
  }

  /**
   * Asks the child for something and waits for the answer. What else comes meanwhile can be taken afterwards.
   *
   * @throws {HubError} if it can't be done, or there is no answer in time.
   * @throws {Error} if the child has ended.
   */
  *ask<Name extends HubRequestName>(
    name: Name,
    request: HubRequests[Name]['ask'],
    { body, limit = new TimeLimit(ANSWER_TIMEOUT) }: { body?: Uint8Array; limit?: TimeLimit } = {},
  ): Dialogue<HubRequests[Name]['answer']> {
    return yield* this.answerTo<Name>(this.tell(name, request, body), limit);
  }

  /**
   * Waits for the answer to what was asked for by `tell`. Another answer that comes meanwhile gets lost: they are waited for in the order in
   * which they come, or not at all.
   *
   * @throws as `ask` does.
   */
  *answerTo<Name extends HubRequestName>(
    id: number,
    limit = new TimeLimit(ANSWER_TIMEOUT),
  ): Dialogue<HubRequests[Name]['answer']> {
    for (;;) {
      for (let frame = this.#nextFrame(); frame !== undefined; frame = this.#nextFrame()) {
        const message = frame.head as HubMessage;
        if ('notice' in message) {
          this.#news.push({ notice: message, body: frame.body });
        } else if (message.id === id) {
          return answerIn(message);
        }
      }
      const reading = yield* waitFor(nextReading(this.#transport, limit));
      if (reading.kind === 'nothing') {
        throw new HubError({ kind: 'gone', message: `${NAME} did not answer within ${limit}` });
      }
      this.#receive(reading);
    }
  }

  /**
   * Asks the child for something without waiting; nobody hears what comes of it but by `answerTo`.
   *
   * @returns The number of the request.
   * @throws {Error} if the child has ended.
   */
  tell<Name extends HubRequestName>(name: Name, request: HubRequests[Name]['ask'], body?: Uint8Array): number {
    this.#lastId += 1;
    this.#transport.write(encodeFrame({ id: this.#lastId, ask: name, with: request }, body), WRITE_TIMEOUT);
    return this.#lastId;
  }

  /**
   * Takes what the child has said next, without waiting; nothing if there isn't anything.
   *
   * @param mayRead Whether the pipe is read, too, and not only what the event loop has brought already.
   * @throws {Error} if the child has ended.
   */
  next(mayRead = true): HubNews | undefined {
    for (;;) {
      const news = this.#news.shift() ?? this.#nextInFrames();
      if (news !== undefined) {
        return news;
      }
      if (this.#end !== undefined) {
        throw this.#end;
      }
      if (!mayRead) {
        return undefined;
      }
      const reading = this.#transport.read();
      if (reading.kind === 'nothing') {
        return undefined;
      }
      this.#receive(reading);
    }
  }

  /** Blocks the thread until the child may have said something, or the time is up; it may return early. */
  wait(milliseconds: number): void {
    this.#transport.wait(milliseconds);
  }

  /** Has the event loop call back when the child has said something or has ended, until `unwatch()`. */
  watch(onNews: () => void): void {
    const take = (reading: Reading) => {
      try {
        this.#receive(reading);
      } catch (error) {
        this.#end = error as Error;
      }
      onNews();
    };
    if (!this.#transport.watch(take)) {
      take(this.#transport.read());
    }
  }

  unwatch(): void {
    this.#transport.unwatch();
  }

  /** Ends the child. */
  close(): void {
    this.#transport.close();
  }

  #receive(reading: Reading): void {
    if (reading.kind === 'bytes') {
      this.#frames.push(reading.bytes);
    } else if (reading.kind === 'failed') {
      throw reading.error;
    } else {
      throw new Error(`${NAME} has ended, and did not say why`);
    }
  }

  #nextInFrames(): HubNews | undefined {
    for (let frame = this.#nextFrame(); frame !== undefined; frame = this.#nextFrame()) {
      const message = frame.head as HubMessage;
      if ('notice' in message) {
        return { notice: message, body: frame.body };
      }
    }
    return undefined;
  }

  #nextFrame(): Frame | undefined {
    try {
      return this.#frames.next();
    } catch (cause) {
      const problem = printableText((cause as Error).message, 200);
      throw new Error(`what ${NAME} says can't be read; is ${process.execPath}, which runs it, Node.js? ${problem}`, {
        cause,
      });
    }
  }
}

function answerIn<Answer>(message: Exclude<HubMessage, HubNotice>): Answer {
  if ('problem' in message) {
    throw new HubError(message.problem);
  }
  return message.answer as Answer;
}

/** From where the client's packages are looked for: where the library is installed, and where the program is. */
function packageFolders(): string[] {
  const program = process.argv[1];
  return [__dirname, ...(program === undefined ? [] : [dirname(program)]), process.cwd()];
}
