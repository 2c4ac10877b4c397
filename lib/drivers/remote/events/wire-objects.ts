import { secretUsageTypes, wordOf } from '../../../event/vocabulary/words';
import type { StructuredElement } from '../../../event/write-event';
import type { XdrReader } from '../rpc/xdr-reader';
import type { KnownDomain } from '../states/domain-comparison';
import { element, textElement } from './structure';

/** Reads a string that says nothing where it is empty. */
export function readOptionalText(reader: XdrReader, field: string): string | undefined {
  return reader.text(field) || undefined;
}

/** Reads which domain something is about (`remote_nonnull_domain` of libvirt's remote_protocol.x). */
export function readDomain(reader: XdrReader): Pick<KnownDomain, 'name' | 'uuid' | 'id'> {
  return { name: reader.text('dom.name'), uuid: reader.uuid('dom.uuid'), id: reader.int('dom.id') };
}

/** The element that tells which domain an event is about. */
export function domainElement(
  { name, uuid, id }: Pick<KnownDomain, 'name' | 'uuid' | 'id'>,
  type: string,
): StructuredElement {
  return element('domain', { id, type }, [textElement('name', name), textElement('uuid', uuid)]);
}

/** Reads which network an event is about (`remote_nonnull_network`). */
export function readNetwork(reader: XdrReader): StructuredElement {
  return readNamed(reader, 'network', 'net');
}

/** Reads which storage pool an event is about (`remote_nonnull_storage_pool`). */
export function readStoragePool(reader: XdrReader): StructuredElement {
  return readNamed(reader, 'storage-pool', 'pool');
}

/** Reads which device of the host an event is about (`remote_nonnull_node_device`). */
export function readNodeDevice(reader: XdrReader): StructuredElement {
  return element('node-device', {}, [textElement('name', reader.text('dev.name'))]);
}

/** Reads which secret an event is about (`remote_nonnull_secret`). */
export function readSecret(reader: XdrReader): StructuredElement {
  const uuid = reader.uuid('secret.uuid');
  const type = wordOf(secretUsageTypes, reader.int('secret.usageType'));
  const id = reader.text('secret.usageID');
  return element('secret', {}, [textElement('uuid', uuid), element('usage', { type }, id === '' ? [] : [id])]);
}

function readNamed(reader: XdrReader, name: string, field: string): StructuredElement {
  const called = reader.text(`${field}.name`);
  return element(name, {}, [textElement('name', called), textElement('uuid', reader.uuid(`${field}.uuid`))]);
}
