import { domainStates, isActive, type LifecycleDetail, type LifecycleEvent } from '../../../event/vocabulary/domain';
import type { OpenWord } from '../../../event/vocabulary/words';
import { wordOf } from '../../../event/vocabulary/words';
import { carryableText } from '../../../xml/chars';
import type { DomainListing } from '../../driver';
import { countLimit } from '../rpc/protocol';
import { type FoundTransition, findMissed, findTransitions, type KnownDomain } from './domain-comparison';
import { leavesOpen, stateAfter, type Transition } from './domain-transition';
import { persistentAfter, type StateAnswer, stateOfCrashed, wordOfAnswer } from './state-answer';

export interface ListedDomain {
  readonly name: string;
  /** In lower case with hyphens. */
  readonly uuid: string;
  /** -1 if it doesn't run. */
  readonly id: number;
  /** libvirt's number of its state (`virDomainState`); `undefined` if the daemon hasn't said it yet. */
  readonly state: number | undefined;
  /** libvirt's number of why it is in that state (`virDomainRunningReason` and its siblings). */
  readonly reason?: number;
  /** Whether it stays when it stops; taken for granted if it isn't said. */
  readonly persistent?: boolean | undefined;
}

/** A lifecycle event, as far as it tells what becomes of a domain. */
export interface LifecycleChange {
  readonly domain: Pick<KnownDomain, 'uuid' | 'name' | 'id'>;
  readonly event: OpenWord<LifecycleEvent>;
  readonly detail: OpenWord<LifecycleDetail>;
}

interface FollowedDomain extends KnownDomain {
  /** When the last event about it came: its number among all changes. */
  readonly changedAt: number;
  /** Whether it wasn't there before, though its state isn't known yet: that it has become known is news then. */
  readonly isNew?: boolean;
}

/** How many domains are followed: as many as a daemon can list (REMOTE_DOMAIN_LIST_MAX of libvirt's remote_protocol.x). */
export const MOST_DOMAINS: number = countLimit.domains;

/** How long the name of a domain that is followed may be, in UTF-16 code units; those of hypervisors are far shorter. */
const LONGEST_NAME = 1024;

/**
 * The domains of a daemon and their states: listed once, then followed from event to event.
 *
 * What a domain comes from is always what it came to before, so that its transitions are an unbroken chain. QEMU's driver tells
 * of a start in two events, in either order: the first one starts the domain, the second one changes nothing. The list may have
 * been made a little before or after the events that are followed: an event that tells of what the list had already changes
 * nothing, either.
 *
 * A state that isn't known is `unknown`: until the daemon has listed the domain, or if there are more than can be followed.
 */
export class DomainStates {
  readonly #domains = new Map<string, FollowedDomain>();
  /** Whether a domain that isn't followed doesn't exist. */
  #isComplete = true;
  /** Whether a domain that wasn't known is new when it is listed. */
  #hasBase = false;
  #changes = 0;
  /** Domains of which this session's daemon has told nothing yet: what is known of them may be out of date. */
  #unconfirmed = new Set<string>();
  #missed: readonly FoundTransition[] = NOTHING;
  #found: FoundTransition[] = [];
  #doubt: KnownDomain | undefined;

  /** How many changes were followed: what a question about a domain is dated by. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * Takes a list of all domains that there are instead of what was known. The state of a domain that has none in the list
   * stays what it was.
   *
   * @param askedAt The number of `changes` when the daemon was asked; domains of which it has told since are left alone.
   * @returns What must have happened meanwhile and no event told of; the transitions of one domain stand together, first
   *   of those that were known, then of new ones.
   */
  replace(domains: readonly ListedDomain[], askedAt: number = this.#changes): FoundTransition[] {
    const before = new Map(this.#domains);
    const isNew = this.#hasBase;
    this.#domains.clear();
    this.#isComplete = true;
    this.#hasBase = true;
    for (const domain of domains) {
      const known = before.get(domain.uuid);
      if (domain.state !== undefined) {
        this.#unconfirmed.delete(domain.uuid);
      }
      this.#keep(known !== undefined && known.changedAt > askedAt ? known : listed(domain, known, isNew));
    }
    for (const domain of before.values()) {
      if (domain.changedAt > askedAt && !this.#domains.has(domain.uuid)) {
        this.#keep(domain);
      }
    }
    const uuids = new Set([...before.keys(), ...this.#domains.keys()]);
    return [...uuids].flatMap((uuid) => compared(before.get(uuid), this.#domains.get(uuid)));
  }

  /**
   * Takes the list of a session that has just been opened.
   *
   * @param domains `undefined` if the daemon hasn't listed them yet.
   * @returns What `replace` returns.
   */
  takeFirst(domains: readonly ListedDomain[] | undefined): FoundTransition[] {
    this.#unconfirmed = new Set(this.#domains.keys());
    if (domains === undefined) {
      this.expectOthers();
      return [];
    }
    return this.replace(domains);
  }

  /** Takes domains as they were known earlier for what is known, so that the next list is compared with them. */
  recall(domains: readonly KnownDomain[]): void {
    this.#domains.clear();
    this.#isComplete = true;
    this.#hasBase = true;
    for (const domain of domains) {
      this.#keep({ ...domain, changedAt: 0 });
    }
  }

  /**
   * Takes in that the machine was started anew: no domain that was known runs any more, and what doesn't stay when it stops is gone.
   *
   * @returns What that means for each of them.
   */
  stopAll(): FoundTransition[] {
    return [...this.#domains.values()].flatMap((before) => {
      if (before.state === 'unknown' || !isActive(before.state)) {
        return [];
      }
      if (before.persistent === false) {
        this.#domains.delete(before.uuid);
        return findTransitions(before, undefined);
      }
      const after: FollowedDomain = { ...before, id: -1, state: 'shutoff' };
      this.#keep(after);
      return findTransitions(before, after);
    });
  }

  /** Says that the daemon may have domains that aren't known: until it lists them. */
  expectOthers(): void {
    this.#isComplete = false;
  }

  /**
   * Takes in what a daemon says of a domain that it had listed, or that it was asked about.
   *
   * @param askedAt The number of `changes` when it was asked.
   * @returns What must have happened and no event told of; `undefined` if an event about the domain has come since the daemon was
   *   asked, so that it has to be asked again.
   */
  settle(domain: Omit<ListedDomain, 'state'>, answer: StateAnswer, askedAt: number): FoundTransition[] | undefined {
    const before = this.#domains.get(domain.uuid);
    if (before === undefined || answer === 'unknown') {
      return [];
    }
    if (before.changedAt > askedAt) {
      return undefined;
    }
    this.#unconfirmed.delete(domain.uuid);
    const now = settled(domain, answer, before);
    if (now === undefined) {
      this.#domains.delete(domain.uuid);
    } else {
      this.#keep(now);
    }
    return compared(before, now);
  }

  /** Whether `settle` would have something to tell. */
  isNews(domain: Omit<ListedDomain, 'state'>, answer: StateAnswer): boolean {
    const before = this.#domains.get(domain.uuid);
    return before !== undefined && answer !== 'unknown' && compared(before, settled(domain, answer, before)).length > 0;
  }

  /** Whether an event leaves open what becomes of its domain, so that the daemon has to be asked before it is followed. */
  leavesOpen({ domain, event, detail }: LifecycleChange): boolean {
    return leavesOpen(this.#domains.get(domain.uuid) ?? this.#stranger, event, detail);
  }

  /**
   * Takes in what a lifecycle event tells, and says from which state to which other it took the domain; what must have happened
   * before, `takeMissed` tells.
   *
   * @param answer What the daemon says of the domain, if it was asked.
   */
  follow(change: LifecycleChange, answer: StateAnswer = 'unknown'): Transition {
    const { domain, event, detail } = change;
    const { uuid, name } = domain;
    const known = this.#justBefore(change);
    const from = known.state;
    const to = stateAfter(from, event, detail, event === 'crashed' ? stateOfCrashed(answer) : wordOfAnswer(answer));
    this.#changes += 1;
    if (to === 'absent') {
      this.#domains.delete(uuid);
      return { from, to };
    }
    // Some drivers give no number when they tell of the definition, even if the domain runs.
    const id = isActive(to) ? (domain.id === -1 ? known.id : domain.id) : -1;
    const persistent = persistentAfter(known.persistent, event, answer);
    const after = { uuid, name, id, state: to, persistent, changedAt: this.#changes };
    if (to === 'shutoff' && (persistent === false || answer === 'gone')) {
      this.#domains.delete(uuid);
      this.#found.push(...findTransitions(after, undefined));
    } else {
      this.#keep(after);
    }
    if (to === 'shutdown') {
      this.#doubt = after;
    }
    return { from, to };
  }

  /** What must have happened before the event that was followed last, and no event told of; to be told before it. */
  takeMissed(): readonly FoundTransition[] {
    const missed = this.#missed;
    this.#missed = NOTHING;
    return missed;
  }

  get(uuid: string): KnownDomain | undefined {
    return this.#domains.get(uuid);
  }

  hasCrashed({ uuid }: Pick<KnownDomain, 'uuid'>): boolean {
    return this.#domains.get(uuid)?.state === 'crashed';
  }

  /**
   * Takes in that a guest which had crashed was reset: it is paused then, of which no other event tells, or goes on, of which
   * another one does.
   *
   * @param answer What the daemon says of the domain, if it was asked.
   */
  reset({ uuid }: Pick<KnownDomain, 'uuid'>, answer: StateAnswer = 'unknown'): void {
    const before = this.#domains.get(uuid);
    const state = wordOfAnswer(answer);
    this.#doubt = state === 'crashed' ? before : undefined;
    if (before !== undefined && state === 'paused') {
      const after: FollowedDomain = { ...before, state: 'paused' };
      this.#keep(after);
      this.#found.push(...findTransitions(before, after));
    }
  }

  /**
   * What the events that were followed have led to without telling of it, since this was asked last: that a domain is gone when
   * it has stopped, or paused when it was reset.
   */
  takeFound(): readonly FoundTransition[] {
    if (this.#found.length === 0) {
      return NOTHING;
    }
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** The domain that was followed last, if it is in a state that may pass without an event, so that the daemon is to be asked later. */
  takeDoubt(): KnownDomain | undefined {
    const doubt = this.#doubt;
    this.#doubt = undefined;
    return doubt;
  }

  /** Whether a domain is in the state in which it was, and the same run. */
  isStill({ uuid, state, id }: KnownDomain): boolean {
    const known = this.#domains.get(uuid);
    return known?.state === state && known.id === id;
  }

  /** The domains and their states, in the order of their names. */
  list(): DomainListing[] {
    return [...this.#domains.values()]
      .map(({ name, uuid, id, state }) => ({ name, uuid, id, state }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** What a domain was just before an event. */
  #justBefore({ domain, event }: LifecycleChange): Pick<KnownDomain, 'state' | 'id' | 'persistent'> {
    const known = this.#domains.get(domain.uuid);
    if (known === undefined) {
      return this.#stranger;
    }
    if (!this.#unconfirmed.has(domain.uuid) || known.state === 'unknown' || isOfDefinition(event)) {
      return known;
    }
    this.#unconfirmed.delete(domain.uuid);
    const missed = findMissed(known, domain, event);
    const last = missed.at(-1);
    if (last === undefined) {
      return known;
    }
    this.#missed = missed;
    return last.to === 'absent' ? ABSENT : { ...known, id: last.domain.id, state: last.to };
  }

  /** What is known of a domain that isn't followed. */
  get #stranger(): Pick<KnownDomain, 'state' | 'id' | 'persistent'> {
    return this.#isComplete ? ABSENT : UNKNOWN;
  }

  /** Follows a domain, if there is room: a daemon that names ever new ones mustn't fill up the memory. */
  #keep(domain: FollowedDomain): void {
    const hasRoom = this.#domains.size < MOST_DOMAINS || this.#domains.has(domain.uuid);
    if (hasRoom && domain.name.length <= LONGEST_NAME) {
      this.#domains.set(domain.uuid, domain);
    } else {
      this.#domains.delete(domain.uuid);
      this.#isComplete = false;
      this.#hasBase = false;
    }
  }
}

const NOTHING: readonly FoundTransition[] = [];

const ABSENT = { state: 'absent', id: -1, persistent: false } as const;
const UNKNOWN = { state: 'unknown', id: -1, persistent: undefined } as const;

/**
 * A domain as it is listed; its state stays what it was if the list has none.
 *
 * @param isNew Whether it wasn't there before if it wasn't known.
 */
function listed(domain: ListedDomain, before: FollowedDomain | undefined, isNew = false): FollowedDomain {
  const changedAt = before?.changedAt ?? 0;
  const facts = { ...domain, name: carryableText(domain.name), persistent: domain.persistent ?? true, changedAt };
  if (domain.state !== undefined) {
    return { ...facts, state: wordOf(domainStates, domain.state) };
  }
  return before ?? { ...facts, state: 'unknown', isNew };
}

/** A domain as the daemon says that it is; `undefined` if it is gone. */
function settled(
  domain: Omit<ListedDomain, 'state'>,
  answer: Exclude<StateAnswer, 'unknown'>,
  before: FollowedDomain,
): FollowedDomain | undefined {
  const persistent = domain.persistent ?? before.persistent;
  return answer === 'gone' ? undefined : { ...listed({ ...domain, ...answer }, before), persistent };
}

/** What must have happened between two moments; a state that becomes known isn't one. */
function compared(known: FollowedDomain | undefined, after: FollowedDomain | undefined): FoundTransition[] {
  const before = known?.isNew ? undefined : known;
  const isNews = before?.state === 'unknown' || after?.state === 'unknown';
  return isNews ? [] : findTransitions(before, after);
}

function isOfDefinition(event: OpenWord<LifecycleEvent>): boolean {
  return event === 'defined' || event === 'undefined';
}
