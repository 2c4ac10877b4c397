import { join } from 'node:path';
import { InvalidUriError, OpenError } from '../../errors';
import { FileSyntaxError, readRegularFile } from '../io/regular-file';
import { type ConfigurationValue, parseConfiguration } from './configuration-file';
import { configurationFolder, type Environment } from './environment';
import { readSocketMode, type SocketMode } from './transport/socket-path';

/** What a user has set in libvirt's client configuration, `libvirt.conf`, as far as it is used here. */
export interface ClientConfiguration {
  readonly file: string;
  /** `uri_default`: the URI for a program that gives none. */
  readonly defaultUri: string | undefined;
  /** `uri_aliases`: short names for URIs. */
  readonly aliases: ReadonlyMap<string, string>;
  /** `remote_mode`: which sockets are tried if the URI has no `mode`. */
  readonly remoteMode: SocketMode | undefined;
}

const LONGEST_FILE = 1024 * 1024;

const ALIAS = /^[A-Za-z0-9_-]+$/;

/**
 * Reads libvirt's client configuration: root's is `/etc/libvirt/libvirt.conf`, another user's is
 * `$XDG_CONFIG_HOME/libvirt/libvirt.conf` or else `~/.config/libvirt/libvirt.conf`. There needn't be one.
 *
 * @param given What the program gave as URI, for error messages.
 * @throws {OpenError} `ERR_OPEN` if the file can't be read, or isn't as it should be; the message has the line.
 */
export function readClientConfiguration(given: string, environment: Environment): ClientConfiguration {
  const file = join(configurationFolder(environment), 'libvirt.conf');
  try {
    return { file, ...readSettings(readSettingsFile(file)) };
  } catch (cause) {
    if (cause instanceof FileSyntaxError) {
      throw new OpenError(given, `${file}:${cause.line}: ${cause.message}`);
    }
    throw new OpenError(given, `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Finds the URI that is meant by what a program gave: a URI, an alias of the client configuration, or nothing.
 *
 * Nothing stands for `LIBVIRT_DEFAULT_URI`, or else for `uri_default`, either of which may be an alias.
 *
 * @returns A URI; the empty one if nothing says which, so that the daemon is asked.
 * @throws {InvalidUriError} `ERR_INVALID_URI` if what is meant looks like an alias, but isn't one.
 */
export function resolveUri(given: string, configuration: ClientConfiguration, environment: Environment): string {
  const { file, defaultUri, aliases } = configuration;
  const fromVariable = environment.variables['LIBVIRT_DEFAULT_URI'];
  const meant = given || fromVariable || defaultUri || '';
  const uri = aliases.get(meant) ?? meant;
  // A lone - is how standard input is written in place of a connection's URI.
  if (uri === meant && ALIAS.test(meant) && meant !== '-') {
    const source = given ? '' : ` (which is ${fromVariable ? 'LIBVIRT_DEFAULT_URI' : `uri_default in ${file}`})`;
    const known = aliases.size > 0 ? `there are ${[...aliases.keys()].join(', ')}` : 'there are none';
    const problem = `neither a URI such as qemu:///system nor an alias in ${file}; ${known}${source}`;
    throw new InvalidUriError('ERR_INVALID_URI', meant, problem);
  }
  return uri;
}

function readSettingsFile(file: string): Map<string, ConfigurationValue> {
  let text: string;
  try {
    text = readRegularFile(file, LONGEST_FILE).toString();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return new Map();
    }
    throw error;
  }
  return parseConfiguration(text);
}

/** @throws {FileSyntaxError} if a setting has a value that it doesn't take. */
function readSettings(settings: ReadonlyMap<string, ConfigurationValue>): Omit<ClientConfiguration, 'file'> {
  const defaultUri = settings.get('uri_default');
  const aliases = settings.get('uri_aliases');
  const remoteMode = settings.get('remote_mode');
  return {
    defaultUri: (defaultUri && stringOf('uri_default', defaultUri)) || undefined,
    aliases: aliases === undefined ? new Map() : readAliases(aliases),
    remoteMode: remoteMode && readRemoteMode(remoteMode),
  };
}

/** Of an alias that is given twice, the first one counts, as in libvirt. */
function readAliases(list: ConfigurationValue): Map<string, string> {
  if (list.kind !== 'list') {
    throw new FileSyntaxError('uri_aliases must be a list, such as [ "name=qemu:///system" ]', list.line);
  }
  const aliases = new Map<string, string>();
  for (const item of list.items) {
    const entry = stringOf('an entry of uri_aliases', item);
    const [, alias, uri] = /^([^=]*)=(.+)$/s.exec(entry) ?? [];
    if (alias === undefined || uri === undefined || !ALIAS.test(alias)) {
      // The entry itself isn't shown: its URI may hold a password.
      const expected = '"ALIAS=URI", the alias of letters, digits, _ and -';
      throw new FileSyntaxError(`an entry of uri_aliases is not ${expected}`, item.line);
    }
    if (!aliases.has(alias)) {
      aliases.set(alias, uri);
    }
  }
  return aliases;
}

function readRemoteMode(setting: ConfigurationValue): SocketMode {
  const text = stringOf('remote_mode', setting);
  const mode = readSocketMode(text);
  if (mode === undefined) {
    const problem = `remote_mode must be "auto", "legacy" or "direct", but is ${JSON.stringify(text)}`;
    throw new FileSyntaxError(problem, setting.line);
  }
  return mode;
}

function stringOf(name: string, setting: ConfigurationValue): string {
  if (setting.kind !== 'string') {
    throw new FileSyntaxError(`${name} must be a string in quotes, but is a ${setting.kind}`, setting.line);
  }
  return setting.text;
}
