import { inspect } from 'node:util';
import { formatValue } from '../arguments';
import type { Clock } from '../clock';
import type { Driver, EventOrigin, EventSink } from '../drivers/driver';
import { ConnectionClosedError, InvalidArgumentError, NestedDeliveryError } from '../errors';
import type { ReadEvent } from '../event/read-event';
import { shownUri } from '../shown-uri';
import type { EventLimits } from '../xml/limits';
import type { FilterLimits } from '../xpath/limits';
import { callEach } from './call-each';
import { Completion, type Durable } from './completion';
import type { Connection, ConnectionState } from './connection';
import { ConnectionMonitor } from './connection-monitor';
import { ConnectionLostError } from './delivery-errors';
import type { DeliveryResult } from './delivery-result';
import { HandlerList } from './handler-list';
import { HeadProgress } from './head-progress';
import { EventQueue, type QueueBounds } from './queue/queue';
import type { EventDecoder } from './queue/queued-event';
import type { HandlerOwner } from './registration';

/** How many chunks of its transport a driver takes in one pump at most, should they hold no event at all. */
const MOST_CHUNKS = 1024;

/** Everything that the functions of the library keep of a connection. */
export class ConnectionCore implements HandlerOwner {
  readonly uri: string;
  readonly clock: Clock;
  readonly eventLimits: EventLimits;
  readonly filterLimits: FilterLimits;
  readonly queue: EventQueue;
  readonly handlers: HandlerList = new HandlerList();
  /** How far the event at the head of the queue has got with its handlers. */
  readonly head: HeadProgress = new HeadProgress(this.handlers);
  /** Whether a delivery that covers this connection is under way. */
  delivering = false;
  /** When the connection last had its turn in a delivery: a number that grows with every turn of any connection. */
  lastServed = 0;
  /** Until when waits treat the head as absent, because a handler wants it again; on the clock's monotonic time. */
  deferredUntil = Number.NEGATIVE_INFINITY;
  readonly monitor: ConnectionMonitor;
  /** Those whose handlers keep what they are given: each is told when a delivery is over. */
  readonly durables: Set<Durable> = new Set();
  /** The account of what is completed, if the source keeps one. */
  completion: Completion | undefined;
  readonly #onQueued = new Set<() => void>();
  #connection: Connection | undefined;
  #driver: Driver | undefined;
  #closed = false;
  #driverIsClosed = false;
  #closedByLast = false;
  #ended = false;
  #loss: Error | undefined;
  #lossWasReported = false;
  #listeners = 0;
  /** Whether its driver was asked for events. */
  #wasRead = false;

  constructor(
    uri: string,
    clock: Clock,
    bounds: QueueBounds,
    limits: { readonly event: EventLimits; readonly filter: FilterLimits },
    decoders?: ReadonlyMap<string, EventDecoder>,
  ) {
    this.uri = shownUri(uri);
    this.clock = clock;
    this.eventLimits = limits.event;
    this.filterLimits = limits.filter;
    this.monitor = new ConnectionMonitor(uri);
    this.queue = new EventQueue(bounds, clock, this.monitor.lost, decoders);
  }

  get driver(): Driver {
    return this.#driver as Driver;
  }

  /** The connection as the program holds it. */
  get connection(): Connection {
    return this.#connection as Connection;
  }

  /** Says what the program holds, once, before anything happens. */
  hold(connection: Connection): void {
    this.#connection = connection;
    this.monitor.attach(connection);
  }

  /** Gives the connection its driver, once, before it is handed to the program. */
  attach(driver: Driver): void {
    this.#driver = driver;
    this.completion = driver.place && new Completion(driver.place, this.durables);
  }

  get state(): ConnectionState {
    if (this.#closed) {
      return 'closed';
    }
    if (this.#lossWasReported) {
      return 'lost';
    }
    return this.#ended && this.queue.length === 0 ? 'ended' : 'open';
  }

  /** Whether the program has closed it. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether the program closed it in the last handler for the event in hand: none was left to be called, or wanted it again. */
  get closedByLast(): boolean {
    return this.#closedByLast;
  }

  /** Whether nothing is queued and nothing will come, so that waiting is in vain. */
  get exhausted(): boolean {
    return this.#closed || (this.queue.length === 0 && (this.#ended || this.#loss !== undefined));
  }

  /**
   * Has the driver take what its transport holds now, without waiting, until `shouldContinue` says no.
   *
   * It ends in any case after as much as the queue can hold, or a fast writer whose events are dropped would never let it. What
   * the transport keeps by itself stays there when so many events are queued as are wanted; the rest of a chunk comes with them.
   *
   * @param wanted How many events the caller is going to take at most.
   */
  pump(shouldContinue: () => boolean, wanted: number): void {
    this.#wasRead = true;
    const { driver, queue } = this;
    const most = driver.keepsUnread === true ? Math.max(wanted, 1) : Number.POSITIVE_INFINITY;
    if (queue.length >= most) {
      return;
    }
    const mostArrived = queue.arrived + queue.capacity;
    let chunks = 0;
    driver.pump(() => {
      chunks += 1;
      return chunks < MOST_CHUNKS && queue.arrived < mostArrived && queue.length < most && shouldContinue();
    });
  }

  /** The connection as its driver sees it. */
  sink(): EventSink {
    const { queue } = this;
    return {
      bounds: queue.bounds,
      hasRoomFor: (bytes) => queue.accepts(bytes),
      requireRoomFor: (bytes, events) => {
        this.requireOpen();
        queue.requireRoomFor(bytes, events);
      },
      event: (event, origin) => this.receive(event, origin),
      invalid: (error, sequence) => {
        queue.pushInvalid(error, sequence);
        this.announce();
      },
      missing: (events) => {
        queue.pushMissing(events);
        this.monitor.missing(events);
        this.announce();
      },
      ended: () => {
        this.#ended = true;
        this.announce();
      },
      lost: (cause) => {
        if (this.#loss === undefined) {
          this.#loss = cause;
          this.monitor.connectionLost(cause, false);
        }
        this.announce();
      },
      interrupted: (cause) => this.monitor.connectionLost(cause, true),
      connected: (again) => this.monitor.connected(again),
    };
  }

  /** Queues an event that has arrived, or counts it into a gap, and tells those who wait. */
  receive(event: ReadEvent, origin?: EventOrigin): void {
    const entry = this.queue.push(event, origin);
    if (entry !== undefined) {
      this.monitor.sent(entry);
    }
    this.announce();
  }

  /** @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED` */
  requireOpen(): void {
    if (this.#closed) {
      throw new ConnectionClosedError(this.uri);
    }
  }

  /** @throws {NestedDeliveryError} `ERR_NESTED_DELIVERY` */
  requireNoDelivery(caller: string): void {
    if (this.delivering) {
      throw new NestedDeliveryError(this.uri, caller);
    }
  }

  /**
   * Makes sure that nothing was read from it yet, on behalf of a function that has to meet every event.
   *
   * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
   */
  requireUnread(caller: string, argument: string): void {
    if (this.#wasRead) {
      const remedy = `call ${caller} before anything is delivered, taken, looked at or waited for`;
      throw new InvalidArgumentError(argument, `must be fresh, but that to '${this.uri}' was read; ${remedy}`);
    }
  }

  /** Lets go of one who keeps events; not in a delivery, which it must be able to tell whether what that brought is safe. */
  dismiss(durable: Durable): void {
    if (!this.delivering) {
      this.durables.delete(durable);
    }
  }

  /**
   * Says to those who keep events that a delivery is over, and to the source that what is completed can be written down.
   *
   * @returns Why what was kept isn't safe, if it isn't; then the source is told nothing.
   */
  settle(): unknown[] {
    const problems: unknown[] = [];
    for (const durable of this.durables) {
      try {
        durable.settle();
      } catch (problem) {
        problems.push(problem);
      }
    }
    if (problems.length === 0) {
      this.completion?.settle();
    }
    return problems;
  }

  /** @throws {Error} Why it couldn't be written down, once, what is completed. */
  requireWritten(): void {
    const problem = this.completion?.takeProblem();
    if (problem !== undefined) {
      throw problem;
    }
  }

  /** Whether the connection was lost, all that came before is delivered, and the program does not know it yet. */
  get hasLossToReport(): boolean {
    return this.#loss !== undefined && !this.#lossWasReported && !this.#closed && this.queue.length === 0;
  }

  /** Whether nothing will come any more, and nothing is left that the program has to be told. */
  get hasEnded(): boolean {
    return this.exhausted && !this.hasLossToReport;
  }

  /** The error that says that the connection is lost, once. */
  reportLoss(result?: DeliveryResult): ConnectionLostError | undefined {
    if (!this.hasLossToReport) {
      return undefined;
    }
    this.#lossWasReported = true;
    return new ConnectionLostError(this.uri, this.#loss as Error, result);
  }

  /**
   * Begins to look out for the loss on behalf of one consumer: it may be reported to another, and ends both.
   *
   * @returns A function that gives the error if the loss has been reported since.
   */
  watchLoss(): () => ConnectionLostError | undefined {
    const isKnown = this.#lossWasReported;
    return () => {
      const isNews = this.#lossWasReported && !isKnown && !this.#closed;
      return isNews ? new ConnectionLostError(this.uri, this.#loss as Error) : undefined;
    };
  }

  /** Whether the head of the queue waits for the pause after a `'retry'` to pass. */
  get headIsDeferred(): boolean {
    return this.deferredUntil > Number.NEGATIVE_INFINITY && this.clock.monotonic() < this.deferredUntil;
  }

  /** Whether a wait is over: an event can be delivered, or a loss is to be reported. */
  get isDeliverable(): boolean {
    return this.queue.length > 0 ? !this.headIsDeferred : this.hasLossToReport;
  }

  /** Puts the head of the queue off for those who wait, because handlers want it again. */
  deferHead(retryDelayMs: number): void {
    this.deferredUntil = this.clock.monotonic() + Math.min(retryDelayMs, this.head.longestPause);
  }

  /** Ends the pause after a `'retry'` if no handler is left that wants the event. */
  handlerRemoved(): void {
    if (!this.head.isWaitedFor) {
      this.#endPause();
    }
  }

  /** Ends the pause after a `'retry'` if every handler that wants the event is ready for it, as one has just become. */
  handlerReady(): void {
    if (this.head.longestPause === 0) {
      this.#endPause();
    }
  }

  #endPause(): void {
    if (this.deferredUntil > Number.NEGATIVE_INFINITY) {
      this.deferredUntil = Number.NEGATIVE_INFINITY;
      this.announce();
    }
  }

  /** Tells those who wait that something was queued, or that nothing will come any more. */
  announce(): void {
    if (this.#onQueued.size > 0) {
      for (const callback of this.#onQueued) {
        callback();
      }
    }
  }

  /** Reads from the event loop, and calls back whenever something was queued or the connection ended, until told to stop. */
  listen(onQueued: () => void): () => void {
    const callback = () => onQueued();
    this.#onQueued.add(callback);
    this.#listeners += 1;
    this.#wasRead = true;
    if (this.#listeners === 1) {
      this.driver.listen();
    }
    return () => {
      if (this.#onQueued.delete(callback)) {
        this.#listeners -= 1;
        if (this.#listeners === 0 && !this.#closed) {
          this.driver.unlisten();
        }
      }
    };
  }

  /** Says that a delivery is over: what it made room for can be read, and what it put off can be waited for. */
  afterDelivery(): void {
    if (this.#closed) {
      this.closeDriver();
    } else if (this.#listeners > 0) {
      this.driver.listen();
      this.announce();
    }
  }

  /**
   * Closes the driver, drops the queue and releases the handlers; what their release throws is thrown at the end.
   *
   * Inside a delivery the driver is closed when the handler has returned, since it may complete the event.
   */
  close(): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    this.#closedByLast = !this.head.isWaitedFor;
    if (this.delivering) {
      this.#dropQueue();
    } else {
      this.closeDriver();
    }
    this.announce();
    callEach(this.handlers, "'onRelease' functions", (handler) => handler.remove());
    if (!this.delivering) {
      this.requireWritten();
    }
  }

  /** Closes the driver of a closed connection, once, and drops what has come since. */
  closeDriver(): void {
    if (!this.#driverIsClosed) {
      this.#driverIsClosed = true;
      this.driver.close();
      this.#dropQueue();
    }
  }

  #dropQueue(): void {
    this.queue.clear();
    this.head.end();
  }
}

let coreOfConnection: (conn: Connection) => ConnectionCore;

/** A connection as the program holds it: what the library keeps of it cannot be seen. */
export class OpenedConnection implements Connection {
  readonly #core: ConnectionCore;

  static {
    coreOfConnection = (conn) => {
      if (typeof conn !== 'object' || conn === null || !(#core in conn)) {
        const { conn: inner } = (conn ?? {}) as { readonly conn?: unknown };
        const isHolder = typeof inner === 'object' && inner !== null && #core in inner;
        const found = isHolder ? 'what holds one: give its conn' : formatValue(conn);
        throw new InvalidArgumentError('conn', `must be a connection, but is ${found}`);
      }
      return conn.#core;
    };
  }

  constructor(core: ConnectionCore) {
    this.#core = core;
    core.hold(this);
  }

  get uri(): string {
    return this.#core.uri;
  }

  get clock(): Clock {
    return this.#core.clock;
  }

  get state(): ConnectionState {
    return this.#core.state;
  }

  close(): void {
    this.#core.close();
  }

  [Symbol.dispose](): void {
    this.#core.close();
  }

  [inspect.custom](): string {
    return `Connection { uri: ${inspect(this.uri)}, state: '${this.state}', queued: ${this.#core.queue.length} }`;
  }
}

/**
 * What the library keeps of a connection.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it isn't a connection.
 */
export const coreOf: (conn: Connection) => ConnectionCore = coreOfConnection;
