import {
  isActive,
  type LifecycleDetail,
  type LifecycleEvent,
  type TransitionState,
} from '../../../event/vocabulary/domain';
import type { OpenWord } from '../../../event/vocabulary/words';

/** A state in its word; the number of one that this library doesn't know. */
export type StateWord = OpenWord<TransitionState>;

/** From which state to which other a domain came. */
export interface Transition {
  readonly from: StateWord;
  readonly to: StateWord;
}

/** What is known of a domain before an event. */
export interface StateBefore {
  readonly state: StateWord;
  /** Whether it stays when it stops; `undefined` if that isn't known. */
  readonly persistent?: boolean | undefined;
}

/**
 * Whether a lifecycle event leaves open what becomes of the domain, so that the daemon has to be asked.
 *
 * - A guest that has crashed may be kept as it is, or run on (`<on_crash>preserve-running`).
 * - A domain that has migrated away may be gone (`virsh migrate --undefinesource`), as one may that has stopped if nobody knows
 *   whether it is transient.
 * - Nobody knows what a later libvirt's events lead to.
 * - A definition changes the state only of a domain that isn't active.
 */
export function leavesOpen(
  { state, persistent }: StateBefore,
  event: OpenWord<LifecycleEvent>,
  detail: OpenWord<LifecycleDetail>,
): boolean {
  switch (event) {
    case 'crashed':
      return true;
    case 'stopped':
      return persistent === undefined || (persistent && detail === 'migrated');
    case 'defined':
    case 'undefined':
      return state === 'unknown';
    default:
      return !outcomes.has(event);
  }
}

/**
 * Says in which state a lifecycle event leaves a domain, by libvirt's rule: it is `paused` after `suspended`, whatever it
 * was before. A transient domain is gone when it has stopped; until then it is `shutoff`, as any other.
 *
 * @param answer The state in which the daemon says that the domain is, if it was asked.
 */
export function stateAfter(
  state: StateWord,
  event: OpenWord<LifecycleEvent>,
  detail: OpenWord<LifecycleDetail>,
  answer: StateWord | undefined,
): StateWord {
  const now = state === 'unknown' ? (answer ?? state) : state;
  switch (event) {
    case 'defined':
      return isActive(now) ? now : 'shutoff';
    case 'undefined':
      return isActive(now) ? now : 'absent';
    case 'crashed':
      // What has become of it since then has an event of its own, if it stops or has stopped.
      if (answer !== undefined && isActive(answer) && answer !== 'shutdown') {
        return answer;
      }
      // A guest that has crashloaded runs on, in the kernel that saves its memory.
      return detail === 'crashloaded' ? state : 'crashed';
    default:
      return outcomes.get(event) ?? answer ?? state;
  }
}

/** The state after the events that always lead to the same one. */
const outcomes: ReadonlyMap<string, TransitionState> = new Map<LifecycleEvent, TransitionState>([
  ['started', 'running'],
  ['suspended', 'paused'],
  ['resumed', 'running'],
  ['stopped', 'shutoff'],
  ['shutdown', 'shutdown'],
  ['pmsuspended', 'pmsuspended'],
]);
