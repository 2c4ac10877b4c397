import type { Clock } from '../../clock';
import { DaemonError, InvalidArgumentError, InvalidUriError, OpenError, VirdeliverError } from '../../errors';
import { monitorEventType } from '../../event/vocabulary';
import type { Credentials, CredentialsCallback } from '../driver';
import { authenticate } from './auth/authenticate';
import type { ListedDomain } from './domain-states';
import type { Environment } from './environment';
import { CONNECTION_CLOSED, type EventChoice } from './event-choice';
import { call, callAll, converse, converseAsync, type Dialogue } from './rpc/dialogue';
import type { KeepAliveOptions } from './rpc/keepalive';
import type { Packet } from './rpc/packet';
import { calls, countLimit, errorNumber, feature, type Procedure } from './rpc/protocol';
import { type Answer, type Call, noPayload, RpcChannel } from './rpc/rpc-channel';
import { XdrReader } from './rpc/xdr-reader';
import { XdrWriter } from './rpc/xdr-writer';
import { openTransport, openTransportAsync, type TransportOptions } from './transport/open-transport';
import type { OpenedTransport } from './transport/transport';
import type { RemoteUri } from './uri';

/** What a session is opened with. */
export interface SessionOptions extends TransportOptions {
  readonly uri: RemoteUri;
  readonly credentials: Credentials | CredentialsCallback | undefined;
  readonly events: EventChoice;
  readonly keepAlive: KeepAliveOptions | undefined;
  readonly clock: Clock;
  readonly environment: Environment;
}

/** Whom a session tells what happens. */
export interface SessionListener {
  /** Whether there is room for events; while there is not, the socket is not read. */
  mayRead(): boolean;
  /** An event has come. */
  onMessage(packet: Packet): void;
  /** The session is over, and all that came before was handed over. */
  onFailure(cause: Error): void;
}

/** How long a daemon may take to answer a call, in milliseconds. */
const CALL_TIMEOUT = 10_000;

/** How long the first answer may take over ssh: it may ask a person for a passphrase before. */
const LOGIN_TIMEOUT = 60_000;

/** In the flags of `connect_list_all_domains`: VIR_CONNECT_LIST_DOMAINS_TRANSIENT of libvirt's libvirt-domain.h. */
const TRANSIENT = 8;

/** In the flags of `connect_open`: VIR_CONNECT_RO of libvirt's libvirt-host.h. */
const READ_ONLY = 1;

/** Why an event that is asked for may be refused without anything being wrong: the daemon does not have it. */
const NOT_TO_BE_HAD: readonly number[] = [
  errorNumber.internalError,
  errorNumber.noSupport,
  errorNumber.operationUnsupported,
  errorNumber.operationDenied,
  // The procedure, or its whole program, is unknown: a daemon may be older than a family of events.
  errorNumber.rpc,
  errorNumber.accessDenied,
];

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
  /** Why the session failed before it had begun. */
  #earlyFailure: Error | undefined;
  #driverType = '';
  #domains: readonly ListedDomain[] = [];
  readonly #unsupported: string[] = [];
  /** What the program's user should know of the connection. */
  readonly warnings: readonly string[];
  /** Whether nothing can come while the thread is blocked. */
  readonly needsEventLoop: boolean;

  private constructor(opened: OpenedTransport, options: SessionOptions, listener: SessionListener) {
    const { transport } = opened;
    this.#listener = listener;
    this.warnings = opened.warnings;
    this.needsEventLoop = transport.needsEventLoop === true;
    this.#channel = new RpcChannel(transport, {
      clock: options.clock,
      mayRead: () => listener.mayRead(),
      onMessage: (packet) => this.#onMessage(packet),
      onFailure: (cause) => this.#onFailure(cause),
    });
  }

  /**
   * Connects to a daemon, registers the events and lists the domains, blocking the thread.
   *
   * @throws {InvalidUriError} `ERR_INVALID_URI`, `ERR_UNSUPPORTED_URI`
   * @throws {OpenError} `ERR_OPEN` where there is no daemon, or it refuses; the message says what to do.
   */
  static open(options: SessionOptions, listener: SessionListener): DaemonSession {
    const opened = openTransport(options.uri, options, options.environment);
    const session = new DaemonSession(opened, options, listener);
    try {
      converse(session.#opening(opened, options), session.#channel);
    } catch (error) {
      throw session.#openError(options, error);
    }
    return session;
  }

  /**
   * Does what `open` does in the event loop, over every transport.
   *
   * @param signal Gives it up: the daemon is let go of, and the program's function for credentials is not called any more.
   */
  static async openAsync(
    options: SessionOptions,
    listener: SessionListener,
    signal?: AbortSignal,
  ): Promise<DaemonSession> {
    const opened = await openTransportAsync(options.uri, options, options.environment, signal);
    const session = new DaemonSession(opened, options, listener);
    const close = () => session.close();
    signal?.addEventListener('abort', close);
    try {
      if (signal?.aborted) {
        close();
      }
      await converseAsync(session.#opening(opened, options), session.#channel);
    } catch (error) {
      throw session.#openError(options, error);
    } finally {
      signal?.removeEventListener('abort', close);
    }
    return session;
  }

  /** The hypervisor's name in lower case: `qemu`, `test`, … */
  get driverType(): string {
    return this.#driverType;
  }

  /** The domains and their states when the session was opened. */
  get domains(): readonly ListedDomain[] {
    return this.#domains;
  }

  /** The types of the events that were asked for, but that the daemon does not have. */
  get unsupported(): readonly string[] {
    return this.#unsupported;
  }

  /** Hands over what came while the session was opened; from now on events are handed over as they come. */
  begin(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const packet of early) {
      this.#listener.onMessage(packet);
    }
    if (this.#earlyFailure !== undefined) {
      this.#listener.onFailure(this.#earlyFailure);
    }
  }

  pump(goOn: () => boolean): void {
    this.#channel.pump(goOn);
  }

  wait(milliseconds: number): void {
    this.#channel.wait(milliseconds);
  }

  listen(): void {
    this.#channel.listen();
  }

  unlisten(): void {
    this.#channel.unlisten();
  }

  close(): void {
    this.#channel.close();
  }

  #onMessage(packet: Packet): void {
    if (this.#early === undefined) {
      this.#listener.onMessage(packet);
    } else {
      this.#early.push(packet);
    }
  }

  #onFailure(cause: Error): void {
    if (this.#early === undefined) {
      this.#listener.onFailure(cause);
    } else {
      this.#earlyFailure = cause;
    }
  }

  /** Ends what could not be opened. */
  #openError({ uri }: SessionOptions, cause: unknown): unknown {
    this.#channel.close();
    const isClear = [OpenError, InvalidUriError, InvalidArgumentError].some((kind) => cause instanceof kind);
    return isClear || !(cause instanceof VirdeliverError) ? cause : new OpenError(uri.text, cause.message, { cause });
  }

  *#opening({ name, host, isPrivate }: OpenedTransport, options: SessionOptions): Dialogue<void> {
    const { uri, credentials, environment, keepAlive } = options;
    const timeoutMs = /ssh/.test(uri.transport) ? LOGIN_TIMEOUT : CALL_TIMEOUT;
    yield* authenticate({ uri, host, isPrivate, credentials, environment, timeoutMs });
    yield* this.#open(name, options.readOnly);
    yield* this.#register(options.events);
    this.#domains = yield* listDomains();
    if (keepAlive !== undefined) {
      this.#channel.startKeepAlive(keepAlive);
    }
  }

  *#open(name: string, readOnly: boolean): Dialogue<void> {
    const payload = new XdrWriter()
      .optional(name, (writer) => writer.string(name))
      .uint(readOnly ? READ_ONLY : 0)
      .finish();
    yield* call(calls.connectOpen, payload, CALL_TIMEOUT);
    this.#driverType = (yield* call(calls.getType, noPayload, CALL_TIMEOUT)).string('type').toLowerCase();
    if (!(yield* supports(feature.eventCallbacks))) {
      throw new DaemonError('the daemon is older than libvirt 1.2.1, the first that has events of this kind', {
        number: errorNumber.noSupport,
        domain: 0,
        level: 2,
      });
    }
  }

  *#register({ classes, monitor, connectionClosed }: EventChoice): Dialogue<void> {
    const registrations: Registration[] = classes.map(({ family, eventClass, type }) => ({
      type,
      procedure: family.register,
      // Without the object that the events would be limited to.
      payload: new XdrWriter().int(eventClass.id).bool(false).finish(),
    }));
    if (monitor) {
      // Neither a domain nor the name of an event, and no flags.
      const payload = new XdrWriter().bool(false).bool(false).uint(0).finish();
      registrations.push({ type: monitorEventType, procedure: calls.monitorEventRegister, payload });
    }
    if (connectionClosed && (yield* supports(feature.closeCallback))) {
      registrations.push({ type: CONNECTION_CLOSED, procedure: calls.registerCloseCallback, payload: noPayload });
    } else if (connectionClosed) {
      this.#unsupported.push(CONNECTION_CLOSED);
    }
    const refused = new Set<Registration>();
    for (const round of roundsOf(registrations)) {
      const answers = yield* callAll(round, CALL_TIMEOUT);
      for (const [place, answer] of answers.entries()) {
        if (answer instanceof DaemonError) {
          if (!NOT_TO_BE_HAD.includes(answer.number)) {
            throw answer;
          }
          refused.add(round[place] as Registration);
        }
      }
    }
    this.#unsupported.push(...registrations.filter((each) => refused.has(each)).map(({ type }) => type));
  }
}

/** A call that asks a daemon for events of a type. */
interface Registration extends Call {
  readonly type: string;
}

/**
 * The registrations in rounds, each of which begins when the one before it is answered: the first has one of each family.
 *
 * For the first registration of a family a modular daemon connects to the daemon that has it. libvirt 11.3's virtqemud does
 * not expect another one meanwhile: it connects twice, mixes the two up, and crashes when the client leaves.
 */
function roundsOf(registrations: readonly Registration[]): Registration[][] {
  const families = new Set<Procedure>();
  const first: Registration[] = [];
  const others: Registration[] = [];
  for (const registration of registrations) {
    (families.has(registration.procedure) ? others : first).push(registration);
    families.add(registration.procedure);
  }
  return [first, others];
}

function* supports(number: number): Dialogue<boolean> {
  const payload = new XdrWriter().int(number).finish();
  return (yield* call(calls.supportsFeature, payload, CALL_TIMEOUT)).int('supported') !== 0;
}

function* listDomains(): Dialogue<ListedDomain[]> {
  const domains = yield* listAll(0);
  const transient = new Set((yield* listAll(TRANSIENT)).map(({ uuid }) => uuid));
  const requests = domains.map(({ name, uuid, id }) => ({
    procedure: calls.domainGetState,
    payload: new XdrWriter().string(name).uuid(uuid).int(id).uint(0).finish(),
  }));
  const answers = yield* callAll(requests, CALL_TIMEOUT);
  return domains.flatMap((domain, place) => {
    const state = stateIn(answers[place] as Answer);
    return state === undefined ? [] : [{ ...domain, ...state, persistent: !transient.has(domain.uuid) }];
  });
}

/** Lists the domains that satisfy the flags; with none of them, all. */
function* listAll(flags: number): Dialogue<Pick<ListedDomain, 'name' | 'uuid' | 'id'>[]> {
  // The domains are wanted, not only their number.
  const payload = new XdrWriter().int(1).uint(flags).finish();
  const list = yield* call(calls.listAllDomains, payload, CALL_TIMEOUT);
  return list.array('domains', countLimit.domains, (reader) => ({
    name: reader.string('name'),
    uuid: reader.uuid('uuid'),
    id: reader.int('id'),
  }));
}

/** The state in a reply; nothing where the domain has gone since it was listed. */
function stateIn(answer: Answer): { readonly state: number; readonly reason: number } | undefined {
  if (answer instanceof DaemonError) {
    if (answer.number === errorNumber.noDomain) {
      return undefined;
    }
    throw answer;
  }
  const reader = new XdrReader(answer, 'the reply to domain_get_state');
  return { state: reader.int('state'), reason: reader.int('reason') };
}
