import type { EventText } from '../../../event/event-text';
import {
  networkLifecycleEvents,
  nodeDeviceLifecycleEvents,
  secretLifecycleEvents,
  storagePoolLifecycleEvents,
  wordOf,
} from '../../../event/vocabulary/words';
import type { XdrReader } from '../rpc/xdr-reader';
import { copyMetadataChange } from './domain-events';
import type { Decoder } from './event-context';
import { copyNetwork, copyNodeDevice, copySecret, copyStoragePool } from './wire-objects';

/** The events of networks, by the names of `eventFamilies`. The fields are those of libvirt's remote_protocol.x. */
export const networkDecoders: Readonly<Record<string, Decoder>> = {
  lifecycle: lifecycleOf(copyNetwork, networkLifecycleEvents),
  'metadata-change': (reader, event) => {
    copyNetwork(reader, event);
    copyMetadataChange(reader, event);
  },
};

/** The events of storage pools, likewise. */
export const storagePoolDecoders: Readonly<Record<string, Decoder>> = {
  lifecycle: lifecycleOf(copyStoragePool, storagePoolLifecycleEvents),
  refresh: copyStoragePool,
};

/** The events of the host's devices, likewise. */
export const nodeDeviceDecoders: Readonly<Record<string, Decoder>> = {
  lifecycle: lifecycleOf(copyNodeDevice, nodeDeviceLifecycleEvents),
  update: copyNodeDevice,
};

/** The events of secrets, likewise. */
export const secretDecoders: Readonly<Record<string, Decoder>> = {
  lifecycle: lifecycleOf(copySecret, secretLifecycleEvents),
  'value-changed': copySecret,
};

/** Decodes which object it is and what happened to it; the detail is 0 in every libvirt known today, and then left out. */
function lifecycleOf(copyObject: (reader: XdrReader, event: EventText) => void, words: readonly string[]): Decoder {
  return (reader, event) => {
    copyObject(reader, event);
    event.open('lifecycle').attribute('event', wordOf(words, reader.int('event')));
    event.attribute('detail', reader.int('detail') || undefined).close('lifecycle');
  };
}
