import { lossCauses } from '../vocabulary/connection';
import * as host from '../vocabulary/host';
import type { eventDetails } from '../vocabulary/vocabulary';
import type { AttributeDescriptions, ElementDescription } from './elements';
import * as elements from './elements';
import { number, oneOf, optional, rare, text, time } from './values';

/** A type of event: what it tells, and what stands in it. */
export interface TypeDescription {
  readonly type: string;
  /** What it tells, in a few words. */
  readonly summary: string;
  /** The `event` element itself. */
  readonly event: ElementDescription;
}

type KnownType = keyof typeof eventDetails;

type Row = readonly [summary: string, content: readonly ElementDescription[], attributes?: AttributeDescriptions];

const { domain, device, disk, blockJob, connection, lifecycle, metadata, parameter, network, nodeDevice } = elements;

const gap: AttributeDescriptions = {
  count: optional(number(11)),
  unknown: rare(oneOf(['true'])),
  first: optional(number(101)),
  last: optional(number(111)),
  cause: oneOf(lossCauses),
};

/** What `docs/events.md` shows as a table and `docs/events.xsd` as a schema; tests hold the three against each other. */
const rows: { readonly [Type in KnownType]: Row } = {
  'domain-state-transition': [
    'a domain came from one state to another, or was defined or undefined',
    [domain, elements.transition],
  ],
  'domain-reboot': ['the guest booted again without the domain being stopped', [domain]],
  'domain-control-error': ['the daemon has lost control of a domain', [domain]],
  'domain-pm-suspend': ['the guest went to sleep, its state kept in memory', [domain]],
  'domain-pm-suspend-disk': ['the guest went to sleep, its state kept on its disk', [domain]],
  'domain-pm-wakeup': ['the guest woke up', [domain]],
  'domain-io-error': ['reading or writing a disk has failed', [domain, disk('alias', 'path'), elements.ioError]],
  'domain-io-error-reason': [
    'reading or writing a disk has failed, and why',
    [domain, disk('alias', 'path'), elements.ioErrorReason],
  ],
  'domain-block-job': ['a job on a disk is ready or has ended; the disk by its path', [domain, disk('path'), blockJob]],
  'domain-block-job-2': [
    'a job on a disk is ready or has ended; the disk by its name in the guest',
    [domain, disk('target'), blockJob],
  ],
  'domain-block-threshold': [
    'a disk has outgrown a threshold',
    [domain, disk('target', 'path'), elements.blockThreshold],
  ],
  'domain-disk-change': [
    'a disk was emptied or dropped when the domain started, since its source was missing',
    [domain, disk('alias'), elements.diskChange],
  ],
  'domain-tray-change': [
    'the tray of a removable disk was opened or closed',
    [domain, disk('alias'), elements.trayChange],
  ],
  'domain-device-added': ['a device was plugged in', [domain, device]],
  'domain-device-removed': ['a device is gone', [domain, device]],
  'domain-device-removal-failed': ['the guest would not let go of a device', [domain, device]],
  'domain-memory-device-size-change': [
    'the guest has taken or given back memory of a device',
    [domain, device, elements.memoryDevice],
  ],
  'domain-nic-mac-change': [
    'the guest has changed the MAC address of a network interface',
    [domain, device, elements.macChange],
  ],
  'domain-vcpu-removed': ['the guest has let go of a virtual processor', [domain, elements.vcpu]],
  'domain-agent-lifecycle': ['the guest agent has connected or disconnected', [domain, elements.agent]],
  'domain-channel-lifecycle': ['a program in the guest has opened or closed a channel', [domain, elements.channel]],
  'domain-graphics': ['a client connects to a display, or disconnects', [domain, elements.graphics]],
  'domain-balloon-change': ['the guest has more or less memory', [domain, elements.balloon]],
  'domain-rtc-change': ['the guest has set its clock', [domain, elements.rtc]],
  'domain-watchdog': ['a watchdog has found the guest hanging', [domain, elements.watchdog]],
  'domain-memory-failure': ['memory of the host is broken', [domain, elements.memoryFailure]],
  'domain-metadata-change': ['the description, title or metadata of a domain was changed', [domain, metadata]],
  'domain-tunable': ['limits and priorities of a domain were changed', [domain, parameter]],
  'domain-migration-iteration': ['a migration begins another pass over the memory', [domain, elements.migration]],
  'domain-job-completed': ['a save, a migration, … has ended, and what it took', [domain, elements.job, parameter]],
  'network-lifecycle': [
    'a network was defined, started, stopped or undefined',
    [network, lifecycle(host.networkLifecycleEvents)],
  ],
  'network-metadata-change': ['the description, title or metadata of a network was changed', [network, metadata]],
  'storage-pool-lifecycle': [
    'a storage pool was defined, started, stopped or undefined, created or deleted',
    [elements.storagePool, lifecycle(host.storagePoolLifecycleEvents)],
  ],
  'storage-pool-refresh': ['the volumes of a storage pool were listed again', [elements.storagePool]],
  'node-device-lifecycle': [
    'a device of the host came or went, or was defined or undefined',
    [nodeDevice, lifecycle(host.nodeDeviceLifecycleEvents)],
  ],
  'node-device-update': ['a device of the host has changed', [nodeDevice]],
  'secret-lifecycle': ['a secret was defined or undefined', [elements.secret, lifecycle(host.secretLifecycleEvents)]],
  'secret-value-changed': ['a secret has a new value', [elements.secret]],
  'qemu-monitor': ['what QEMU itself says, as it is; only on request', [domain, elements.monitor]],
  'connection-lost': ['the daemon is gone', [connection, elements.close]],
  'connection-restored': ['the daemon is back', [connection]],
  'connection-closed': ['the daemon has lost its hypervisor', [connection, elements.closeReason]],
  'connection-warning': ['the connection is not as safe as it should be', [connection, elements.warning]],
  'events-lost': ['events are missing here', [elements.lost, elements.error], gap],
  'collector-alive': ['the collector of a journal lives', [elements.collector]],
};

/** The types of the library's events, in the order of `docs/events.md`. */
export const typeDescriptions: ReadonlyMap<string, TypeDescription> = new Map(
  Object.entries(rows).map(([type, [summary, content, attributes]]) => {
    const common = {
      type: oneOf([type]),
      timestamp: time('2026-01-02T03:04:05.000000Z'),
      host: rare(text('kvm-17')),
    };
    return [
      type,
      { type, summary, event: { name: 'event', attributes: { ...common, ...attributes }, elements: content } },
    ];
  }),
);
