import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { HubRequest, StreamFacts } from '../protocol';
import type { Parent } from './parent';
import type { Peers } from './peers';

/** A hub that the child is connected to, and what can be asked of it. */
export class Hub {
  readonly connection: NatsConnection;
  readonly peers: Peers;
  readonly parent: Parent;
  readonly #manager: Promise<JetStreamManager>;

  constructor(connection: NatsConnection, peers: Peers, parent: Parent) {
    this.connection = connection;
    this.peers = peers;
    this.parent = parent;
    // Without a look at the account, which not everybody may take.
    this.#manager = peers.jetstream.jetstreamManager(connection, { checkAPI: false });
  }

  /** Does what the parent asks for. */
  async do(request: Exclude<HubRequest, { ask: 'connect' }>, _body: Buffer): Promise<object> {
    switch (request.ask) {
      case 'stream':
        return this.findStream(request.with.stream);
    }
  }

  async findStream(name: string): Promise<StreamFacts> {
    const { created, state } = await (await this.#manager).streams.info(name);
    return { created, first: state.first_seq, last: state.last_seq };
  }
}
