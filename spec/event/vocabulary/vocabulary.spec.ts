import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { domainStates, lifecycleDetails, lifecycleEvents } from '../../../lib/event/vocabulary/domain-words';
import {
  connectionEventTypes,
  domainEventTypes,
  isKnownEventType,
  monitorEventType,
  networkEventTypes,
  nodeDeviceEventTypes,
  secretEventTypes,
  storagePoolEventTypes,
} from '../../../lib/event/vocabulary/vocabulary';
import * as words from '../../../lib/event/vocabulary/words';
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
    expect(domainEventTypes).toHaveLength(30);
    expect(domainEventTypes[0]).toBe('domain-state-transition');
    expect(domainEventTypes[11]).toBe('domain-pm-wakeup');
    expect(domainEventTypes[16]).toBe('domain-block-job-2');
    expect(domainEventTypes[29]).toBe('domain-channel-lifecycle');
  });

  it('are names of XML, each of them given once', () => {
    const names = [
      ...domainEventTypes,
      ...networkEventTypes,
      ...storagePoolEventTypes,
      ...nodeDeviceEventTypes,
      ...secretEventTypes,
      monitorEventType,
      ...connectionEventTypes,
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
  });

  it('are those of the schema', () => {
    expect(wordsInSchema('EventType')).toEqual([
      ...domainEventTypes,
      ...networkEventTypes,
      ...storagePoolEventTypes,
      ...nodeDeviceEventTypes,
      ...secretEventTypes,
      monitorEventType,
      ...connectionEventTypes,
    ]);
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
  const { wordOf, ...lists } = words;
  const hostLifecycle = [
    lists.networkLifecycleEvents,
    lists.storagePoolLifecycleEvents,
    lists.nodeDeviceLifecycleEvents,
    lists.secretLifecycleEvents,
  ];

  it('stand at the numbers of libvirt', () => {
    expect(lists.watchdogActions[6]).toBe('inject-nmi');
    expect(lists.blockJobTypes[4]).toBe('active-commit');
    expect(lists.jobOperations[10]).toBe('snapshot-delete');
    expect(lists.storagePoolLifecycleEvents[4]).toBe('created');
    expect(lists.nodeDeviceLifecycleEvents[2]).toBe('defined');
    expect(lists.secretUsageTypes[5]).toBe('vtpm');
  });

  it.each([
    ['WatchdogAction', lists.watchdogActions],
    ['IoErrorAction', lists.ioErrorActions],
    ['GraphicsPhase', lists.graphicsPhases],
    ['AddressFamily', lists.addressFamilies],
    ['BlockJobType', lists.blockJobTypes],
    ['BlockJobStatus', lists.blockJobStatuses],
    ['DiskChangeReason', lists.diskChangeReasons],
    ['TrayChangeReason', lists.trayChangeReasons],
    ['ChannelState', lists.channelStates],
    ['ChannelReason', lists.channelReasons],
    ['MetadataType', lists.metadataTypes],
    ['MemoryFailureRecipient', lists.memoryFailureRecipients],
    ['MemoryFailureAction', lists.memoryFailureActions],
    ['JobOperation', lists.jobOperations],
    ['ParameterType', lists.parameterTypes],
    ['HostLifecycleEvent', [...new Set(hostLifecycle.flat())]],
    ['SecretUsageType', lists.secretUsageTypes],
    ['CloseReason', lists.closeReasons],
  ])('are those of the schema: %s', (type, list) => {
    expect(wordsInSchema(type)).toEqual([...list]);
  });

  it('are all described', () => {
    const text = readFileSync(join(docs, 'events.md'), 'utf8');
    expect(
      Object.values(lists)
        .flat()
        .filter((word) => !text.includes(`\`${word}\``)),
    ).toEqual([]);
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
