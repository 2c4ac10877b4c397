import {
  networkLifecycleEvents,
  nodeDeviceLifecycleEvents,
  secretLifecycleEvents,
  storagePoolLifecycleEvents,
  wordOf,
} from '../../../event/vocabulary/words';
import type { StructuredElement } from '../../../event/write-event';
import type { XdrReader } from '../rpc/xdr-reader';
import { readMetadataChange } from './domain-events';
import type { Decoder } from './event-context';
import { element } from './structure';
import { readNetwork, readNodeDevice, readSecret, readStoragePool } from './wire-objects';

/** The events of networks, by the names of `eventFamilies`. The fields are those of libvirt's remote_protocol.x. */
export const networkDecoders: Readonly<Record<string, Decoder>> = {
  lifecycle: (reader) => ({ content: [readNetwork(reader), readLifecycle(reader, networkLifecycleEvents)] }),
  'metadata-change': (reader) => ({ content: [readNetwork(reader), readMetadataChange(reader)] }),
};

/** The events of storage pools, likewise. */
export const storagePoolDecoders: Readonly<Record<string, Decoder>> = {
  lifecycle: (reader) => ({ content: [readStoragePool(reader), readLifecycle(reader, storagePoolLifecycleEvents)] }),
  refresh: (reader) => ({ content: [readStoragePool(reader)] }),
};

/** The events of the host's devices, likewise. */
export const nodeDeviceDecoders: Readonly<Record<string, Decoder>> = {
  lifecycle: (reader) => ({ content: [readNodeDevice(reader), readLifecycle(reader, nodeDeviceLifecycleEvents)] }),
  update: (reader) => ({ content: [readNodeDevice(reader)] }),
};

/** The events of secrets, likewise. */
export const secretDecoders: Readonly<Record<string, Decoder>> = {
  lifecycle: (reader) => ({ content: [readSecret(reader), readLifecycle(reader, secretLifecycleEvents)] }),
  'value-changed': (reader) => ({ content: [readSecret(reader)] }),
};

/** What happened; the detail is 0 in every libvirt known today, and then left out. */
function readLifecycle(reader: XdrReader, words: readonly string[]): StructuredElement {
  const event = wordOf(words, reader.int('event'));
  return element('lifecycle', { event, detail: reader.int('detail') || undefined });
}
