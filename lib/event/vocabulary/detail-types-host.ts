import type { OpenWord } from './detail-types';
import type {
  CloseReason,
  MetadataType,
  NetworkLifecycleEvent,
  NodeDeviceLifecycleEvent,
  SecretLifecycleEvent,
  SecretUsageType,
  StoragePoolLifecycleEvent,
} from './words';

/** What happened to something on the host. */
interface Lifecycle<Event extends string> {
  readonly event: OpenWord<Event>;
  /** How or why, as libvirt's number, where it is not 0; no libvirt known today says anything else. */
  readonly detail?: string;
}

/** Which network an event is about. */
export interface NetworkReference {
  readonly name: string;
  /** In lower case with hyphens. */
  readonly uuid: string;
}

/** What a `network-lifecycle` says. */
export interface NetworkLifecycleDetail extends Lifecycle<NetworkLifecycleEvent> {
  readonly network: NetworkReference;
}

/** What a `network-metadata-change` says. */
export interface NetworkMetadataChangeDetail {
  readonly network: NetworkReference;
  readonly type: OpenWord<MetadataType>;
  /** The XML namespace of the `element` that has changed. */
  readonly uri?: string;
}

/** Which storage pool an event is about. */
export interface StoragePoolReference {
  readonly name: string;
  /** In lower case with hyphens. */
  readonly uuid: string;
}

/** What a `storage-pool-refresh` says. */
export interface StoragePoolEventDetail {
  readonly storagePool: StoragePoolReference;
}

/** What a `storage-pool-lifecycle` says. */
export interface StoragePoolLifecycleDetail extends StoragePoolEventDetail, Lifecycle<StoragePoolLifecycleEvent> {}

/** Which device of the host an event is about. */
export interface NodeDeviceReference {
  /** Such as `pci_0000_00_1f_2`. */
  readonly name: string;
}

/** What a `node-device-update` says. */
export interface NodeDeviceEventDetail {
  readonly nodeDevice: NodeDeviceReference;
}

/** What a `node-device-lifecycle` says. */
export interface NodeDeviceLifecycleDetail extends NodeDeviceEventDetail, Lifecycle<NodeDeviceLifecycleEvent> {}

/** Which secret an event is about. */
export interface SecretReference {
  /** In lower case with hyphens. */
  readonly uuid: string;
  /** What it is for. */
  readonly usageType: OpenWord<SecretUsageType>;
  /** Which of those it is for: a volume's path, for instance; empty where it has no usage. */
  readonly usageId: string;
}

/** What a `secret-value-changed` says. */
export interface SecretEventDetail {
  readonly secret: SecretReference;
}

/** What a `secret-lifecycle` says. */
export interface SecretLifecycleDetail extends SecretEventDetail, Lifecycle<SecretLifecycleEvent> {}

/** What a `connection-lost` says, and a `connection-closed`. */
export interface ConnectionLostDetail {
  /** The connection's URI. */
  readonly uri: string;
  /** How it ended. */
  readonly reason: OpenWord<CloseReason>;
  /** The same for people; not in a `connection-closed`. */
  readonly message?: string;
}

/** What a `connection-warning` says. */
export interface ConnectionWarningDetail {
  /** The connection's URI. */
  readonly uri: string;
  /** What is not as safe as it should be, for people. */
  readonly message: string;
}

/** What a `connection-restored` says. */
export interface ConnectionRestoredDetail {
  /** The connection's URI. */
  readonly uri: string;
}
