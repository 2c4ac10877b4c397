import { systemClock } from '../../clock';
import { ProtocolError } from '../../errors';
import type { EventText } from '../../event/event-text';
import { isActive } from '../../event/vocabulary/domain';
import { OpenState } from './events/decoder';
import { describeMessage } from './events/describe-message';
import { foundTransition } from './events/lifecycle-event';
import type { Packet } from './rpc/packet';
import type { FoundTransition, KnownDomain } from './states/domain-comparison';
import type { DomainIdentity } from './states/domain-inquiry';
import type { DomainStates, ListedDomain } from './states/domain-states';
import { isEnd, type StateAnswer } from './states/state-answer';

export interface EventFeedOptions {
  readonly uri: string;
  /** The name of the hypervisor's driver in lower case. */
  readonly driverType: string;
  readonly states: DomainStates;
  /** Asks the daemon in which state a domain is; the answer may come at any later time, or never. */
  readonly ask: (domain: DomainIdentity, onAnswer: (answer: StateAnswer) => void) => void;
  /** Called when `untilDue` has become shorter. */
  readonly onDue: () => void;
  /** Takes the next event, or why a message could not be read; says whether it was an event that can be told. */
  readonly put: (item: EventText | ProtocolError) => boolean;
}

/** How long what comes is held until the daemon has said what an event leaves open, in milliseconds. */
const PATIENCE = 1000;

/**
 * After how many milliseconds the daemon is asked about a guest that is in a state which may pass without an event, and asked
 * again: it tells of the reset of one that had crashed a moment before it says that the guest is paused; and one that shuts down
 * stops without a word if that is because of a snapshot that can't be loaded (seen with libvirt 11.3).
 */
const PAUSES: Readonly<Record<string, readonly number[]>> = {
  crashed: [10, 50, 250, 1000],
  shutdown: [1000, 5000, 30_000],
};

/**
 * After how many milliseconds a daemon is asked again, if what it says of a guest is likely to be told by an event too, which may
 * come a little later than the answer: that the guest has stopped, or whatever an answer says that came too late.
 */
const PAUSE_FOR_EVENT = 1000;

/** A guest that may have left its state without an event. */
interface Doubt {
  readonly domain: KnownDomain;
  /** The same as the daemon has it, under another number perhaps. */
  readonly listed: Omit<ListedDomain, 'state'>;
  /** Whether it is asked again, so that its answer counts. */
  readonly isSecond: boolean;
  readonly asked: number;
  /** When it is asked next, on the machine's monotonic clock. */
  readonly due: number;
}

/** How many messages are held meanwhile at most, and how many bytes of them. */
const MOST_HELD = 10_000;
const MOST_HELD_BYTES = 16 * 1024 * 1024;

/** How many answers are missing at most: a daemon that doesn't answer isn't asked any more. */
const MOST_OVERDUE = 1000;

/**
 * Makes events of the messages of one session, in their order.
 *
 * An event that leaves open in which state a domain is (see `leavesOpen`) is held until the daemon has said so, and all that comes
 * after it, too. A daemon that is too slow isn't waited for: the event says then what is most likely, and if the answer is
 * another, it follows as a transition that was found by comparison. As long as such an answer is missing no other event is held.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  /** What came after the message whose answer is awaited. */
  #held: (Packet | (() => void))[] = [];
  #heldBytes = 0;
  /** Goes on with an answer; `undefined` while none is awaited. */
  #resume: ((answer: StateAnswer) => void) | undefined;
  #deadline = 0;
  /** How many questions the daemon was too slow to answer. */
  #overdue = 0;
  readonly #doubts = new Map<string, Doubt>();
  /** When the first of them is due, or earlier. */
  #nextDoubt = Number.POSITIVE_INFINITY;
  #isOver = false;

  constructor(options: EventFeedOptions) {
    this.#options = options;
  }

  get isWaiting(): boolean {
    return this.#resume !== undefined;
  }

  /** In how many milliseconds `checkTime` has something to do. */
  get untilDue(): number {
    const deadline = this.#resume === undefined ? Number.POSITIVE_INFINITY : this.#deadline;
    return Math.min(deadline, this.#nextDoubt) - systemClock.monotonic();
  }

  /** Takes the next message; says whether it brings an event. */
  take(packet: Packet): boolean {
    if (this.#resume === undefined) {
      return this.#describe(packet);
    }
    // A copy: a view would keep all that came with it in memory, which may be much more.
    this.#held.push({ ...packet, payload: Buffer.from(packet.payload) });
    this.#heldBytes += packet.payload.length;
    if (this.#held.length >= MOST_HELD || this.#heldBytes >= MOST_HELD_BYTES) {
      this.hurry();
    }
    return true;
  }

  /**
   * Takes a list of all domains that has come late, which was asked for when so many changes were followed. About those that are
   * missing in it the daemon is asked later.
   */
  takeDomains(domains: readonly ListedDomain[], askedAt: number): void {
    this.#inTurn(() => {
      const { states } = this.#options;
      const listed = new Set(domains.map(({ uuid }) => uuid));
      const missing = states.list().filter(({ uuid }) => !listed.has(uuid));
      this.#putFound(
        states.replace([...domains, ...missing.map((domain) => ({ ...domain, state: undefined }))], askedAt),
      );
      for (const domain of missing) {
        this.#askLater(domain, 0, true);
      }
    });
  }

  /**
   * Takes what the daemon says late of a domain about which it was asked when so many changes were followed. It may know already
   * what it has not told yet: therefore it is asked once more before its answer is news.
   */
  takeState(domain: Omit<ListedDomain, 'state'>, answer: StateAnswer, askedAt: number): void {
    this.#inTurn(() => {
      const { states } = this.#options;
      const known = states.get(domain.uuid);
      if (known !== undefined && states.isNews(domain, answer)) {
        this.#askLater(known, 0, true, domain);
      } else {
        this.#settle(domain, answer, askedAt);
      }
    });
  }

  /** Goes on without an answer that hasn't come in time, and asks again what it is time to ask. */
  checkTime(): void {
    const now = systemClock.monotonic();
    if (this.#resume !== undefined && this.#deadline <= now) {
      this.hurry();
    }
    if (this.#nextDoubt <= now) {
      this.#nextDoubt = Number.POSITIVE_INFINITY;
      for (const doubt of this.#doubts.values()) {
        if (doubt.due <= now) {
          this.#doubts.delete(doubt.domain.uuid);
          this.#clear(doubt);
        } else {
          this.#nextDoubt = Math.min(this.#nextDoubt, doubt.due);
        }
      }
    }
  }

  hurry(): void {
    this.#overdue += 1;
    this.#resume?.('unknown');
  }

  /** Hands over all that is held: there won't be an answer any more. */
  end(): void {
    this.#isOver = true;
    this.#doubts.clear();
    this.#resume?.('unknown');
  }

  #settle(domain: Omit<ListedDomain, 'state'>, answer: StateAnswer, askedAt: number): void {
    const found = this.#options.states.settle(domain, answer, askedAt);
    if (found === undefined) {
      this.#askAgain(domain);
    } else {
      this.#putFound(found);
    }
  }

  #inTurn(action: () => void): void {
    if (this.#resume === undefined) {
      action();
    } else {
      this.#held.push(action);
    }
  }

  #describe(packet: Packet, answer: StateAnswer | 'unasked' = 'unasked'): boolean {
    const { uri, driverType, states, put } = this.#options;
    try {
      const event = describeMessage(packet, { uri, driverType, states, answer });
      if (event === undefined) {
        return false;
      }
      this.#putFound(states.takeMissed());
      const isTold = put(event);
      this.#putFound(states.takeFound());
      const doubt = states.takeDoubt();
      if (doubt !== undefined) {
        this.#askLater(doubt, 0);
      }
      return isTold;
    } catch (error) {
      if (error instanceof OpenState) {
        this.#ask(packet, error.domain);
        return true;
      }
      // One message that can't be read, of a kind that a later libvirt has changed, say, shouldn't lose the others.
      return put(
        error instanceof ProtocolError
          ? error
          : new ProtocolError(`an event of the daemon can't be described: ${error}`),
      );
    }
  }

  /** Asks the daemon what a message leaves open, and holds the message until it answers. */
  #ask(packet: Packet, domain: DomainIdentity): void {
    const { ask, states } = this.#options;
    if (this.#isOver || this.#overdue >= MOST_OVERDUE) {
      this.#describe(packet, 'unknown');
      return;
    }
    let askedAt = states.changes;
    const resume = (answer: StateAnswer): void => {
      this.#resume = undefined;
      this.#describe(packet, answer);
      // The answer is about the state after the message.
      askedAt = states.changes;
      this.#release();
    };
    const isSlow = this.#overdue > 0;
    this.#resume = resume;
    this.#deadline = systemClock.monotonic() + PATIENCE;
    this.#options.onDue();
    ask(domain, (answer) => {
      if (this.#resume === resume) {
        resume(answer);
      } else {
        this.#overdue -= 1;
        this.#inTurn(() => this.#settleLate(domain, answer, askedAt));
      }
    });
    if (isSlow) {
      this.hurry();
    }
  }

  /** Takes an answer that came too late for its message. */
  #settleLate(domain: DomainIdentity, answer: StateAnswer, askedAt: number): void {
    const known = this.#options.states.get(domain.uuid);
    if (known !== undefined && isActive(known.state)) {
      this.#askLater(known, 0, true);
    } else {
      this.#settle(domain, answer, askedAt);
    }
  }

  /** Notes down that the daemon is to be asked about a domain, unless an event tells more of it before. */
  #askLater(domain: KnownDomain, asked: number, isSecond = false, listed: Doubt['listed'] = domain): void {
    const pause = isSecond ? PAUSE_FOR_EVENT : PAUSES[domain.state]?.[asked];
    if (pause !== undefined && !this.#isOver) {
      const due = systemClock.monotonic() + pause;
      this.#doubts.set(domain.uuid, { domain, listed, isSecond, asked: asked + 1, due });
      this.#nextDoubt = Math.min(this.#nextDoubt, due);
      this.#options.onDue();
    }
  }

  /** Asks the daemon about a domain that is still in the state in which it was. */
  #clear(doubt: Doubt): void {
    const { ask, states } = this.#options;
    const askedAt = states.changes;
    if (states.isStill(doubt.domain)) {
      ask(doubt.listed, (answer) => this.#inTurn(() => this.#settleDoubt(doubt, answer, askedAt)));
    }
  }

  #settleDoubt({ domain, listed, isSecond, asked }: Doubt, answer: StateAnswer, askedAt: number): void {
    const { states } = this.#options;
    if (!states.isStill(domain)) {
      return;
    }
    if (isEnd(answer) && !isSecond) {
      this.#askLater(domain, asked, true);
      return;
    }
    if (isSecond || domain.state !== 'crashed') {
      this.#putFound(states.settle(listed, answer, askedAt) ?? []);
    } else {
      states.reset(domain, answer);
      this.#putFound(states.takeFound());
      states.takeDoubt();
    }
    if (states.isStill(domain)) {
      this.#askLater(domain, asked);
    }
  }

  #askAgain(domain: Omit<ListedDomain, 'state'>): void {
    const { ask, states } = this.#options;
    const askedAt = states.changes;
    ask(domain, (answer) => this.takeState(domain, answer, askedAt));
  }

  /** Goes on with what was held, up to the next message whose answer is awaited. */
  #release(): void {
    const held = this.#held;
    this.#held = [];
    let done = 0;
    while (done < held.length && this.#resume === undefined) {
      const item = held[done] as Packet | (() => void);
      done += 1;
      if (typeof item === 'function') {
        item();
      } else {
        this.#heldBytes -= item.payload.length;
        this.#describe(item);
      }
    }
    if (done < held.length) {
      this.#held = [...held.slice(done), ...this.#held];
    }
  }

  #putFound(transitions: readonly FoundTransition[]): void {
    for (const transition of transitions) {
      this.#options.put(foundTransition(transition, this.#options.driverType));
    }
  }
}
