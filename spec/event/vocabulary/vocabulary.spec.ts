import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as connection from '../../../lib/event/vocabulary/connection';
import { domainStates, lifecycleDetails, lifecycleEvents } from '../../../lib/event/vocabulary/domain';
import * as devices from '../../../lib/event/vocabulary/domain-devices';
import * as disks from '../../../lib/event/vocabulary/domain-disks';
import * as jobs from '../../../lib/event/vocabulary/domain-jobs';
import * as host from '../../../lib/event/vocabulary/host';
import { domainDetails, eventDetails, isKnownEventType } from '../../../lib/event/vocabulary/vocabulary';
import { wordOf } from '../../../lib/event/vocabulary/words';
import { defaultEventLimits } from '../../../lib/xml/limits';
import { readTree } from '../../../lib/xml/read-tree';
import { TreeElement } from '../../../lib/xml/tree-element';

const docs = join(__dirname, '../../../docs');

/** The words that a simple type in `docs/events.xsd` lists. */
function wordsInSchema(name: string): string[] {
  const xs = 'http://www.w3.org/2001/XMLSchema';
  const schema = TreeElement.rootOf(readTree(readFileSync(join(docs, 'events.xsd'), 'utf8'), defaultEventLimits));
  const found = schema.children('simpleType', xs).find((element) => element.attribute('name') === name)!;
  // A type that takes numbers too is a union with the one that lists the words.
  const [union] = found.children('union', xs);
  const [type] = union === undefined ? [found] : union.children('simpleType', xs);
  const [restriction] = type!.children('restriction', xs);
  return restriction!.children('enumeration', xs).map((element) => element.attribute('value')!);
}

describe('the names of event types', () => {
  it('are known to the library', () => {
    const names = ['domain-state-transition', 'domain-block-job-2', 'network-lifecycle', 'events-lost', 'qemu-monitor'];
    expect(names.filter((name) => !isKnownEventType(name))).toEqual([]);
  });

  it('are taken to the letter', () => {
    const others = [
      '',
      'lifecycle',
      'domain-lifecycle',
      'Domain-Reboot',
      ' domain-reboot',
      'toString',
      'backup-finished',
    ];
    expect(others.filter(isKnownEventType)).toEqual([]);
  });

  it('stand at the numbers of libvirt', () => {
    const types = Object.keys(domainDetails);
    expect(types).toHaveLength(30);
    expect(types[0]).toBe('domain-state-transition');
    expect(types[11]).toBe('domain-pm-wakeup');
    expect(types[16]).toBe('domain-block-job-2');
    expect(types[29]).toBe('domain-channel-lifecycle');
  });

  it('are names of XML, each of them given once', () => {
    const names = Object.keys(eventDetails);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
  });

  it('are those of the schema', () => {
    expect(wordsInSchema('EventType')).toEqual(Object.keys(eventDetails));
  });
});

describe('the words of a transition', () => {
  it('stand at the numbers of libvirt', () => {
    expect(domainStates[5]).toBe('shutoff');
    expect(lifecycleEvents[7]).toBe('pmsuspended');
    expect(lifecycleDetails.suspended[9]).toBe('guest-shutdown');
    expect(lifecycleDetails.stopped[6]).toBe('from-snapshot');
    expect(Object.keys(lifecycleDetails)).toEqual([...lifecycleEvents]);
  });

  it('are those of the schema', () => {
    expect(wordsInSchema('TransitionState')).toEqual([...domainStates, 'absent']);
    expect(wordsInSchema('LifecycleEvent')).toEqual([...lifecycleEvents]);
    expect(wordsInSchema('LifecycleDetail')).toEqual([...new Set(Object.values(lifecycleDetails).flat())]);
  });

  it('are all described', () => {
    const text = readFileSync(join(docs, 'events.md'), 'utf8');
    const words = [...domainStates, 'absent', ...lifecycleEvents, ...Object.values(lifecycleDetails).flat()];
    expect(words.filter((word) => !text.includes(`\`${word}\``))).toEqual([]);
  });
});

describe('the other words', () => {
  const modules: readonly object[] = [connection, devices, disks, jobs, host];
  const all = modules
    .flatMap((module) => Object.values(module))
    .filter(Array.isArray)
    .flat() as string[];
  const hostLifecycle = [
    host.networkLifecycleEvents,
    host.storagePoolLifecycleEvents,
    host.nodeDeviceLifecycleEvents,
    host.secretLifecycleEvents,
  ];

  it('stand at the numbers of libvirt', () => {
    expect(devices.watchdogActions[6]).toBe('inject-nmi');
    expect(disks.blockJobTypes[4]).toBe('active-commit');
    expect(jobs.jobOperations[10]).toBe('snapshot-delete');
    expect(host.storagePoolLifecycleEvents[4]).toBe('created');
    expect(host.nodeDeviceLifecycleEvents[2]).toBe('defined');
    expect(host.secretUsageTypes[5]).toBe('vtpm');
  });

  it.each([
    ['WatchdogAction', devices.watchdogActions],
    ['IoErrorAction', disks.ioErrorActions],
    ['GraphicsPhase', devices.graphicsPhases],
    ['AddressFamily', devices.addressFamilies],
    ['BlockJobType', disks.blockJobTypes],
    ['BlockJobStatus', disks.blockJobStatuses],
    ['DiskChangeReason', disks.diskChangeReasons],
    ['TrayChangeReason', disks.trayChangeReasons],
    ['ChannelState', devices.channelStates],
    ['ChannelReason', devices.channelReasons],
    ['MetadataType', jobs.metadataTypes],
    ['MemoryFailureRecipient', devices.memoryFailureRecipients],
    ['MemoryFailureAction', devices.memoryFailureActions],
    ['JobOperation', jobs.jobOperations],
    ['ParameterType', jobs.parameterTypes],
    ['HostLifecycleEvent', [...new Set(hostLifecycle.flat())]],
    ['SecretUsageType', host.secretUsageTypes],
    ['CloseReason', connection.closeReasons],
    ['LossCause', connection.lossCauses],
  ])('are those of the schema: %s', (type, list) => {
    expect(wordsInSchema(type)).toEqual([...list]);
  });

  it('are all described', () => {
    const text = readFileSync(join(docs, 'events.md'), 'utf8');
    expect(all).toHaveLength(98);
    expect(all.filter((word) => !text.includes(`\`${word}\``))).toEqual([]);
  });

  it('stand for their numbers, and other numbers for themselves', () => {
    expect([-1, 0, 2, 3, 2147483647].map((number) => wordOf(['a', 'b', 'c'], number))).toEqual([
      '-1',
      'a',
      'c',
      '3',
      '2147483647',
    ]);
  });
});
