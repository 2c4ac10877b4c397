import type { HostMessageFacts, HubRequests, OutgoingMessage, PublishJob, PublishOutcome } from '../protocol';
import type { Hub } from './hub';
import { GoneError, problemIn, TooLargeError } from './problems';

/** How long an acknowledgement is waited for, in milliseconds: its parent stands still meanwhile. */
const ACK_TIMEOUT = 5000;

/** For how long another message of a job is begun with, in milliseconds: it is to be answered while the parent waits. */
const PATIENCE = 2000;

/** The number by which the server says that a stream takes no message of that size. */
const STREAM_LIMIT = 10054;

/**
 * Publishes what the parent wants published, one message after the other, each when the one before is acknowledged.
 *
 * Nothing is published on another connection than the parent means, which has to find out anew where it goes on: what the client
 * holds back while it connects again would overtake what has to go before.
 */
export class Publishing {
  readonly #hub: Hub;
  /** The course of the last job. */
  #turn: Promise<unknown> = Promise.resolve();
  /** The highest run of which nothing is published any more. */
  #endedRun = 0;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Publishes the messages of a job, behind those of earlier ones; what can't be published ends its run. */
  publish(job: PublishJob, texts: Uint8Array): Promise<PublishOutcome> {
    const turn = this.#turn.then(() => this.#publishAll(job, texts));
    this.#turn = turn;
    return turn;
  }

  async #publishAll({ run, messages, ...target }: PublishJob, texts: Uint8Array): Promise<PublishOutcome> {
    const sequences: number[] = [];
    const deadline = performance.now() + PATIENCE;
    let place = 0;
    for (const message of messages) {
      if (run <= this.#endedRun || performance.now() > deadline) {
        this.#endedRun = Math.max(run, this.#endedRun);
        break;
      }
      const text = texts.subarray(place, place + message.length);
      place += message.length;
      try {
        sequences.push(await this.#publish(message, target, text));
      } catch (error) {
        this.#endedRun = run;
        return { sequences, problem: problemIn(error) };
      }
    }
    return { sequences };
  }

  /** Publishes a message and waits for its acknowledgement. */
  async #publish(
    { subject, id, headers }: OutgoingMessage,
    { stream, connection }: Pick<PublishJob, 'stream' | 'connection'>,
    text: Uint8Array,
  ): Promise<number> {
    const { client, life, peers } = this.#hub;
    if (connection !== life.number) {
      throw new GoneError('the connection is another one by now');
    }
    const all = peers.transport.headers();
    for (const [name, value] of Object.entries(headers)) {
      all.set(name, value);
    }
    try {
      const options = { msgID: id, headers: all, timeout: ACK_TIMEOUT, expect: { streamName: stream } };
      const problem = 'the connection broke before the acknowledgement came';
      return (await life.orBroken(client.publish(subject, text, options), problem)).seq;
    } catch (error) {
      throw isTooLarge(error as Error) ? new TooLargeError((error as Error).message) : error;
    }
  }

  /** Finds the newest message of a stream whose subject is one of those. */
  async newest({ stream, subject }: HubRequests['newest']['ask']): Promise<HubRequests['newest']['answer']> {
    const message = await this.#hub.manager.direct.getMessage(stream, { last_by_subj: subject });
    if (message === null) {
      return {};
    }
    const found: HostMessageFacts = {
      at: message.seq,
      headers: Object.fromEntries(message.header.keys().map((name) => [name, message.header.get(name)])),
    };
    return { found };
  }

  /** Whether a message was deleted, and not by a limit. */
  async isDeleted({ stream, number }: HubRequests['deleted']['ask']): Promise<boolean> {
    const { state } = await this.#hub.manager.streams.info(stream, { deleted_details: true });
    return state.deleted?.includes(number) === true;
  }
}

/** Whether the server will never take a message, since it is longer than it or the stream takes. */
function isTooLarge({ name, message, code }: Error & { readonly code?: unknown }): boolean {
  return code === STREAM_LIMIT || (name === 'InvalidArgumentError' && message.includes('max_payload'));
}
