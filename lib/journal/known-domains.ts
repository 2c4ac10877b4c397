import { EventRecord } from '../event/event-record';
import { readEvent } from '../event/read-event';
import type { DomainStateTransitionDetail } from '../event/vocabulary/domain';
import { detailOf } from '../event/vocabulary/vocabulary';
import { noEventLimits } from '../xml/limits';
import type { KnownDomain } from './segment-format';

const TRANSITION = 'domain-state-transition';

/** The domains of a journal's host and their states, folded from the transitions that the journal tells. */
export class KnownDomains {
  readonly #byUuid: Map<string, KnownDomain>;

  constructor(domains: readonly KnownDomain[] = []) {
    this.#byUuid = new Map(domains.map((domain) => [domain.uuid, domain]));
  }

  /** All of them, in the order in which they came. */
  get list(): KnownDomain[] {
    return [...this.#byUuid.values()];
  }

  /** Takes in an event, if it is a transition; any other changes nothing. */
  fold(xml: string): void {
    if (!xml.includes(TRANSITION)) {
      return;
    }
    const record = new EventRecord(readEvent(xml, noEventLimits));
    const detail = record.type === TRANSITION ? detailOf(TRANSITION, record.tree) : undefined;
    if (detail !== undefined) {
      this.#follow(detail as DomainStateTransitionDetail);
    }
  }

  #follow({ domain: { uuid, name, id }, to, event }: DomainStateTransitionDetail): void {
    if (to === 'absent') {
      this.#byUuid.delete(uuid);
      return;
    }
    // A domain that is defined stays when it stops, and one that is undefined while it runs does not.
    const persistent = event === 'defined' ? true : event === 'undefined' ? false : this.#byUuid.get(uuid)?.persistent;
    this.#byUuid.set(uuid, { uuid, name, id, state: to, persistent });
  }
}
