import { systemClock } from '../../clock';
import { connectionWarning } from '../../event/connection-events';
import type { EventText } from '../../event/event-text';
import { shownUri } from '../../shown-uri';
import type { EarlierStates, Origin } from '../driver';
import type { DaemonSession } from './daemon-session';
import { eventsMissed } from './events/connection-events';
import { foundTransition } from './events/lifecycle-event';
import type { DomainStates } from './states/domain-states';
import type { RemoteUri } from './uri';

/** What a resumption works on. */
export interface ResumptionContext {
  readonly uri: RemoteUri;
  readonly states: DomainStates;
  /** Queues an event. */
  readonly tell: (event: EventText) => void;
}

/**
 * How long a daemon may take to say which host it runs on, in milliseconds; what it sends meanwhile is kept. It looks at each
 * emulator when it is asked for the first time.
 */
const PATIENCE = 30_000;

/** What is wanted of a daemon's session. */
type Session = Pick<DaemonSession, 'driverType' | 'domains' | 'askHostUuid'>;

/**
 * Tells what has become of domains that were known before a connection was there, when the daemon has listed its own and has said
 * which host it runs on.
 *
 * What it tells must not depend on luck: that all domains of a host are gone, because the list is another host's, has made programs
 * start machines that ran elsewhere.
 */
export class Resumption {
  readonly #earlier: EarlierStates | undefined;
  readonly #context: ResumptionContext;
  #session: Session | undefined;
  #onOver = (): void => {};
  #deadline = Number.POSITIVE_INFINITY;
  #isOver = false;
  #hostUuid: string | undefined;

  /** @param earlier `undefined` if nothing was known. */
  constructor(earlier: EarlierStates | undefined, context: ResumptionContext) {
    this.#earlier = earlier;
    this.#context = context;
  }

  /** Whether all is told. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get isAsking(): boolean {
    return this.#session !== undefined;
  }

  /** The UUID by which the daemon's host is known, if it is. */
  get hostUuid(): string | undefined {
    return this.#hostUuid;
  }

  /** In how many milliseconds `checkTime` has something to do. */
  get untilDue(): number {
    return this.isAsking ? this.#deadline - systemClock.monotonic() : Number.POSITIVE_INFINITY;
  }

  /**
   * Asks the daemon which host it runs on.
   *
   * @param onOver Called when all is told; not if the session fails before.
   */
  begin(session: Session, onOver: () => void): void {
    this.#session = session;
    this.#onOver = onOver;
    this.#deadline = systemClock.monotonic() + PATIENCE;
    session.askHostUuid((uuid) => {
      if (this.#session === session) {
        this.#resume(uuid);
      } else {
        this.#hostUuid ??= uuid;
      }
    });
  }

  /** Goes on without an answer that hasn't come in time. */
  checkTime(): void {
    if (this.untilDue <= 0) {
      this.#resume(undefined);
    }
  }

  /** Says that the session has failed: the next one is asked anew. */
  interrupted(): void {
    this.#session = undefined;
  }

  #resume(told: string | undefined): void {
    const { states, uri, tell } = this.#context;
    const { domains, driverType } = this.#session as Session;
    const earlier = this.#earlier;
    this.#session = undefined;
    this.#isOver = true;
    const isSame = earlier !== undefined && this.#isSameHost(earlier, told);
    this.#hostUuid = isSame ? (earlier.origin.hostUuid ?? told) : told;
    states.recall(isSame ? earlier.domains : []);
    const stopped = isSame && this.#isLocal && earlier.rebooted === true ? states.stopAll() : [];
    const found = [...stopped, ...states.takeFirst(domains)].map((transition) =>
      foundTransition(transition, driverType),
    );
    const missed = earlier === undefined ? [] : [eventsMissed('stopped')];
    if (earlier === undefined || isSame) {
      [...found, ...missed].forEach(tell);
    } else {
      // What these domains are is no news of those that were missed.
      const warning = connectionWarning(uri.text, whyOther(earlier.origin, uri, told));
      [warning, ...missed, ...found].forEach(tell);
    }
    this.#onOver();
  }

  /**
   * Whether the domains of the daemon are those that were known.
   *
   * A host whose firmware has no UUID gets another one with each start of its daemon. If it is this machine, and it wasn't started
   * anew, it is the same all the same.
   */
  #isSameHost({ origin, rebooted }: EarlierStates, told: string | undefined): boolean {
    const isSameMachine = this.#isLocal && rebooted === false;
    const isKnown = origin.hostUuid === undefined || origin.hostUuid === told;
    return origin.uri === shownUri(this.#context.uri.text) && (isKnown || isSameMachine);
  }

  /** Whether the domains run on this machine; those of a test driver run nowhere. */
  get #isLocal(): boolean {
    const { transport, driver } = this.#context.uri;
    return transport === 'unix' && driver !== 'test';
  }
}

function whyOther({ uri, hostUuid }: Origin, now: RemoteUri, told: string | undefined): string {
  if (uri !== shownUri(now.text)) {
    return `the domains that were known are those of ${uri}: they are not compared with these`;
  }
  const remedy =
    "a host whose firmware has no UUID needs one in the daemon's configuration (host_uuid), or it has another with each start";
  return `the daemon's host has ${told === undefined ? 'told no UUID' : `the UUID ${told}`}, but the domains that were known are those of ${hostUuid}: they are not compared; ${remedy}`;
}
