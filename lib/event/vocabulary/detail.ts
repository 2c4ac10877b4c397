import type { LightTree } from '../../xml/light-tree';
import { TreeElement } from '../../xml/tree-element';
import {
  decodeConnectionLost,
  decodeConnectionRestored,
  decodeConnectionWarning,
  decodeEventsLost,
} from './details/connection';
import { decodeDomainEvent, decodeStateTransition } from './details/domain';
import {
  decodeAgentLifecycle,
  decodeBalloonChange,
  decodeChannelLifecycle,
  decodeDeviceEvent,
  decodeGraphics,
  decodeMemoryDeviceSizeChange,
  decodeMemoryFailure,
  decodeNicMacChange,
  decodeRtcChange,
  decodeVcpuRemoved,
  decodeWatchdog,
} from './details/domain-devices';
import {
  decodeBlockJob,
  decodeBlockThreshold,
  decodeDiskChange,
  decodeIoError,
  decodeTrayChange,
} from './details/domain-disks';
import {
  decodeJobCompleted,
  decodeMetadataChange,
  decodeMigrationIteration,
  decodeQemuMonitor,
  decodeTunable,
} from './details/domain-jobs';
import { Misfit } from './details/fields';
import {
  decodeNetworkLifecycle,
  decodeNetworkMetadataChange,
  decodeNodeDeviceEvent,
  decodeNodeDeviceLifecycle,
  decodeSecretEvent,
  decodeSecretLifecycle,
  decodeStoragePoolEvent,
  decodeStoragePoolLifecycle,
} from './details/host-objects';
import type { DecodedEventTypes } from './vocabulary';

/**
 * Decodes what an event says into the object that its type has in `DecodedEventTypes`; it never throws.
 *
 * @returns `undefined` where the type has no such object, or where the XML does not fit it: a piece is missing, or a
 *   number is none. Words that are not known are taken as they are.
 */
export function detailOf(type: string, tree: LightTree): DecodedEventTypes[keyof DecodedEventTypes] | undefined {
  const decode = table.get(type);
  if (decode === undefined) {
    return undefined;
  }
  try {
    return decode(TreeElement.rootOf(tree));
  } catch (error) {
    if (error instanceof Misfit) {
      return undefined;
    }
    throw error;
  }
}

const decoders: {
  readonly [Type in keyof DecodedEventTypes]: (event: TreeElement) => DecodedEventTypes[Type];
} = {
  'domain-state-transition': decodeStateTransition,
  'domain-reboot': decodeDomainEvent,
  'domain-rtc-change': decodeRtcChange,
  'domain-watchdog': decodeWatchdog,
  'domain-io-error': decodeIoError,
  'domain-graphics': decodeGraphics,
  'domain-io-error-reason': decodeIoError,
  'domain-control-error': decodeDomainEvent,
  'domain-block-job': decodeBlockJob,
  'domain-disk-change': decodeDiskChange,
  'domain-tray-change': decodeTrayChange,
  'domain-pm-wakeup': decodeDomainEvent,
  'domain-pm-suspend': decodeDomainEvent,
  'domain-balloon-change': decodeBalloonChange,
  'domain-pm-suspend-disk': decodeDomainEvent,
  'domain-device-removed': decodeDeviceEvent,
  'domain-block-job-2': decodeBlockJob,
  'domain-tunable': decodeTunable,
  'domain-agent-lifecycle': decodeAgentLifecycle,
  'domain-device-added': decodeDeviceEvent,
  'domain-migration-iteration': decodeMigrationIteration,
  'domain-job-completed': decodeJobCompleted,
  'domain-device-removal-failed': decodeDeviceEvent,
  'domain-metadata-change': decodeMetadataChange,
  'domain-block-threshold': decodeBlockThreshold,
  'domain-memory-failure': decodeMemoryFailure,
  'domain-memory-device-size-change': decodeMemoryDeviceSizeChange,
  'domain-nic-mac-change': decodeNicMacChange,
  'domain-vcpu-removed': decodeVcpuRemoved,
  'domain-channel-lifecycle': decodeChannelLifecycle,
  'network-lifecycle': decodeNetworkLifecycle,
  'network-metadata-change': decodeNetworkMetadataChange,
  'storage-pool-lifecycle': decodeStoragePoolLifecycle,
  'storage-pool-refresh': decodeStoragePoolEvent,
  'node-device-lifecycle': decodeNodeDeviceLifecycle,
  'node-device-update': decodeNodeDeviceEvent,
  'secret-lifecycle': decodeSecretLifecycle,
  'secret-value-changed': decodeSecretEvent,
  'qemu-monitor': decodeQemuMonitor,
  'connection-lost': decodeConnectionLost,
  'connection-restored': decodeConnectionRestored,
  'connection-closed': decodeConnectionLost,
  'connection-warning': decodeConnectionWarning,
  'events-lost': decodeEventsLost,
};

const table: ReadonlyMap<string, (event: TreeElement) => DecodedEventTypes[keyof DecodedEventTypes]> = new Map(
  Object.entries(decoders),
);
