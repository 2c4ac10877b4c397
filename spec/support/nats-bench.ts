import { type JetStreamManager, jetstream, jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import {
  addEventHandler,
  type Connection,
  type ConnectionOptions,
  deliverEvents,
  type EventHandler,
  openConnection,
  type QueuedEvent,
} from '../../lib';
import { entryHeaders, messageId } from '../../lib/nats/headers';
import { eventSubject } from '../../lib/nats/subjects';
import { NatsServer, type NatsServerOptions } from './nats-server';

/** An event that a spec publishes. */
export interface Published {
  readonly host?: string;
  readonly type?: string;
  /** Its number in the host's journal; the next one by default. */
  readonly sequence?: number;
  readonly crc?: number;
  readonly xml?: string;
  /** By default what the server knows an event by; it drops what has one that it knows. */
  readonly id?: string;
}

/** The journals' ids, by host. */
export const journalOf = (host: string): string => `journal-of-${host}`;

interface Login {
  readonly user: string;
  readonly pass: string;
}

/** A hub, with what a spec does to its streams and how it reads them. */
export class NatsBench {
  readonly server: NatsServer;
  readonly #user: Login | undefined;
  #nats: NatsConnection | undefined;
  readonly #sequences = new Map<string, number>();
  readonly #open: Connection[] = [];

  private constructor(server: NatsServer, user: Login | undefined) {
    this.server = server;
    this.#user = user;
  }

  /** @param user Who the spec itself is to the server. */
  static async start({ user, ...options }: NatsServerOptions & { user?: Login } = {}): Promise<NatsBench> {
    const bench = new NatsBench(await NatsServer.start(options), user);
    await bench.connect();
    return bench;
  }

  /** Connects, again if the server was started anew. */
  async connect(): Promise<void> {
    await this.#nats?.close();
    this.#nats = await connect({ servers: this.server.address, ...this.#user });
  }

  get nats(): NatsConnection {
    return this.#nats as NatsConnection;
  }

  manager(): Promise<JetStreamManager> {
    return jetstreamManager(this.nats, { checkAPI: false });
  }

  /** Makes the stream anew, and that of its readers if that isn't there. */
  async makeStream(name = 'EVENTS', config: Partial<StreamConfig> = {}): Promise<void> {
    const { streams } = await this.manager();
    await streams.delete(name).catch(() => {});
    await streams.add({ name, subjects: ['virdeliver.>'], allow_direct: true, ...config });
    await streams.delete(`${name}-readers`).catch(() => {});
    await streams.add({
      name: `${name}-readers`,
      subjects: ['virdeliver-reader.>'],
      max_msgs_per_subject: 1,
      allow_direct: true,
    });
    this.#sequences.clear();
  }

  /** Publishes events, each when the one before is stored; returns the number of the last one in the stream. */
  async publish(...events: readonly Published[]): Promise<number> {
    const client = jetstream(this.nats);
    let last = 0;
    for (const event of events) {
      const { host = 'kvm-1', type = 'reboot', crc = 7 } = event;
      const sequence = event.sequence ?? (this.#sequences.get(host) ?? 0) + 1;
      this.#sequences.set(host, sequence);
      const entry = { host, journal: journalOf(host), sequence, crc, time: '2026-01-02T03:04:05.000006Z' };
      const all = headers();
      for (const [name, value] of Object.entries(entryHeaders(entry))) {
        all.set(name, value);
      }
      const xml =
        event.xml ?? `<event type="${type}" timestamp="2026-01-02T03:04:05Z" host="${host}" n="${sequence}"/>`;
      const id = event.id ?? messageId(entry);
      last = (await client.publish(eventSubject(host, type), xml, { headers: all, msgID: id })).seq;
    }
    return last;
  }

  /** Publishes so many events of a host. */
  publishMany(count: number, event: Published = {}): Promise<number> {
    return this.publish(...Array.from({ length: count }, () => event));
  }

  uri(query = '', stream = 'EVENTS'): string {
    return `nats://${this.server.address}/${stream}${query}`;
  }

  open(query = '', options: ConnectionOptions = {}): Connection {
    const conn = openConnection(this.uri(query), options);
    this.#open.push(conn);
    return conn;
  }

  /** Opens it with a handler for all events. */
  openWith(query: string, handler: EventHandler, options: ConnectionOptions = {}): Connection {
    const conn = this.open(query, options);
    addEventHandler(conn, null, handler);
    return conn;
  }

  /** Closes what a spec has opened. */
  closeAll(): void {
    for (const conn of this.#open.splice(0)) {
      conn.close();
    }
  }

  async stop(): Promise<void> {
    this.closeAll();
    await this.#nats?.close();
    await this.server.stop();
  }
}

/** An event in short: `kvm-1:3`, with the attempt if it isn't the first one; of a gap and the like, what it says. */
export function brief(event: QueuedEvent): string {
  const { host, n } = Object.fromEntries(Array.from(event.xml.matchAll(/ (\w+)="([^"]*)"/g), ([, k, v]) => [k, v]));
  const again = event.attempt > 1 ? `/${event.attempt}` : '';
  if (n !== undefined) {
    return `${host}:${n}${again}`;
  }
  const { count, unknown, cause } = Object.fromEntries(
    Array.from(event.xml.matchAll(/ (\w+)="([^"]*)"/g), ([, k, v]) => [k, v]),
  );
  return event.type === 'events-lost' ? `lost ${unknown === 'true' ? 'some' : count} ${cause}${again}` : event.type;
}

/** What is delivered until so many events came, or until nothing comes for a while. */
export function deliveredBy(conn: Connection, count = Number.POSITIVE_INFINITY, waitMs = 10_000): string[] {
  const seen: string[] = [];
  const handler = addEventHandler(conn, null, (_, event) => {
    seen.push(brief(event));
    return seen.length === count ? 'break' : undefined;
  });
  while (seen.length < count) {
    const { events } = deliverEvents(conn, { waitMs: count === Number.POSITIVE_INFINITY ? 300 : waitMs });
    if (events === 0) {
      break;
    }
  }
  handler.remove();
  return seen;
}

/** Starts a bench for the specs of a group, each of which finds an empty stream, and ends it behind them. */
export function useNatsBench(onStart: (bench: NatsBench) => void): void {
  let bench: NatsBench;
  beforeAll(async () => {
    bench = await NatsBench.start();
    onStart(bench);
  });
  beforeEach(() => bench.makeStream());
  afterEach(() => bench.closeAll());
  afterAll(() => bench.stop());
}
