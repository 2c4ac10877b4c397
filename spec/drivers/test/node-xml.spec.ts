import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { OpenError } from '../../../lib/errors';
import { RecordedDriver } from './recorded-driver';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver node '));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const open = (file: string) => new RecordedDriver({ uri: `test://${file.replaceAll(' ', '%20')}` });

/** A node with this inside; `t` is libvirt's namespace for the test driver. */
const node = (inside: string) => `<node xmlns:t="http://libvirt.org/schemas/domain/test/1.0">${inside}</node>`;
const domain = (inside: string) => `<domain type="test"><name>a</name>${inside}</domain>`;

describe('the caps on a node document', () => {
  /** One with an element so deep, its root among them. */
  const nested = (depth: number) => node('<a>'.repeat(depth - 1) + '</a>'.repeat(depth - 1));

  it('are 256 elements of depth', () => {
    expect(() => open(write('deep.xml', nested(256)))).not.toThrow();
    expect(() => open(write('deeper.xml', nested(257)))).toThrow('256');
  });

  it('are 2,000,000 elements', () => {
    expect(() => open(write('many.xml', node('<a/>'.repeat(1_999_999))))).not.toThrow();
    expect(() => open(write('more.xml', node('<a/>'.repeat(2_000_000))))).toThrow('2000000');
  });

  it('are 64 MiB', () => {
    const most = 64 * 1024 * 1024;
    const empty = node('');
    expect(() => open(write('long.xml', node(' '.repeat(most - empty.length))))).not.toThrow();
    const longer = write('longer.xml', node(' '.repeat(most - empty.length + 1)));
    expect(() => open(longer)).toThrow('is longer than the 67108864 bytes allowed');
  });
});

describe('a node document', () => {
  it('may be as libvirt takes it, and more than this driver looks at', () => {
    const file = write(
      'node.xml',
      `<?xml version="1.0"?>
      <!-- a machine with three domains -->
      <node xmlns:test="http://libvirt.org/schemas/domain/test/1.0">
        <cpu><mhz>6000</mhz><model>i986</model></cpu>
        <network file="elsewhere.xml"/>
        <auth><user password="123456">bigshot</user></auth>
        <domain type="test">
          <name> web </name>
          <uuid>
            004B96E1-2D78-C30F-5AA5-F03C87D21E69
          </uuid>
          <memory>1048576</memory>
          <os><type>hvm</type></os>
          <on_crash>coredump-restart</on_crash>
          <devices><disk/></devices>
        </domain>
        <domain type="qemu"><name>db</name><test:runstate>5</test:runstate><test:hasmanagedsave/></domain>
        <domain file="more/build.xml"/>
      </node>`,
    );
    write(
      'more/build.xml',
      `<domain type="test" xmlns:test="http://libvirt.org/schemas/domain/test/1.0">
        <name>build</name>
        <test:runstate>3</test:runstate>
        <test:domainsnapshot><name>fresh</name><state>shutoff</state><active>1</active></test:domainsnapshot>
        <test:domainsnapshot file="busy.xml"/>
      </domain>`,
    );
    write('more/busy.xml', '<domainsnapshot><name>busy</name><state>running</state></domainsnapshot>');
    const recorded = open(file);
    const seen = [...recorded.domains].map(({ name, id, state, persistent, onCrash, saved, snapshots }) => [
      ...[name, id, state, persistent, onCrash, saved],
      ...snapshots,
    ]);
    expect(seen).toEqual([
      ['build', 2, 'paused', true, 'destroy', false, 'fresh', 'busy'],
      ['db', -1, 'shutoff', true, 'destroy', true],
      ['web', 1, 'running', true, 'restart', false],
    ]);
    expect(recorded.domains.get('web').uuid).toBe('004b96e1-2d78-c30f-5aa5-f03c87d21e69');
    expect(recorded.events).toEqual([]);
    recorded.domains.get('db').restore();
    recorded.domains.get('build').revertToSnapshot('busy');
    expect(recorded.news()).toEqual([
      'db shutoff -> running, started restored',
      'build paused -> shutoff, stopped from-snapshot',
      'build shutoff -> running, started from-snapshot',
    ]);
    expect(recorded.events[0]?.xml).toContain('<domain id="3" type="qemu">');
  });

  it('may have no domains at all, and a byte order mark', () => {
    expect(open(write('empty.xml', '\uFEFF<node/>')).domains.size).toBe(0);
  });

  it.each([
    [0, 'nostate'],
    [1, 'running'],
    [2, 'blocked'],
    [3, 'paused'],
    [4, 'shutdown'],
    [5, 'shutoff'],
    [6, 'crashed'],
    [7, 'pmsuspended'],
  ])('may have a domain in runstate %i, %s', (number, state) => {
    const file = write('state.xml', node(domain(`<t:runstate>${number}</t:runstate>`)));
    expect(open(file).domains.get('a').state).toBe(state);
  });

  it('may have a transient domain', () => {
    expect(open(write('transient.xml', node(domain('<t:transient/>')))).domains.get('a').persistent).toBe(false);
  });

  it('reads the elements of the test driver in their namespace only', () => {
    expect(open(write('plain.xml', node(domain('<runstate>5</runstate>')))).domains.get('a').state).toBe('running');
  });

  it('gives a domain without a UUID one that is free, and the same each time', () => {
    const made = open(write('one.xml', node(domain('')))).domains.get('a').uuid;
    const taken = `<domain type="test"><name>b</name><uuid>${made}</uuid></domain>`;
    const file = write('two.xml', node(taken + domain('')));
    const other = open(file).domains.get('a').uuid;
    expect(other).not.toBe(made);
    expect(open(file).domains.get('a').uuid).toBe(other);
  });
});

describe('a node document is refused, with its file, the place and the fault, if', () => {
  const snapshot = (inside: string) => node(domain(`<t:domainsnapshot>${inside}</t:domainsnapshot>`));
  const first = '/node/domain[1]';
  it.each([
    ['it is another document', '<nodes/>', "the root element must be 'node', but is 'nodes'"],
    ['it is not well-formed', '<node>\n  <domain>\n</node>', /node\.xml: .* at line 3, column \d+\n/],
    ['it has a DOCTYPE', '<!DOCTYPE node><node/>', /node\.xml: .*DOCTYPE.* at line 1, column 1/],
    ['it is not UTF-8', Buffer.from('<node>\xfc</node>', 'latin1'), 'node.xml: is not UTF-8'],
    ['it is empty', '', /node\.xml: .* at line 1, column 1/],
    ['a domain has no type', node('<domain><name>a</name></domain>'), `${first}: the attribute 'type' is missing`],
    ['a domain has no name', node('<domain type="test"/>'), `${first}: the element <name> is missing`],
    [
      'a name is empty',
      node('<domain type="test"><name> </name></domain>'),
      `${first}: <name> must not be empty, but is ""`,
    ],
    [
      'a name has a slash',
      node('<domain type="test"><name>a/b</name></domain>'),
      `${first}: <name> must not contain '/' or control characters, but is "a/b"`,
    ],
    [
      'a UUID is none',
      node(domain('<uuid>zz</uuid>')),
      `${first}: <uuid> must have 32 hexadecimal digits, but is "zz"`,
    ],
    ['two domains have one name', node(domain('') + domain('')), "/node/domain[2]: another domain has the name 'a'"],
    [
      'two domains have one UUID',
      node(
        ['a', 'b']
          .map((name) => `<domain type="test"><name>${name}</name><uuid>${'1'.repeat(32)}</uuid></domain>`)
          .join(''),
      ),
      '/node/domain[2]: another domain has the UUID 11111111-1111-1111-1111-111111111111',
    ],
    [
      'a runstate is unknown',
      node(domain('<t:runstate>8</t:runstate>')),
      `${first}/t:runstate[1]: must be a number from 0 to 7, but is "8"`,
    ],
    [
      'a runstate is no number',
      node(domain('<t:runstate>off</t:runstate>')),
      `${first}/t:runstate[1]: must be a number from 0 to 7, but is "off"`,
    ],
    [
      'a transient domain is shut off',
      node(domain('<t:transient/><t:runstate>5</t:runstate>')),
      `${first}: a transient domain cannot be shut off`,
    ],
    [
      'a saved domain runs',
      node(domain('<t:hasmanagedsave/>')),
      `${first}: a domain with a managed save must be shut off: <runstate> 5`,
    ],
    [
      'a reaction to a crash is unknown',
      node(domain('<on_crash>burn</on_crash>')),
      `${first}: <on_crash> must be one of destroy, coredump-destroy, restart, rename-restart, coredump-restart, preserve, but is "burn"`,
    ],
    [
      'a snapshot has no name',
      snapshot('<state>running</state>'),
      `${first}/t:domainsnapshot[1]: the element <name> is missing`,
    ],
    [
      'a snapshot has no state',
      snapshot('<name>s</name>'),
      `${first}/t:domainsnapshot[1]: <state> must be one of nostate, running, blocked, paused, shutdown, shutoff, crashed, pmsuspended, but is missing`,
    ],
    [
      'a snapshot has an unknown state',
      snapshot('<name>s</name><state>on</state>'),
      /<state> must be one of .*, but is "on"/,
    ],
    [
      'two snapshots have one name',
      node(domain('<t:domainsnapshot><name>s</name><state>running</state></t:domainsnapshot>'.repeat(2))),
      `${first}/t:domainsnapshot[2]: another snapshot has the name 's'`,
    ],
    ['a file that it names is not there', node('<domain file="none.xml"/>'), /none\.xml: there is no such file$/],
    [
      'a file that it names holds something else',
      node('<domain file="node.xml"/>'),
      "node.xml: the root element must be 'domain', but is 'node'",
    ],
  ])('%s', (_, content, message) => {
    const file = write('node.xml', content);
    expect(() => open(file)).toThrow(OpenError);
    expect(() => open(file)).toThrow(message);
  });

  it('there is no such file, or it is a folder', () => {
    expect(() => open(join(folder, 'none.xml'))).toThrow(
      /^cannot open "test:\/\/.*none\.xml": .*none\.xml: there is no such file$/,
    );
    expect(() => open(folder)).toThrow(/is a folder, not a file$/);
    expect(() => new RecordedDriver({ uri: 'test:///a%00.xml' })).toThrow(OpenError);
  });
});

it('names the file that the fault is in, and the place in that file', () => {
  write('part.xml', '<domain type="test"><name/></domain>');
  const file = write('whole.xml', node('<domain file="part.xml"/>'));
  expect(() => open(file)).toThrow(/part\.xml: \/domain: <name> must not be empty/);
});
