import { closeReasons } from '../vocabulary/connection';
import { domainStates, lifecycleDetails, lifecycleEvents } from '../vocabulary/domain';
import * as devices from '../vocabulary/domain-devices';
import * as disks from '../vocabulary/domain-disks';
import * as jobs from '../vocabulary/domain-jobs';
import { secretUsageTypes } from '../vocabulary/host';
import { flag, number, oneOf, optional, rare, text, uuid, type ValueDescription, word } from './values';

/** The attributes of an element, by their names. */
export type AttributeDescriptions = { readonly [name: string]: ValueDescription };

/** An element that the library's events have. */
export interface ElementDescription {
  readonly name: string;
  readonly attributes: AttributeDescriptions;
  readonly elements: readonly ElementDescription[];
  /** Its text; left out if it has none of its own. */
  readonly text?: ValueDescription;
  /** Whether it may be left out. */
  readonly optional?: true;
  /** Whether there may be several. */
  readonly repeated?: true;
}

function element(
  name: string,
  attributes: AttributeDescriptions,
  elements: readonly ElementDescription[] = [],
): ElementDescription {
  return { name, attributes, elements };
}

function withText(name: string, value: ValueDescription, attributes: AttributeDescriptions = {}): ElementDescription {
  return { name, attributes, elements: [], text: value };
}

function named(name: string, example: string, id: string): ElementDescription {
  return element(name, {}, [withText('name', text(example)), withText('uuid', uuid(id))]);
}

const state = (example: string): ValueDescription => word([...domainStates, 'absent', 'unknown'], example);

export const domain: ElementDescription = element('domain', { id: number(3), type: text('qemu') }, [
  withText('name', text('web')),
  withText('uuid', uuid('6695eb01-f6a4-8304-79aa-97f2502e193f')),
]);

export const transition: ElementDescription = element('transition', {
  from: state('running'),
  to: state('paused'),
  event: word(lifecycleEvents, 'suspended'),
  detail: word([...new Set(Object.values(lifecycleDetails).flat())], 'paused'),
  found: rare(oneOf(['by-comparison'])),
});

/** A disk, of which an event says those of these attributes that are known. */
export function disk(...names: readonly ('alias' | 'target' | 'path')[]): ElementDescription {
  const examples = { alias: 'virtio-disk0', target: 'vda', path: '/images/web.qcow2' };
  return element('disk', Object.fromEntries(names.map((name) => [name, optional(text(examples[name]))])));
}

export const ioError: ElementDescription = element('io-error', { action: word(disks.ioErrorActions, 'pause') });

export const ioErrorReason: ElementDescription = element('io-error', {
  ...ioError.attributes,
  reason: optional(text('enospc')),
});

export const blockJob: ElementDescription = element('block-job', {
  type: word(disks.blockJobTypes, 'copy'),
  status: word(disks.blockJobStatuses),
});

export const blockThreshold: ElementDescription = element('block-threshold', {
  threshold: number(1073741824),
  excess: number(65536),
});

export const diskChange: ElementDescription = element('disk-change', {
  reason: word(disks.diskChangeReasons),
  'old-path': optional(text('/images/install.iso')),
  'new-path': rare(text('')),
});

export const trayChange: ElementDescription = element('tray-change', { reason: word(disks.trayChangeReasons) });

export const device: ElementDescription = element('device', { alias: text('net0') });

export const memoryDevice: ElementDescription = element('memory-device', { size: number(524288) });

export const macChange: ElementDescription = element('mac-change', {
  'old-mac': text('52:54:00:00:00:01'),
  'new-mac': text('52:54:00:00:00:02'),
});

export const vcpu: ElementDescription = element('vcpu', { id: number(3) });

const channelFacts: AttributeDescriptions = {
  state: word(devices.channelStates, 'connected'),
  reason: word(devices.channelReasons, 'channel-event'),
};

export const agent: ElementDescription = element('agent', channelFacts);

export const channel: ElementDescription = element('channel', { name: text('org.example.control.0'), ...channelFacts });

const address: AttributeDescriptions = {
  family: word(devices.addressFamilies),
  node: optional(text('192.0.2.1')),
  service: optional(text('5900')),
};

export const graphics: ElementDescription = element(
  'graphics',
  { phase: word(devices.graphicsPhases), 'auth-scheme': optional(text('vencrypt')) },
  [
    element('local', address),
    element('remote', address),
    {
      ...element('identity', { type: text('x509dname'), name: text('CN=alice') }),
      optional: true,
      repeated: true,
    },
  ],
);

export const balloon: ElementDescription = element('balloon', { actual: number(1048576) });

export const rtc: ElementDescription = element('rtc', { offset: number(-3600) });

export const watchdog: ElementDescription = element('watchdog', { action: word(devices.watchdogActions, 'reset') });

export const memoryFailure: ElementDescription = element('memory-failure', {
  recipient: word(devices.memoryFailureRecipients, 'guest'),
  action: word(devices.memoryFailureActions, 'inject'),
  'action-required': flag('true'),
  recursive: flag('false'),
  'other-flags': rare(number(8)),
});

export const metadata: ElementDescription = element('metadata', {
  type: word(jobs.metadataTypes, 'element'),
  uri: optional(text('http://example.org/backup')),
});

export const parameter: ElementDescription = {
  ...withText('parameter', text('100'), {
    name: text('blkdeviotune.total_iops_sec'),
    type: oneOf(jobs.parameterTypes, 'ullong'),
  }),
  repeated: true,
};

export const migration: ElementDescription = element('migration', { iteration: number(2) });

export const job: ElementDescription = optional(element('job', { operation: word(jobs.jobOperations, 'save') }));

export const monitor: ElementDescription = element('monitor', { event: text('DEVICE_DELETED') }, [
  optional(withText('details', text('{"device":"net0"}'))),
]);

export const network: ElementDescription = named('network', 'default', 'dd8fe884-6c02-601e-7551-cca97df1c5df');

export const storagePool: ElementDescription = named('storage-pool', 'images', '35bb2ad9-388a-cdfe-461a-b8907f6e53fe');

export const nodeDevice: ElementDescription = element('node-device', {}, [withText('name', text('usb_1_4'))]);

export const secret: ElementDescription = element('secret', {}, [
  withText('uuid', uuid('0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f')),
  withText('usage', text('client.libvirt'), { type: word(secretUsageTypes, 'ceph') }),
]);

/** What happened to something on the host, one of the words that there are for such a thing. */
export function lifecycle(events: readonly string[]): ElementDescription {
  return element('lifecycle', { event: word(events), detail: rare(number(1)) });
}

export const connection: ElementDescription = element('connection', { uri: text('qemu:///system') });

export const close: ElementDescription = withText('close', text('the daemon does not answer pings'), {
  reason: word(closeReasons, 'keepalive'),
});

/** The same, without a text for people. */
export const closeReason: ElementDescription = element('close', close.attributes);

export const warning: ElementDescription = withText('warning', text('the daemon was not verified'));

export const lost: ElementDescription = {
  ...element('lost', { type: optional(text('domain-reboot')), count: number(11) }),
  optional: true,
  repeated: true,
};

export const error: ElementDescription = optional(
  withText('error', text('the end tag does not match'), {
    code: text('ERR_EVENT_TAG_MISMATCH'),
    line: optional(number(3)),
    column: optional(number(17)),
  }),
);

export const collector: ElementDescription = element('collector', {
  'interval-ms': number(600000),
  connected: flag('true'),
});
