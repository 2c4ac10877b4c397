import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FileLookup, lookUpCredentials } from '../../../../lib/drivers/remote/auth/auth-file';
import type { Environment } from '../../../../lib/drivers/remote/environment';
import { parseRemoteUri } from '../../../../lib/drivers/remote/uri';
import { OpenError } from '../../../../lib/errors';
import { nowhere } from './auth-bench';

let folder: string;
let user: Environment;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-auth-'));
  user = { ...nowhere, home: join(folder, 'home'), systemConfigurationFolder: join(folder, 'etc') };
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a file and returns its path. */
function write(content: string | Uint8Array, ...path: string[]): string {
  const file = join(folder, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** A file of credentials of one user for every host. */
const fileOf = (name: string) =>
  `[credentials-x]\nauthname=${name}\npassword=pw\n[auth-libvirt-default]\ncredentials=x\n`;

function lookUp(environment: Environment, host = 'localhost', parameters = ''): FileLookup {
  return lookUpCredentials(parseRemoteUri(`qemu:///system${parameters}`), host, environment);
}

/** What a file of this content says of a host. */
function lookUpIn(content: string | Uint8Array, host?: string): FileLookup {
  write(content, 'etc', 'auth.conf');
  return lookUp(user, host);
}

describe('the file of credentials', () => {
  it("is what LIBVIRT_AUTH_FILE names, then what the URI names, the user's own, and the system's", () => {
    const named = write(fileOf('variable'), 'named');
    const inUri = `?authfile=${write(fileOf('uri'), 'uri file')}`;
    write(fileOf('xdg'), 'xdg', 'libvirt', 'auth.conf');
    write(fileOf('home'), 'home', '.config', 'libvirt', 'auth.conf');
    write(fileOf('system'), 'etc', 'auth.conf');
    const xdg = { XDG_CONFIG_HOME: join(folder, 'xdg') };
    const found = (environment: Environment, parameters?: string) =>
      lookUp(environment, 'localhost', parameters).found?.user;
    const escaped = inUri.replace(' ', '%20');
    expect(found({ ...user, variables: { ...xdg, LIBVIRT_AUTH_FILE: named } }, escaped)).toBe('variable');
    expect(found({ ...user, variables: { ...xdg, LIBVIRT_AUTH_FILE: '' } }, escaped)).toBe('uri');
    expect(found({ ...user, variables: xdg })).toBe('xdg');
    expect(found(user)).toBe('home');
    // Root has a configuration of their own here, unlike that of the client.
    expect(found({ ...user, uid: 0 })).toBe('home');
    expect(found({ ...user, home: join(folder, 'elsewhere') })).toBe('system');
  });

  it('need not be there', () => {
    const own = join(folder, 'home', '.config', 'libvirt', 'auth.conf');
    const system = join(folder, 'etc', 'auth.conf');
    expect(lookUp(user)).toEqual({
      found: undefined,
      lookedAt: `${own} (is not there), ${system} (is not there)`,
    });
    write('', 'etc');
    mkdirSync(own, { recursive: true });
    expect(lookUp(user)).toEqual({
      found: undefined,
      lookedAt: `${own} (cannot be read: EISDIR), ${system} (is not there)`,
    });
  });

  it.each([
    ['LIBVIRT_AUTH_FILE', 'LIBVIRT_AUTH_FILE names'],
    ['', 'the parameter authfile names'],
  ])('has to be there if it is named', (variable, problem) => {
    write(fileOf('system'), 'etc', 'auth.conf');
    const variables = { [variable]: '/nowhere/file' };
    const look = () => lookUp({ ...user, variables }, 'localhost', '?authfile=/nowhere/file');
    expect(look).toThrow(OpenError);
    expect(look).toThrow(`the file of credentials that ${problem} cannot be read: ENOENT`);
  });

  it('has to be in UTF-8', () => {
    const content = Buffer.from(fileOf('änn'), 'latin1');
    expect(() => lookUpIn(content)).toThrow(`${join(folder, 'etc', 'auth.conf')} is not in UTF-8`);
  });
});

describe('the credentials for a host', () => {
  const place = (line: number) => `${join(folder, 'etc', 'auth.conf')}:${line}`;
  const two = `
[credentials-test]
authname=tina
password=one
[credentials-prod]
authname=paul
password=two

[auth-libvirt-test.example]
credentials=test
[auth-libvirt-default]
credentials = prod
[auth-esx-other.example]
credentials=none
`;

  it.each([
    ['test.example', 2, 'tina', 'one'],
    ['prod.example', 5, 'paul', 'two'],
    ['other.example', 5, 'paul', 'two'],
  ])('are those of its group, or else of the default one: %s', (host, line, name, password) => {
    expect(lookUpIn(two, host).found).toEqual({ place: place(line), user: name, password });
  });

  it('may not be there', () => {
    const { found, lookedAt } = lookUpIn('[credentials-x]\nauthname=ann\npassword=x\n', 'h');
    expect(found).toBeUndefined();
    expect(lookedAt).toMatch(/auth\.conf \(has neither \[auth-libvirt-h\] nor \[auth-libvirt-default\]\)$/);
  });

  it.each([
    ['authname=ann\nusername=bob\npassword=x', 'ann', 'x'],
    ['username=bob\npassword=x', 'bob', 'x'],
    ['password=\\sx\\\\', undefined, ' x\\'],
    ['authname=änn\nrealm=here', 'änn', undefined],
    ['', undefined, undefined],
  ])('may be a part of them: %j', (lines, name, password) => {
    const content = `[auth-libvirt-default]\ncredentials=x\n[credentials-x]\n${lines}`;
    expect(lookUpIn(content).found).toEqual({ place: place(3), user: name, password });
  });

  it.each([
    ['[auth-libvirt-localhost]\n', 1, 'the group lacks credentials=NAME'],
    ['\n[auth-libvirt-default]\ncredentials=x', 3, 'there is no group [credentials-x]'],
    ['[credentials-x]\nauthname ann\npassword=secret', 2, 'expected [group], key=value'],
    ['[credentials-x]\npassword secret', 2, 'expected [group], key=value'],
  ])('are refused with the line where they are wrong: %j', (content, line, problem) => {
    const look = () => lookUpIn(content);
    expect(look).toThrow(OpenError);
    expect(look).toThrow(`${place(line)}: ${problem}`);
    expect(look).not.toThrow('secret');
  });
});
