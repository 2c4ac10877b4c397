import { readBoolean } from '../../arguments';
import { formatTimestamp, sleep, systemClock } from '../../clock';
import { DaemonGoneError, InvalidEventError, ProtocolError } from '../../errors';
import type { EventText } from '../../event/event-text';
import type { ReadEvent } from '../../event/read-event';
import { defaultEventLimits, type EventLimits } from '../../xml/limits';
import type { DomainListing, Driver, DriverContext, Reconnecting } from '../driver';
import { Attempt } from './attempt';
import { BacklogCap } from './backlog-cap';
import { DaemonSession, type SessionListener, type SessionOptions } from './daemon-session';
import { EventFeed } from './event-feed';
import { connectionLost, connectionRestored, connectionWarning, eventsMissed } from './events/connection-events';
import { CONNECTION_CLOSED } from './events/event-choice';
import { foundTransition } from './events/lifecycle-event';
import { Reconnection } from './reconnection';
import { readSessionOptions } from './remote-options';
import type { Packet } from './rpc/packet';
import type { FoundTransition } from './states/domain-comparison';
import { DomainStates } from './states/domain-states';
import { opensSynchronously } from './transport/open-transport';

/** An event, or why one could not be read. */
type Item = ReadEvent | InvalidEventError | ProtocolError;

/** How long pumps wait for the answer to what an event leaves open, in milliseconds; as a rule it takes less than one. */
const PAUSE_FOR_ANSWER = 50;

/** How long they wait before the delivery is asked again whether it still has time, in milliseconds. */
const PAUSE_AT_A_TIME = 1;

/** How long a wait looks away from an attempt in the event loop, in milliseconds. */
const PAUSE_DURING_ATTEMPT = 20;

const always = () => true;

/** A client of a libvirt daemon, in libvirt's own RPC protocol. */
export class RemoteDriver implements Driver {
  readonly #context: DriverContext;
  readonly #options: SessionOptions;
  readonly #limits: EventLimits;
  readonly #reconnects: boolean;
  readonly #listener: SessionListener;
  readonly #states = new DomainStates();
  #session: DaemonSession | undefined;
  /** What makes events of the session's messages. */
  #feed: EventFeed | undefined;
  /** Whether what came first of the session is told: not before the connection has its driver. */
  #hasBegun = false;
  #reconnection: Reconnection | undefined;
  /** The attempt to reconnect that is under way in the event loop; one that is given up is forgotten. */
  #attempt: Attempt | undefined;
  /** What the queue has no room for yet, in order. */
  #held: Item[] = [];
  readonly #heldCap: BacklogCap;
  /** Whether the daemon has not said that its own connection to the hypervisor is closed. */
  #hasHypervisor = true;
  /** The loss that is to be told when nothing is held any more. */
  #loss: Error | undefined;
  #unsupported: readonly string[] = [];
  /** Until when pumps wait for the answer to what an event leaves open, on the machine's monotonic clock. */
  #answerDue = 0;
  #isListening = false;
  #isClosed = false;
  #stopTimer: () => void = () => {};
  #stopFeedTimer: () => void = () => {};

  private constructor(context: DriverContext) {
    this.#context = context;
    this.#heldCap = new BacklogCap(context.sink.bounds);
    this.#listener = {
      bounds: context.sink.bounds,
      mayRead: () => this.#held.length === 0 && context.sink.hasRoomFor(1),
      onMessage: (packet) => this.#onMessage(packet),
      changes: () => this.#states.changes,
      onDomains: (domains, askedAt) => this.#feed?.takeDomains(domains, askedAt),
      onState: (domain, answer, askedAt) => this.#feed?.takeState(domain, answer, askedAt),
      onWarning: (problem) => this.#queue(connectionWarning(context.uri, problem)),
      onFailure: (cause) => this.#onFailure(cause),
    };
    // What is longer than the program's cap might not even fit into the empty queue, and block it for good. Its other caps
    // guard against what comes from outside; a daemon's packets have caps of their own.
    this.#limits = { ...defaultEventLimits, eventBytes: context.limits.eventBytes };
    this.#reconnects = readBoolean('options.reconnect', context.options.reconnect, false);
    this.#options = readSessionOptions(context);
  }

  /** Connects to the daemon without a turn of the event loop. */
  static open(context: DriverContext): RemoteDriver {
    const driver = new RemoteDriver(context);
    driver.#adopt(DaemonSession.open(driver.#options, driver.#listener));
    return driver;
  }

  /** Connects to the daemon in the event loop. */
  static async openAsync(context: DriverContext): Promise<RemoteDriver> {
    const driver = new RemoteDriver(context);
    driver.#adopt(await DaemonSession.openAsync(driver.#options, driver.#listener));
    return driver;
  }

  get unsupported(): readonly string[] {
    return this.#unsupported;
  }

  /** In-process TLS brings nothing while the thread is blocked. */
  get isQuiet(): boolean {
    return this.#session?.needsEventLoop === true;
  }

  get reconnecting(): Reconnecting | undefined {
    return this.#reconnection?.progress;
  }

  listDomains(): DomainListing[] {
    return this.#states.list();
  }

  pump(goOn: () => boolean): void {
    this.#begin();
    this.#flush();
    if (this.#session === undefined) {
      this.#tryToReconnect();
    }
    this.#session?.pump(goOn);
    this.#feed?.checkTime();
    this.#awaitAnswer(goOn);
  }

  /**
   * Gives the daemon a moment to answer what an event leaves open, so that the event is delivered now and not at the next
   * delivery, which may be far away. A daemon that does not use it holds up no other pump.
   */
  #awaitAnswer(goOn: () => boolean): void {
    while (this.#feed?.isWaiting && !this.isQuiet && this.#listener.mayRead()) {
      if (this.#answerDue <= systemClock.monotonic() || !goOn()) {
        return;
      }
      this.#session?.wait(PAUSE_AT_A_TIME);
      this.#session?.pump(goOn);
    }
  }

  wait(milliseconds: number): void {
    if (this.#session !== undefined) {
      this.#session.wait(Math.min(milliseconds, Math.max(this.#feed?.untilDue ?? milliseconds, 0)));
    } else if (this.#attempt !== undefined) {
      sleep(Math.min(milliseconds, PAUSE_DURING_ATTEMPT));
    } else if (this.#reconnection !== undefined) {
      sleep(Math.max(Math.min(milliseconds, this.#reconnection.untilDue()), 0));
    }
  }

  listen(): void {
    this.#isListening = true;
    this.#begin();
    this.#flush();
    this.#attend();
  }

  unlisten(): void {
    this.#isListening = false;
    this.#stopTimer();
    this.#stopFeedTimer();
    this.#session?.unlisten();
  }

  close(): void {
    this.#isClosed = true;
    this.#reconnection = undefined;
    this.#giveUpAttempt();
    this.unlisten();
    this.#session?.close();
    this.#session = undefined;
    this.#held = [];
  }

  /** Takes a session that was opened for its own; returns what has changed since the last one. */
  #adopt(session: DaemonSession): FoundTransition[] {
    const { uri } = this.#context;
    const { driverType, domains } = session;
    this.#session = session;
    this.#hasBegun = false;
    this.#unsupported = session.unsupported;
    this.#feed = new EventFeed({
      uri,
      driverType,
      states: this.#states,
      ask: (domain, onAnswer) => {
        this.#answerDue = systemClock.monotonic() + PAUSE_FOR_ANSWER;
        session.askState(domain, (answer) => {
          onAnswer(answer);
          this.#requireHypervisor();
        });
      },
      onDue: () => this.#watchTime(),
      put: (event) => {
        const item = event instanceof ProtocolError ? event : this.#finish(event);
        this.#hold(item);
        this.#hasHypervisor &&= event instanceof ProtocolError || event.type !== CONNECTION_CLOSED;
        return !(item instanceof Error);
      },
    });
    this.#hasHypervisor = true;
    if (domains === undefined) {
      this.#states.expectOthers();
      return [];
    }
    return this.#states.replace(domains);
  }

  /** Has the session feed the queue, from what came first on, unless it does so already. */
  #begin(): void {
    const session = this.#session;
    if (session === undefined || this.#hasBegun) {
      return;
    }
    this.#hasBegun = true;
    for (const problem of session.warnings) {
      this.#queue(connectionWarning(this.#context.uri, problem));
    }
    session.begin();
  }

  /** While listening: has the event loop bring what comes, or try again to reach a daemon that is gone. */
  #attend(): void {
    this.#stopTimer();
    if (!this.#isListening) {
      return;
    }
    if (this.#session !== undefined) {
      this.#session.listen();
      this.#watchTime();
    } else if (this.#reconnection !== undefined && this.#attempt === undefined && this.#held.length === 0) {
      this.#stopTimer = this.#context.clock.schedule(Math.max(this.#reconnection.untilDue(), 0), () => {
        this.#tryToReconnect();
        this.#attend();
      });
    }
  }

  /** Says whether the message was an event. */
  #onMessage(packet: Packet): boolean {
    const isEvent = this.#feed?.take(packet) ?? false;
    this.#heldCap.require('while the queue was full');
    this.#requireHypervisor();
    return isEvent;
  }

  /**
   * Ends the session of a daemon that has said that its hypervisor is gone: it stays so for this session, and only a new one
   * finds the hypervisor again.
   *
   * @throws {DaemonGoneError} `ERR_DAEMON_GONE`, which fails the session that is telling.
   */
  #requireHypervisor(): void {
    if (!this.#hasHypervisor) {
      throw new DaemonGoneError('error', 'the daemon has lost its connection to the hypervisor');
    }
  }

  /** While listening: sees to it that the feed does in time what is due. */
  #watchTime(): void {
    this.#stopFeedTimer();
    const left = this.#feed?.untilDue ?? Number.POSITIVE_INFINITY;
    if (this.#isListening && left < Number.POSITIVE_INFINITY) {
      this.#stopFeedTimer = systemClock.schedule(Math.max(left, 0), () => {
        // If the event loop was blocked, what was asked may be answered by now.
        this.#session?.pump(always);
        this.#feed?.checkTime();
        this.#watchTime();
      });
    }
  }

  #onFailure(cause: Error): void {
    if (this.#isClosed) {
      return;
    }
    this.#feed?.end();
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

  /**
   * Tries to open a new session when it is time: in the event loop while it listens, or where there is no other way, and
   * otherwise at once.
   */
  #tryToReconnect(): void {
    const inLoop = this.#isListening || !opensSynchronously(this.#options.uri, this.#options);
    if (!inLoop && this.#attempt?.isStuck()) {
      this.#giveUpAttempt();
    }
    if (this.#reconnection === undefined || this.#attempt !== undefined || this.#reconnection.untilDue() > 0) {
      return;
    }
    // Each time that a daemon comes and goes there is more to tell: not before the program has taken what there is.
    if (this.#held.length > 0) {
      return;
    }
    if (inLoop) {
      this.#attempt = new Attempt();
      void this.#reconnectInLoop(this.#attempt);
      return;
    }
    let outcome: DaemonSession | Error;
    try {
      outcome = DaemonSession.open(this.#options, this.#listener);
    } catch (error) {
      outcome = asError(error);
    }
    this.#conclude(outcome);
  }

  async #reconnectInLoop(attempt: Attempt): Promise<void> {
    let outcome: DaemonSession | Error;
    try {
      outcome = await DaemonSession.openAsync(this.#options, this.#listener, attempt.signal);
    } catch (error) {
      outcome = asError(error);
    }
    if (this.#attempt === attempt) {
      this.#attempt = undefined;
      this.#conclude(outcome);
      this.#attend();
    } else if (outcome instanceof DaemonSession) {
      outcome.close();
    }
  }

  #giveUpAttempt(): void {
    this.#attempt?.giveUp();
    this.#attempt = undefined;
  }

  /** Acts on what has come of an attempt; the program's function for credentials may have closed the connection meanwhile. */
  #conclude(outcome: DaemonSession | Error): void {
    if (outcome instanceof Error) {
      this.#reconnection?.failed(outcome);
      return;
    }
    if (this.#isClosed) {
      outcome.close();
      return;
    }
    const reconnection = this.#reconnection;
    try {
      this.#reconnected(outcome);
    } catch (error) {
      this.#session = undefined;
      outcome.close();
      this.#reconnection = reconnection;
      reconnection?.failed(asError(error));
    }
  }

  /** Tells what has changed meanwhile, and goes on with a new session. */
  #reconnected(session: DaemonSession): void {
    const found = this.#adopt(session);
    this.#reconnection = undefined;
    for (const transition of found) {
      this.#queue(foundTransition(transition, session.driverType));
    }
    this.#queue(eventsMissed());
    this.#queue(connectionRestored(this.#context.uri));
    this.#context.sink.restored();
    this.#begin();
  }

  #queue(event: EventText): void {
    this.#hold(this.#finish(event));
  }

  /** Ends an event; if it is not within the limits, it is lost, and nothing else. */
  #finish(event: EventText): Item {
    try {
      return event.finish(formatTimestamp(this.#context.clock.now()), this.#limits);
    } catch (error) {
      return asItem(error);
    }
  }

  /** Puts an event, or one that could not be read, behind all that is held, and into the queue if there is room. */
  #hold(item: Item): void {
    // Who is told of an event on a diagnostics channel may have closed the connection.
    if (this.#isClosed) {
      return;
    }
    if (this.#held.length > 0 || !this.#put(item)) {
      this.#held.push(item);
      this.#heldCap.add(sizeOf(item));
    }
  }

  /** Puts what is held into the queue, as far as there is room. */
  #flush(): void {
    let taken = 0;
    while (taken < this.#held.length && this.#put(this.#held[taken] as Item)) {
      taken += 1;
    }
    for (const item of this.#held.splice(0, taken)) {
      this.#heldCap.remove(sizeOf(item));
    }
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

/** Why an event cannot be told. */
function asItem(error: unknown): InvalidEventError | ProtocolError {
  return error instanceof InvalidEventError || error instanceof ProtocolError
    ? error
    : new ProtocolError(`an event of the daemon cannot be told: ${asError(error).message}`);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function sizeOf(item: Item): number {
  return item instanceof Error ? 0 : item.bytes;
}
