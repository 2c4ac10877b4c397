/**
 * The words in which events tell about a domain's life.
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

/** What a transition leads from or to: a state, or `absent` where there is no such domain before or after it. */
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
