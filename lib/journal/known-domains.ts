import { EventRecord } from '../event/event-record';
import { readEvent } from '../event/read-event';
import type { DomainStateTransitionDetail } from '../event/vocabulary/domain';
import { detailOf } from '../event/vocabulary/vocabulary';
import { noEventLimits } from '../xml/limits';
import type { KnownDomain } from './segment-format';

const TRANSITION = 'domain-state-transition';

/** A transition as this library writes it, with nothing in it that stands for something else: most of them, read in a tenth of the time. */
const PLAIN =
  // Stryker disable next-line Regex: what it doesn't match is read the long way, with the same result
  /^<event type="domain-state-transition"[^<>]*><domain id="(-?\d{1,15})" type="[^"<&]*"><name>([^<&\r]+)<\/name><uuid>([^<&\r]+)<\/uuid><\/domain><transition from="[^"<&]*" to="([^"<&\s]*)" event="([^"<&\s]*)" detail="[^"<&]*"(?: found="[^"<&]*")?\/><\/event>$/;

type Changeable<Of> = { -readonly [Name in keyof Of]: Of[Name] };

/** The domains of a journal's host and their states, folded from the transitions that the journal tells. */
export class KnownDomains {
  /** Changed in place, and nobody else's: most of what recovery has to do is to follow transitions. */
  readonly #byUuid: Map<string, Changeable<KnownDomain>>;

  constructor(domains: readonly KnownDomain[] = []) {
    this.#byUuid = new Map(domains.map((domain) => [domain.uuid, { ...domain }]));
  }

  /** All of them, in the order in which they came. */
  get list(): KnownDomain[] {
    return Array.from(this.#byUuid.values(), (domain) => ({ ...domain }));
  }

  /** Takes in an event, if it is a transition; says whether it is: any other changes nothing. */
  fold(xml: string): boolean {
    const plain = PLAIN.exec(xml);
    if (plain !== null) {
      const [, id, name, uuid, to, event] = plain as unknown as [string, string, string, string, string, string];
      this.#follow(uuid, name, Number(id), to, event);
      return true;
    }
    const detail = transitionIn(xml);
    if (detail === undefined) {
      return false;
    }
    const { domain, to, event } = detail;
    this.#follow(domain.uuid, domain.name, domain.id, to, event);
    return true;
  }

  #follow(uuid: string, name: string, id: number, to: string, event: string): void {
    if (to === 'absent') {
      this.#byUuid.delete(uuid);
      return;
    }
    // A domain that is defined stays when it stops, and one that is undefined while it runs does not.
    const persistent = event === 'defined' ? true : event === 'undefined' ? false : undefined;
    const known = this.#byUuid.get(uuid);
    if (known === undefined) {
      this.#byUuid.set(uuid, { uuid, name, id, persistent, state: to });
      return;
    }
    known.name = name;
    known.id = id;
    known.persistent = persistent ?? known.persistent;
    known.state = to;
  }
}

/** Whether an event may be a transition: whoever knows that it is none needn't keep it to fold it in. */
export function mayBeTransition(xml: string): boolean {
  return xml.includes(TRANSITION);
}

function transitionIn(xml: string): DomainStateTransitionDetail | undefined {
  // Stryker disable next-line ConditionalExpression,BlockStatement: a shortcut, the same is found when it is read
  if (!mayBeTransition(xml)) {
    return undefined;
  }
  const record = new EventRecord(readEvent(xml, noEventLimits));
  return record.type === TRANSITION
    ? (detailOf(TRANSITION, record.tree) as DomainStateTransitionDetail | undefined)
    : undefined;
}
