import { formatTimestamp, systemClock } from '../../clock';
import { DaemonGoneError, InvalidArgumentError, InvalidEventError, InvalidUriError, ProtocolError } from '../../errors';
import { connectionLost, connectionRestored, connectionWarning } from '../../event/connection-events';
import type { EventText } from '../../event/event-text';
import { shownUri } from '../../shown-uri';
import { defaultEventLimits, type EventLimits } from '../../xml/limits';
import type {
  DomainListing,
  DomainQuestion,
  Driver,
  DriverContext,
  EarlierStates,
  Origin,
  Reconnecting,
} from '../driver';
import type { Dialogue } from '../io/dialogue';
import { asError, Reconnection } from '../io/reconnection';
import { DaemonSession, type SessionListener, type SessionOptions } from './daemon-session';
import { EventFeed } from './event-feed';
import { type EventOrError, EventOutlet } from './event-outlet';
import { eventsMissed } from './events/connection-events';
import { CONNECTION_CLOSED } from './events/event-choice';
import { foundTransition } from './events/lifecycle-event';
import { type Reconnect, readReconnect, readSessionOptions } from './remote-options';
import { requirePossible } from './require-possible';
import { Resumption } from './resumption';
import type { Packet } from './rpc/packet';
import type { FoundTransition } from './states/domain-comparison';
import { daemonIsAway } from './states/domain-description';
import { DomainStates } from './states/domain-states';
import { opensSynchronously } from './transport/open-transport';

/** How long pumps wait for the answer to what an event leaves open, in milliseconds; as a rule it takes less than one. */
const PAUSE_FOR_ANSWER = 50;

/** How long they wait before the delivery is asked again whether it still has time, in milliseconds. */
const PAUSE_AT_A_TIME = 1;

/** A client of a libvirt daemon, in libvirt's own RPC protocol. */
export class RemoteDriver implements Driver {
  readonly #context: DriverContext;
  readonly #options: SessionOptions;
  readonly #limits: EventLimits;
  readonly #reconnect: Reconnect;
  readonly #listener: SessionListener;
  readonly #states = new DomainStates();
  #session: DaemonSession | undefined;
  #feed: EventFeed | undefined;
  /** Whether what came first of the session is told: not before the connection has its driver. */
  #hasBegun = false;
  #reconnection: Reconnection<DaemonSession> | undefined;
  /** What compares earlier states: nothing of a session is told before. */
  #resumption: Resumption | undefined;
  readonly #outlet: EventOutlet;
  /** Whether the daemon hasn't said that its own connection to the hypervisor is closed. */
  #hasHypervisor = true;
  /** The loss that is to be told when nothing is held any more. */
  #loss: Error | undefined;
  #unsupported: readonly string[] = [];
  /** Until when pumps wait for the answer to what an event leaves open, on the machine's monotonic clock. */
  #answerDue = 0;
  /** Whether it was opened without a daemon, and none has come yet. */
  #isAwaited = false;
  #isListening = false;
  #isClosed = false;
  #stopTimer: () => void = () => {};
  #stopFeedTimer: () => void = () => {};

  private constructor(context: DriverContext) {
    this.#context = context;
    this.#outlet = new EventOutlet(context.sink);
    this.#listener = {
      bounds: context.sink.bounds,
      mayRead: () => this.#outlet.isEmpty && context.sink.hasRoomFor(1),
      onMessage: (packet) => this.#onMessage(packet),
      changes: () => this.#states.changes,
      // What comes before earlier states are compared is in the session's list then.
      onDomains: (domains, askedAt) => this.#isResuming || this.#feed?.takeDomains(domains, askedAt),
      onState: (domain, answer, askedAt) => this.#isResuming || this.#feed?.takeState(domain, answer, askedAt),
      onWarning: (problem) => this.#queue(connectionWarning(context.uri, problem)),
      onFailure: (cause) => this.#onFailure(cause),
    };
    // What is longer than the program's cap might not even fit into the empty queue, and block it for good. Its other caps
    // guard against what comes from outside; a daemon's packets have caps of their own.
    this.#limits = { ...defaultEventLimits, eventBytes: context.limits.eventBytes };
    this.#reconnect = readReconnect(context.options.reconnect);
    this.#options = readSessionOptions(context);
  }

  static *open(context: DriverContext): Dialogue<RemoteDriver> {
    const driver = new RemoteDriver(context);
    const mayWait = driver.#reconnect === 'from-start';
    if (mayWait) {
      requirePossible(driver.#options);
    }
    try {
      driver.#adopt(yield* DaemonSession.open(driver.#options, driver.#listener));
    } catch (error) {
      // What is wrong with the URI or an option is so for good.
      if (!mayWait || error instanceof InvalidUriError || error instanceof InvalidArgumentError) {
        throw error;
      }
      driver.#await(asError(error));
    }
    return driver;
  }

  get unsupported(): readonly string[] {
    return this.#unsupported;
  }

  /** In-process TLS brings nothing while the thread is blocked. */
  get isSilentWhileBlocked(): boolean {
    return this.#session?.isSilentWhileBlocked === true;
  }

  get reconnecting(): Reconnecting | undefined {
    return this.#reconnection?.progress;
  }

  get origin(): Origin {
    return { uri: shownUri(this.#options.uri.text), hostUuid: this.#resumption?.hostUuid };
  }

  resumeFrom(earlier: EarlierStates | undefined): void {
    const { uri } = this.#options;
    this.#resumption = new Resumption(earlier, { uri, states: this.#states, tell: (event) => this.#queue(event) });
  }

  listDomains(): DomainListing[] {
    return this.#states.list();
  }

  *domainXml(question: DomainQuestion): Dialogue<string> {
    if (this.#session === undefined) {
      throw daemonIsAway(question);
    }
    return yield* this.#session.domainXml(question);
  }

  pump(shouldContinue: () => boolean): void {
    this.#begin();
    this.#flush();
    if (this.#session === undefined) {
      this.#tryToReconnect();
    }
    this.#session?.pump(shouldContinue);
    this.#checkTime();
    this.#awaitAnswer(shouldContinue);
  }

  /**
   * Gives the daemon a moment to answer what an event or the beginning leaves open, so that what comes is delivered now and not at
   * the next delivery, which may be far away. A daemon that doesn't use it holds up no other pump.
   */
  #awaitAnswer(shouldContinue: () => boolean): void {
    while (
      (this.#feed?.isWaiting || this.#resumption?.isAsking) &&
      !this.isSilentWhileBlocked &&
      this.#listener.mayRead()
    ) {
      if (this.#answerDue <= systemClock.monotonic() || !shouldContinue()) {
        return;
      }
      this.#session?.wait(PAUSE_AT_A_TIME);
      this.#session?.pump(shouldContinue);
    }
  }

  wait(milliseconds: number): void {
    if (this.#session !== undefined) {
      this.#session.wait(Math.min(milliseconds, Math.max(this.#untilDue, 0)));
    } else {
      this.#reconnection?.wait(milliseconds);
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
    this.#reconnection?.giveUp();
    this.#reconnection = undefined;
    this.unlisten();
    this.#session?.close();
    this.#session = undefined;
    this.#outlet.close();
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
        // Not `instanceof ProtocolError`, which takes a while: it knows the errors of another copy of the library, too.
        const item = event instanceof Error ? event : this.#finish(event);
        this.#outlet.put(item);
        this.#hasHypervisor &&= event instanceof Error || event.type !== CONNECTION_CLOSED;
        return !(item instanceof Error);
      },
    });
    this.#hasHypervisor = true;
    return this.#states.takeFirst(domains);
  }

  get #isResuming(): boolean {
    return this.#resumption?.isOver === false;
  }

  /**
   * Has the session feed the queue, from what came first on, unless it does so already. If there are earlier states, the daemon is
   * asked before which host it runs on.
   */
  #begin(): void {
    const session = this.#session;
    if (session === undefined || this.#hasBegun) {
      return;
    }
    if (this.#resumption?.isOver === false) {
      if (!this.#resumption.isAsking) {
        this.#answerDue = systemClock.monotonic() + PAUSE_FOR_ANSWER;
        this.#resumption.begin(session, () => this.#begin());
      }
      return;
    }
    this.#hasBegun = true;
    if (this.#isAwaited) {
      this.#isAwaited = false;
      this.#queue(connectionRestored(this.#context.uri));
    }
    for (const problem of session.warnings) {
      this.#queue(connectionWarning(this.#context.uri, problem));
    }
    session.begin();
  }

  /** In how many milliseconds something is to be done though nothing comes. */
  get #untilDue(): number {
    const { untilDue = Number.POSITIVE_INFINITY } = this.#feed ?? {};
    return Math.min(untilDue, this.#resumption?.untilDue ?? untilDue);
  }

  #checkTime(): void {
    this.#feed?.checkTime();
    this.#resumption?.checkTime();
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
      return;
    }
    const untilDue = this.#reconnection?.untilDue;
    if (untilDue !== undefined && this.#outlet.isEmpty) {
      this.#stopTimer = this.#context.clock.schedule(untilDue, () => {
        this.#tryToReconnect();
        this.#attend();
      });
    }
  }

  #onMessage(packet: Packet): boolean {
    const isEvent = this.#feed?.take(packet) ?? false;
    this.#outlet.requireBounded();
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
    const left = this.#untilDue;
    if (this.#isListening && left < Number.POSITIVE_INFINITY) {
      this.#stopFeedTimer = systemClock.schedule(left, () => {
        // If the event loop was blocked, what was asked may be answered by now.
        this.#session?.pump();
        this.#checkTime();
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
    this.#resumption?.interrupted();
    this.#queue(connectionLost(this.#context.uri, cause));
    if (this.#reconnect !== false) {
      this.#reconnection = this.#newReconnection();
      this.#context.sink.interrupted(cause);
      this.#attend();
    } else {
      this.#loss = cause;
      this.#flush();
    }
  }

  /** @param failure Why there is no session yet, if it is to be the first. */
  #newReconnection(failure?: Error): Reconnection<DaemonSession> {
    return new Reconnection(
      this.#context.clock,
      (signal) => DaemonSession.open(this.#options, this.#listener, signal),
      (session) => this.#connected(session, failure === undefined),
      failure,
    );
  }

  /** Tries to open a new session when it is time: in the event loop while it listens, or if there is no other way. */
  #tryToReconnect(): void {
    // Each time that a daemon comes and goes there is more to tell: not before the program has taken what there is.
    if (this.#outlet.isEmpty) {
      const inLoop = this.#isListening || !opensSynchronously(this.#options.uri, this.#options);
      this.#reconnection?.tryIfDue(inLoop, () => this.#attend());
    }
  }

  /** @param again Whether there was a session before: then there is something to compare, and to tell of. */
  #connected(session: DaemonSession, again: boolean): void {
    const reconnection = this.#reconnection;
    try {
      const found = this.#adopt(session);
      this.#reconnection = undefined;
      if (again) {
        for (const transition of this.#isResuming ? [] : found) {
          this.#queue(foundTransition(transition, session.driverType));
        }
        this.#queue(eventsMissed('disconnected'));
        this.#queue(connectionRestored(this.#context.uri));
      }
      this.#context.sink.connected(again);
      this.#begin();
    } catch (error) {
      this.#session = undefined;
      this.#resumption?.interrupted();
      this.#reconnection = reconnection;
      throw error;
    }
  }

  /** Goes on without a daemon that isn't there from the start, and tells the program what it waits for: it might be a slip in the URI. */
  #await(failure: Error): void {
    this.#isAwaited = true;
    this.#reconnection = this.#newReconnection(failure);
    this.#queue(
      connectionWarning(this.#context.uri, `there is no connection yet, and it is tried again: ${failure.message}`),
    );
  }

  #queue(event: EventText): void {
    this.#outlet.put(this.#finish(event));
  }

  /** Ends an event; if it isn't within the limits, it is lost, and nothing else. */
  #finish(event: EventText): EventOrError {
    try {
      return event.finish(formatTimestamp(this.#context.clock.now()), this.#limits);
    } catch (error) {
      return asItem(error);
    }
  }

  /** Puts what is held into the queue; when nothing is held any more, a loss is told. */
  #flush(): void {
    this.#outlet.flush();
    if (this.#loss !== undefined && this.#outlet.isEmpty) {
      const loss = this.#loss;
      this.#loss = undefined;
      this.#context.sink.lost(loss);
    }
  }
}

function asItem(error: unknown): InvalidEventError | ProtocolError {
  return error instanceof InvalidEventError || error instanceof ProtocolError
    ? error
    : new ProtocolError(`an event of the daemon can't be described: ${asError(error).message}`);
}
