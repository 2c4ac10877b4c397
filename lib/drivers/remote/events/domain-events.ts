import {
  addressFamilies,
  blockJobStatuses,
  blockJobTypes,
  channelReasons,
  channelStates,
  diskChangeReasons,
  graphicsPhases,
  ioErrorActions,
  jobOperations,
  memoryFailureActions,
  memoryFailureRecipients,
  metadataTypes,
  trayChangeReasons,
  watchdogActions,
  wordOf,
} from '../../../event/vocabulary/words';
import type { StructuredElement } from '../../../event/write-event';
import { countLimit } from '../rpc/protocol';
import type { XdrReader } from '../rpc/xdr-reader';
import type { Decoder } from './event-context';
import { decodeLifecycle, decodeReboot } from './lifecycle-event';
import { element } from './structure';
import { parameterElement, readParameters } from './typed-parameters';
import { domainElement, readDomain, readOptionalText } from './wire-objects';

/** Decodes which domain it is, and what follows that in the message. */
function about(facts: (reader: XdrReader) => readonly StructuredElement[] = () => []): Decoder {
  return (reader, { driverType }) => {
    const domain = domainElement(readDomain(reader), driverType);
    return { content: [domain, ...facts(reader)] };
  };
}

const domainAlone = about();

/** Alone among all, these messages have a number before the domain; it is always 0 and says nothing. */
const domainAfterReason: Decoder = (reader, context) => {
  reader.int('reason');
  return domainAlone(reader, context);
};

const device = about((reader) => [readDevice(reader)]);

/** The events of domains, by the names of `eventFamilies`. The fields are those of libvirt's remote_protocol.x. */
export const domainDecoders: Readonly<Record<string, Decoder>> = {
  lifecycle: decodeLifecycle,
  reboot: decodeReboot,
  'rtc-change': about((reader) => [element('rtc', { offset: reader.hyper('offset') })]),
  watchdog: about((reader) => [element('watchdog', { action: wordOf(watchdogActions, reader.int('action')) })]),
  'io-error': about((reader) => [readDisk(reader), element('io-error', { action: readIoErrorAction(reader) })]),
  graphics: about((reader) => {
    const phase = wordOf(graphicsPhases, reader.int('phase'));
    const local = readAddress(reader, 'local');
    const remote = readAddress(reader, 'remote');
    const scheme = readOptionalText(reader, 'authScheme');
    const identities = reader.array('subject', countLimit.graphicsIdentities, readIdentity);
    return [element('graphics', { phase, 'auth-scheme': scheme }, [local, remote, ...identities])];
  }),
  'io-error-reason': about((reader) => {
    const disk = readDisk(reader);
    const action = readIoErrorAction(reader);
    return [disk, element('io-error', { action, reason: readOptionalText(reader, 'reason') })];
  }),
  'control-error': domainAlone,
  'block-job': about((reader) => [element('disk', { path: reader.text('path') }), readBlockJob(reader)]),
  'disk-change': about((reader) => {
    const oldPath = readNullableText(reader, 'oldSrcPath');
    const newPath = readNullableText(reader, 'newSrcPath');
    const disk = readDiskAlias(reader);
    const reason = wordOf(diskChangeReasons, reader.int('reason'));
    return [disk, element('disk-change', { reason, 'old-path': oldPath, 'new-path': newPath })];
  }),
  'tray-change': about((reader) => [
    readDiskAlias(reader),
    element('tray-change', { reason: wordOf(trayChangeReasons, reader.int('reason')) }),
  ]),
  'pm-wakeup': domainAfterReason,
  'pm-suspend': domainAfterReason,
  'balloon-change': about((reader) => [element('balloon', { actual: reader.unsignedHyper('actual') })]),
  'pm-suspend-disk': domainAfterReason,
  'device-removed': device,
  'block-job-2': about((reader) => [element('disk', { target: reader.text('dst') }), readBlockJob(reader)]),
  tunable: about((reader) => readParameters(reader, countLimit.tunableParameters).map(parameterElement)),
  'agent-lifecycle': about((reader) => [element('agent', readChannelState(reader))]),
  'device-added': device,
  'migration-iteration': about((reader) => [element('migration', { iteration: reader.int('iteration') })]),
  'job-completed': about((reader) => {
    const parameters = readParameters(reader, countLimit.jobParameters);
    const operation = parameters.find(({ name, type }) => name === 'operation' && type === 'int');
    const job = operation && element('job', { operation: wordOf(jobOperations, Number(operation.value)) });
    return [...(job ? [job] : []), ...parameters.map(parameterElement)];
  }),
  'device-removal-failed': device,
  'metadata-change': about((reader) => [readMetadataChange(reader)]),
  'block-threshold': about((reader) => {
    const target = reader.text('dev');
    const path = readNullableText(reader, 'path');
    const threshold = reader.unsignedHyper('threshold');
    const excess = reader.unsignedHyper('excess');
    return [element('disk', { target, path }), element('block-threshold', { threshold, excess })];
  }),
  'memory-failure': about((reader) => {
    const recipient = wordOf(memoryFailureRecipients, reader.int('recipient'));
    const action = wordOf(memoryFailureActions, reader.int('action'));
    return [element('memory-failure', { recipient, action, ...memoryFailureFlags(reader.uint('flags')) })];
  }),
  'memory-device-size-change': about((reader) => [
    readDevice(reader),
    element('memory-device', { size: reader.unsignedHyper('size') }),
  ]),
  'nic-mac-change': about((reader) => {
    const nic = readDevice(reader);
    const oldMac = reader.text('oldMAC');
    return [nic, element('mac-change', { 'old-mac': oldMac, 'new-mac': reader.text('newMAC') })];
  }),
  'vcpu-removed': about((reader) => [element('vcpu', { id: reader.uint('vcpuid') })]),
  'channel-lifecycle': about((reader) => {
    const name = reader.text('channelName');
    return [element('channel', { name, ...readChannelState(reader) })];
  }),
};

/** Reads which part of the metadata has changed; networks have such an event too. */
export function readMetadataChange(reader: XdrReader): StructuredElement {
  const type = wordOf(metadataTypes, reader.int('type'));
  return element('metadata', { type, uri: readNullableText(reader, 'nsuri') });
}

function readNullableText(reader: XdrReader, field: string): string | undefined {
  return reader.optional(field, () => reader.text(field));
}

function readDevice(reader: XdrReader): StructuredElement {
  return element('device', { alias: reader.text('devAlias') });
}

/** Where it is not known which disk it was, both are empty. */
function readDisk(reader: XdrReader): StructuredElement {
  const path = readOptionalText(reader, 'srcPath');
  return element('disk', { alias: readOptionalText(reader, 'devAlias'), path });
}

function readDiskAlias(reader: XdrReader): StructuredElement {
  return element('disk', { alias: reader.text('devAlias') });
}

function readIoErrorAction(reader: XdrReader): string {
  return wordOf(ioErrorActions, reader.int('action'));
}

function readBlockJob(reader: XdrReader): StructuredElement {
  const type = wordOf(blockJobTypes, reader.int('type'));
  return element('block-job', { type, status: wordOf(blockJobStatuses, reader.int('status')) });
}

function readAddress(reader: XdrReader, end: 'local' | 'remote'): StructuredElement {
  const family = wordOf(addressFamilies, reader.int(`${end}.family`));
  const node = readOptionalText(reader, `${end}.node`);
  return element(end, { family, node, service: readOptionalText(reader, `${end}.service`) });
}

function readIdentity(reader: XdrReader): StructuredElement {
  const type = reader.text('subject.type');
  return element('identity', { type, name: reader.text('subject.name') });
}

function readChannelState(reader: XdrReader): { readonly state: string; readonly reason: string } {
  const state = wordOf(channelStates, reader.int('state'));
  return { state, reason: wordOf(channelReasons, reader.int('reason')) };
}

/** The bits are those of `virDomainMemoryFailureFlags`. */
function memoryFailureFlags(flags: number): Record<string, boolean | number | undefined> {
  const others = (flags & ~3) >>> 0;
  return {
    'action-required': (flags & 1) !== 0,
    recursive: (flags & 2) !== 0,
    'other-flags': others === 0 ? undefined : others,
  };
}
