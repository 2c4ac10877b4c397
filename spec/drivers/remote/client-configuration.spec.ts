import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ClientConfiguration,
  readClientConfiguration,
  resolveUri,
} from '../../../lib/drivers/remote/client-configuration';
import { type Environment, processEnvironment } from '../../../lib/drivers/remote/environment';
import { InvalidUriError, OpenError } from '../../../lib/errors';

const folder = mkdtempSync(join(tmpdir(), 'virdeliver-configuration-'));
afterAll(() => rmSync(folder, { recursive: true }));

const user: Environment = {
  uid: 1000,
  home: join(folder, 'home'),
  variables: {},
  systemSocketFolder: '/nowhere',
  systemPkiFolder: '/nowhere',
  systemConfigurationFolder: join(folder, 'etc'),
};
const root: Environment = { ...user, uid: 0 };

function write(text: string, ...path: string[]): string {
  mkdirSync(join(folder, ...path), { recursive: true });
  const file = join(folder, ...path, 'libvirt.conf');
  writeFileSync(file, text);
  return file;
}

/** The configuration that a file of this content makes. */
function configure(text: string): ClientConfiguration {
  write(text, 'etc');
  return readClientConfiguration('qemu:///system', root);
}

describe('the client configuration', () => {
  it('is the system’s for root, and the user’s own for anybody else', () => {
    const files = {
      system: write('uri_default = "xen:///"', 'etc'),
      home: write('uri_default = "lxc:///"', 'home', '.config', 'libvirt'),
      xdg: write('uri_default = "vz:///system"', 'xdg', 'libvirt'),
    };
    const variables = { XDG_CONFIG_HOME: join(folder, 'xdg') };
    const read = (environment: Environment) => {
      const { file, defaultUri } = readClientConfiguration('', environment);
      return [file, defaultUri];
    };
    expect(read({ ...root, variables })).toEqual([files.system, 'xen:///']);
    expect(read({ ...user, variables })).toEqual([files.xdg, 'vz:///system']);
    expect(read({ ...user, variables: { XDG_CONFIG_HOME: '' } })).toEqual([files.home, 'lxc:///']);
    expect(read(user)).toEqual([files.home, 'lxc:///']);
  });

  it.each(['missing', 'missing/folder'])('need not exist', (name) => {
    write('', 'etc');
    const systemConfigurationFolder = join(folder, 'etc', 'libvirt.conf', name);
    expect(readClientConfiguration('', { ...root, systemConfigurationFolder })).toMatchObject({
      defaultUri: undefined,
      aliases: new Map(),
      remoteMode: undefined,
    });
  });

  it('holds the default URI, aliases and the mode, beside what is not used here', () => {
    const { aliases, ...others } = configure(`
      uri_aliases = [
        "hail=qemu+ssh://root@hail.example/system?no_verify=1",
        'sleet-2_x=qemu:///session',
        "hail=never",
      ]
      uri_default = "hail"
      remote_mode = "direct"
      tls_priority = "NORMAL"
      future = 1
    `);
    expect(others).toMatchObject({ defaultUri: 'hail', remoteMode: 'direct' });
    expect([...aliases]).toEqual([
      ['hail', 'qemu+ssh://root@hail.example/system?no_verify=1'],
      ['sleet-2_x', 'qemu:///session'],
    ]);
  });

  it.each([
    ['\nuri_default = 1', 2, 'uri_default must be a string in quotes, but is a number'],
    ['uri_default = ["x"]', 1, 'uri_default must be a string in quotes, but is a list'],
    ['uri_aliases = "a=b"', 1, 'uri_aliases must be a list, such as [ "name=qemu:///system" ]'],
    ['uri_aliases = [\n"a=b",\n2 ]', 3, 'an entry of uri_aliases must be a string in quotes, but is a number'],
    ['uri_aliases = [ "a" ]', 1, 'an entry of uri_aliases is not "ALIAS=URI"'],
    ['uri_aliases = [ "a=" ]', 1, 'an entry of uri_aliases is not'],
    ['uri_aliases = [ "=b" ]', 1, 'an entry of uri_aliases is not'],
    [
      'uri_aliases = [ "a b=c" ]',
      1,
      'an entry of uri_aliases is not "ALIAS=URI", the alias of letters, digits, _ and -',
    ],
    ['remote_mode = "modern"', 1, 'remote_mode must be "auto", "legacy" or "direct", but is "modern"'],
    ['remote_mode = 1', 1, 'remote_mode must be a string in quotes, but is a number'],
    ['a = 1\nb', 2, 'expected = after b'],
  ])('is refused with file and line where it is wrong: %j', (text, line, problem) => {
    const read = () => configure(text);
    expect(read).toThrow(OpenError);
    expect(read).toThrow(`cannot open "qemu:///system": ${join(folder, 'etc', 'libvirt.conf')}:${line}: ${problem}`);
  });

  it('is refused if it cannot be read', () => {
    const systemConfigurationFolder = join(folder, 'odd');
    mkdirSync(join(systemConfigurationFolder, 'libvirt.conf'), { recursive: true });
    const read = () => readClientConfiguration('', { ...root, systemConfigurationFolder });
    expect(read).toThrow(OpenError);
    expect(read).toThrow(/odd\/libvirt\.conf cannot be read: EISDIR/);
  });
});

describe('what a program gives as a URI', () => {
  const none: ClientConfiguration = {
    file: '/etc/f',
    defaultUri: undefined,
    aliases: new Map(),
    remoteMode: undefined,
  };
  const some: ClientConfiguration = {
    ...none,
    defaultUri: 'lxc:///',
    aliases: new Map([
      ['hail', 'qemu:///system'],
      ['snow', 'hail'],
      ['qemu', 'qemu:///session'],
    ]),
  };
  const withVariable = (value: string): Environment => ({ ...user, variables: { LIBVIRT_DEFAULT_URI: value } });

  it.each([
    ['a URI stays what it is', 'xen:///', none, user, 'xen:///'],
    ['a URI counts more than any default', 'xen:///', some, withVariable('vz:///'), 'xen:///'],
    ['an alias becomes its URI', 'hail', some, user, 'qemu:///system'],
    ['an alias of an alias is taken as a URI', 'snow', some, user, 'hail'],
    ['nothing becomes LIBVIRT_DEFAULT_URI', '', some, withVariable('vz:///'), 'vz:///'],
    ['nothing becomes uri_default', '', some, user, 'lxc:///'],
    ['an empty variable counts as none', '', some, withVariable(''), 'lxc:///'],
    ['LIBVIRT_DEFAULT_URI may be an alias', '', some, withVariable('hail'), 'qemu:///system'],
    ['uri_default may be an alias', '', { ...some, defaultUri: 'qemu' }, user, 'qemu:///session'],
    ['nothing stays nothing without a default', '', none, user, ''],
    ['standard input stays what it is', '-', none, user, '-'],
  ])('%s', (_, given, configuration, environment, uri) => {
    expect(resolveUri(given, configuration, environment)).toBe(uri);
  });

  it.each([
    ['sleet', none, user, '"sleet": neither a URI such as qemu:///system nor an alias in /etc/f; there are none'],
    ['sleet', some, user, 'there are hail, snow, qemu'],
    [
      '',
      some,
      withVariable('sleet'),
      '"sleet": neither a URI such as qemu:///system nor an alias in /etc/f; there are hail, snow, qemu (which is LIBVIRT_DEFAULT_URI)',
    ],
    ['', { ...some, defaultUri: 'sleet' }, user, '(which is uri_default in /etc/f)'],
  ])('is refused if it looks like an alias and is none: %j', (given, configuration, environment, problem) => {
    const resolve = () => resolveUri(given, configuration, environment);
    expect(resolve).toThrow(InvalidUriError);
    expect(resolve).toThrow(problem);
  });
});

describe('the environment of this process', () => {
  it('has libvirt’s folders and the user', () => {
    const variables = process.env;
    expect(processEnvironment()).toMatchObject({ uid: process.geteuid?.(), systemSocketFolder: '/var/run/libvirt' });
    expect(processEnvironment()).toMatchObject({ systemConfigurationFolder: '/etc/libvirt', variables });
  });
});
