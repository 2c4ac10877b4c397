import { Deque } from '../deque';
import { HubError } from '../nats/hub-error';
import type { HubProblem } from '../nats/protocol';
import { type HubLink, orAway } from './hub-link';
import type { Message } from './message';

/** How many messages the client is given at a time, and about how many bytes of text. */
const MOST_MESSAGES = 64;
const MOST_BYTES = 256 * 1024;

/** How often it is given some before it has answered: so it has the next ones when it is done with these. */
const MOST_SENT = 2;

/** Messages that the client was given, and has not answered for. */
interface Sent {
  readonly job: number;
  readonly sequences: readonly number[];
}

/** An entry that the stream has. */
interface Acked {
  readonly sequence: number;
  readonly at: number;
}

/**
 * Publishes an entry when its turn has come, and gives the client those that come after it beforehand: it publishes one after the other,
 * each when the one before is acknowledged, and would otherwise wait for the next one as long as it waits for the server.
 *
 * So the stream may have more than the reader has completed, and never less.
 */
export class Ahead {
  readonly #link: HubLink;
  readonly #sent = new Deque<Sent>();
  /** Those whose turn has not come. */
  readonly #acked = new Deque<Acked>();
  /** Why the one behind them can't be published. */
  #problem: HubProblem | undefined;
  /** The series of jobs: see `PublishJob`; and the number of the entry that was sent last in it. */
  #run = 1;
  #last = 0;

  constructor(link: HubLink) {
    this.#link = link;
  }

  /** Whether the client has not answered for all that it was given. */
  get isUnderWay(): boolean {
    return this.#sent.length > 0;
  }

  /**
   * Publishes a message, unless that is done, and waits for its acknowledgement.
   *
   * @param following Those that come after the entry of a number, as far as they are known.
   * @returns Its number in the stream.
   * @throws {HubError} `refused` or `too-large` if the server will never take it.
   * @throws {AwayError} if there is no acknowledgement: the stream may have it or not.
   */
  publish(message: Message, following: (sequence: number) => Iterable<Message>): number {
    const next = this.#acked.first?.sequence ?? this.#sent.first?.sequences[0] ?? message.sequence;
    if (next !== message.sequence) {
      this.forget();
    }
    for (;;) {
      const acked = this.#acked.shift();
      if (acked !== undefined) {
        return acked.at;
      }
      const problem = this.#problem;
      if (problem !== undefined) {
        this.forget();
        throw orAway(new HubError(problem));
      }
      this.#orForget(() => {
        this.#send(message, following);
        this.#takeAnswer();
      });
    }
  }

  /** Waits until the client has answered for all that it was given: whoever asks it for something else gets no other answers. */
  settle(): void {
    this.#orForget(() => {
      while (this.isUnderWay) {
        this.#takeAnswer();
      }
    });
  }

  /** Gives up what is under way, and what is known of it: where to go on is found out anew. */
  forget(): void {
    this.#acked.clear();
    this.#breakOff(undefined);
  }

  #orForget(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** Gives the client as much as it is to have. */
  #send(message: Message, following: (sequence: number) => Iterable<Message>): void {
    let batch = this.isUnderWay ? [] : [message];
    let bytes = message.text.length;
    for (const next of following(Math.max(message.sequence, this.#last))) {
      if (batch.length === MOST_MESSAGES || bytes > MOST_BYTES) {
        this.#give(batch);
        batch = [];
        bytes = 0;
      }
      if (this.#sent.length === MOST_SENT) {
        return;
      }
      batch.push(next);
      bytes += next.text.length;
    }
    if (batch.length > 0) {
      this.#give(batch);
    }
  }

  #give(batch: readonly Message[]): void {
    const sequences = batch.map(({ sequence }) => sequence);
    const outgoing = batch.map((message) => message.outgoing);
    const job = this.#link.send(this.#run, outgoing, Buffer.concat(batch.map(({ text }) => text)));
    this.#sent.push({ job, sequences });
    this.#last = sequences.at(-1) as number;
  }

  #takeAnswer(): void {
    const { job, sequences } = this.#sent.shift() as Sent;
    const outcome = this.#link.outcomeOf(job);
    for (const [place, at] of outcome.sequences.entries()) {
      this.#acked.push({ sequence: sequences[place] as number, at });
    }
    if (outcome.sequences.length < sequences.length) {
      this.#breakOff(outcome.problem);
    }
  }

  /** Nothing more is published of what was sent. */
  #breakOff(problem: HubProblem | undefined): void {
    this.#problem = problem;
    this.#sent.clear();
    this.#run += 1;
    this.#last = 0;
  }
}
