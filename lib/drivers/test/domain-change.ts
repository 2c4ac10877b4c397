import { writeDomain, writeTransition } from '../../event/domain-elements';
import { EventText } from '../../event/event-text';
import {
  isActive,
  type LifecycleDetail,
  type LifecycleEvent,
  type TransitionState,
} from '../../event/vocabulary/domain';
import type { DomainRecord } from './domain-record';

/**
 * A change of a domain in the making: what the domain will be, and the events that will tell of it.
 *
 * Nothing has happened until the change is carried out; one that is not is simply forgotten.
 */
export class DomainChange {
  readonly events: EventText[] = [];
  readonly #freeId: number;
  #record: DomainRecord;

  /** @param freeId The number that the domain gets if it starts. */
  constructor(record: DomainRecord, freeId: number) {
    this.#record = record;
    this.#freeId = freeId;
  }

  /** The domain as the change leaves it. */
  get result(): DomainRecord {
    return this.#record;
  }

  /** Changes what no event tells of. */
  set(properties: Partial<Omit<DomainRecord, 'id' | 'state'>>): this {
    this.#record = { ...this.#record, ...properties };
    return this;
  }

  /** Changes the state, or leaves it as it is, with the event that tells of it. */
  transition<E extends LifecycleEvent>(
    event: E,
    detail: LifecycleDetail<E>,
    to: TransitionState,
    found?: 'by-comparison',
  ): this {
    const from = this.#record.state;
    let { id } = this.#record;
    if (!isActive(to)) {
      id = -1;
    } else if (!isActive(from)) {
      id = this.#freeId;
    }
    this.#record = { ...this.#record, id, state: to };
    writeTransition(this.#tell('domain-state-transition'), { from, to, event, detail }, found);
    return this;
  }

  /** A transient domain is gone when it has stopped: as with a daemon, of which libvirt has no event. */
  leave(): this {
    return this.transition('undefined', 'removed', 'absent', 'by-comparison');
  }

  /** Adds an event that tells no more than which domain it is about. */
  signal(type: 'domain-reboot' | 'domain-pm-suspend' | 'domain-pm-suspend-disk' | 'domain-pm-wakeup'): this {
    this.#tell(type);
    return this;
  }

  /** Adds an event about the domain. */
  #tell(type: string): EventText {
    const event = writeDomain(new EventText(type), this.#record, this.#record.type);
    this.events.push(event);
    return event;
  }
}
