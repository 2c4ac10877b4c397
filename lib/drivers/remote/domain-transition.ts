import type { OpenWord } from '../../event/detail-types';
import type { LifecycleDetail, LifecycleEvent, TransitionState } from '../../event/vocabulary-domain';

/** A state in its word; the number of one that this library does not know. */
export type StateWord = OpenWord<TransitionState>;

/** From which state to which other a domain came. */
export interface Transition {
  readonly from: StateWord;
  readonly to: StateWord;
}

/** Whether a domain in this state has a number and can be destroyed. */
export function isActive(state: StateWord): boolean {
  return state !== 'shutoff' && state !== 'absent';
}

/**
 * Says in which state a lifecycle event leaves a domain, by libvirt's rule: it is `paused` after `suspended`, whatever it
 * was before. A transient domain is gone when it has stopped; until then it is `shutoff`, as any other.
 */
export function stateAfter(
  state: StateWord,
  event: OpenWord<LifecycleEvent>,
  detail: OpenWord<LifecycleDetail>,
): StateWord {
  switch (event) {
    case 'defined':
      return isActive(state) ? state : 'shutoff';
    case 'undefined':
      return isActive(state) ? state : 'absent';
    case 'crashed':
      // A guest that has crashloaded runs on, in the kernel that saves its memory.
      return detail === 'crashloaded' ? state : 'crashed';
    default:
      return outcomes.get(event) ?? state;
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
