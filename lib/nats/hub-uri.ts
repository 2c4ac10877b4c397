import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { decodeUriPart, invalidUri, quotedPart, readUriParameters } from '../drivers/io/uri-path';

/** The parameters that say how to connect: first the paths of files. */
const CONNECTION_PARAMETERS = ['creds', 'nkey', 'login', 'ca', 'cert', 'key', 'inbox', 'domain'] as const;

/** Where the servers of a hub are, and the stream in it. */
export interface HubAddress<Parameter extends string = never> {
  readonly uri: string;
  /** Each as `host:port`, an IPv6 address in brackets. */
  readonly servers: readonly string[];
  /** Whether the connection must be encrypted; otherwise it is if the server offers it. */
  readonly tls: boolean;
  readonly stream: string;
  /** The files that hold who we are and whom we trust, as absolute paths. */
  readonly files: HubFiles;
  /** What the subjects begin with to which the server answers; `_INBOX` by default. */
  readonly inbox: string | undefined;
  /** The JetStream domain that the stream is in, if it isn't that of the server: a leaf node's hub has one. */
  readonly domain: string | undefined;
  /** The other parameters, percent-decoded. */
  readonly parameters: ReadonlyMap<Parameter, string>;
}

/** Files that hold who we are and whom we trust. */
export interface HubFiles {
  /** A user's JWT and seed, as `nsc` writes them. */
  readonly creds?: string | undefined;
  /** The seed of an nkey. */
  readonly nkey?: string | undefined;
  /** A user and a password, or a token, in JSON. */
  readonly login?: string | undefined;
  /** The certificates of who may sign the server's, a certificate of ours, and its key, in PEM. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

const FORM = 'expected nats://HOST[:PORT][,HOST…]/STREAM';

/** What a stream can be named, and a domain. */
const STREAM = /^[A-Za-z0-9_-]{1,200}$/;

/**
 * Reads the URI of a stream: `nats://host[:port][,host…]/STREAM?…`, or `tls://` if it must be encrypted.
 *
 * @param own The parameters that whoever asks knows, beside those that say how to connect.
 * @throws {InvalidUriError} `ERR_INVALID_URI`
 */
export function parseHubUri<Parameter extends string = never>(
  uri: string,
  own: readonly Parameter[] = [],
): HubAddress<Parameter> {
  const [, scheme = '', authority, rest = '', query] =
    /^(nats|tls):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/is.exec(uri) ?? [];
  if (authority === undefined) {
    throw invalidUri(uri, uri.includes('#') ? `holds a #, which nothing may stand behind; ${FORM}` : FORM);
  }
  if (`${authority}${rest}`.includes('@')) {
    const remedy = 'give the option nats, or name a file: creds=FILE, nkey=FILE or login=FILE';
    throw invalidUri(uri, `who you are does not belong in a URI: ${remedy}`);
  }
  const known = [...CONNECTION_PARAMETERS, ...own];
  const parameters = readUriParameters<Parameter | (typeof CONNECTION_PARAMETERS)[number]>(uri, query, known);
  const { inbox, domain, ...files } = takeConnectionParameters(uri, parameters);
  return {
    uri,
    servers: authority.split(',').map((server) => readServer(uri, server)),
    tls: scheme.toLowerCase() === 'tls',
    stream: readStream(uri, rest),
    files,
    inbox,
    domain,
    parameters: parameters as ReadonlyMap<string, string> as ReadonlyMap<Parameter, string>,
  };
}

/** What reads the parameters that are no files' paths. */
const NO_FILES = { inbox: readInbox, domain: readDomain };

const isNoFile = (name: string): name is keyof typeof NO_FILES => name in NO_FILES;

type ConnectionParameters = { [Name in (typeof CONNECTION_PARAMETERS)[number]]?: string };

/** Takes out the parameters that say how to connect. */
function takeConnectionParameters(uri: string, parameters: Map<string, string>): ConnectionParameters {
  const taken: ConnectionParameters = {};
  for (const name of CONNECTION_PARAMETERS) {
    const value = parameters.get(name);
    if (value !== undefined) {
      taken[name] = isNoFile(name) ? NO_FILES[name](uri, value) : readFileName(uri, name, value);
      parameters.delete(name);
    }
  }
  const identities = (['creds', 'nkey', 'login'] as const).filter((name) => taken[name] !== undefined);
  if (identities.length > 1) {
    throw invalidUri(uri, `has both ${identities.slice(0, 2).join(' and ')}; one says who you are`);
  }
  if ((taken.cert === undefined) !== (taken.key === undefined)) {
    throw invalidUri(uri, 'needs both cert and key: a certificate is of no use without its key');
  }
  return taken;
}

function readServer(uri: string, written: string): string {
  const [, host, port = '4222'] = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/s.exec(written) ?? [];
  const name = host === undefined ? '' : decodeUriPart(uri, host);
  if (!/^(?:\[.*\]|[A-Za-z0-9._-]+)$/s.test(name)) {
    throw invalidUri(uri, `the server ${quotedPart(uri, written)} is no HOST or HOST:PORT; ${FORM}`);
  }
  if (name.startsWith('[') && !isIPv6(name.slice(1, -1))) {
    throw invalidUri(uri, `the server ${quotedPart(uri, written)} stands in brackets, but is no IPv6 address`);
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw invalidUri(uri, `the port of the server ${quotedPart(uri, written)} is no number from 1 to 65535`);
  }
  return `${name}:${Number(port)}`;
}

function readStream(uri: string, path: string): string {
  const name = decodeUriPart(uri, path.replace(/^\//, ''));
  if (!STREAM.test(name)) {
    const rule = 'letters, digits, hyphens and underscores';
    throw invalidUri(
      uri,
      name === ''
        ? `names no stream; ${FORM}`
        : `the stream must be a name of ${rule}, but is ${quotedPart(uri, name)}`,
    );
  }
  return name;
}

function readInbox(uri: string, value: string): string {
  if (!/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(value)) {
    throw invalidUri(
      uri,
      `inbox must be the beginning of a subject, as _INBOX.pager, but is ${quotedPart(uri, value)}`,
    );
  }
  return value;
}

function readDomain(uri: string, value: string): string {
  if (!STREAM.test(value)) {
    throw invalidUri(uri, `domain must be the name of a JetStream domain, but is ${quotedPart(uri, value)}`);
  }
  return value;
}

function readFileName(uri: string, name: string, value: string): string {
  if (value === '' || value.includes('\0')) {
    throw invalidUri(uri, `${name} must be the path of a file`);
  }
  return resolve(value);
}
