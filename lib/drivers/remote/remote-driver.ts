import { readBoolean, readNumber, requireOptions } from '../../arguments';
import { formatTimestamp, sleep } from '../../clock';
import { InvalidEventError, ProtocolError } from '../../errors';
import { defaultEventLimits, type EventLimits } from '../../event/limits';
import { type ReadEvent, readEvent } from '../../event/read-event';
import { type StructuredEvent, writeEvent } from '../../event/write-event';
import type { DomainListing, Driver, DriverContext } from '../driver';
import { readClientConfiguration } from './client-configuration';
import { DaemonSession, type SessionOptions } from './daemon-session';
import { DomainStates } from './domain-states';
import { processEnvironment } from './environment';
import { readEventChoice } from './event-choice';
import { connectionLost, connectionRestored, eventsMissed } from './events/connection-events';
import { describeMessage } from './events/describe-message';
import { foundTransition } from './events/lifecycle-event';
import { Reconnection } from './reconnection';
import type { KeepAliveOptions } from './rpc/keepalive';
import type { Packet } from './rpc/packet';
import { parseRemoteUri, requireAvailableTransport } from './uri';

/** An event, or why one could not be read. */
type Item = ReadEvent | InvalidEventError | ProtocolError;

/** What is written here is read back at once, where its length is judged. */
const ANY_LENGTH: EventLimits = { ...defaultEventLimits, eventBytes: Number.POSITIVE_INFINITY };

const KEEP_ALIVE: KeepAliveOptions = { intervalMs: 5000, count: 5 };

/** A client of a libvirt daemon, in libvirt's own RPC protocol. */
export class RemoteDriver implements Driver {
  readonly #context: DriverContext;
  readonly #options: SessionOptions;
  readonly #limits: EventLimits;
  readonly #reconnects: boolean;
  readonly #states = new DomainStates();
  #session: DaemonSession | undefined;
  #reconnection: Reconnection | undefined;
  /** What the queue has no room for yet, in order. */
  #held: Item[] = [];
  /** The loss that is to be told when nothing is held any more. */
  #loss: Error | undefined;
  #driverType = '';
  #unsupported: readonly string[] = [];
  #isListening = false;
  #isClosed = false;
  #stopTimer: () => void = () => {};

  constructor(context: DriverContext) {
    const { uri: text, clock, options } = context;
    const environment = processEnvironment();
    const uri = parseRemoteUri(text);
    requireAvailableTransport(uri);
    this.#context = context;
    // What is longer than the program's cap might not even fit into the empty queue, and block it for good. Its other caps
    // guard against what comes from outside; a daemon's packets have caps of their own.
    this.#limits = { ...defaultEventLimits, eventBytes: context.limits.eventBytes };
    this.#reconnects = readBoolean('options.reconnect', options.reconnect, false);
    this.#options = {
      uri,
      clock,
      environment,
      readOnly: readBoolean('options.readOnly', options.readOnly, false),
      events: readEventChoice(options.events),
      keepAlive: readKeepAlive(options.keepAlive),
      remoteMode: readClientConfiguration(text, environment).remoteMode,
    };
    this.#session = this.#openSession();
    this.#states.replace(this.#session.domains);
    this.#session.begin();
  }

  get unsupported(): readonly string[] {
    return this.#unsupported;
  }

  listDomains(): DomainListing[] {
    return this.#states.list();
  }

  pump(goOn: () => boolean): void {
    this.#flush();
    if (this.#session === undefined) {
      this.#tryToReconnect();
    }
    this.#session?.pump(goOn);
  }

  wait(milliseconds: number): void {
    if (this.#session !== undefined) {
      this.#session.wait(milliseconds);
    } else if (this.#reconnection !== undefined) {
      sleep(Math.max(Math.min(milliseconds, this.#reconnection.untilDue()), 0));
    }
  }

  listen(): void {
    this.#isListening = true;
    this.#flush();
    this.#attend();
  }

  unlisten(): void {
    this.#isListening = false;
    this.#stopTimer();
    this.#session?.unlisten();
  }

  close(): void {
    this.#isClosed = true;
    this.unlisten();
    this.#session?.close();
    this.#session = undefined;
    this.#held = [];
  }

  #openSession(): DaemonSession {
    const session = new DaemonSession(this.#options, {
      mayRead: () => this.#held.length === 0 && this.#context.sink.hasRoomFor(1),
      onMessage: (packet) => this.#onMessage(packet),
      onFailure: (cause) => this.#onFailure(cause),
    });
    this.#driverType = session.driverType;
    this.#unsupported = session.unsupported;
    return session;
  }

  /** While listening: has the event loop bring what comes, or try again to reach a daemon that is gone. */
  #attend(): void {
    this.#stopTimer();
    if (!this.#isListening) {
      return;
    }
    if (this.#session !== undefined) {
      this.#session.listen();
    } else if (this.#reconnection !== undefined) {
      this.#stopTimer = this.#context.clock.schedule(Math.max(this.#reconnection.untilDue(), 0), () => {
        this.#tryToReconnect();
        this.#attend();
      });
    }
  }

  #onMessage(packet: Packet): void {
    const context = { uri: this.#context.uri, driverType: this.#driverType, states: this.#states };
    try {
      const event = describeMessage(packet, context);
      if (event !== undefined) {
        this.#queue(event);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
      // One message that cannot be read, of a kind that a later libvirt has changed, say, is no reason to lose the others.
      this.#hold(error);
    }
  }

  #onFailure(cause: Error): void {
    if (this.#isClosed) {
      return;
    }
    this.#session = undefined;
    this.#queue(connectionLost(this.#context.uri, cause));
    if (this.#reconnects) {
      this.#reconnection = new Reconnection(this.#context.clock);
      this.#context.sink.interrupted(cause);
      this.#attend();
    } else {
      this.#loss = cause;
      this.#flush();
    }
  }

  /** Opens a new session when it is time, and tells what has changed meanwhile. */
  #tryToReconnect(): void {
    if (this.#reconnection === undefined || this.#reconnection.untilDue() > 0 || this.#isClosed) {
      return;
    }
    let session: DaemonSession;
    try {
      session = this.#openSession();
    } catch {
      // Why does not matter while it is tried again: the daemon may be starting just now.
      this.#reconnection.failed();
      return;
    }
    this.#reconnection = undefined;
    this.#session = session;
    for (const transition of this.#states.replace(session.domains)) {
      this.#queue(foundTransition(transition, session.driverType));
    }
    this.#queue(eventsMissed());
    this.#queue(connectionRestored(this.#context.uri));
    this.#context.sink.restored();
    session.begin();
  }

  #queue(event: StructuredEvent): void {
    const { clock } = this.#context;
    const text = writeEvent(event, formatTimestamp(clock.now()), ANY_LENGTH);
    try {
      this.#hold(readEvent(text, this.#limits));
    } catch (error) {
      this.#hold(error as InvalidEventError);
    }
  }

  /** Puts an event, or one that could not be read, behind all that is held, and into the queue if there is room. */
  #hold(item: Item): void {
    if (this.#held.length > 0 || !this.#put(item)) {
      this.#held.push(item);
    }
  }

  /** Puts what is held into the queue, as far as there is room. */
  #flush(): void {
    let taken = 0;
    while (taken < this.#held.length && this.#put(this.#held[taken] as Item)) {
      taken += 1;
    }
    this.#held.splice(0, taken);
    if (this.#loss !== undefined && this.#held.length === 0) {
      const loss = this.#loss;
      this.#loss = undefined;
      this.#context.sink.lost(loss);
    }
  }

  /** Puts something into the queue; no, where there is no room for it. */
  #put(item: Item): boolean {
    const { sink } = this.#context;
    if (item instanceof ProtocolError || item instanceof InvalidEventError) {
      sink.invalid(item);
      return true;
    }
    if (!sink.hasRoomFor(item.bytes)) {
      return false;
    }
    sink.event(item);
    return true;
  }
}

/** Reads the option `keepAlive`: how a silent daemon is pinged, or `false`. */
function readKeepAlive(given: unknown): KeepAliveOptions | undefined {
  if (given === false) {
    return undefined;
  }
  if (given === undefined || given === true) {
    return KEEP_ALIVE;
  }
  const options = given as Partial<KeepAliveOptions>;
  requireOptions('options.keepAlive', options, ['intervalMs', 'count']);
  return {
    intervalMs: readNumber('options.keepAlive.intervalMs', options.intervalMs, KEEP_ALIVE.intervalMs, {
      least: 1,
      whole: false,
    }),
    count: readNumber('options.keepAlive.count', options.count, KEEP_ALIVE.count, { least: 1, whole: true }),
  };
}
