import type { TreeElement } from '../../xml/tree-element';
import { type DomainEventDetail, readDomainEvent } from './domain';
import { attribute, attributesOf, bigInteger, child, present } from './fields';
import type { WordOf } from './words';

/** What became of a guest after an input or output error, by `virDomainEventIOErrorAction`. */
export const ioErrorActions = ['none', 'pause', 'report'] as const;

/** What a block job does, by `virDomainBlockJobType`. */
export const blockJobTypes = ['unknown', 'pull', 'copy', 'commit', 'active-commit', 'backup'] as const;

/** How a block job fares, by `virConnectDomainEventBlockJobStatus`. */
export const blockJobStatuses = ['completed', 'failed', 'canceled', 'ready'] as const;

/** What became of a disk whose source was missing at the start, by `virConnectDomainEventDiskChangeReason`. */
export const diskChangeReasons = ['changed', 'dropped'] as const;

/** What became of the tray of a removable disk, by `virDomainEventTrayChangeReason`. */
export const trayChangeReasons = ['opened', 'closed'] as const;

/** Which disk of a domain an event is about: what is known of it. */
export interface DiskReference {
  /** Its name in the domain as it runs, such as `virtio-disk0`. */
  readonly alias?: string;
  /** Its name in the guest, such as `vda`; in a `domain-block-threshold` with the number of a link of its chain. */
  readonly target?: string;
  /** Where its data is on the host. */
  readonly path?: string;
}

interface DomainDiskDetail extends DomainEventDetail {
  readonly disk: DiskReference;
}

function readDiskEvent(event: TreeElement): DomainDiskDetail {
  return { ...readDomainEvent(event), disk: attributesOf(child(event, 'disk'), ['alias', 'target', 'path']) };
}

/** What a `domain-io-error` says, and a `domain-io-error-reason`. */
export interface DomainIoErrorDetail extends DomainDiskDetail {
  /** What became of the guest. */
  readonly action: WordOf<typeof ioErrorActions>;
  /** Why: `enospc`, `message`, or another word of the hypervisor's; only in a `domain-io-error-reason`, if it is known. */
  readonly reason?: string;
}

export function readIoError(event: TreeElement): DomainIoErrorDetail {
  const error = child(event, 'io-error');
  return { ...readDiskEvent(event), action: attribute(error, 'action'), ...attributesOf(error, ['reason']) };
}

/** What a `domain-block-job` says, and a `domain-block-job-2`: the disk by its `path` in the one, by its `target` in the other. */
export interface DomainBlockJobDetail extends DomainDiskDetail {
  readonly type: WordOf<typeof blockJobTypes>;
  readonly status: WordOf<typeof blockJobStatuses>;
}

export function readBlockJob(event: TreeElement): DomainBlockJobDetail {
  const job = child(event, 'block-job');
  return { ...readDiskEvent(event), type: attribute(job, 'type'), status: attribute(job, 'status') };
}

/** What a `domain-block-threshold` says. */
export interface DomainBlockThresholdDetail extends DomainDiskDetail {
  /** The threshold that was exceeded, in bytes. */
  readonly threshold: bigint;
  /** By how much, in bytes. */
  readonly excess: bigint;
}

export function readBlockThreshold(event: TreeElement): DomainBlockThresholdDetail {
  const exceeded = child(event, 'block-threshold');
  return {
    ...readDiskEvent(event),
    threshold: bigInteger(exceeded, 'threshold'),
    excess: bigInteger(exceeded, 'excess'),
  };
}

/** What a `domain-disk-change` says. */
export interface DomainDiskChangeDetail extends DomainDiskDetail {
  readonly reason: WordOf<typeof diskChangeReasons>;
  readonly oldPath?: string;
  readonly newPath?: string;
}

export function readDiskChange(event: TreeElement): DomainDiskChangeDetail {
  const change = child(event, 'disk-change');
  return {
    ...readDiskEvent(event),
    reason: attribute(change, 'reason'),
    ...present({ oldPath: change.attribute('old-path'), newPath: change.attribute('new-path') }),
  };
}

/** What a `domain-tray-change` says. */
export interface DomainTrayChangeDetail extends DomainDiskDetail {
  readonly reason: WordOf<typeof trayChangeReasons>;
}

export function readTrayChange(event: TreeElement): DomainTrayChangeDetail {
  return { ...readDiskEvent(event), reason: attribute(child(event, 'tray-change'), 'reason') };
}
