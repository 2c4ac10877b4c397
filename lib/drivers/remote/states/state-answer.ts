import { domainStates, isActive, type LifecycleEvent } from '../../../event/vocabulary/domain';
import { type OpenWord, wordOf } from '../../../event/vocabulary/words';
import type { StateWord } from './domain-transition';

/** What a daemon says of a domain: its state, that there is no such domain, or nothing. */
export type StateAnswer = { readonly state: number; readonly reason: number } | 'gone' | 'unknown';

/** That a guest runs, or is paused, after it had crashed (`virDomainRunningReason`, `virDomainPausedReason`). */
const RUNNING_CRASHED = 9;
const PAUSED_CRASHED = 10;

/** Whether a daemon says that a domain has stopped. */
export function isEnd(answer: StateAnswer): boolean {
  const state = wordOfAnswer(answer);
  return state !== undefined && !isActive(state);
}

/** The state that a daemon says; `undefined` if it says none. */
export function wordOfAnswer(answer: StateAnswer): StateWord | undefined {
  switch (answer) {
    case 'gone':
      return 'absent';
    case 'unknown':
      return undefined;
    default:
      return wordOf(domainStates, answer.state);
  }
}

/** What a daemon says of a guest that has crashed: that it goes on or was reset since then is told by an event of its own. */
export function stateOfCrashed(answer: StateAnswer): StateWord | undefined {
  const state = wordOfAnswer(answer);
  const reason = typeof answer === 'string' ? 0 : answer.reason;
  const hasCrashed =
    (state === 'running' && reason === RUNNING_CRASHED) || (state === 'paused' && reason === PAUSED_CRASHED);
  return hasCrashed ? 'crashed' : state;
}

/** Whether a domain stays when it stops, after an event. */
export function persistentAfter(
  before: boolean | undefined,
  event: OpenWord<LifecycleEvent>,
  answer: StateAnswer,
): boolean | undefined {
  switch (event) {
    case 'defined':
      return true;
    case 'undefined':
      return false;
    case 'stopped':
      // One that is there after its end is there to stay.
      return before ?? (wordOfAnswer(answer) === 'shutoff' ? true : undefined);
    default:
      return before;
  }
}
