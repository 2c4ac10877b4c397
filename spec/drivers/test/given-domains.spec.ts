import { listDomains, openConnection } from '../../../lib';
import { openTestConnection } from '../../../lib/testing';

describe('the option domains', () => {
  it('gives the domains of test:///default, in the place of its one', () => {
    using hypervisor = openTestConnection({
      domains: [
        { name: 'web', state: 'running' },
        { name: 'db', uuid: '11111111222243338444555555555555' },
      ],
    });
    const { conn, domains } = hypervisor;
    expect(listDomains(conn)).toEqual([
      { name: 'db', uuid: '11111111-2222-4333-8444-555555555555', id: -1, state: 'shutoff' },
      { name: 'web', uuid: expect.stringMatching(/^[0-9a-f-]{36}$/), id: 1, state: 'running' },
    ]);
    domains.get('web').suspend();
    expect(listDomains(conn)[1]?.state).toBe('paused');
  });

  it.each<[unknown, string]>([
    [{}, 'options.domains must be a list of domains, but is {}'],
    [[undefined], "options.domains[0] must be a domain such as { name: 'web' }, but is undefined"],
    [['web'], "options.domains[0] must be a domain such as { name: 'web' }, but is 'web'"],
    [[{ name: '' }], 'options.domains[0].name must not be empty'],
    [
      [{ name: 'a', status: 'x' }],
      'options.domains[0].status is no option; the options are name, uuid, onCrash, state',
    ],
    [[{ name: 'a', state: 'dead' }], 'options.domains[0].state must be one of nostate, running, blocked'],
    [
      [{ name: 'a' }, { name: 'a' }],
      "options.domains[1] must differ in name and UUID from those before, but is { name: 'a' }",
    ],
  ])('refuses %j', (domains, message) => {
    expect(() => openConnection('test:///default', { domains: domains as never })).toThrow(message);
  });

  it('is refused if the domains are in a file', () => {
    expect(() => openConnection('test:///node.xml', { domains: [] })).toThrow('options.domains is for test:///default');
  });
});
