import { writeDomain } from '../../../event/domain-elements';
import type { EventText } from '../../../event/event-text';
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
import { countLimit } from '../rpc/protocol';
import type { XdrReader } from '../rpc/xdr-reader';
import type { Decoder } from './event-context';
import { decodeLifecycle, decodeReboot } from './lifecycle-event';
import { readParameters, writeParameter } from './typed-parameters';
import { readDomain, readOptionalText } from './wire-objects';

/** Decodes which domain it is, and then what follows that in the message. */
function about(copyFacts: (reader: XdrReader, event: EventText) => void = () => {}): Decoder {
  return (reader, event, { driverType }) => {
    writeDomain(event, readDomain(reader), driverType);
    copyFacts(reader, event);
  };
}

const domainAlone = about();

/** Alone among all, these messages have a number before the domain; it is always 0 and says nothing. */
const domainAfterReason: Decoder = (reader, event, context) => {
  reader.int('reason');
  domainAlone(reader, event, context);
};

const device = about(copyDevice);

/** The events of domains, by the names of `eventFamilies`. The fields are those of libvirt's remote_protocol.x. */
export const domainDecoders: Readonly<Record<string, Decoder>> = {
  lifecycle: decodeLifecycle,
  reboot: decodeReboot,
  'rtc-change': about((reader, event) => {
    event.open('rtc').attribute('offset', reader.hyper('offset')).close('rtc');
  }),
  watchdog: about((reader, event) => {
    event
      .open('watchdog')
      .attribute('action', wordOf(watchdogActions, reader.int('action')))
      .close('watchdog');
  }),
  'io-error': about((reader, event) => {
    copyDisk(reader, event);
    openIoError(reader, event).close('io-error');
  }),
  graphics: about(copyGraphics),
  'io-error-reason': about((reader, event) => {
    copyDisk(reader, event);
    openIoError(reader, event).attribute('reason', readOptionalText(reader, 'reason')).close('io-error');
  }),
  'control-error': domainAlone,
  'block-job': about((reader, event) => {
    event.open('disk').attribute('path', reader.text('path')).close('disk');
    copyBlockJob(reader, event);
  }),
  'disk-change': about((reader, event) => {
    const oldPath = readNullableText(reader, 'oldSrcPath');
    const newPath = readNullableText(reader, 'newSrcPath');
    copyDiskAlias(reader, event);
    event.open('disk-change').attribute('reason', wordOf(diskChangeReasons, reader.int('reason')));
    event.attribute('old-path', oldPath).attribute('new-path', newPath).close('disk-change');
  }),
  'tray-change': about((reader, event) => {
    copyDiskAlias(reader, event);
    const reason = wordOf(trayChangeReasons, reader.int('reason'));
    event.open('tray-change').attribute('reason', reason).close('tray-change');
  }),
  'pm-wakeup': domainAfterReason,
  'pm-suspend': domainAfterReason,
  'balloon-change': about((reader, event) => {
    event.open('balloon').attribute('actual', reader.unsignedHyper('actual')).close('balloon');
  }),
  'pm-suspend-disk': domainAfterReason,
  'device-removed': device,
  'block-job-2': about((reader, event) => {
    event.open('disk').attribute('target', reader.text('dst')).close('disk');
    copyBlockJob(reader, event);
  }),
  tunable: about((reader, event) => {
    for (const parameter of readParameters(reader, countLimit.tunableParameters)) {
      writeParameter(event, parameter);
    }
  }),
  'agent-lifecycle': about((reader, event) => {
    event.open('agent');
    copyChannelState(reader, event);
    event.close('agent');
  }),
  'device-added': device,
  'migration-iteration': about((reader, event) => {
    event.open('migration').attribute('iteration', reader.int('iteration')).close('migration');
  }),
  'job-completed': about((reader, event) => {
    const parameters = readParameters(reader, countLimit.jobParameters);
    const operation = parameters.find(({ name, type }) => name === 'operation' && type === 'int');
    if (operation !== undefined) {
      event
        .open('job')
        .attribute('operation', wordOf(jobOperations, Number(operation.value)))
        .close('job');
    }
    for (const parameter of parameters) {
      writeParameter(event, parameter);
    }
  }),
  'device-removal-failed': device,
  'metadata-change': about(copyMetadataChange),
  'block-threshold': about((reader, event) => {
    event.open('disk').attribute('target', reader.text('dev'));
    event.attribute('path', readNullableText(reader, 'path')).close('disk');
    event.open('block-threshold').attribute('threshold', reader.unsignedHyper('threshold'));
    event.attribute('excess', reader.unsignedHyper('excess')).close('block-threshold');
  }),
  'memory-failure': about((reader, event) => {
    event.open('memory-failure').attribute('recipient', wordOf(memoryFailureRecipients, reader.int('recipient')));
    event.attribute('action', wordOf(memoryFailureActions, reader.int('action')));
    // The bits are those of `virDomainMemoryFailureFlags`.
    const flags = reader.uint('flags');
    event.attribute('action-required', (flags & 1) !== 0).attribute('recursive', (flags & 2) !== 0);
    event.attribute('other-flags', (flags & ~3) >>> 0 || undefined).close('memory-failure');
  }),
  'memory-device-size-change': about((reader, event) => {
    copyDevice(reader, event);
    event.open('memory-device').attribute('size', reader.unsignedHyper('size')).close('memory-device');
  }),
  'nic-mac-change': about((reader, event) => {
    copyDevice(reader, event);
    event.open('mac-change').attribute('old-mac', reader.text('oldMAC'));
    event.attribute('new-mac', reader.text('newMAC')).close('mac-change');
  }),
  'vcpu-removed': about((reader, event) => {
    event.open('vcpu').attribute('id', reader.uint('vcpuid')).close('vcpu');
  }),
  'channel-lifecycle': about((reader, event) => {
    event.open('channel').attribute('name', reader.text('channelName'));
    copyChannelState(reader, event);
    event.close('channel');
  }),
};

/** Writes which part of the metadata has changed; networks have such an event too. */
export function copyMetadataChange(reader: XdrReader, event: EventText): void {
  event.open('metadata').attribute('type', wordOf(metadataTypes, reader.int('type')));
  event.attribute('uri', readNullableText(reader, 'nsuri')).close('metadata');
}

function readNullableText(reader: XdrReader, field: string): string | undefined {
  return reader.optional(field, () => reader.text(field));
}

function copyDevice(reader: XdrReader, event: EventText): void {
  event.open('device').attribute('alias', reader.text('devAlias')).close('device');
}

/** If it is not known which disk it was, both are empty. */
function copyDisk(reader: XdrReader, event: EventText): void {
  const path = readOptionalText(reader, 'srcPath');
  event.open('disk').attribute('alias', readOptionalText(reader, 'devAlias')).attribute('path', path).close('disk');
}

function copyDiskAlias(reader: XdrReader, event: EventText): void {
  event.open('disk').attribute('alias', reader.text('devAlias')).close('disk');
}

function openIoError(reader: XdrReader, event: EventText): EventText {
  return event.open('io-error').attribute('action', wordOf(ioErrorActions, reader.int('action')));
}

function copyBlockJob(reader: XdrReader, event: EventText): void {
  event.open('block-job').attribute('type', wordOf(blockJobTypes, reader.int('type')));
  event.attribute('status', wordOf(blockJobStatuses, reader.int('status'))).close('block-job');
}

function copyGraphics(reader: XdrReader, event: EventText): void {
  event.open('graphics').attribute('phase', wordOf(graphicsPhases, reader.int('phase')));
  const local = readAddress(reader, 'local');
  const remote = readAddress(reader, 'remote');
  event.attribute('auth-scheme', readOptionalText(reader, 'authScheme'));
  for (const { end, family, node, service } of [local, remote]) {
    event.open(end).attribute('family', family).attribute('node', node).attribute('service', service).close(end);
  }
  reader.array('subject', countLimit.graphicsIdentities, () => {
    event.open('identity').attribute('type', reader.text('subject.type'));
    event.attribute('name', reader.text('subject.name')).close('identity');
  });
  event.close('graphics');
}

function readAddress(reader: XdrReader, end: 'local' | 'remote') {
  const family = wordOf(addressFamilies, reader.int(`${end}.family`));
  const node = readOptionalText(reader, `${end}.node`);
  return { end, family, node, service: readOptionalText(reader, `${end}.service`) };
}

function copyChannelState(reader: XdrReader, event: EventText): void {
  event.attribute('state', wordOf(channelStates, reader.int('state')));
  event.attribute('reason', wordOf(channelReasons, reader.int('reason')));
}
