import { execFileSync } from 'node:child_process';
import fs, { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../../../lib/drivers/remote/environment';
import {
  pkiFolders,
  readAuthorities,
  readClientIdentity,
  readRevocations,
} from '../../../../lib/drivers/remote/transport/tls-target';
import { CertificateAuthority, describeWithCertificates } from '../../../support/certificates';

const top = mkdtempSync(join(tmpdir(), 'virdeliver-pki-'));
let issued: string;
let other: string;
beforeAll(() => {
  const authority = new CertificateAuthority(join(top, 'authority'));
  issued = authority.issue('client', join(top, 'issued'));
  other = authority.issue('client', join(top, 'other'));
  authority.publishRevocations(issued);
});
afterAll(() => rmSync(top, { recursive: true }));

let home: string;
let user: string;
let system: string;
let environment: Environment;
beforeEach(() => {
  home = mkdtempSync(join(top, 'home-'));
  user = join(home, '.pki', 'libvirt');
  system = mkdtempSync(join(top, 'system-'));
  mkdirSync(user, { recursive: true });
  mkdirSync(join(system, 'CA'));
  mkdirSync(join(system, 'libvirt', 'private'), { recursive: true });
  environment = {
    uid: 1000,
    home,
    variables: {},
    systemSocketFolder: '/nowhere',
    systemConfigurationFolder: '/nowhere',
    systemPkiFolder: system,
  };
});

/** Puts a file that was issued somewhere else, perhaps under another name. */
function put(name: string, folder: string, as: string = name, from: string = issued): string {
  copyFileSync(join(from, name), join(folder, as));
  return join(folder, as);
}

function putSystemPair(): void {
  put('clientcert.pem', join(system, 'libvirt'));
  put('clientkey.pem', join(system, 'libvirt', 'private'));
}

/** Has the system refuse a file, which it would not do to root. */
function deny(path: string): void {
  const { openSync: open } = fs;
  jest.spyOn(fs, 'openSync').mockImplementation((file, ...options) => {
    if (file === path) {
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    }
    return open(file, ...options);
  });
}

afterEach(() => {
  jest.restoreAllMocks();
});

const folders = (pkipath?: string) => pkiFolders(pkipath, environment);
const identity = (pkipath?: string) => readClientIdentity(folders(pkipath), environment);

describeWithCertificates('the certificates of authorities', () => {
  it("are the user's, or else the system's", () => {
    const systemFile = put('cacert.pem', join(system, 'CA'));
    expect(readAuthorities(folders()).path).toBe(systemFile);
    const userFile = put('cacert.pem', user);
    expect(readAuthorities(folders())).toEqual({ path: userFile, text: readFileSync(userFile, 'utf8') });
    environment = { ...environment, uid: 0 };
    expect(readAuthorities(folders()).path).toBe(systemFile);
  });

  it('are those of pkipath, and of no other folder', () => {
    put('cacert.pem', join(system, 'CA'));
    expect(readAuthorities(folders(issued)).path).toBe(join(issued, 'cacert.pem'));
    expect(() => readAuthorities(folders('/nowhere'))).toThrow(/looked for at \/nowhere\/cacert\.pem; /);
  });

  it('must be there, and it is said where they were looked for', () => {
    expect(() => readAuthorities(folders())).toThrow(
      `there is no file with the certificate of the authority that the daemon's must come from, looked for at ${user}/cacert.pem, ${system}/CA/cacert.pem; put it there, or use ?pkipath=`,
    );
  });

  it.each([
    ['', 'holds no "-----BEGIN CERTIFICATE-----"; expected PEM, the text format'],
    ['\x30\x82', 'holds no "-----BEGIN CERTIFICATE-----"; expected PEM, the text format'],
    ['-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n', 'holds a certificate that cannot be read: '],
  ])('must be readable as such: %j', (text, problem) => {
    writeFileSync(join(user, 'cacert.pem'), text);
    expect(() => readAuthorities(folders())).toThrow(`${user}/cacert.pem ${problem}`);
  });

  it('may be several, each of which must be readable', () => {
    const good = readFileSync(join(issued, 'cacert.pem'), 'utf8');
    writeFileSync(join(user, 'cacert.pem'), `# two\r\n${good}\n${good}`);
    expect(readAuthorities(folders()).path).toBe(join(user, 'cacert.pem'));
    writeFileSync(join(user, 'cacert.pem'), `${good}-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n`);
    expect(() => readAuthorities(folders())).toThrow('holds a certificate that cannot be read');
  });

  it('are not looked for any further if one is there that is no file', () => {
    put('cacert.pem', join(system, 'CA'));
    mkdirSync(join(user, 'cacert.pem'));
    expect(() => readAuthorities(folders())).toThrow(`${user}/cacert.pem cannot be read: EISDIR`);
  });
});

describeWithCertificates('the list of revoked certificates', () => {
  it('need not be there', () => {
    expect(readRevocations(folders())).toBeUndefined();
  });

  it('is found beside the authorities, in either folder', () => {
    const systemFile = put('cacrl.pem', join(system, 'CA'));
    expect(readRevocations(folders())?.path).toBe(systemFile);
    expect(readRevocations(folders(issued))?.path).toBe(join(issued, 'cacrl.pem'));
  });

  it('must be one', () => {
    put('cacert.pem', user, 'cacrl.pem');
    expect(() => readRevocations(folders())).toThrow(`${user}/cacrl.pem holds no "-----BEGIN X509 CRL-----"`);
  });
});

describeWithCertificates("the client's certificate and key", () => {
  it('need not be there, and it is said where they were looked for', () => {
    expect(identity()).toEqual({
      pairs: [],
      description: `no certificate, looked for at ${user}/clientcert.pem, ${system}/libvirt/clientcert.pem`,
    });
  });

  it("are the user's, or else the system's", () => {
    putSystemPair();
    const systemPath = join(system, 'libvirt', 'clientcert.pem');
    expect(identity()).toMatchObject({
      pairs: [
        { certificate: { path: systemPath }, key: { path: join(system, 'libvirt', 'private', 'clientkey.pem') } },
      ],
      description: `the certificate ${systemPath} (CN=a client of Authority)`,
    });
    put('clientcert.pem', user);
    put('clientkey.pem', user);
    expect(identity().pairs.map(({ certificate }) => certificate.path)).toEqual([join(user, 'clientcert.pem')]);
  });

  it('are taken together: half of a pair does not hide a whole one', () => {
    putSystemPair();
    put('clientkey.pem', user);
    expect(identity().pairs.map(({ key }) => key.path)).toEqual([join(system, 'libvirt', 'private', 'clientkey.pem')]);
  });

  it.each([
    ['clientcert.pem', 'clientkey.pem'],
    ['clientkey.pem', 'clientcert.pem'],
  ])('are of no use alone: %s', (there, missing) => {
    put(there, user);
    expect(() => identity()).toThrow(`${user}/${there} is of no use without ${user}/${missing}, which is not there`);
  });

  it('may be several, by numbers up to the first that is missing', () => {
    for (const number of ['', '0', '1', '3']) {
      put('clientcert.pem', user, `clientcert${number}.pem`);
      put('clientkey.pem', user, `clientkey${number}.pem`);
    }
    expect(identity().pairs.map(({ key }) => key.path)).toEqual(
      ['', '0', '1'].map((number) => join(user, `clientkey${number}.pem`)),
    );
  });

  it('are done without if this user may not read those of the system', () => {
    putSystemPair();
    deny(join(system, 'libvirt', 'private', 'clientkey.pem'));
    expect(identity()).toEqual({
      pairs: [],
      description: `no certificate, looked for at ${user}/clientcert.pem, ${system}/libvirt/clientcert.pem (uid 1000 may not read it and its key)`,
    });
  });

  it('must be readable by this user if they are its own, or named', () => {
    put('clientcert.pem', user);
    put('clientkey.pem', user);
    deny(join(user, 'clientkey.pem'));
    expect(() => identity()).toThrow(`${user}/clientkey.pem may not be read by this user`);
    expect(() => identity(user)).toThrow(`${user}/clientkey.pem may not be read by this user`);
  });

  it('must belong together', () => {
    put('clientcert.pem', user);
    put('clientkey.pem', user, 'clientkey.pem', other);
    expect(() => identity()).toThrow(`${user}/clientkey.pem is not the key of the certificate ${user}/clientcert.pem`);
  });

  it('must not be encrypted', () => {
    put('clientcert.pem', user);
    const key = join(user, 'clientkey.pem');
    execFileSync('openssl', [
      'pkey',
      '-aes128',
      '-passout',
      'pass:x',
      '-in',
      join(issued, 'clientkey.pem'),
      '-out',
      key,
    ]);
    expect(() => identity()).toThrow(`${key} is encrypted; `);
  });

  it('must be readable as such, and are not shown', () => {
    put('clientcert.pem', user);
    const secret = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';
    writeFileSync(join(user, 'clientkey.pem'), secret);
    expect(() => identity()).toThrow(/clientkey\.pem holds a key that cannot be read: (?!.*c2VjcmV0)/);
    writeFileSync(join(user, 'clientkey.pem'), 'c2VjcmV0');
    expect(() => identity()).toThrow(/clientkey\.pem holds no "-----BEGIN PRIVATE KEY-----"(?!.*c2VjcmV0)/);
  });
});
