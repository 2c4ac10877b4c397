import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openConnection } from '../../../lib';
import { readRegularFile } from '../../../lib/drivers/io/regular-file';
import { lookUpCredentials } from '../../../lib/drivers/remote/auth/auth-file';
import { readClientConfiguration } from '../../../lib/drivers/remote/client-configuration';
import type { Environment } from '../../../lib/drivers/remote/environment';
import { pkiFolders, readAuthorities } from '../../../lib/drivers/remote/transport/tls-target';
import { parseRemoteUri } from '../../../lib/drivers/remote/uri';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-regular-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a file is read whole if it is as long as may be, and refused if it is longer', () => {
  const path = join(folder, 'file');
  writeFileSync(path, 'x'.repeat(100_000));
  expect(readRegularFile(path, 100_000)).toHaveLength(100_000);
  expect(() => readRegularFile(path, 99_999)).toThrow(`${path} is longer than the 99999 bytes allowed`);
});

it('a file whose size the system does not tell is read, too', () => {
  expect(readRegularFile('/proc/self/status', 100_000).toString()).toContain('Pid:');
});

it('a file that is not there is told by the code of the system', () => {
  expect(() => readRegularFile(join(folder, 'none'), 1)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});

it('a file of credentials may be of 1 MiB', () => {
  const path = join(folder, 'auth.conf');
  const environment = environmentIn(folder);
  const uri = parseRemoteUri(`test+unix:///default?authfile=${path}`);
  writeFileSync(path, `#${'x'.repeat(1024 * 1024 - 1)}`);
  expect(lookUpCredentials(uri, 'localhost', environment).found).toBeUndefined();
  writeFileSync(path, `#${'x'.repeat(1024 * 1024)}`);
  expect(() => lookUpCredentials(uri, 'localhost', environment)).toThrow('is longer than the 1048576 bytes allowed');
});

it('the client configuration may be of 1 MiB', () => {
  const environment = environmentIn(folder);
  const path = join(folder, '.config/libvirt/libvirt.conf');
  mkdirSync(join(folder, '.config/libvirt'), { recursive: true });
  writeFileSync(path, `#${'x'.repeat(1024 * 1024 - 1)}`);
  expect(readClientConfiguration('', environment).defaultUri).toBeUndefined();
  writeFileSync(path, `#${'x'.repeat(1024 * 1024)}`);
  expect(() => readClientConfiguration('', environment)).toThrow('is longer than the 1048576 bytes allowed');
});

it('a file in PEM may be of 16 MiB', () => {
  const path = join(folder, 'cacert.pem');
  writeFileSync(path, Buffer.alloc(16 * 1024 * 1024, ' '));
  expect(() => readAuthorities(pkiFolders(folder, environmentIn(folder)))).toThrow('holds no');
  writeFileSync(path, Buffer.alloc(16 * 1024 * 1024 + 1, ' '));
  expect(() => readAuthorities(pkiFolders(folder, environmentIn(folder)))).toThrow('is longer than the 16777216 bytes');
});

/** The environment of a user whose files, and the system's, are in a folder. */
function environmentIn(home: string): Environment {
  return {
    uid: 1000,
    home,
    variables: {},
    systemSocketFolder: home,
    systemConfigurationFolder: home,
    systemPkiFolder: home,
  };
}

/** What stands in the place of a file, and would block for good, or never end. */
const others: [what: string, make: (path: string) => string][] = [
  [
    'FIFO',
    (path) => {
      execFileSync('mkfifo', [path]);
      return path;
    },
  ],
  ['device', () => '/dev/zero'],
  ['null device', () => '/dev/null'],
  [
    'directory',
    (path) => {
      mkdirSync(path);
      return path;
    },
  ],
];

/** Puts it at a place, or a link to it. */
function put(make: (path: string) => string, path: string): void {
  const made = make(path);
  if (made !== path) {
    symlinkSync(made, path);
  }
}

describe.each(others)('a %s', (what, make) => {
  const refused = `is a ${what}, not a regular file`;
  const environment = (): Environment => environmentIn(folder);

  it('is no file of credentials', () => {
    const path = make(join(folder, 'auth.conf'));
    const uri = parseRemoteUri(`test+unix:///default?authfile=${path}`);
    expect(() => lookUpCredentials(uri, 'localhost', environment())).toThrow(refused);
  });

  it('is no client configuration, and no certificate', () => {
    mkdirSync(join(folder, '.config/libvirt'), { recursive: true });
    put(make, join(folder, '.config/libvirt/libvirt.conf'));
    expect(() => readClientConfiguration('', environment())).toThrow(refused);
    put(make, join(folder, 'cacert.pem'));
    expect(() => readAuthorities(pkiFolders(folder, environment()))).toThrow(refused);
  });

  it('is no description of a test hypervisor', () => {
    const path = make(join(folder, 'node.xml'));
    expect(() => openConnection(`test://${path}`)).toThrow(what === 'directory' ? 'is a folder' : refused);
  });
});
