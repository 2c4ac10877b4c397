import type { Clock } from '../../clock';
import {
  CallTimeoutError,
  InvalidArgumentError,
  InvalidUriError,
  OpenError,
  ProtocolError,
  VirdeliverError,
} from '../../errors';
import type { Credentials, CredentialsCallback, DomainQuestion } from '../driver';
import { type Dialogue, waitFor } from '../io/dialogue';
import { authenticate } from './auth/authenticate';
import { BacklogCap } from './backlog-cap';
import { askHostUuid, hasDomains, openDriver } from './daemon-facts';
import type { Environment } from './environment';
import type { EventChoice } from './events/event-choice';
import { register, typesOf } from './registration';
import { CALL_TIMEOUT, Conversation } from './rpc/conversation';
import type { KeepAliveOptions } from './rpc/keepalive';
import type { Packet } from './rpc/packet';
import { calls } from './rpc/protocol';
import { RpcChannel } from './rpc/rpc-channel';
import { SiblingWatch } from './sibling-watch';
import { askDomainXml } from './states/domain-description';
import { askState, type DomainIdentity } from './states/domain-inquiry';
import { DomainListing, type ListingListener } from './states/domain-listing';
import type { ListedDomain } from './states/domain-states';
import type { StateAnswer } from './states/state-answer';
import { openTransport, type TransportOptions } from './transport/open-transport';
import type { OpenedTransport } from './transport/opened-transport';
import type { RemoteUri } from './uri';

export interface SessionOptions extends TransportOptions {
  readonly uri: RemoteUri;
  readonly credentials: Credentials | CredentialsCallback | undefined;
  readonly events: EventChoice;
  readonly keepAlive: KeepAliveOptions | undefined;
  readonly clock: Clock;
  readonly environment: Environment;
}

export interface SessionListener extends ListingListener {
  /** Whether there is room for events; while there isn't, the socket isn't read. */
  mayRead(): boolean;
  /** What is kept at most until the session has begun. */
  readonly bounds: { readonly maxEvents: number; readonly maxBytes: number };
  /** A message has come; `false` if it brings no event. */
  onMessage(packet: Packet): boolean;
  /** The session is over, and all that came before was handed over. */
  onFailure(cause: Error): void;
}

/** How long a daemon may take for all of the answers together, until a connection is open, in milliseconds. */
const OPENING_TIMEOUT = 30_000;

/** How long the first answer may take over ssh: it may ask a person for a passphrase before. */
const LOGIN_TIMEOUT = 60_000;

/**
 * One life of the connection to a daemon: from its opening, when events are registered, until its socket is closed.
 *
 * Events are registered before the domains are listed, so that no change is missed; what comes meanwhile is kept until
 * `begin`.
 */
export class DaemonSession {
  readonly #channel: RpcChannel;
  readonly #listener: SessionListener;
  /** Events that came before the session had begun; `undefined` from then on. */
  #early: Packet[] | undefined = [];
  readonly #earlyCap: BacklogCap;
  /** Whether the daemon takes calls: it knows who we are. */
  #isLetIn = false;
  /** Why the session failed before it had begun. */
  #earlyFailure: Error | undefined;
  /** Whether it is to begin when the daemon has said which host it runs on. */
  #awaitsHost = false;
  #driverType = '';
  #listing: DomainListing | undefined;
  #siblings: SiblingWatch | undefined;
  #unsupported: readonly string[] = [];
  readonly #warnings: string[];

  private constructor(opened: OpenedTransport, options: SessionOptions, listener: SessionListener) {
    const { transport } = opened;
    this.#listener = listener;
    this.#earlyCap = new BacklogCap(listener.bounds);
    this.#warnings = [...opened.warnings];
    this.#channel = new RpcChannel(transport, {
      clock: options.clock,
      mayRead: () => listener.mayRead(),
      onMessage: (packet) => this.#onMessage(packet),
      onFailure: (cause) => this.#onFailure(cause),
    });
  }

  /**
   * Connects to a daemon, registers the events and lists the domains.
   *
   * @param signal Gives it up: the daemon is let go of, and the program's function for credentials isn't called any more.
   * @throws {InvalidUriError} `ERR_INVALID_URI`, `ERR_UNSUPPORTED_URI`
   * @throws {OpenError} `ERR_OPEN` if there is no daemon, or it refuses; the message says what to do.
   */
  static *open(options: SessionOptions, listener: SessionListener, signal?: AbortSignal): Dialogue<DaemonSession> {
    const opened = yield* openTransport(options.uri, options, options.environment, signal);
    const session = new DaemonSession(opened, options, listener);
    const close = () => session.close();
    signal?.addEventListener('abort', close);
    try {
      if (signal?.aborted) {
        close();
      }
      yield* session.#opening(opened, options);
      return session;
    } catch (error) {
      throw session.#openError(options, error);
    } finally {
      signal?.removeEventListener('abort', close);
    }
  }

  get isSilentWhileBlocked(): boolean {
    return this.#channel.isSilentWhileBlocked;
  }

  get driverType(): string {
    return this.#driverType;
  }

  /** What the program's user should know of the connection. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /**
   * The domains and their states when the session was opened, as far as the daemon had told of them; `undefined` if it had not
   * listed them. The listener is told of the rest.
   */
  get domains(): readonly ListedDomain[] | undefined {
    return this.#listing === undefined ? [] : this.#listing.domains;
  }

  /** The types of the events that were asked for, but that the daemon doesn't have. */
  get unsupported(): readonly string[] {
    return this.#unsupported;
  }

  /** Hands over what came while the session was opened; from now on events are handed over as they come. */
  begin(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    try {
      for (const packet of early) {
        this.#listener.onMessage(packet);
      }
    } catch (error) {
      this.#channel.close();
      this.#earlyFailure = error as Error;
    }
    if (this.#earlyFailure !== undefined) {
      this.#listener.onFailure(this.#earlyFailure);
    }
  }

  /**
   * Asks which host the daemon runs on, before the session begins. If the session fails before the answer is there, that is told
   * at once, and nothing that came is handed over.
   *
   * @param onAnswer Called with the host's UUID, or with nothing if the daemon doesn't tell.
   */
  askHostUuid(onAnswer: (uuid: string | undefined) => void): void {
    if (this.#earlyFailure !== undefined) {
      this.#listener.onFailure(this.#earlyFailure);
      return;
    }
    this.#awaitsHost = true;
    askHostUuid(this.#channel, (uuid) => {
      this.#awaitsHost = false;
      onAnswer(uuid);
    });
  }

  pump(shouldContinue?: () => boolean): void {
    this.#siblings?.lookIfDue();
    this.#channel.pump(shouldContinue);
  }

  wait(milliseconds: number): void {
    this.#channel.wait(Math.min(milliseconds, this.#siblings?.untilDue ?? milliseconds));
  }

  listen(): void {
    this.#channel.listen();
    this.#siblings?.listen();
  }

  unlisten(): void {
    this.#channel.unlisten();
    this.#siblings?.unlisten();
  }

  /** Closes the connection, with a goodbye to a daemon that has let us in: without one it would note down an error. */
  close(): void {
    this.#siblings?.unlisten();
    if (this.#isLetIn) {
      this.#channel.leave(calls.connectClose);
    } else {
      this.#channel.close();
    }
  }

  /** Asks in which state a domain is, without waiting: the answer comes in turn with the events, or never. */
  askState(domain: DomainIdentity, onAnswer: (answer: StateAnswer) => void): void {
    askState(this.#channel, domain, onAnswer);
  }

  /**
   * Asks for a domain's description, and waits for it; what comes meanwhile is told of as ever.
   *
   * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if the thread is blocked for it, in which nothing comes by this transport.
   */
  *domainXml(question: DomainQuestion): Dialogue<string> {
    if (this.isSilentWhileBlocked) {
      yield* waitFor({ now: refuseToBlock, inLoop: () => {} });
    }
    return yield* askDomainXml(new Conversation(this.#channel, CALL_TIMEOUT), question);
  }

  #onMessage(packet: Packet): boolean {
    if (this.#early === undefined) {
      return this.#listener.onMessage(packet);
    }
    this.#earlyCap.add(packet.payload.length);
    this.#earlyCap.require('before the connection was open');
    // A copy: a view would keep all that came with it in memory, which may be much more.
    this.#early.push({ ...packet, payload: Buffer.from(packet.payload) });
    return true;
  }

  #onFailure(cause: Error): void {
    this.#siblings?.unlisten();
    if (this.#early === undefined || this.#awaitsHost) {
      this.#listener.onFailure(cause);
    } else {
      this.#earlyFailure = cause;
    }
  }

  /** Ends what could not be opened, without a goodbye if the daemon doesn't answer, or not so that it can be understood. */
  #openError({ uri }: SessionOptions, cause: unknown): unknown {
    if (cause instanceof CallTimeoutError || cause instanceof ProtocolError) {
      this.#channel.close();
    } else {
      this.close();
    }
    const isClear = [OpenError, InvalidUriError, InvalidArgumentError].some((kind) => cause instanceof kind);
    if (isClear || !(cause instanceof VirdeliverError)) {
      return cause;
    }
    // A daemon that has all the clients it takes leaves the next ones waiting for the answer to their first call.
    const isFirst = cause instanceof CallTimeoutError && cause.call === calls.authList.name;
    const hint = isFirst ? '; it hangs, or has as many clients as it takes (max_clients in its configuration)' : '';
    return new OpenError(uri.text, `${cause.message}${hint}`, { cause });
  }

  *#opening({ name, host, isPrivate }: OpenedTransport, options: SessionOptions): Dialogue<void> {
    const { uri, credentials, environment, keepAlive, events, readOnly } = options;
    const conversation = new Conversation(this.#channel, OPENING_TIMEOUT);
    const timeoutMs = /ssh/.test(uri.transport) ? LOGIN_TIMEOUT : CALL_TIMEOUT;
    yield* authenticate({ uri, conversation, host, isPrivate, credentials, environment, timeoutMs });
    this.#isLetIn = true;
    const daemon = yield* openDriver(conversation, name, readOnly, uri.driver ?? 'unknown');
    this.#driverType = daemon.driverType;
    const registered = yield* register(conversation, events, daemon);
    this.#unsupported = typesOf(events).filter((type) => !registered.has(type));
    if (hasDomains(daemon.driverType)) {
      yield* this.#list();
      const families = events.classes
        .filter(({ type }) => registered.has(type))
        .map(({ family }) => family)
        .filter((family) => family !== 'domain');
      this.#siblings = new SiblingWatch(this.#channel, options.clock, families, (problem) =>
        this.#listener.onWarning(problem),
      );
    }
    if (keepAlive !== undefined) {
      this.#channel.startKeepAlive(keepAlive);
    }
  }

  /** Asks for the domains when the events are registered, so that no change is missed. */
  *#list(): Dialogue<void> {
    const listing = new DomainListing(this.#channel, this.#listener);
    this.#listing = listing;
    yield* listing.await();
    if (listing.problem !== undefined) {
      this.#warnings.push(listing.problem);
    }
  }
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` */
function refuseToBlock(): never {
  const remedy = 'await domainXmlAsync, or open it with the option { relay: true }';
  throw new InvalidArgumentError(
    'conn',
    `is by tls in the event loop, without which the daemon cannot answer: ${remedy}`,
  );
}
