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

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Publishes a message and waits for its acknowledgement. */
  async publish(
    { stream, subject, id, headers, connection }: PublishRequest,
    body: Uint8Array,
  ): Promise<PublishAnswer> {
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
      const { seq } = await life.orBroken(client.publish(subject, body, options), problem);
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
}

type PublishAnswer = HubRequests['publish']['answer'];

/** Whether the server will never take a message, since it is longer than it or the stream takes. */
function isTooLarge({ name, message, code }: Error & { readonly code?: unknown }): boolean {
  return code === STREAM_LIMIT || (name === 'InvalidArgumentError' && message.includes('max_payload'));
}
