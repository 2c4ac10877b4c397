import type { PubAck } from '@nats-io/jetstream';
import type { HostMessageFacts, HubRequests, PublishRequest } from '../protocol';
import type { Hub } from './hub';
import { GoneError, TooLargeError } from './problems';

/** How long an acknowledgement is waited for, in milliseconds: its parent stands still meanwhile. */
const ACK_TIMEOUT = 5000;

/** The number by which the server says that a stream takes no message of that size. */
const STREAM_LIMIT = 10054;

/**
 * Publishes what the parent wants published, one after the other.
 *
 * Nothing is published on another connection than the parent means, which has to find out anew where it goes on: what the client
 * holds back while it connects again would overtake what has to go before.
 */
export class Publishing {
  readonly #hub: Hub;
  /** Counts the connections; the one that there was first is 1. */
  #connection = 1;
  #isConnected = true;
  /** Says to who waits for an acknowledgement that the connection broke, so that none will come. */
  #giveUp: (error: Error) => void = () => {};

  constructor(hub: Hub) {
    this.#hub = hub;
    void this.#follow();
  }

  /** Publishes a message and waits for its acknowledgement. */
  async publish(
    { stream, subject, id, headers, connection }: PublishRequest,
    body: Uint8Array,
  ): Promise<PublishAnswer> {
    if (!this.#isConnected || connection !== this.#connection) {
      throw new GoneError('the connection is another one by now');
    }
    const all = this.#hub.peers.transport.headers();
    for (const [name, value] of Object.entries(headers)) {
      all.set(name, value);
    }
    try {
      const options = { msgID: id, headers: all, timeout: ACK_TIMEOUT, expect: { streamName: stream } };
      const { seq } = await new Promise<PubAck>((resolve, reject) => {
        this.#giveUp = reject;
        this.#hub.client.publish(subject, body, options).then(resolve, reject);
      });
      return { sequence: seq };
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

  async #follow(): Promise<void> {
    for await (const { type } of this.#hub.connection.status()) {
      if (type === 'disconnect') {
        this.#isConnected = false;
        this.#giveUp(new GoneError('the connection broke before the acknowledgement came'));
      } else if (type === 'reconnect') {
        this.#connection += 1;
        this.#isConnected = true;
      }
    }
  }
}

type PublishAnswer = HubRequests['publish']['answer'];

/** Whether the server will never take a message, since it is longer than it or the stream takes. */
function isTooLarge({ name, message, code }: Error & { readonly code?: unknown }): boolean {
  return code === STREAM_LIMIT || (name === 'InvalidArgumentError' && message.includes('max_payload'));
}
