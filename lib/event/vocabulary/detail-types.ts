import type { LifecycleDetail, LifecycleEvent, TransitionState } from './domain-words';

/** One of the words that are known today, or another that a later libvirt has. */
export type OpenWord<Known extends string> = Known | (string & Record<never, never>);

/** Which domain an event is about. */
export interface DomainReference {
  /** The hypervisor's number for the domain when the event had happened; -1 where it does not run. */
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

/** How many events of one type are lost. */
export interface LostEvents {
  /** The type of the lost events; not there where they are the rest, of many types. */
  readonly type?: string;
  readonly count: number;
}

/** Why the first of the events that could not be read was refused. */
export interface LostEventError {
  /** The stable name of the fault, as in `InvalidEventError` and `ProtocolError`. */
  readonly code: string;
  /** Counted from 1; not there where a daemon's message could not be read, which has no lines. */
  readonly line?: number;
  /** Counted from 1; not there where there is no line. */
  readonly column?: number;
  readonly message: string;
}

/** What an `events-lost` says. */
export interface EventsLostDetail {
  /** How many events are lost; not there where that is not known. */
  readonly count?: number;
  /** The sequence number of the first of them; not there where that is not known. */
  readonly first?: number;
  /** The sequence number of the last of them; not there where that is not known. */
  readonly last?: number;
  /** Whether it is not known how many are lost. */
  readonly unknown: boolean;
  /** Why: the queue was full, the events could not be read, the other end was gone meanwhile, or a file was truncated. */
  readonly cause: OpenWord<'overflow' | 'invalid' | 'disconnected' | 'expired'>;
  /** How many of each type, where the types are known. */
  readonly lost: readonly LostEvents[];
  /** The first fault, where events could not be read. */
  readonly error?: LostEventError;
}
