/**
 * The words in which events tell about a domain's life.
 *
 * Each list stands in the order of libvirt's numbers, so that a number on the wire is the place of its word. States are
 * the words of `virsh domstate`, lifecycle events and details the names of libvirt's constants
 * (`VIR_DOMAIN_EVENT_SUSPENDED_FROM_SNAPSHOT` is `from-snapshot` of `suspended`); all are in lower case, and a hyphen
 * stands for a space or an underscore.
 */

/** The states, by `virDomainState`. */
export const domainStates = [
  'no-state',
  'running',
  'idle',
  'paused',
  'in-shutdown',
  'shut-off',
  'crashed',
  'pmsuspended',
] as const;

/** A state that a domain can be in. */
export type DomainState = (typeof domainStates)[number];

/** What a transition leads from or to: a state, or `absent` where there is no such domain before or after it. */
export type TransitionState = DomainState | 'absent';

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
  undefined: ['removed', 'renamed'],
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
  shutdown: ['finished', 'guest', 'host'],
  pmsuspended: ['memory', 'disk'],
  crashed: ['panicked', 'crashloaded'],
} as const;

/** How or why it happened. */
export type LifecycleDetail<E extends LifecycleEvent = LifecycleEvent> = (typeof lifecycleDetails)[E][number];
