import {
  isActive,
  type LifecycleDetail,
  type LifecycleEvent,
  type TransitionState,
} from '../../../event/vocabulary/domain';
import type { OpenWord } from '../../../event/vocabulary/words';
import type { StateWord, Transition } from './domain-transition';

export interface KnownDomain {
  /** In lower case with hyphens. */
  readonly uuid: string;
  readonly name: string;
  /** The hypervisor's number for it; -1 if it doesn't run. */
  readonly id: number;
  readonly state: StateWord;
  /** Whether it stays when it stops; taken for granted if it isn't said. */
  readonly persistent?: boolean | undefined;
  /** Why it is in that state, by libvirt's numbers (`virDomainRunningReason` and its siblings). */
  readonly reason?: number;
}

/** A transition that no event told of. */
export interface FoundTransition extends Transition {
  readonly domain: Pick<KnownDomain, 'uuid' | 'name' | 'id'>;
  readonly event: LifecycleEvent;
  readonly detail: LifecycleDetail;
}

/**
 * Finds what must have happened to a domain between two moments.
 *
 * What is found is the shortest course from one to the other, in steps such as libvirt's own events tell of: a domain
 * that was shut off and is paused has been started and suspended. One that is active at both moments, under different
 * numbers, was stopped meanwhile and started again. A transient domain that stops is gone. Guests that run and those that wait
 * for a resource (`blocked`) are taken for the same, since they change between the two all the time and no event tells of it.
 *
 * @param before `undefined` if there was no such domain.
 * @param after `undefined` if it is gone.
 */
export function findTransitions(before: KnownDomain | undefined, after: KnownDomain | undefined): FoundTransition[] {
  const found: FoundTransition[] = [];
  let state: StateWord = before?.state ?? 'absent';
  const go = (
    domain: FoundTransition['domain'],
    to: StateWord,
    [event, detail]: readonly [LifecycleEvent, LifecycleDetail],
  ) => {
    const { uuid, name } = domain;
    found.push({ domain: { uuid, name, id: isActive(to) ? domain.id : -1 }, from: state, to, event, detail });
    state = to;
  };
  if (before !== undefined && isActive(state) && !isSameRun(before, after)) {
    go(before, 'shutoff', ['stopped', whyStopped(after)]);
  }
  const isRenamed = state === 'shutoff' && after !== undefined && after.name !== before?.name;
  const isGone = after === undefined || isRenamed || before?.persistent === false;
  if (before !== undefined && state === 'shutoff' && isGone) {
    go(before, 'absent', ['undefined', isRenamed ? 'renamed' : 'removed']);
  }
  if (after === undefined) {
    return found;
  }
  if (state === 'absent' && (after.persistent !== false || !isActive(after.state))) {
    go(after, 'shutoff', ['defined', isRenamed ? 'renamed' : 'added']);
  }
  if (!isActive(state) && isActive(after.state)) {
    go(after, 'running', ['started', startDetails[after.reason ?? 0] ?? 'booted']);
  }
  if (isActive(state) && state !== after.state && !(isExecuting(state) && isExecuting(after.state))) {
    go(after, after.state, howItCame(state, after));
  }
  return found;
}

/** The events with which a run may begin, and those that come only of a domain that was active before. */
const beginnings: ReadonlySet<string> = new Set<LifecycleEvent>(['started', 'resumed']);
const middles: ReadonlySet<string> = new Set<LifecycleEvent>(['suspended', 'shutdown', 'pmsuspended', 'crashed']);

/**
 * Finds what must have happened to a domain before an event that is of another run than the one that is known, if any is.
 *
 * @param told The domain as the event names it.
 */
export function findMissed(
  known: KnownDomain,
  told: FoundTransition['domain'],
  event: OpenWord<LifecycleEvent>,
): FoundTransition[] {
  const isBeginning = beginnings.has(event);
  const isSilent = isActive(known.state) ? known.id === told.id || known.id === -1 : isBeginning;
  if (told.id === -1 || isSilent || !(isBeginning || middles.has(event))) {
    return [];
  }
  const found = findTransitions(known, { ...known, ...told, state: 'running', reason: 0 });
  return isBeginning ? found.slice(0, -1) : found;
}

const startDetails: readonly (LifecycleDetail<'started'> | undefined)[] = [
  undefined,
  'booted',
  'migrated',
  'restored',
  'from-snapshot',
];

/** The details of going on, by `virDomainRunningReason`. */
const resumeDetails: { readonly [reason: number]: LifecycleDetail<'resumed'> } = {
  2: 'migrated',
  4: 'from-snapshot',
  10: 'postcopy',
  11: 'postcopy-failed',
};

/** The details of a pause, by `virDomainPausedReason`. */
const suspendDetails: { readonly [reason: number]: LifecycleDetail<'suspended'> } = {
  2: 'migrated',
  5: 'ioerror',
  6: 'watchdog',
  7: 'from-snapshot',
  8: 'guest-shutdown',
  12: 'postcopy',
  13: 'postcopy-failed',
  14: 'api-error',
};

/** The details of a stop, by `virDomainShutoffReason`; the last one is that the daemon found it dead. */
const stopDetails: readonly (LifecycleDetail<'stopped'> | undefined)[] = [
  undefined,
  'shutdown',
  'destroyed',
  'crashed',
  'migrated',
  'saved',
  'failed',
  'from-snapshot',
  'failed',
];

/** Whether a domain that was active is active all the same, and hasn't been stopped meanwhile. */
function isSameRun(before: KnownDomain, after: KnownDomain | undefined): boolean {
  return after !== undefined && isActive(after.state) && after.id === before.id;
}

function isExecuting(state: StateWord): boolean {
  return state === 'running' || state === 'blocked' || state === 'nostate';
}

function whyStopped(after: KnownDomain | undefined): LifecycleDetail<'stopped'> {
  const reason = after?.state === 'shutoff' ? after.reason : undefined;
  return stopDetails[reason ?? 0] ?? 'shutdown';
}

/** The event after which a domain that is active, and was active before, is in its state. */
function howItCame(before: StateWord, { state, reason = 0 }: KnownDomain): readonly [LifecycleEvent, LifecycleDetail] {
  switch (state as TransitionState) {
    case 'paused':
      return ['suspended', suspendDetails[reason] ?? 'paused'];
    case 'shutdown':
      return ['shutdown', 'finished'];
    case 'pmsuspended':
      return ['pmsuspended', 'memory'];
    case 'crashed':
      return ['crashed', 'panicked'];
    default:
      return before === 'pmsuspended' ? ['started', 'wakeup'] : ['resumed', resumeDetails[reason] ?? 'unpaused'];
  }
}
