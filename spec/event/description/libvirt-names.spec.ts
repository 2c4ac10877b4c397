import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { libvirtNames, typeOfLibvirtName } from '../../../lib/event/description/libvirt-names';
import { doubtAboutType } from '../../../lib/event/description/type-doubts';
import { typeDescriptions } from '../../../lib/event/description/types';
import { root } from '../../support/run-program';

describe("libvirt's names", () => {
  it.each([
    ['domain-state-transition', 'VIR_DOMAIN_EVENT_ID_LIFECYCLE', 'event', 'lifecycle'],
    ['domain-io-error-reason', 'VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON', 'event', 'io-error-reason'],
    ['domain-pm-suspend-disk', 'VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK', 'event', 'pm-suspend-disk'],
    ['domain-block-job-2', 'VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2', 'event', 'block-job-2'],
    ['network-lifecycle', 'VIR_NETWORK_EVENT_ID_LIFECYCLE', 'net-event', 'lifecycle'],
    ['storage-pool-refresh', 'VIR_STORAGE_POOL_EVENT_ID_REFRESH', 'pool-event', 'refresh'],
    ['node-device-update', 'VIR_NODE_DEVICE_EVENT_ID_UPDATE', 'nodedev-event', 'update'],
    ['secret-value-changed', 'VIR_SECRET_EVENT_ID_VALUE_CHANGED', 'secret-event', 'value-changed'],
  ])('of %s are %s, and %s %s', (type, constant, command, name) => {
    expect(libvirtNames.get(type)).toEqual({ constant, command, name });
    expect(typeOfLibvirtName(constant)).toBe(type);
  });

  it('lead to types that there are, in any case of letters', () => {
    expect([...libvirtNames.keys()].filter((type) => !typeDescriptions.has(type))).toEqual([]);
    expect(typeOfLibvirtName('vir_domain_event_id_reboot')).toBe('domain-reboot');
    expect(typeOfLibvirtName('Lifecycle')).toBe('domain-state-transition');
    expect(typeOfLibvirtName('domain-lifecycle')).toBe('domain-state-transition');
    expect(typeOfLibvirtName('backup')).toBeUndefined();
  });

  it('stand in a table of docs/events.md', () => {
    const page = readFileSync(join(root, 'docs/events.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(VIR_\w+)` \| `([a-z-]+) --event ([a-z0-9-]+)` \| `([a-z0-9-]+)` \|$/gm)];
    const told = rows.map(([, constant, command, name, type]) => [type, { constant, command, name }]);
    expect(told).toEqual([...libvirtNames]);
  });
});

describe('a name in the place of a type', () => {
  it.each([...typeDescriptions.keys(), 'backup-done', 'job', 'domain-frobnicated', 'refresh', 'update', ''])(
    'raises no doubt if it is %j',
    (name) => {
      expect(doubtAboutType(name)).toBeUndefined();
    },
  );

  it.each([
    ['lifecycle', `"lifecycle" is libvirt's name for events whose type here is 'domain-state-transition'`],
    ['VIR_NETWORK_EVENT_ID_LIFECYCLE', "type here is 'network-lifecycle'"],
    [' reboot', "type here is 'domain-reboot'"],
    ['domain-rebot', `events of the type "domain-rebot"; did you mean 'domain-reboot'?`],
    ['Domain-Reboot', "did you mean 'domain-reboot'?"],
    ['domain-reboot,domain-watchdog', 'the comma included'],
    ['domain-*', `write the expression "starts-with(@type, 'domain-')"`],
    ['*-lifecycle', "a type's name has no wildcards"],
    ['domain-pm-?', "a type's name has no wildcards"],
  ])('raises a doubt if it is %j', (name, doubt) => {
    expect(doubtAboutType(name)).toContain(doubt);
  });
});
