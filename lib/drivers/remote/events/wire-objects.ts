import type { EventText } from '../../../event/event-text';
import { secretUsageTypes, wordOf } from '../../../event/vocabulary/words';
import type { XdrReader } from '../rpc/xdr-reader';
import type { KnownDomain } from '../states/domain-comparison';

/** Reads a string that says nothing if it is empty. */
export function readOptionalText(reader: XdrReader, field: string): string | undefined {
  return reader.text(field) || undefined;
}

/** Reads which domain something is about (`remote_nonnull_domain` of libvirt's remote_protocol.x). */
export function readDomain(reader: XdrReader): Pick<KnownDomain, 'name' | 'uuid' | 'id'> {
  return { name: reader.text('dom.name'), uuid: reader.uuid('dom.uuid'), id: reader.int('dom.id') };
}

/** Writes which network an event is about (`remote_nonnull_network`). */
export function copyNetwork(reader: XdrReader, event: EventText): void {
  copyNamed(reader, event, 'network', 'net');
}

/** Writes which storage pool an event is about (`remote_nonnull_storage_pool`). */
export function copyStoragePool(reader: XdrReader, event: EventText): void {
  copyNamed(reader, event, 'storage-pool', 'pool');
}

/** Writes which device of the host an event is about (`remote_nonnull_node_device`). */
export function copyNodeDevice(reader: XdrReader, event: EventText): void {
  event.open('node-device').element('name', reader.text('dev.name')).close('node-device');
}

/** Writes which secret an event is about (`remote_nonnull_secret`). */
export function copySecret(reader: XdrReader, event: EventText): void {
  event.open('secret').element('uuid', reader.uuid('secret.uuid'));
  event.open('usage').attribute('type', wordOf(secretUsageTypes, reader.int('secret.usageType')));
  const id = reader.text('secret.usageID');
  if (id !== '') {
    event.text(id);
  }
  event.close('usage').close('secret');
}

function copyNamed(reader: XdrReader, event: EventText, name: string, field: string): void {
  event.open(name).element('name', reader.text(`${field}.name`));
  event.element('uuid', reader.uuid(`${field}.uuid`)).close(name);
}
