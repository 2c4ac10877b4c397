import type { TreeElement } from '../../xml/tree-element';
import { attribute, attributesOf, child, integer, text } from './fields';
import type { OpenWord } from './words';

/**
 * What every domain event tells, and a domain's life.
 *
 * Each list stands in the order of libvirt's numbers, so that a number on the wire is the place of its word. All words are
 * the names of libvirt's constants in lower case, with hyphens for underscores: `VIR_DOMAIN_SHUTOFF` is `shutoff`, and
 * `VIR_DOMAIN_EVENT_SUSPENDED_FROM_SNAPSHOT` is `from-snapshot` of `suspended`.
 */

/** The states, by `virDomainState`. */
export const domainStates = [
  'nostate',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
] as const;

/** A state that a domain can be in. */
export type DomainState = (typeof domainStates)[number];

/** What a transition leads from or to: a state, or `absent` if there is no such domain before or after it. */
export type TransitionState = DomainState | 'absent';

/** Whether a domain in this state has a number and can be destroyed: whether it is there and not shut off. */
export function isActive(state: string): boolean {
  return state !== 'shutoff' && state !== 'absent';
}

/** The lifecycle events, by `virDomainEventType`. */
export const lifecycleEvents = [
  'defined',
  'undefined',
  'started',
  'suspended',
  'resumed',
  'stopped',
  'shutdown',
  'pmsuspended',
  'crashed',
] as const;

/** What happened to a domain. */
export type LifecycleEvent = (typeof lifecycleEvents)[number];

/** The details of each lifecycle event, by `virDomainEventDefinedDetailType` and its siblings. */
export const lifecycleDetails = {
  defined: ['added', 'updated', 'renamed', 'from-snapshot'],
  undefined: ['removed', 'renamed', 'migrated'],
  started: ['booted', 'migrated', 'restored', 'from-snapshot', 'wakeup', 'recreated'],
  suspended: [
    'paused',
    'migrated',
    'ioerror',
    'watchdog',
    'restored',
    'from-snapshot',
    'api-error',
    'postcopy',
    'postcopy-failed',
    'guest-shutdown',
  ],
  resumed: ['unpaused', 'migrated', 'from-snapshot', 'postcopy', 'postcopy-failed'],
  stopped: ['shutdown', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'from-snapshot', 'recreated'],
  shutdown: ['finished', 'guest', 'host', 'guest-reset'],
  pmsuspended: ['memory', 'disk'],
  crashed: ['panicked', 'crashloaded'],
} as const;

/** How or why it happened. */
export type LifecycleDetail<E extends LifecycleEvent = LifecycleEvent> = (typeof lifecycleDetails)[E][number];

/** Which domain an event is about. */
export interface DomainReference {
  /** The hypervisor's number for the domain when the event had happened; -1 if it does not run. */
  readonly id: number;
  /** The kind of hypervisor: `test`, `qemu`, `xen`, … */
  readonly type: string;
  readonly name: string;
  /** In lower case with hyphens. */
  readonly uuid: string;
}

/** What an event says that tells no more than which domain it is about. */
export interface DomainEventDetail {
  readonly domain: DomainReference;
}

/** What a `domain-state-transition` says: which domain came from which state to which other. */
export interface DomainStateTransitionDetail extends DomainEventDetail {
  /** The state before; `unknown` if the daemon has not told it yet. */
  readonly from: OpenWord<TransitionState | 'unknown'>;
  /** The state after. */
  readonly to: OpenWord<TransitionState | 'unknown'>;
  /** What happened, in the words of libvirt's lifecycle events. */
  readonly event: OpenWord<LifecycleEvent>;
  /** How or why it happened. */
  readonly detail: OpenWord<LifecycleDetail>;
  /** `by-comparison`: no event of libvirt's told of it; it was found by comparing what was known with what is. */
  readonly found?: OpenWord<'by-comparison'>;
}

export function readDomainEvent(event: TreeElement): DomainEventDetail {
  const domain = child(event, 'domain');
  return {
    domain: {
      id: integer(domain, 'id'),
      type: attribute(domain, 'type'),
      name: text(domain, 'name'),
      uuid: text(domain, 'uuid'),
    },
  };
}

export function readStateTransition(event: TreeElement): DomainStateTransitionDetail {
  const transition = child(event, 'transition');
  return {
    ...readDomainEvent(event),
    from: attribute(transition, 'from'),
    to: attribute(transition, 'to'),
    event: attribute(transition, 'event'),
    detail: attribute(transition, 'detail'),
    ...attributesOf(transition, ['found']),
  };
}
