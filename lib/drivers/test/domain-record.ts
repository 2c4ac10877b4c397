import type { DomainState, TransitionState } from '../../event/vocabulary/domain';

/** What becomes of a domain whose guest has crashed; libvirt's `<on_crash>`. */
export type OnCrash = 'destroy' | 'restart' | 'preserve';

/** All that the test driver knows of a domain. */
export interface DomainRecord {
  readonly name: string;
  readonly uuid: string;
  /** The kind of hypervisor that its events name. */
  readonly type: string;
  /** The hypervisor's number for it; -1 where it does not run. */
  readonly id: number;
  /** `absent` before it is defined or created, and when it is gone. */
  readonly state: TransitionState;
  /** Whether it stays when it stops. */
  readonly persistent: boolean;
  readonly onCrash: OnCrash;
  /** Whether its memory was saved, so that it can be restored. */
  readonly saved: boolean;
  /** The state that each snapshot was taken in, by the snapshots' names. */
  readonly snapshots: ReadonlyMap<string, DomainState>;
}

/** Whether the guest of a domain in this state runs, so that it can be suspended or crash. */
export function isRunning(state: TransitionState): boolean {
  return state === 'running' || state === 'blocked' || state === 'nostate' || state === 'shutdown';
}
