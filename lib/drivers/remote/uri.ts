import { isIPv6 } from 'node:net';
import { didYouMean } from '../../did-you-mean';
import { InvalidUriError } from '../../errors';

export type TransportName = 'unix' | 'tcp' | 'tls' | 'ssh' | 'libssh' | 'libssh2' | 'ext';

const TRANSPORTS: readonly string[] = [
  'unix',
  'tcp',
  'tls',
  'ssh',
  'libssh',
  'libssh2',
  'ext',
] satisfies TransportName[];

/** The query parameters that are meant for the client; all others are the daemon's. */
const TRANSPORT_PARAMETERS = [
  'name',
  'command',
  'socket',
  'auth',
  'sshauth',
  'netcat',
  'keyfile',
  'pkipath',
  'known_hosts',
  'known_hosts_verify',
  'tls_priority',
  'mode',
  'proxy',
  'no_sanity',
  'no_verify',
  'no_tty',
  'authfile',
] as const;

/** A query parameter that is meant for the client, in the spelling of libvirt's manual. */
export type TransportParameter = (typeof TRANSPORT_PARAMETERS)[number];

/** The URI of a libvirt daemon, in its parts. */
export interface RemoteUri {
  readonly text: string;
  /** The hypervisor's driver in lower case; `undefined` if the daemon is to find one. */
  readonly driver: string | undefined;
  readonly transport: TransportName;
  readonly user: string | undefined;
  /** A name or an address; an IPv6 address is without its brackets. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** The path, percent-decoded: empty, or beginning with a slash. */
  readonly path: string;
  /** The client's parameters, percent-decoded; if one is given more than once the last counts. */
  readonly parameters: { readonly [Name in TransportParameter]?: string };
  /** What the call `connect open` asks the daemon for; empty if the daemon is to find a driver. */
  readonly name: string;
}

/** What libvirt's daemons have drivers for, hypervisors first. */
const DAEMON_DRIVERS: readonly string[] = [
  ...['qemu', 'xen', 'lxc', 'vbox', 'bhyve', 'vz', 'parallels', 'ch', 'remote'],
  ...['network', 'storage', 'nodedev', 'secret', 'interface', 'nwfilter'],
];

/** Drivers that run inside libvirt's client unless a transport is given, and reach no daemon. */
const DAEMONLESS_DRIVERS: readonly string[] = [
  ...['esx', 'gsx', 'vpx', 'hyperv', 'openvz'],
  ...['vmwareplayer', 'vmwarews', 'vmwarefusion'],
];

/**
 * Says whether URIs of a scheme are for a libvirt daemon: those of the known drivers, and all that name a transport.
 *
 * `test:` isn't one of them, since that is the library's own driver; `test+unix:` is.
 */
export function isRemoteScheme(scheme: string): boolean {
  const driver = scheme.toLowerCase();
  return driver.includes('+') || DAEMON_DRIVERS.includes(driver) || DAEMONLESS_DRIVERS.includes(driver);
}

const LEFT_TO_THE_DAEMON: RemoteUri = {
  text: '',
  driver: undefined,
  transport: 'unix',
  user: undefined,
  host: undefined,
  port: undefined,
  path: '',
  parameters: {},
  name: '',
};

/** RFC 3986 appendix B, with the parts of the scheme and of the authority (section 3.2) told apart. */
const URI =
  /^(?<driver>[a-z][a-z0-9.-]*)(?:\+(?<transport>[^:/?#]*))?:(?:\/\/(?:(?<user>[^@/?#]*)@)?(?<host>\[[^\]/?#]*\]|[^@:/?#[\]]*)(?::(?<port>[^/?#]*))?(?=[/?#]|$)|(?!\/\/))(?<path>[^?#]*)(?:\?(?<query>[^#]*))?(?<fragment>#.*)?$/is;

type Parts = Record<'driver' | 'transport' | 'user' | 'host' | 'port' | 'path' | 'query' | 'fragment', string>;

/** What stands in a URI percent-encoded only (RFC 3986 section 2), white space and control characters aside. */
const NEVER_RAW = /["<>\\^`{|}]|[^!-~]+/gu;

/** What is refused rather than encoded: a line break at the end is a mistake, not a part of the path. */
const NEVER_MEANT = /[\s\p{Cc}\p{Cs}]/u;

/**
 * Reads the URI of a libvirt daemon: `driver[+transport]://[user@][host][:port]/[path][?parameters]`.
 *
 * The empty URI is libvirt's way to leave everything to the daemon. Without a transport, no host means a unix socket and
 * a host means tls. As in libvirt, a user and a port without a host, and parameters of other transports, are ignored;
 * their values aren't checked. Unlike libvirt it takes characters beyond ASCII as if they were percent-encoded.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if it can't be read, `ERR_UNSUPPORTED_URI` if no daemon has its
 *   driver.
 * ```
 * parseRemoteUri('qemu+unix:///system?socket=/run/other').name; // 'qemu:///system'
 * ```
 */
export function parseRemoteUri(text: string): RemoteUri {
  if (text === '') {
    return LEFT_TO_THE_DAEMON;
  }
  const stray = NEVER_MEANT.exec(text);
  if (stray !== null) {
    throw invalidUri(text, `holds ${JSON.stringify(stray[0])} at position ${stray.index}; write it percent-encoded`);
  }
  const parts = URI.exec(text)?.groups;
  if (parts === undefined) {
    throw invalidUri(text, 'not a libvirt URI; expected driver[+transport]://[user@][host][:port]/[path][?parameters]');
  }
  refusePassword(text, parts);
  const driver = (parts['driver'] as string).toLowerCase();
  const rawPath = parts['path'] as string;
  const host = readHost(text, parts['host']);
  const transport = readTransport(text, driver, parts['transport']?.toLowerCase(), host);
  if (rawPath !== '' && !rawPath.startsWith('/')) {
    const hint = text.includes('@') ? '' : `; did you mean ${JSON.stringify(`${driver}:///${rawPath}`)}?`;
    throw invalidUri(text, `its path lacks a slash${hint}`);
  }
  if (driver === 'qemu') {
    requireNoSlip(text, `qemu's path ${JSON.stringify(rawPath)}`, rawPath, QEMU_PATHS);
  }
  const { parameters, query } = readQuery(text, parts['query'] ?? '');
  return {
    text,
    driver: driver === 'remote' ? undefined : driver,
    transport,
    user: parts['user'] === undefined ? undefined : decode(text, parts['user']),
    host,
    port: readPort(text, parts['port']),
    path: decode(text, rawPath),
    parameters,
    name:
      parameters.name ??
      (driver === 'remote'
        ? ''
        : `${driver}://${encodeRest(rawPath || '/')}${query}${encodeRest(parts['fragment'] ?? '')}`),
  };
}

/**
 * Refuses `user:password@`, also if the password looks like a port and what follows one, as in `user:22/x@host`: to take that
 * for a path would show it to the daemon, and to everybody who sees the connection's URI.
 */
function refusePassword(text: string, { user, port, path = '', query = '', fragment = '' }: Partial<Parts>): void {
  const remedy = "give the option credentials, or libvirt's auth.conf";
  if (user?.includes(':')) {
    throw invalidUri(text, `a password does not belong in a URI: ${remedy}; a colon in a user's name is written %3A`);
  }
  if (user === undefined && port !== undefined && `${path}${query}${fragment}`.includes('@')) {
    const meant = 'if it is none, write the @ that follows the port as %40';
    throw invalidUri(text, `what looks like a password does not belong in a URI: ${remedy}; ${meant}`);
  }
}

/** The paths that QEMU's driver takes. */
const QEMU_PATHS = ['/system', '/session'];

/** Refuses what only the daemon could make sense of, and most probably can't: what looks like a slip for something that is known. */
function requireNoSlip(text: string, what: string, written: string, known: readonly string[]): void {
  const hint = known.includes(written) ? '' : didYouMean(written, known);
  if (hint !== '') {
    throw invalidUri(text, `${what} is unknown${hint}`);
  }
}

function readTransport(
  text: string,
  driver: string,
  written: string | undefined,
  host: string | undefined,
): TransportName {
  if (written === undefined) {
    requireDaemon(text, driver, host);
    return host === undefined ? 'unix' : 'tls';
  }
  if (!TRANSPORTS.includes(written)) {
    throw invalidUri(text, `unknown transport ${JSON.stringify(written)}; there are ${TRANSPORTS.join(', ')}`);
  }
  if (written === 'unix' && host !== undefined) {
    throw invalidUri(text, 'a unix socket is on this machine, but a host is named');
  }
  return written as TransportName;
}

/** Makes sure that a URI without a transport reaches a daemon, and not a driver inside of libvirt's client. */
function requireDaemon(text: string, driver: string, host: string | undefined): void {
  if (driver === 'test' && host === undefined) {
    const problem = "'test:' is the library's own test driver; a daemon's is 'test+unix:'";
    throw new InvalidUriError('ERR_UNSUPPORTED_URI', text, problem);
  }
  if (DAEMONLESS_DRIVERS.includes(driver)) {
    const problem = `libvirt's driver '${driver}' runs inside its client library; there is no daemon to connect to`;
    throw new InvalidUriError('ERR_UNSUPPORTED_URI', text, problem);
  }
}

function readHost(text: string, written: string | undefined): string | undefined {
  if (!written) {
    return undefined;
  }
  if (!written.startsWith('[')) {
    return decode(text, written);
  }
  const address = decode(text, written.slice(1, -1));
  if (!isIPv6(address)) {
    throw invalidUri(text, 'its host stands in brackets, but is no IPv6 address');
  }
  return address;
}

function readPort(text: string, written: string | undefined): number | undefined {
  if (!written) {
    return undefined;
  }
  const port = Number(written);
  if (!/^\d+$/.test(written) || port < 1 || port > 65_535) {
    throw invalidUri(text, 'its port is no number from 1 to 65535 (an IPv6 address stands in brackets)');
  }
  return port;
}

/** Reads the parameters after the `?`: the client's own, and the query that is left of them for the daemon. */
function readQuery(text: string, written: string): { parameters: RemoteUri['parameters']; query: string } {
  const parameters: { [Name in TransportParameter]?: string } = {};
  const rest: string[] = [];
  for (const piece of written.split(/[&;]/)) {
    const [, rawName, rawValue] = /^([^=]+)(?:=(.*))?$/s.exec(piece) ?? [];
    if (rawName !== undefined) {
      const name = decode(text, rawName);
      const value = decode(text, rawValue ?? '');
      const own = TRANSPORT_PARAMETERS.find((known) => known === name.toLowerCase());
      if (own === undefined) {
        requireNoSlip(text, `the parameter ${JSON.stringify(name)}`, name, TRANSPORT_PARAMETERS);
        rest.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
      } else {
        parameters[own] = value;
      }
    }
  }
  return { parameters, query: rest.length > 0 ? `?${rest.join('&')}` : '' };
}

function decode(text: string, written: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(written);
  } catch {
    throw invalidUri(text, 'holds a % that begins no UTF-8 character; a % is written %25');
  }
  if (decoded.includes('\0')) {
    throw invalidUri(text, 'holds a NUL character (%00), which no name or path can hold');
  }
  return decoded;
}

/** Encodes what never stands in a URI as it is, and leaves what is encoded already. */
function encodeRest(written: string): string {
  return written.replace(NEVER_RAW, encodeURIComponent);
}

/**
 * Reads a parameter that holds if it is a number other than 0, as in libvirt; if it isn't there, it doesn't hold.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if it isn't a number.
 */
export function isFlagSet({ text, parameters }: RemoteUri, name: TransportParameter): boolean {
  const value = parameters[name] ?? '0';
  if (!/^[+-]?\d+$/.test(value)) {
    throw invalidUri(text, `the parameter ${name} must be 0 or 1, but is ${JSON.stringify(value)}`);
  }
  return Number(value) !== 0;
}

/** The error for a URI that makes no sense. It must quote nothing beyond the scheme that may be a piece of a password. */
export function invalidUri(text: string, problem: string): InvalidUriError {
  return new InvalidUriError('ERR_INVALID_URI', text, problem);
}
