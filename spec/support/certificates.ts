import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a certificate lets its owner be. */
export type CertificateRole = 'server' | 'client';

/** What is not usual about a certificate. */
export interface CertificateOptions {
  /** The hosts that it is for, by DNS name or address; by default this machine by each of its names. */
  readonly hosts?: readonly string[];
  /** Whether it is valid now, which is the default, or was only until the end of 2020, or will be from 2090 on. */
  readonly valid?: 'now' | 'formerly' | 'later';
}

const THIS_MACHINE = ['localhost', '127.0.0.1', '::1'];

/** From when and until when certificates are valid, as `openssl ca` takes it. */
const PERIODS = {
  now: ['20200101000000Z', '20900101000000Z'],
  formerly: ['20200101000000Z', '20201231235959Z'],
  later: ['20900101000000Z', '20991231235959Z'],
} as const;

const CONFIGURATION = `
[ca]
default_ca = authority
[authority]
certificate = cacert.pem
private_key = cakey.pem
database = index
rand_serial = yes
new_certs_dir = .
default_md = sha256
default_crl_days = 30
unique_subject = no
policy = policy
[policy]
commonName = supplied
`;

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/**
 * An authority that issues certificates into folders, under the names of files that libvirt looks for, by the command
 * `openssl`, which takes some 10 milliseconds for each.
 */
export class CertificateAuthority {
  readonly #folder: string;
  readonly #name: string;

  /** @param folder Where it keeps its own key and records; it is made. */
  constructor(folder: string, name = 'Authority') {
    mkdirSync(folder);
    this.#folder = folder;
    this.#name = name;
    writeFileSync(join(folder, 'authority.cnf'), CONFIGURATION);
    writeFileSync(join(folder, 'index'), '');
    const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
    const files = ['-keyout', 'cakey.pem', '-out', 'cacert.pem'];
    this.#openssl(['req', '-x509', '-days', '3650', '-subj', `/CN=${name}`, ...NEW_KEY, ...usage, ...files]);
  }

  /**
   * Puts a certificate for a new key (`servercert.pem` and `serverkey.pem`, or the client's) and the authority's own
   * (`cacert.pem`) into a folder, in place of those that are there.
   *
   * @param folder Where to; it is made if it is not there.
   * @returns The folder.
   */
  issue(role: CertificateRole, folder: string, options: CertificateOptions = {}): string {
    const { hosts = THIS_MACHINE, valid = 'now' } = options;
    const [start, end] = PERIODS[valid];
    const names = hosts.map((host) => `${/^[\d.]+$|:/.test(host) ? 'IP' : 'DNS'}:${host}`);
    const extensions = [
      `subjectAltName = ${names.join()}`,
      `extendedKeyUsage = ${role}Auth`,
      'keyUsage = critical, digitalSignature, keyEncipherment',
      'basicConstraints = critical, CA:false',
    ];
    mkdirSync(folder, { recursive: true });
    this.trust(folder);
    writeFileSync(join(this.#folder, 'extensions'), extensions.join('\n'));
    const subject = role === 'server' ? hosts[0] : `a client of ${this.#name}`;
    const key = join(folder, `${role}key.pem`);
    this.#openssl(['req', '-new', '-subj', `/CN=${subject}`, ...NEW_KEY, '-keyout', key, '-out', 'request']);
    const period = ['-startdate', start, '-enddate', end];
    const files = ['-in', 'request', '-extfile', 'extensions', '-out', join(folder, `${role}cert.pem`)];
    this.#authority(['-notext', ...period, ...files]);
    return folder;
  }

  /** Puts the authority's own certificate into a folder, in place of one that is there. */
  trust(folder: string): void {
    copyFileSync(join(this.#folder, 'cacert.pem'), join(folder, 'cacert.pem'));
  }

  /** Revokes the certificate for a role that is in a folder. */
  revoke(role: CertificateRole, folder: string): void {
    this.#authority(['-revoke', join(folder, `${role}cert.pem`)]);
  }

  /** Puts the list of what it has revoked so far (`cacrl.pem`) into a folder. */
  publishRevocations(folder: string): void {
    this.#authority(['-gencrl', '-out', join(folder, 'cacrl.pem')]);
  }

  #authority(args: readonly string[]): void {
    this.#openssl(['ca', '-batch', '-config', 'authority.cnf', ...args]);
  }

  #openssl(args: readonly string[]): void {
    const { status, error, stderr } = spawnSync('openssl', args, { cwd: this.#folder, encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(`openssl ${args.join(' ')}: ${error?.message ?? stderr}`);
    }
  }
}

/** Whether certificates can be made, or must be: `VIRDELIVER_LIVE` is 1 if nothing may be skipped. */
export const canBeMade: boolean =
  process.env['VIRDELIVER_LIVE'] === '1' || spawnSync('openssl', ['version']).status === 0;

/** `describe` for specs that need certificates, and so `openssl`; they are skipped if it is missing. */
export const describeWithCertificates: jest.Describe = canBeMade ? describe : describe.skip;

/** `it` for the same. */
export const itWithCertificates: jest.It = canBeMade ? it : it.skip;
