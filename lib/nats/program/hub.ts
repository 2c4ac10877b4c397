import type { JetStreamClient, JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { ConnectionLife } from './connection-life';
import type { Parent } from './parent';
import type { Peers } from './peers';

type Domain = Parameters<Peers['jetstream']['jetstream']>[1];

/** A hub that the child is connected to. */
export class Hub {
  readonly connection: NatsConnection;
  readonly peers: Peers;
  readonly parent: Parent;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly life: ConnectionLife;

  private constructor(
    connection: NatsConnection,
    peers: Peers,
    parent: Parent,
    manager: JetStreamManager,
    domain: Domain,
  ) {
    this.connection = connection;
    this.peers = peers;
    this.parent = parent;
    this.client = peers.jetstream.jetstream(connection, domain);
    this.manager = manager;
    this.life = new ConnectionLife(
      connection,
      (server) => void parent.say({ notice: 'disconnected', problem: `the server ${server} is gone` }),
      () => void parent.say({ notice: 'connected' }),
    );
  }

  /** @param name The JetStream domain to speak to, if it isn't the server's own. */
  static async over(connection: NatsConnection, peers: Peers, parent: Parent, name: string | undefined): Promise<Hub> {
    const domain = name === undefined ? {} : { domain: name };
    // Without a look at the account, which not everybody may take.
    const manager = await peers.jetstream.jetstreamManager(connection, { ...domain, checkAPI: false });
    return new Hub(connection, peers, parent, manager, domain);
  }

  streamInfo(name: string): Promise<StreamInfo> {
    return this.manager.streams.info(name);
  }
}
