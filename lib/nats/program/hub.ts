import type { JetStreamClient, JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
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
  #isConnected = true;
  /** Resolved when the connection breaks or is made again. */
  #change = newChange();

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
    void this.#followConnection();
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

  /** Waits while the connection is broken. */
  async isConnected(): Promise<void> {
    while (!this.#isConnected) {
      await this.#change.promise;
    }
  }

  /** Waits until the connection breaks. */
  async isBroken(): Promise<void> {
    while (this.#isConnected) {
      await this.#change.promise;
    }
  }

  /**
   * Waits for what the server answers, as long as the connection lasts.
   *
   * @throws {Error} when it breaks: nobody knows then whether the server has done what it was asked for.
   */
  async orBroken<Answer>(answer: Promise<Answer>): Promise<Answer> {
    // Whoever has given up waiting isn't told of its failure.
    answer.catch(() => {});
    const broken = this.isBroken().then(() => {
      throw new Error('the connection broke');
    });
    broken.catch(() => {});
    return Promise.race([answer, broken]);
  }

  /** Tells the parent when the connection breaks, and when it is made again. */
  async #followConnection(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect') {
        this.#turn(false);
        void this.parent.say({ notice: 'disconnected', problem: `the server ${status.server} is gone` });
      } else if (status.type === 'reconnect') {
        this.#turn(true);
        void this.parent.say({ notice: 'connected' });
      }
    }
  }

  #turn(isConnected: boolean): void {
    this.#isConnected = isConnected;
    const { resolve } = this.#change;
    this.#change = newChange();
    resolve();
  }
}

function newChange(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
