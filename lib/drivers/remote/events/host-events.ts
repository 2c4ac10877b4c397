import type { EventText } from '../../../event/event-text';
import {
  networkLifecycleEvents,
  nodeDeviceLifecycleEvents,
  secretLifecycleEvents,
  secretUsageTypes,
  storagePoolLifecycleEvents,
} from '../../../event/vocabulary/host';
import type {
  networkDetails,
  nodeDeviceDetails,
  secretDetails,
  storagePoolDetails,
} from '../../../event/vocabulary/vocabulary';
import { wordOf } from '../../../event/vocabulary/words';
import type { XdrReader } from '../rpc/xdr-reader';
import type { Decoder, EventRows } from './decoder';
import { copyMetadataChange } from './domain-events';

/** The events of networks. The fields of their messages are those of libvirt's remote_protocol.x. */
export const networkEvents: EventRows<typeof networkDetails> = {
  'network-lifecycle': { id: 0, procedure: 315, decode: lifecycleOf(copyNetwork, networkLifecycleEvents) },
  'network-metadata-change': { id: 1, procedure: 446, since: 9_008_000, decode: decodeNetworkMetadataChange },
};

/** The events of storage pools. */
export const storagePoolEvents: EventRows<typeof storagePoolDetails> = {
  'storage-pool-lifecycle': {
    id: 0,
    procedure: 370,
    since: 2_000_000,
    decode: lifecycleOf(copyStoragePool, storagePoolLifecycleEvents),
  },
  'storage-pool-refresh': { id: 1, procedure: 373, since: 2_000_000, decode: copyStoragePool },
};

/** The events of the host's devices. */
export const nodeDeviceEvents: EventRows<typeof nodeDeviceDetails> = {
  'node-device-lifecycle': {
    id: 0,
    procedure: 376,
    since: 2_002_000,
    decode: lifecycleOf(copyNodeDevice, nodeDeviceLifecycleEvents),
  },
  'node-device-update': { id: 1, procedure: 377, since: 2_002_000, decode: copyNodeDevice },
};

/** The events of secrets. */
export const secretEvents: EventRows<typeof secretDetails> = {
  'secret-lifecycle': {
    id: 0,
    procedure: 382,
    since: 3_000_000,
    decode: lifecycleOf(copySecret, secretLifecycleEvents),
  },
  'secret-value-changed': { id: 1, procedure: 383, since: 3_000_000, decode: copySecret },
};

/** Decodes which object it is and what happened to it; the detail is 0 in every libvirt known today, and then left out. */
function lifecycleOf(copyObject: (reader: XdrReader, event: EventText) => void, words: readonly string[]): Decoder {
  return (reader, event) => {
    copyObject(reader, event);
    event.open('lifecycle').attribute('event', wordOf(words, reader.int('event')));
    event.attribute('detail', reader.int('detail') || undefined).close('lifecycle');
  };
}

function decodeNetworkMetadataChange(reader: XdrReader, event: EventText): void {
  copyNetwork(reader, event);
  copyMetadataChange(reader, event);
}

/** `remote_nonnull_network` */
function copyNetwork(reader: XdrReader, event: EventText): void {
  copyNamed(reader, event, 'network', 'net');
}

/** `remote_nonnull_storage_pool` */
function copyStoragePool(reader: XdrReader, event: EventText): void {
  copyNamed(reader, event, 'storage-pool', 'pool');
}

function copyNamed(reader: XdrReader, event: EventText, name: string, field: string): void {
  event.open(name).element('name', reader.text(`${field}.name`));
  event.element('uuid', reader.uuid(`${field}.uuid`)).close(name);
}

/** `remote_nonnull_node_device` */
function copyNodeDevice(reader: XdrReader, event: EventText): void {
  event.open('node-device').element('name', reader.text('dev.name')).close('node-device');
}

/** `remote_nonnull_secret` */
function copySecret(reader: XdrReader, event: EventText): void {
  event.open('secret').element('uuid', reader.uuid('secret.uuid'));
  event.open('usage').attribute('type', wordOf(secretUsageTypes, reader.int('secret.usageType')));
  const id = reader.text('secret.usageID');
  if (id !== '') {
    event.text(id);
  }
  event.close('usage').close('secret');
}
