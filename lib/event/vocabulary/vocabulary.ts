import type { DomainEventDetail, DomainStateTransitionDetail, EventsLostDetail } from './detail-types';
import type {
  DomainAgentLifecycleDetail,
  DomainBalloonChangeDetail,
  DomainBlockJobDetail,
  DomainBlockThresholdDetail,
  DomainChannelLifecycleDetail,
  DomainDeviceDetail,
  DomainDiskChangeDetail,
  DomainGraphicsDetail,
  DomainIoErrorDetail,
  DomainJobCompletedDetail,
  DomainMemoryDeviceSizeChangeDetail,
  DomainMemoryFailureDetail,
  DomainMetadataChangeDetail,
  DomainMigrationIterationDetail,
  DomainNicMacChangeDetail,
  DomainRtcChangeDetail,
  DomainTrayChangeDetail,
  DomainTunableDetail,
  DomainVcpuRemovedDetail,
  DomainWatchdogDetail,
  QemuMonitorDetail,
} from './detail-types-domain';
import type {
  ConnectionLostDetail,
  ConnectionRestoredDetail,
  ConnectionWarningDetail,
  NetworkLifecycleDetail,
  NetworkMetadataChangeDetail,
  NodeDeviceEventDetail,
  NodeDeviceLifecycleDetail,
  SecretEventDetail,
  SecretLifecycleDetail,
  StoragePoolEventDetail,
  StoragePoolLifecycleDetail,
} from './detail-types-host';

/**
 * The names of the event types that the library makes.
 *
 * Each list stands in the order of libvirt's event numbers (`VIR_DOMAIN_EVENT_ID_…` and its siblings), so that the
 * number of an event on the wire is its place in the list. The names are libvirt's own, as `virsh event --list` prints
 * them, after the name of what the event is about; only `lifecycle` of a domain is a `domain-state-transition`.
 */

/** The types of domain events, by `virDomainEventID`. */
export const domainEventTypes = [
  'domain-state-transition',
  'domain-reboot',
  'domain-rtc-change',
  'domain-watchdog',
  'domain-io-error',
  'domain-graphics',
  'domain-io-error-reason',
  'domain-control-error',
  'domain-block-job',
  'domain-disk-change',
  'domain-tray-change',
  'domain-pm-wakeup',
  'domain-pm-suspend',
  'domain-balloon-change',
  'domain-pm-suspend-disk',
  'domain-device-removed',
  'domain-block-job-2',
  'domain-tunable',
  'domain-agent-lifecycle',
  'domain-device-added',
  'domain-migration-iteration',
  'domain-job-completed',
  'domain-device-removal-failed',
  'domain-metadata-change',
  'domain-block-threshold',
  'domain-memory-failure',
  'domain-memory-device-size-change',
  'domain-nic-mac-change',
  'domain-vcpu-removed',
  'domain-channel-lifecycle',
] as const;

/** The types of network events, by `virNetworkEventID`. */
export const networkEventTypes = ['network-lifecycle', 'network-metadata-change'] as const;

/** The types of storage pool events, by `virStoragePoolEventID`. */
export const storagePoolEventTypes = ['storage-pool-lifecycle', 'storage-pool-refresh'] as const;

/** The types of node device events, by `virNodeDeviceEventID`. */
export const nodeDeviceEventTypes = ['node-device-lifecycle', 'node-device-update'] as const;

/** The types of secret events, by `virSecretEventID`. */
export const secretEventTypes = ['secret-lifecycle', 'secret-value-changed'] as const;

/** The types of events that tell about the connection itself and have no number in libvirt. */
export const connectionEventTypes = [
  'connection-lost',
  'connection-restored',
  'connection-closed',
  'connection-warning',
  'events-lost',
] as const;

/** The type of what QEMU's monitor says, passed on as it is. */
export const monitorEventType = 'qemu-monitor';

const knownEventTypes: ReadonlySet<string> = new Set([
  ...domainEventTypes,
  ...networkEventTypes,
  ...storagePoolEventTypes,
  ...nodeDeviceEventTypes,
  ...secretEventTypes,
  ...connectionEventTypes,
  monitorEventType,
]);

/** Whether a name is that of an event type which the library itself gives to events; programs may send any other. */
export function isKnownEventType(name: string): boolean {
  return knownEventTypes.has(name);
}

/** What `event.detail` holds for the events that the library decodes, by their types. */
export interface DecodedEventTypes {
  'domain-state-transition': DomainStateTransitionDetail;
  'domain-reboot': DomainEventDetail;
  'domain-rtc-change': DomainRtcChangeDetail;
  'domain-watchdog': DomainWatchdogDetail;
  'domain-io-error': DomainIoErrorDetail;
  'domain-graphics': DomainGraphicsDetail;
  'domain-io-error-reason': DomainIoErrorDetail;
  'domain-control-error': DomainEventDetail;
  'domain-block-job': DomainBlockJobDetail;
  'domain-disk-change': DomainDiskChangeDetail;
  'domain-tray-change': DomainTrayChangeDetail;
  'domain-pm-wakeup': DomainEventDetail;
  'domain-pm-suspend': DomainEventDetail;
  'domain-balloon-change': DomainBalloonChangeDetail;
  'domain-pm-suspend-disk': DomainEventDetail;
  'domain-device-removed': DomainDeviceDetail;
  'domain-block-job-2': DomainBlockJobDetail;
  'domain-tunable': DomainTunableDetail;
  'domain-agent-lifecycle': DomainAgentLifecycleDetail;
  'domain-device-added': DomainDeviceDetail;
  'domain-migration-iteration': DomainMigrationIterationDetail;
  'domain-job-completed': DomainJobCompletedDetail;
  'domain-device-removal-failed': DomainDeviceDetail;
  'domain-metadata-change': DomainMetadataChangeDetail;
  'domain-block-threshold': DomainBlockThresholdDetail;
  'domain-memory-failure': DomainMemoryFailureDetail;
  'domain-memory-device-size-change': DomainMemoryDeviceSizeChangeDetail;
  'domain-nic-mac-change': DomainNicMacChangeDetail;
  'domain-vcpu-removed': DomainVcpuRemovedDetail;
  'domain-channel-lifecycle': DomainChannelLifecycleDetail;
  'network-lifecycle': NetworkLifecycleDetail;
  'network-metadata-change': NetworkMetadataChangeDetail;
  'storage-pool-lifecycle': StoragePoolLifecycleDetail;
  'storage-pool-refresh': StoragePoolEventDetail;
  'node-device-lifecycle': NodeDeviceLifecycleDetail;
  'node-device-update': NodeDeviceEventDetail;
  'secret-lifecycle': SecretLifecycleDetail;
  'secret-value-changed': SecretEventDetail;
  'qemu-monitor': QemuMonitorDetail;
  'connection-lost': ConnectionLostDetail;
  'connection-restored': ConnectionRestoredDetail;
  'connection-closed': ConnectionLostDetail;
  'connection-warning': ConnectionWarningDetail;
  'events-lost': EventsLostDetail;
}

/**
 * The types of events that the compiler knows, with what `event.detail` holds.
 *
 * A program adds the types of its own events by declaration merging, so that `event.type === '…'` narrows to them. They have no
 * detail, whatever is declared: nothing decodes it.
 *
 * @example
 * ```ts
 * declare module 'virdeliver' {
 *   interface EventTypes {
 *     'backup-finished': undefined;
 *   }
 * }
 * ```
 */
export interface EventTypes extends DecodedEventTypes {}
