import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from '../../lib/event/dom';
import { childrenOf } from '../../lib/event/dom-children';
import {
  domainEventTypes,
  isKnownEventType,
  networkEventTypes,
  nodeDeviceEventTypes,
  secretEventTypes,
  storagePoolEventTypes,
} from '../../lib/event/vocabulary';
import { domainStates, lifecycleDetails, lifecycleEvents } from '../../lib/event/vocabulary-domain';

const docs = join(__dirname, '../../docs');

/** The words that a simple type in `docs/events.xsd` lists. */
function wordsInSchema(type: string): string[] {
  const xs = 'http://www.w3.org/2001/XMLSchema';
  const schema = parseDocument(readFileSync(join(docs, 'events.xsd'), 'utf8')).documentElement!;
  const found = childrenOf(schema, 'simpleType', xs).find((element) => element.getAttribute('name') === type)!;
  const [restriction] = childrenOf(found, 'restriction', xs);
  return childrenOf(restriction!, 'enumeration', xs).map((element) => element.getAttribute('value')!);
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
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
  });

  it('are those of the library where the schema names them', () => {
    expect(wordsInSchema('EventType').filter((name) => !isKnownEventType(name))).toEqual([]);
  });
});

describe('the words of a transition', () => {
  it('stand at the numbers of libvirt', () => {
    expect(domainStates[5]).toBe('shut-off');
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
