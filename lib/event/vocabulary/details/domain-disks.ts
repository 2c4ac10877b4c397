import type { TreeElement } from '../../../xml/tree-element';
import type {
  DiskReference,
  DomainBlockJobDetail,
  DomainBlockThresholdDetail,
  DomainDiskChangeDetail,
  DomainIoErrorDetail,
  DomainTrayChangeDetail,
} from '../detail-types-domain';
import { domainOf } from './domain';
import { attribute, attributesOf, bigInteger, child, present } from './fields';

/** Decodes a `domain-io-error`, or a `domain-io-error-reason`. */
export function decodeIoError(event: TreeElement): DomainIoErrorDetail {
  const error = child(event, 'io-error');
  return {
    domain: domainOf(event),
    disk: diskOf(event),
    action: attribute(error, 'action'),
    ...attributesOf(error, ['reason']),
  };
}

/** Decodes a `domain-block-job`, or a `domain-block-job-2`. */
export function decodeBlockJob(event: TreeElement): DomainBlockJobDetail {
  const job = child(event, 'block-job');
  return {
    domain: domainOf(event),
    disk: diskOf(event),
    type: attribute(job, 'type'),
    status: attribute(job, 'status'),
  };
}

/** Decodes a `domain-block-threshold`. */
export function decodeBlockThreshold(event: TreeElement): DomainBlockThresholdDetail {
  const exceeded = child(event, 'block-threshold');
  return {
    domain: domainOf(event),
    disk: diskOf(event),
    threshold: bigInteger(exceeded, 'threshold'),
    excess: bigInteger(exceeded, 'excess'),
  };
}

/** Decodes a `domain-disk-change`. */
export function decodeDiskChange(event: TreeElement): DomainDiskChangeDetail {
  const change = child(event, 'disk-change');
  return {
    domain: domainOf(event),
    disk: diskOf(event),
    reason: attribute(change, 'reason'),
    ...present({ oldPath: change.attribute('old-path'), newPath: change.attribute('new-path') }),
  };
}

/** Decodes a `domain-tray-change`. */
export function decodeTrayChange(event: TreeElement): DomainTrayChangeDetail {
  return {
    domain: domainOf(event),
    disk: diskOf(event),
    reason: attribute(child(event, 'tray-change'), 'reason'),
  };
}

function diskOf(event: TreeElement): DiskReference {
  return attributesOf(child(event, 'disk'), ['alias', 'target', 'path']);
}
