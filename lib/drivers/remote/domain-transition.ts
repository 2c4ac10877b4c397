import type { OpenWord } from '../../event/detail-types';
import type { LifecycleDetail, LifecycleEvent, TransitionState } from '../../event/vocabulary-domain';

/** A state in its word; the number of one that this library does not know. */
export type StateWord = OpenWord<TransitionState>;

/** From which state to which other a domain came. */
export interface Transition {
  readonly from: StateWord;
  readonly to: StateWord;
}

/** What is known of a domain before an event. */
export interface StateBefore {
  readonly state: StateWord;
  /** Whether it stays when it stops. */
  readonly persistent: boolean;
}

/** Whether a domain in this state has a number and can be destroyed. */
export function isActive(state: StateWord): boolean {
  return state !== 'shutoff' && state !== 'absent';
}

/**
 * Says from which state to which other a lifecycle event took a domain.
 *
 * What an event leads to is libvirt's rule: a domain is `paused` after `suspended`, whatever it was before. What it comes
 * from is the state that the domain was known to be in, if it can have been in it: else, the state that usually comes
 * before such an event. There are two causes for that. The states are listed after the events are registered, so that an
 * event may tell of a change that the list had already; and QEMU's driver tells of a start in two events, `resumed` and
 * `started`, in either order.
 */
export function transitionAfter(
  before: StateBefore,
  event: OpenWord<LifecycleEvent>,
  detail: OpenWord<LifecycleDetail>,
): Transition {
  const { state } = before;
  switch (event) {
    case 'defined':
      return isActive(state) ? { from: state, to: state } : { from: stateBeforeDefined(state, detail), to: 'shutoff' };
    case 'undefined':
      return isActive(state) ? { from: state, to: state } : { from: 'shutoff', to: 'absent' };
    case 'started':
      return { from: stateBeforeStarted(before, detail), to: 'running' };
    default: {
      // A guest that has crashloaded runs on, in the kernel that saves its memory.
      const course = detail === 'crashloaded' ? undefined : courses.get(event);
      return course === undefined ? { from: state, to: state } : alongCourse(state, detail, course);
    }
  }
}

/** How an event changes a domain that is active. */
interface Course {
  /** The state after it. */
  readonly to: TransitionState;
  /** The state before it, where the state that is known cannot be. */
  readonly usually: TransitionState;
  /** The details that tell of a domain which was in that state before, for another reason. */
  readonly again?: readonly LifecycleDetail[];
}

const courses: ReadonlyMap<string, Course> = new Map<LifecycleEvent, Course>([
  ['suspended', { to: 'paused', usually: 'running', again: ['postcopy-failed', 'api-error'] }],
  ['resumed', { to: 'running', usually: 'paused', again: ['migrated', 'postcopy-failed'] }],
  ['stopped', { to: 'shutoff', usually: 'running', again: ['failed'] }],
  ['shutdown', { to: 'shutdown', usually: 'running' }],
  ['pmsuspended', { to: 'pmsuspended', usually: 'running' }],
  ['crashed', { to: 'crashed', usually: 'running' }],
]);

function alongCourse(state: StateWord, detail: string, { to, usually, again }: Course): Transition {
  const isPossible = state === to ? again?.some((word) => word === detail) : isActive(state);
  return { from: isPossible ? state : usually, to };
}

function stateBeforeDefined(state: StateWord, detail: string): StateWord {
  switch (detail) {
    case 'added':
    case 'renamed':
      return 'absent';
    case 'updated':
      return 'shutoff';
    default:
      return state;
  }
}

function stateBeforeStarted({ state, persistent }: StateBefore, detail: string): StateWord {
  if (detail === 'wakeup') {
    return 'pmsuspended';
  }
  if (isActive(state)) {
    return persistent ? 'shutoff' : 'absent';
  }
  return state;
}
