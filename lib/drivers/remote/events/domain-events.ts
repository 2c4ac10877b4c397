import type { EventText } from '../../../event/event-text';
import {
  addressFamilies,
  channelReasons,
  channelStates,
  graphicsPhases,
  memoryFailureActions,
  memoryFailureRecipients,
  watchdogActions,
} from '../../../event/vocabulary/domain-devices';
import {
  blockJobStatuses,
  blockJobTypes,
  diskChangeReasons,
  ioErrorActions,
  trayChangeReasons,
} from '../../../event/vocabulary/domain-disks';
import { jobOperations, metadataTypes } from '../../../event/vocabulary/domain-jobs';
import type { domainDetails } from '../../../event/vocabulary/vocabulary';
import { wordOf } from '../../../event/vocabulary/words';
import { countLimit } from '../rpc/protocol';
import type { XdrReader } from '../rpc/xdr-reader';
import type { Decoder, EventRows } from './decoder';
import { decodeLifecycle, decodeReboot } from './lifecycle-event';
import { readDomain } from './told-domain';
import { readParameter, writeParameter } from './typed-parameters';

/** Decodes which domain it is, and then what follows that in the message. */
function about(copyFacts: (reader: XdrReader, event: EventText) => void = () => {}): Decoder {
  return (reader, event, { driverType }) => {
    event.whole(readDomain(reader).element(driverType));
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

/** The events of domains. The fields of their messages are those of libvirt's remote_protocol.x. */
export const domainEvents: EventRows<typeof domainDetails> = {
  'domain-state-transition': { id: 0, procedure: 318, decode: decodeLifecycle },
  'domain-reboot': { id: 1, procedure: 319, decode: decodeReboot },
  'domain-rtc-change': { id: 2, procedure: 320, decode: about(copyRtcChange) },
  'domain-watchdog': { id: 3, procedure: 321, decode: about(copyWatchdog) },
  'domain-io-error': { id: 4, procedure: 322, decode: about(copyIoError) },
  'domain-graphics': { id: 5, procedure: 323, decode: about(copyGraphics) },
  'domain-io-error-reason': { id: 6, procedure: 324, decode: about(copyIoErrorReason) },
  'domain-control-error': { id: 7, procedure: 325, decode: domainAlone },
  'domain-block-job': { id: 8, procedure: 326, decode: about(copyBlockJob) },
  'domain-disk-change': { id: 9, procedure: 327, decode: about(copyDiskChange) },
  'domain-tray-change': { id: 10, procedure: 328, decode: about(copyTrayChange) },
  'domain-pm-wakeup': { id: 11, procedure: 329, decode: domainAfterReason },
  'domain-pm-suspend': { id: 12, procedure: 330, decode: domainAfterReason },
  'domain-balloon-change': { id: 13, procedure: 331, decode: about(copyBalloonChange) },
  'domain-pm-suspend-disk': { id: 14, procedure: 332, decode: domainAfterReason },
  'domain-device-removed': { id: 15, procedure: 333, decode: device },
  'domain-block-job-2': { id: 16, procedure: 339, since: 1_002_006, decode: about(copyBlockJob2) },
  'domain-tunable': { id: 17, procedure: 346, since: 1_002_009, decode: about(copyTunable) },
  'domain-agent-lifecycle': { id: 18, procedure: 348, since: 1_002_011, decode: about(copyAgentLifecycle) },
  'domain-device-added': { id: 19, procedure: 354, since: 1_002_015, decode: device },
  'domain-migration-iteration': { id: 20, procedure: 359, since: 1_003_002, decode: about(copyMigrationIteration) },
  'domain-job-completed': { id: 21, procedure: 363, since: 1_003_003, decode: about(copyJobCompleted) },
  'domain-device-removal-failed': { id: 22, procedure: 367, since: 1_003_004, decode: device },
  'domain-metadata-change': { id: 23, procedure: 379, since: 3_000_000, decode: about(copyMetadataChange) },
  'domain-block-threshold': { id: 24, procedure: 385, since: 3_002_000, decode: about(copyBlockThreshold) },
  'domain-memory-failure': { id: 25, procedure: 423, since: 6_009_000, decode: about(copyMemoryFailure) },
  'domain-memory-device-size-change': {
    id: 26,
    procedure: 438,
    since: 7_009_000,
    decode: about(copyMemoryDeviceSizeChange),
  },
  'domain-nic-mac-change': { id: 27, procedure: 453, since: 11_002_000, decode: about(copyNicMacChange) },
  'domain-vcpu-removed': { id: 28, procedure: 454, since: 12_004_000, decode: about(copyVcpuRemoved) },
  'domain-channel-lifecycle': { id: 29, procedure: 455, since: 12_004_000, decode: about(copyChannelLifecycle) },
};

function copyRtcChange(reader: XdrReader, event: EventText): void {
  event.open('rtc').attribute('offset', reader.hyper('offset')).close('rtc');
}

function copyWatchdog(reader: XdrReader, event: EventText): void {
  event
    .open('watchdog')
    .attribute('action', wordOf(watchdogActions, reader.int('action')))
    .close('watchdog');
}

function copyIoError(reader: XdrReader, event: EventText): void {
  copyDisk(reader, event);
  openIoError(reader, event).close('io-error');
}

function copyIoErrorReason(reader: XdrReader, event: EventText): void {
  copyDisk(reader, event);
  openIoError(reader, event).attribute('reason', readOptionalText(reader, 'reason')).close('io-error');
}

function copyBlockJob(reader: XdrReader, event: EventText): void {
  event.open('disk').attribute('path', reader.text('path')).close('disk');
  copyJobStatus(reader, event);
}

function copyDiskChange(reader: XdrReader, event: EventText): void {
  const oldPath = readNullableText(reader, 'oldSrcPath');
  const newPath = readNullableText(reader, 'newSrcPath');
  copyDiskAlias(reader, event);
  event.open('disk-change').attribute('reason', wordOf(diskChangeReasons, reader.int('reason')));
  event.attribute('old-path', oldPath).attribute('new-path', newPath).close('disk-change');
}

function copyTrayChange(reader: XdrReader, event: EventText): void {
  copyDiskAlias(reader, event);
  const reason = wordOf(trayChangeReasons, reader.int('reason'));
  event.open('tray-change').attribute('reason', reason).close('tray-change');
}

function copyBalloonChange(reader: XdrReader, event: EventText): void {
  event.open('balloon').attribute('actual', reader.unsignedHyper('actual')).close('balloon');
}

function copyBlockJob2(reader: XdrReader, event: EventText): void {
  event.open('disk').attribute('target', reader.text('dst')).close('disk');
  copyJobStatus(reader, event);
}

function copyTunable(reader: XdrReader, event: EventText): void {
  reader.array('params', countLimit.tunableParameters, () => writeParameter(event, readParameter(reader)));
}

function copyAgentLifecycle(reader: XdrReader, event: EventText): void {
  event.open('agent');
  copyChannelState(reader, event);
  event.close('agent');
}

function copyMigrationIteration(reader: XdrReader, event: EventText): void {
  event.open('migration').attribute('iteration', reader.int('iteration')).close('migration');
}

function copyJobCompleted(reader: XdrReader, event: EventText): void {
  const parameters = reader.array('params', countLimit.jobParameters, readParameter);
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
}

function copyBlockThreshold(reader: XdrReader, event: EventText): void {
  event.open('disk').attribute('target', reader.text('dev'));
  event.attribute('path', readNullableText(reader, 'path')).close('disk');
  event.open('block-threshold').attribute('threshold', reader.unsignedHyper('threshold'));
  event.attribute('excess', reader.unsignedHyper('excess')).close('block-threshold');
}

function copyMemoryFailure(reader: XdrReader, event: EventText): void {
  event.open('memory-failure').attribute('recipient', wordOf(memoryFailureRecipients, reader.int('recipient')));
  event.attribute('action', wordOf(memoryFailureActions, reader.int('action')));
  // The bits are those of `virDomainMemoryFailureFlags`.
  const flags = reader.uint('flags');
  event.attribute('action-required', (flags & 1) !== 0).attribute('recursive', (flags & 2) !== 0);
  event.attribute('other-flags', (flags & ~3) >>> 0 || undefined).close('memory-failure');
}

function copyMemoryDeviceSizeChange(reader: XdrReader, event: EventText): void {
  copyDevice(reader, event);
  event.open('memory-device').attribute('size', reader.unsignedHyper('size')).close('memory-device');
}

function copyNicMacChange(reader: XdrReader, event: EventText): void {
  copyDevice(reader, event);
  event.open('mac-change').attribute('old-mac', reader.text('oldMAC'));
  event.attribute('new-mac', reader.text('newMAC')).close('mac-change');
}

function copyVcpuRemoved(reader: XdrReader, event: EventText): void {
  event.open('vcpu').attribute('id', reader.uint('vcpuid')).close('vcpu');
}

function copyChannelLifecycle(reader: XdrReader, event: EventText): void {
  event.open('channel').attribute('name', reader.text('channelName'));
  copyChannelState(reader, event);
  event.close('channel');
}

/** Writes which part of the metadata has changed; networks have such an event too. */
export function copyMetadataChange(reader: XdrReader, event: EventText): void {
  event.open('metadata').attribute('type', wordOf(metadataTypes, reader.int('type')));
  event.attribute('uri', readNullableText(reader, 'nsuri')).close('metadata');
}

/** Reads a string that says nothing if it is empty. */
function readOptionalText(reader: XdrReader, field: string): string | undefined {
  return reader.text(field) || undefined;
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

function copyJobStatus(reader: XdrReader, event: EventText): void {
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

/** Decodes an event of QEMU's monitor (`qemu_domain_monitor_event_msg` of libvirt's qemu_protocol.x). */
export const decodeMonitorEvent: Decoder = about((reader, event) => {
  event.open('monitor').attribute('event', reader.text('event'));
  const timestamp = timestampOf(reader.hyper('seconds'), reader.uint('micros'));
  if (timestamp !== undefined) {
    event.at(timestamp);
  }
  reader.optional('details', () => event.element('details', reader.text('details')));
  event.close('monitor');
});

/** The last second of the year 9999, the last year that a time stamp can tell. */
const LAST_SECOND = 253_402_300_799n;

/** When it happened by the monitor's clock; nothing if that is not a time, as from a host without a clock. */
function timestampOf(seconds: bigint, micros: number): string | undefined {
  if (seconds < 0n || seconds > LAST_SECOND || micros > 999_999) {
    return undefined;
  }
  const wholeSeconds = new Date(Number(seconds) * 1000).toISOString().slice(0, -'000Z'.length);
  return `${wholeSeconds}${String(micros).padStart(6, '0')}Z`;
}
