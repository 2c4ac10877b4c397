import { accessSync, constants } from 'node:fs';
import { InvalidUriError, OpenError } from '../../../errors';
import { type DescriptorKind, kindOfPath } from '../../io/descriptor';
import type { Environment } from '../environment';
import type { RemoteUri } from '../uri';
import { locateSocket, type SocketCandidate, type SocketLocation, type SocketMode } from './socket-path';
import { SocketTransport } from './socket-transport';
import type { OpenedTransport } from './transport';

/**
 * Connects to the unix socket of the daemon that a URI means; see `locateSocket` for the rules.
 *
 * It takes no turn of the event loop. Linux and macOS only.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` where its parameters make no sense, `ERR_UNSUPPORTED_URI` on other systems.
 * @throws {OpenError} `ERR_OPEN` where there is no such socket, or it cannot be connected to; with what to do.
 */
export function openUnixTransport(
  uri: RemoteUri,
  options: { readonly readOnly: boolean; readonly remoteMode: SocketMode | undefined },
  environment: Environment,
): OpenedTransport {
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    const problem = `a libvirt daemon's unix socket needs Linux or macOS, but this is ${process.platform}`;
    throw new InvalidUriError('ERR_UNSUPPORTED_URI', uri.text, problem);
  }
  const location = locateSocket(uri, options, environment);
  const fail = (fault: SocketFault, cause?: unknown): OpenError =>
    new OpenError(uri.text, describeFault(fault, location, options.readOnly, environment), { cause });

  const { chosen } = location;
  if (chosen === undefined) {
    throw fail({ kind: 'missing' });
  }
  const fault = findSocketFault(chosen.path);
  if (fault !== undefined) {
    throw fail(fault);
  }
  try {
    const transport = SocketTransport.toPath(chosen.path);
    return { transport, name: chosen.name, host: 'localhost', isPrivate: true, warnings: [] };
  } catch (cause) {
    // Between the look and the connection the socket may have gone.
    throw fail(findSocketFault(chosen.path) ?? faultOfConnecting(cause as NodeJS.ErrnoException), cause);
  }
}

function faultOfConnecting(error: NodeJS.ErrnoException): SocketFault {
  return error.code === 'ENOTCONN' ? { kind: 'refused' } : { kind: 'unknown', error };
}

/** Why a daemon's socket cannot be connected to. */
export type SocketFault =
  | { readonly kind: 'missing' }
  /** The user may not use it, or not even see whether it is there. */
  | { readonly kind: 'denied' }
  /** Something else is there. */
  | { readonly kind: 'other'; readonly what: DescriptorKind }
  | { readonly kind: 'too long'; readonly bytes: number }
  /** It is there and allowed, but not connected: no process listens, or too many connections wait to be accepted. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'unknown'; readonly error: Error };

/** The longest path of a unix socket in bytes: `sockaddr_un` holds 108 on Linux, 104 on macOS, a NUL among them. */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;

/** Looks at a path without connecting; finds what would make connecting fail, since connecting does not tell. */
export function findSocketFault(path: string): SocketFault | undefined {
  const bytes = Buffer.byteLength(path);
  if (bytes > LONGEST_PATH) {
    return { kind: 'too long', bytes };
  }
  try {
    const what = kindOfPath(path);
    if (what !== 'socket') {
      return { kind: 'other', what };
    }
    // To connect is to write (unix(7)).
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    return faultOfError(error as NodeJS.ErrnoException);
  }
}

function faultOfError(error: NodeJS.ErrnoException): SocketFault {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { kind: 'missing' };
    case 'EACCES':
    case 'EPERM':
      return { kind: 'denied' };
    default:
      return { kind: 'unknown', error };
  }
}

/** Says what is wrong with the socket of a location, which paths were looked at, and what to do about it. */
export function describeFault(
  fault: SocketFault,
  location: SocketLocation,
  readOnly: boolean,
  environment: Environment,
): string {
  const { chosen, candidates, isSession } = location;
  if (chosen === undefined || fault.kind === 'missing') {
    const daemons = candidates.flatMap(({ daemon }) => daemon ?? []);
    return `there is no socket of a daemon, looked for at ${pathsOf(candidates)}; ${howToStart(daemons, isSession, readOnly)}`;
  }
  const passed = candidates.slice(0, candidates.indexOf(chosen));
  const path = passed.length === 0 ? chosen.path : `${chosen.path} (there is no ${pathsOf(passed)})`;
  switch (fault.kind) {
    case 'denied':
      return `this user (uid ${environment.uid}) may not use ${path}; ${howToBeAllowed(location, readOnly)}`;
    case 'other':
      return `${path} is a ${fault.what}, not a unix socket; name the daemon's socket, as in ?socket=PATH`;
    case 'too long':
      return `the path of a unix socket is at most ${LONGEST_PATH} bytes long, but ${path} is ${fault.bytes}; use a symbolic link to its folder`;
    case 'refused': {
      const how = howToStart(chosen.daemon === undefined ? [] : [chosen.daemon], isSession, readOnly);
      return `${path} takes no connection: its daemon has ended, or more are waiting than it takes; ${how}`;
    }
    case 'unknown':
      return `${path} cannot be used: ${fault.error.message}`;
  }
}

function pathsOf(candidates: readonly SocketCandidate[]): string {
  return candidates.map(({ path }) => path).join(', ');
}

function howToStart(possible: readonly string[], isSession: boolean, readOnly: boolean): string {
  // Where many would do, the two that most machines have stand for all.
  const daemons = possible.length > 2 ? ['virtqemud', 'libvirtd'] : possible;
  if (daemons.length === 0) {
    return 'check the parameter socket, and that the daemon runs';
  }
  const names = daemons.join(' or ');
  if (isSession) {
    return `start ${names} as this user (a connection by virsh starts it, too), or use the system's with the path /system`;
  }
  const units = daemons.map((daemon) => `'systemctl start ${daemon}${readOnly ? '-ro' : ''}.socket'`).join(' or ');
  return `start ${names}, with systemd by ${units}`;
}

function howToBeAllowed({ chosen, isSession }: SocketLocation, readOnly: boolean): string {
  if (isSession) {
    return 'it belongs to another user; check XDG_RUNTIME_DIR and HOME';
  }
  const join = "join the group that owns it (often 'libvirt': 'usermod -a -G libvirt USER' by root, then log in again)";
  const hasReadOnlySocket = chosen?.daemon !== undefined;
  return readOnly || !hasReadOnlySocket ? join : `${join}, or open the connection with { readOnly: true }`;
}
