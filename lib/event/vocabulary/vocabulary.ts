import type { LightTree } from '../../xml/light-tree';
import { TreeElement } from '../../xml/tree-element';
import { readConnectionEvent, readConnectionLost, readConnectionWarning, readEventsLost } from './connection';
import { readDomainEvent, readStateTransition } from './domain';
import {
  readAgentLifecycle,
  readBalloonChange,
  readChannelLifecycle,
  readDeviceEvent,
  readGraphics,
  readMemoryDeviceSizeChange,
  readMemoryFailure,
  readNicMacChange,
  readRtcChange,
  readVcpuRemoved,
  readWatchdog,
} from './domain-devices';
import { readBlockJob, readBlockThreshold, readDiskChange, readIoError, readTrayChange } from './domain-disks';
import {
  readDomainMetadataChange,
  readJobCompleted,
  readMigrationIteration,
  readQemuMonitor,
  readTunable,
} from './domain-jobs';
import { DetailMismatch } from './fields';
import {
  readNetworkLifecycle,
  readNetworkMetadataChange,
  readNodeDeviceEvent,
  readNodeDeviceLifecycle,
  readSecretEvent,
  readSecretLifecycle,
  readStoragePoolEvent,
  readStoragePoolLifecycle,
} from './host';
import { readCollectorAlive } from './journal';

/**
 * The types of the events that the library makes, and what reads the detail of each.
 *
 * The names are libvirt's own, as `virsh event --list` prints them, after the name of what the event is about; only
 * `lifecycle` of a domain is a `domain-state-transition`.
 */

/** The types of domain events, in the order of `virDomainEventID`. */
export const domainDetails = {
  'domain-state-transition': readStateTransition,
  'domain-reboot': readDomainEvent,
  'domain-rtc-change': readRtcChange,
  'domain-watchdog': readWatchdog,
  'domain-io-error': readIoError,
  'domain-graphics': readGraphics,
  'domain-io-error-reason': readIoError,
  'domain-control-error': readDomainEvent,
  'domain-block-job': readBlockJob,
  'domain-disk-change': readDiskChange,
  'domain-tray-change': readTrayChange,
  'domain-pm-wakeup': readDomainEvent,
  'domain-pm-suspend': readDomainEvent,
  'domain-balloon-change': readBalloonChange,
  'domain-pm-suspend-disk': readDomainEvent,
  'domain-device-removed': readDeviceEvent,
  'domain-block-job-2': readBlockJob,
  'domain-tunable': readTunable,
  'domain-agent-lifecycle': readAgentLifecycle,
  'domain-device-added': readDeviceEvent,
  'domain-migration-iteration': readMigrationIteration,
  'domain-job-completed': readJobCompleted,
  'domain-device-removal-failed': readDeviceEvent,
  'domain-metadata-change': readDomainMetadataChange,
  'domain-block-threshold': readBlockThreshold,
  'domain-memory-failure': readMemoryFailure,
  'domain-memory-device-size-change': readMemoryDeviceSizeChange,
  'domain-nic-mac-change': readNicMacChange,
  'domain-vcpu-removed': readVcpuRemoved,
  'domain-channel-lifecycle': readChannelLifecycle,
} as const;

/** The types of network events, in the order of `virNetworkEventID`. */
export const networkDetails = {
  'network-lifecycle': readNetworkLifecycle,
  'network-metadata-change': readNetworkMetadataChange,
} as const;

/** The types of storage pool events, in the order of `virStoragePoolEventID`. */
export const storagePoolDetails = {
  'storage-pool-lifecycle': readStoragePoolLifecycle,
  'storage-pool-refresh': readStoragePoolEvent,
} as const;

/** The types of node device events, in the order of `virNodeDeviceEventID`. */
export const nodeDeviceDetails = {
  'node-device-lifecycle': readNodeDeviceLifecycle,
  'node-device-update': readNodeDeviceEvent,
} as const;

/** The types of secret events, in the order of `virSecretEventID`. */
export const secretDetails = {
  'secret-lifecycle': readSecretLifecycle,
  'secret-value-changed': readSecretEvent,
} as const;

/** What QEMU's monitor says, passed on as it is. */
export const monitorDetails = { 'qemu-monitor': readQemuMonitor } as const;

/** The types of events that tell about the connection itself and have no number in libvirt. */
export const connectionDetails = {
  'connection-lost': readConnectionLost,
  'connection-restored': readConnectionEvent,
  'connection-closed': readConnectionLost,
  'connection-warning': readConnectionWarning,
  'events-lost': readEventsLost,
} as const;

/** The types of events that a journal's collector makes. */
export const journalDetails = { 'collector-alive': readCollectorAlive } as const;

/** All types, in the order of `docs/events.xsd`. */
export const eventDetails = {
  ...domainDetails,
  ...networkDetails,
  ...storagePoolDetails,
  ...nodeDeviceDetails,
  ...secretDetails,
  ...monitorDetails,
  ...connectionDetails,
  ...journalDetails,
} as const;

/** What `event.detail` holds for the events that the library decodes, by their types. */
export type DecodedEventTypes = { [Type in keyof typeof eventDetails]: ReturnType<(typeof eventDetails)[Type]> };

/** What `event.detail` can hold. */
export type EventDetail = DecodedEventTypes[keyof DecodedEventTypes];

/**
 * The types of events that the compiler knows, with what `event.detail` holds; `docs/events.md` describes each.
 *
 * A program adds the types of its own events by declaration merging, so that `event.type === '…'` narrows to them: with `undefined`, or
 * with what the decoder makes of them that the program gives to `openConnection`.
 *
 * @example
 * ```ts
 * declare module 'virdeliver' {
 *   interface EventTypes {
 *     'backup-finished': undefined;
 *     'disk-full': { readonly disk: string; readonly percent: number };
 *   }
 * }
 * ```
 */
export interface EventTypes extends DecodedEventTypes {}

const readers: ReadonlyMap<string, (event: TreeElement) => EventDetail> = new Map(Object.entries(eventDetails));

/** Whether a name is that of an event type which the library itself gives to events; programs may send any other. */
export function isKnownEventType(name: string): boolean {
  return readers.has(name);
}

/**
 * Decodes what an event says into the object that its type has in `EventTypes`; it never throws.
 *
 * @returns `undefined` if the type has no such object, or if the XML does not fit it: a piece is missing, or a number is
 *   none. Words that are not known are taken as they are.
 */
export function detailOf(type: string, tree: LightTree): EventDetail | undefined {
  try {
    return readers.get(type)?.(TreeElement.rootOf(tree));
  } catch (error) {
    if (error instanceof DetailMismatch) {
      return undefined;
    }
    throw error;
  }
}
