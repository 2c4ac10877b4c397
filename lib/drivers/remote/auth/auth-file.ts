import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { OpenError } from '../../../errors';
import { FileSyntaxError, readRegularFile } from '../../io/regular-file';
import { type Environment, userConfigurationFolder } from '../environment';
import type { RemoteUri } from '../uri';
import { type KeyFileGroup, parseKeyFile, unescapeValue } from './key-file';

const LONGEST_FILE = 1024 * 1024;

/** What a file of credentials says of a host; it may say a part. */
export interface FileCredentials {
  /** The file and the line of the group where they stand. */
  readonly place: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

export interface FileLookup {
  readonly found: FileCredentials | undefined;
  /** Where it was looked, and what isn't there, for an error. */
  readonly lookedAt: string;
}

interface AuthFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Looks for the credentials for a host in libvirt's file of them: `LIBVIRT_AUTH_FILE`, or else the URI's parameter `authfile`,
 * or else the first that can be read of `$XDG_CONFIG_HOME/libvirt/auth.conf` (`~/.config` if that isn't set) and
 * `/etc/libvirt/auth.conf`.
 *
 * The group `[auth-libvirt-HOST]`, or else `[auth-libvirt-default]`, names by `credentials=NAME` the group
 * `[credentials-NAME]`, which has `authname` (or else `username`) and `password`. Only one file is asked, as in libvirt.
 *
 * @throws {OpenError} `ERR_OPEN` if the file that is named can't be read, or one isn't as it should be; the message has
 *   the line.
 */
export function lookUpCredentials(uri: RemoteUri, host: string, environment: Environment): FileLookup {
  const unread: string[] = [];
  const file = readNamedFile(uri, environment) ?? readUsualFile(environment, unread);
  if (file === undefined) {
    return { found: undefined, lookedAt: unread.join(', ') };
  }
  const { path, bytes } = file;
  if (!isUtf8(bytes)) {
    throw new OpenError(uri.text, `${path} is not in UTF-8`);
  }
  try {
    const groups = parseKeyFile(Buffer.from(bytes).toString());
    const missing = `${path} (has neither [auth-libvirt-${host}] nor [auth-libvirt-default])`;
    return { found: findFor(host, groups, path), lookedAt: [...unread, missing].join(', ') };
  } catch (error) {
    if (error instanceof FileSyntaxError) {
      throw new OpenError(uri.text, `${path}:${error.line}: ${error.message}`);
    }
    throw error;
  }
}

function readNamedFile({ text, parameters }: RemoteUri, { variables }: Environment): AuthFile | undefined {
  const fromVariable = variables['LIBVIRT_AUTH_FILE'];
  const path = fromVariable || parameters.authfile;
  if (path === undefined) {
    return undefined;
  }
  try {
    return { path, bytes: readRegularFile(path, LONGEST_FILE) };
  } catch (cause) {
    const source = fromVariable ? 'LIBVIRT_AUTH_FILE' : 'the parameter authfile';
    const problem = `the file of credentials that ${source} names cannot be read: ${(cause as Error).message}`;
    throw new OpenError(text, problem, { cause });
  }
}

/** Reads the first that can be read of the files in the usual places. */
function readUsualFile(environment: Environment, unread: string[]): AuthFile | undefined {
  for (const folder of [userConfigurationFolder(environment), environment.systemConfigurationFolder]) {
    const path = join(folder, 'auth.conf');
    try {
      return { path, bytes: readRegularFile(path, LONGEST_FILE) };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
      unread.push(`${path} (${isMissing ? 'is not there' : `cannot be read: ${code ?? message}`})`);
    }
  }
  return undefined;
}

/** @throws {FileSyntaxError} if a group lacks what it must have. */
function findFor(host: string, groups: ReadonlyMap<string, KeyFileGroup>, path: string): FileCredentials | undefined {
  const group = groups.get(`auth-libvirt-${host}`) ?? groups.get('auth-libvirt-default');
  if (group === undefined) {
    return undefined;
  }
  const reference = group.values.get('credentials');
  if (reference === undefined) {
    throw new FileSyntaxError('the group lacks credentials=NAME', group.line);
  }
  const name = `credentials-${unescapeValue(reference)}`;
  const credentials = groups.get(name);
  if (credentials === undefined) {
    throw new FileSyntaxError(`there is no group [${name}]`, reference.line);
  }
  const read = (key: string) => {
    const value = credentials.values.get(key);
    return value && unescapeValue(value);
  };
  return {
    place: `${path}:${credentials.line}`,
    user: read('authname') ?? read('username'),
    password: read('password'),
  };
}
