import type { DomainState, TransitionState } from '../../event/vocabulary/domain';

/** What can become of a domain whose guest has crashed; libvirt's `<on_crash>`. */
export const crashReactions = ['destroy', 'restart', 'preserve'] as const;

/** What becomes of a domain whose guest has crashed. */
export type OnCrash = (typeof crashReactions)[number];

/** What the test driver knows of a domain. */
export interface DomainRecord {
  readonly name: string;
  readonly uuid: string;
  /** The kind of hypervisor that its events name. */
  readonly type: string;
  /** The hypervisor's number for it; -1 if it does not run. */
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

/** A domain as it is by default: persistent, shut off, and nothing done with it yet. */
export const blankRecord: Omit<DomainRecord, 'name' | 'uuid'> = {
  type: 'test',
  id: -1,
  state: 'shutoff',
  persistent: true,
  onCrash: 'destroy',
  saved: false,
  snapshots: new Map(),
};

/** Whether the guest of a domain in this state runs, so that it can be suspended or crash. */
export function isRunning(state: TransitionState): boolean {
  return state === 'running' || state === 'blocked' || state === 'nostate' || state === 'shutdown';
}
