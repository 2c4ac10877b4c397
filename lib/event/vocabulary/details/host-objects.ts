import type { TreeElement } from '../../../xml/tree-element';
import type {
  NetworkLifecycleDetail,
  NetworkMetadataChangeDetail,
  NetworkReference,
  NodeDeviceEventDetail,
  NodeDeviceLifecycleDetail,
  SecretEventDetail,
  SecretLifecycleDetail,
  StoragePoolEventDetail,
  StoragePoolLifecycleDetail,
} from '../detail-types-host';
import { attribute, attributesOf, child, text } from './fields';

/** Decodes a `network-lifecycle`. */
export function decodeNetworkLifecycle(event: TreeElement): NetworkLifecycleDetail {
  return { network: namedOf(event, 'network'), ...lifecycleOf(event) };
}

/** Decodes a `network-metadata-change`. */
export function decodeNetworkMetadataChange(event: TreeElement): NetworkMetadataChangeDetail {
  const metadata = child(event, 'metadata');
  return {
    network: namedOf(event, 'network'),
    type: attribute(metadata, 'type'),
    ...attributesOf(metadata, ['uri']),
  };
}

/** Decodes a `storage-pool-lifecycle`. */
export function decodeStoragePoolLifecycle(event: TreeElement): StoragePoolLifecycleDetail {
  return { ...decodeStoragePoolEvent(event), ...lifecycleOf(event) };
}

/** Decodes an event that tells no more than which storage pool it is about. */
export function decodeStoragePoolEvent(event: TreeElement): StoragePoolEventDetail {
  return { storagePool: namedOf(event, 'storage-pool') };
}

/** Decodes a `node-device-lifecycle`. */
export function decodeNodeDeviceLifecycle(event: TreeElement): NodeDeviceLifecycleDetail {
  return { ...decodeNodeDeviceEvent(event), ...lifecycleOf(event) };
}

/** Decodes an event that tells no more than which device of the host it is about. */
export function decodeNodeDeviceEvent(event: TreeElement): NodeDeviceEventDetail {
  return { nodeDevice: { name: text(child(event, 'node-device'), 'name') } };
}

/** Decodes a `secret-lifecycle`. */
export function decodeSecretLifecycle(event: TreeElement): SecretLifecycleDetail {
  return { ...decodeSecretEvent(event), ...lifecycleOf(event) };
}

/** Decodes an event that tells no more than which secret it is about. */
export function decodeSecretEvent(event: TreeElement): SecretEventDetail {
  const secret = child(event, 'secret');
  const usage = child(secret, 'usage');
  return {
    secret: { uuid: text(secret, 'uuid'), usageType: attribute(usage, 'type'), usageId: usage.text },
  };
}

function namedOf(event: TreeElement, name: string): NetworkReference {
  const named = child(event, name);
  return { name: text(named, 'name'), uuid: text(named, 'uuid') };
}

function lifecycleOf(event: TreeElement): { readonly event: string; readonly detail?: string } {
  const lifecycle = child(event, 'lifecycle');
  return { event: attribute(lifecycle, 'event'), ...attributesOf(lifecycle, ['detail']) };
}
