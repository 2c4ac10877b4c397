import { carryableText } from '../../event/carryable-text';
import type { OpenWord } from '../../event/detail-types';
import { domainStates, type LifecycleDetail, type LifecycleEvent } from '../../event/vocabulary-domain';
import { wordOf } from '../../event/vocabulary-words';
import type { DomainListing } from '../driver';
import { type FoundTransition, findTransitions, type KnownDomain } from './domain-comparison';
import { isActive, stateAfter, type Transition } from './domain-transition';

/** A domain as a daemon lists it. */
export interface ListedDomain {
  readonly name: string;
  /** In lower case with hyphens. */
  readonly uuid: string;
  /** -1 where it does not run. */
  readonly id: number;
  /** libvirt's number of its state (`virDomainState`). */
  readonly state: number;
  /** libvirt's number of why it is in that state (`virDomainRunningReason` and its siblings). */
  readonly reason?: number;
  /** Whether it stays when it stops; taken for granted where it is not said. */
  readonly persistent?: boolean;
}

/** A lifecycle event, as far as it tells what becomes of a domain. */
export interface LifecycleChange {
  readonly domain: Pick<KnownDomain, 'uuid' | 'name' | 'id'>;
  readonly event: OpenWord<LifecycleEvent>;
  readonly detail: OpenWord<LifecycleDetail>;
}

/**
 * The domains of a daemon and their states: listed once, then followed from event to event.
 *
 * What a domain comes from is always what it came to before, so that its transitions are an unbroken chain. QEMU's driver tells
 * of a start in two events, in either order: the first one starts the domain, the second one changes nothing. The list may have
 * been made a little before or after the events that are followed: an event that tells of what the list had already changes
 * nothing, either.
 */
export class DomainStates {
  readonly #domains = new Map<string, KnownDomain>();
  #found: FoundTransition[] = [];

  /**
   * Takes a list of all domains that there are now in the place of what was known.
   *
   * @returns What must have happened meanwhile and no event told of; the transitions of one domain stand together, first
   *   of those that were known, then of new ones.
   */
  replace(domains: readonly ListedDomain[]): FoundTransition[] {
    const before = new Map(this.#domains);
    this.#domains.clear();
    for (const domain of domains) {
      const name = carryableText(domain.name);
      this.#domains.set(domain.uuid, { ...domain, name, state: wordOf(domainStates, domain.state) });
    }
    const uuids = new Set([...before.keys(), ...this.#domains.keys()]);
    return [...uuids].flatMap((uuid) => findTransitions(before.get(uuid), this.#domains.get(uuid)));
  }

  /** Takes in what a lifecycle event tells, and says from which state to which other it took the domain. */
  follow({ domain, event, detail }: LifecycleChange): Transition {
    const { uuid, name } = domain;
    const known = this.#domains.get(uuid) ?? { state: 'absent', id: -1, persistent: false };
    const { state: from } = known;
    const to = stateAfter(from, event, detail);
    if (to === 'absent') {
      this.#domains.delete(uuid);
      return { from, to };
    }
    // Some drivers give no number when they tell of the definition, even where the domain runs.
    const id = domain.id === -1 ? known.id : domain.id;
    const persistent = event === 'defined' || (event !== 'undefined' && known.persistent !== false);
    const after: KnownDomain = { uuid, name, id: isActive(to) ? id : -1, state: to, persistent };
    this.#domains.set(uuid, after);
    if (to === 'shutoff' && !persistent) {
      this.#domains.delete(uuid);
      this.#found.push(...findTransitions(after, undefined));
    }
    return { from, to };
  }

  /**
   * What the events that were followed have led to without telling of it, since this was asked last: that a transient domain is
   * gone when it has stopped.
   */
  takeFound(): readonly FoundTransition[] {
    if (this.#found.length === 0) {
      return NOTHING;
    }
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** The domains and their states, in the order of their names. */
  list(): DomainListing[] {
    return [...this.#domains.values()]
      .map(({ name, uuid, id, state }) => ({ name, uuid, id, state }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }
}

const NOTHING: readonly FoundTransition[] = [];
