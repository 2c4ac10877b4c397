import type { LifecycleDetail, LifecycleEvent, TransitionState } from '../../event/vocabulary/domain-words';
import type { StructuredElement } from '../../event/write-event';
import { type DomainRecord, isActive } from './domain-record';

/** An event that a change makes, without its time stamp. */
export interface ChangeEvent {
  readonly type: string;
  readonly content: readonly StructuredElement[];
}

/**
 * A change of a domain in the making: what the domain will be, and the events that will tell of it.
 *
 * Nothing has happened until the change is carried out; one that is not is simply forgotten.
 */
export class DomainChange {
  readonly events: ChangeEvent[] = [];
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
  transition<E extends LifecycleEvent>(event: E, detail: LifecycleDetail<E>, to: TransitionState): this {
    return this.#transition(to, { event, detail });
  }

  /** A transient domain is gone when it has stopped: as with a daemon, of which libvirt has no event. */
  leave(): this {
    return this.#transition('absent', { event: 'undefined', detail: 'removed', found: 'by-comparison' });
  }

  /** Adds an event that tells no more than which domain it is about. */
  signal(type: 'domain-reboot' | 'domain-pm-suspend' | 'domain-pm-suspend-disk' | 'domain-pm-wakeup'): this {
    this.events.push({ type, content: [this.#domain()] });
    return this;
  }

  #transition(to: TransitionState, how: Readonly<Record<string, string>>): this {
    const from = this.#record.state;
    let { id } = this.#record;
    if (!isActive(to)) {
      id = -1;
    } else if (!isActive(from)) {
      id = this.#freeId;
    }
    this.#record = { ...this.#record, id, state: to };
    this.events.push({
      type: 'domain-state-transition',
      content: [this.#domain(), { name: 'transition', attributes: { from, to, ...how } }],
    });
    return this;
  }

  #domain(): StructuredElement {
    const { id, type, name, uuid } = this.#record;
    return {
      name: 'domain',
      attributes: { id: String(id), type },
      content: [
        { name: 'name', content: [name] },
        { name: 'uuid', content: [uuid] },
      ],
    };
  }
}
