import { EventRecord } from '../event/event-record';
import { readEvent } from '../event/read-event';
import type { DomainStateTransitionDetail } from '../event/vocabulary/domain';
import { detailOf } from '../event/vocabulary/vocabulary';
import { noEventLimits } from '../xml/limits';
import type { KnownDomain } from './segment-format';

const TRANSITION = 'domain-state-transition';

/** What a transition says of its domain. */
interface Transition {
  readonly uuid: string;
  readonly name: string;
  readonly id: number | string;
  readonly to: string;
  readonly event: string;
}

/** A transition as this library writes it, with nothing in it that stands for something else: most of them, read in a tenth of the time. */
const PLAIN =
  // Stryker disable next-line Regex: what it doesn't match is read the long way, with the same result
  /^<event type="domain-state-transition"[^<>]*><domain id="(?<id>-?\d{1,15})" type="[^"<&]*"><name>(?<name>[^<&\r]+)<\/name><uuid>(?<uuid>[^<&\r]+)<\/uuid><\/domain><transition from="[^"<&]*" to="(?<to>[^"<&\s]*)" event="(?<event>[^"<&\s]*)" detail="[^"<&]*"(?: found="[^"<&]*")?\/><\/event>$/;

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

  /** Takes in an event, if it is a transition; says whether it is: any other changes nothing. */
  fold(xml: string): boolean {
    const transition = (PLAIN.exec(xml)?.groups as Transition | undefined) ?? transitionIn(xml);
    if (transition !== undefined) {
      this.#follow(transition);
    }
    return transition !== undefined;
  }

  #follow({ uuid, name, id, to, event }: Transition): void {
    if (to === 'absent') {
      this.#byUuid.delete(uuid);
      return;
    }
    // A domain that is defined stays when it stops, and one that is undefined while it runs does not.
    const persistent = event === 'defined' ? true : event === 'undefined' ? false : this.#byUuid.get(uuid)?.persistent;
    this.#byUuid.set(uuid, { uuid, name, id: Number(id), state: to, persistent });
  }
}

/** Whether an event may be a transition: whoever knows that it is none needn't keep it to fold it in. */
export function mayBeTransition(xml: string): boolean {
  return xml.includes(TRANSITION);
}

function transitionIn(xml: string): Transition | undefined {
  // Stryker disable next-line ConditionalExpression,BlockStatement: a shortcut, the same is found when it is read
  if (!mayBeTransition(xml)) {
    return undefined;
  }
  const record = new EventRecord(readEvent(xml, noEventLimits));
  const detail = record.type === TRANSITION ? detailOf(TRANSITION, record.tree) : undefined;
  if (detail === undefined) {
    return undefined;
  }
  const { domain, to, event } = detail as DomainStateTransitionDetail;
  return { ...domain, to, event };
}
