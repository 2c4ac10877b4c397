import type { TreeElement } from '../../xml/tree-element';
import { type MetadataChange, readMetadataChange } from './domain-jobs';
import { attribute, attributesOf, child, text } from './fields';
import type { OpenWord, WordOf } from './words';

/** What happened to a network, by `virNetworkEventLifecycleType`. */
export const networkLifecycleEvents = ['defined', 'undefined', 'started', 'stopped'] as const;

/** What happened to a storage pool, by `virStoragePoolEventLifecycleType`. */
export const storagePoolLifecycleEvents = ['defined', 'undefined', 'started', 'stopped', 'created', 'deleted'] as const;

/** What happened to a device of the host, by `virNodeDeviceEventLifecycleType`. */
export const nodeDeviceLifecycleEvents = ['created', 'deleted', 'defined', 'undefined'] as const;

/** What happened to a secret, by `virSecretEventLifecycleType`. */
export const secretLifecycleEvents = ['defined', 'undefined'] as const;

/** What a secret is for, by `virSecretUsageType`. */
export const secretUsageTypes = ['none', 'volume', 'ceph', 'iscsi', 'tls', 'vtpm'] as const;

/** What happened to something on the host. */
interface Lifecycle<Events extends readonly string[]> {
  readonly event: OpenWord<Events[number]>;
  /** How or why, as libvirt's number, if it is not 0; no libvirt known today says anything else. */
  readonly detail?: string;
}

function readLifecycle(event: TreeElement): Lifecycle<readonly string[]> {
  const lifecycle = child(event, 'lifecycle');
  return { event: attribute(lifecycle, 'event'), ...attributesOf(lifecycle, ['detail']) };
}

/** Which network an event is about. */
export interface NetworkReference {
  readonly name: string;
  /** In lower case with hyphens. */
  readonly uuid: string;
}

/** What a `network-lifecycle` says. */
export interface NetworkLifecycleDetail extends Lifecycle<typeof networkLifecycleEvents> {
  readonly network: NetworkReference;
}

export function readNetworkLifecycle(event: TreeElement): NetworkLifecycleDetail {
  return { network: readNamed(event, 'network'), ...readLifecycle(event) };
}

/** What a `network-metadata-change` says. */
export interface NetworkMetadataChangeDetail extends MetadataChange {
  readonly network: NetworkReference;
}

export function readNetworkMetadataChange(event: TreeElement): NetworkMetadataChangeDetail {
  return { network: readNamed(event, 'network'), ...readMetadataChange(event) };
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

export function readStoragePoolEvent(event: TreeElement): StoragePoolEventDetail {
  return { storagePool: readNamed(event, 'storage-pool') };
}

/** What a `storage-pool-lifecycle` says. */
export interface StoragePoolLifecycleDetail
  extends StoragePoolEventDetail,
    Lifecycle<typeof storagePoolLifecycleEvents> {}

export function readStoragePoolLifecycle(event: TreeElement): StoragePoolLifecycleDetail {
  return { ...readStoragePoolEvent(event), ...readLifecycle(event) };
}

/** Which device of the host an event is about. */
export interface NodeDeviceReference {
  /** Such as `pci_0000_00_1f_2`. */
  readonly name: string;
}

/** What a `node-device-update` says. */
export interface NodeDeviceEventDetail {
  readonly nodeDevice: NodeDeviceReference;
}

export function readNodeDeviceEvent(event: TreeElement): NodeDeviceEventDetail {
  return { nodeDevice: { name: text(child(event, 'node-device'), 'name') } };
}

/** What a `node-device-lifecycle` says. */
export interface NodeDeviceLifecycleDetail extends NodeDeviceEventDetail, Lifecycle<typeof nodeDeviceLifecycleEvents> {}

export function readNodeDeviceLifecycle(event: TreeElement): NodeDeviceLifecycleDetail {
  return { ...readNodeDeviceEvent(event), ...readLifecycle(event) };
}

/** Which secret an event is about. */
export interface SecretReference {
  /** In lower case with hyphens. */
  readonly uuid: string;
  /** What it is for. */
  readonly usageType: WordOf<typeof secretUsageTypes>;
  /** Which of those it is for: a volume's path, for instance; empty if it has no usage. */
  readonly usageId: string;
}

/** What a `secret-value-changed` says. */
export interface SecretEventDetail {
  readonly secret: SecretReference;
}

export function readSecretEvent(event: TreeElement): SecretEventDetail {
  const secret = child(event, 'secret');
  const usage = child(secret, 'usage');
  return { secret: { uuid: text(secret, 'uuid'), usageType: attribute(usage, 'type'), usageId: usage.text } };
}

/** What a `secret-lifecycle` says. */
export interface SecretLifecycleDetail extends SecretEventDetail, Lifecycle<typeof secretLifecycleEvents> {}

export function readSecretLifecycle(event: TreeElement): SecretLifecycleDetail {
  return { ...readSecretEvent(event), ...readLifecycle(event) };
}

function readNamed(event: TreeElement, name: string): { readonly name: string; readonly uuid: string } {
  const named = child(event, name);
  return { name: text(named, 'name'), uuid: text(named, 'uuid') };
}
