import { type JetStreamManager, jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { type ConnectionOptions, connect, type NatsConnection } from '@nats-io/transport-node';
import { readEntryHeaders } from '../../lib/nats/headers';
import type { NatsServer } from './nats-server';

/** A message as a test looks at it. */
export interface SeenMessage {
  /** Its number in the stream. */
  readonly at: number;
  readonly subject: string;
  readonly host: string;
  readonly journal: string;
  readonly sequence: number;
  readonly crc: number;
  readonly text: string;
}

/** An operator's connection to a server, by which a test makes and changes streams, and looks at what is in them. */
export class Operator {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;

  private constructor(connection: NatsConnection, manager: JetStreamManager) {
    this.connection = connection;
    this.manager = manager;
  }

  static async at(server: NatsServer, options: Omit<ConnectionOptions, 'servers'> = {}): Promise<Operator> {
    const connection = await connect({ servers: server.address, ...options });
    return new Operator(connection, await jetstreamManager(connection, { checkAPI: false }));
  }

  /** Makes a stream for events as `virdeliver forward --create` does, unless something else is said. */
  async makeStream(name = 'EVENTS', changes: Partial<StreamConfig> = {}): Promise<void> {
    await this.manager.streams.add({ name, subjects: ['virdeliver.>'], allow_direct: true, ...changes });
  }

  /** All messages of a stream, in order. */
  async messages(stream = 'EVENTS'): Promise<SeenMessage[]> {
    const { state } = await this.manager.streams.info(stream);
    const found: SeenMessage[] = [];
    for (let at = Math.max(state.first_seq, 1); at <= state.last_seq; at += 1) {
      const message = await this.manager.streams.getMessage(stream, { seq: at });
      if (message !== null) {
        const entry = readEntryHeaders((name) => message.header.get(name));
        found.push({ at, subject: message.subject, text: message.string(), ...entry! });
      }
    }
    return found;
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
