import { accessSync, constants } from 'node:fs';
import { InvalidUriError, OpenError } from '../../../errors';
import { kindOfPath } from '../../io/descriptor';
import type { Environment } from '../environment';
import type { RemoteUri } from '../uri';
import type { OpenedTransport } from './opened-transport';
import { locateSocket, type SocketCandidate, type SocketLocation, type SocketOptions } from './socket-path';
import { SocketTransport } from './socket-transport';

/** The longest path of a unix socket in bytes: `sockaddr_un` holds 108 on Linux, 104 on macOS, a NUL among them. */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;

/**
 * Connects to the unix socket of the daemon that a URI means; see `locateSocket` for the rules.
 *
 * It takes no turn of the event loop. Linux and macOS only.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if its parameters make no sense, `ERR_UNSUPPORTED_URI` on other systems, and of an
 *   embedded driver.
 * @throws {OpenError} `ERR_OPEN` if there is no such socket, or it can't be connected to; with what to do.
 */
export function openUnixTransport(uri: RemoteUri, options: SocketOptions, environment: Environment): OpenedTransport {
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    const problem = `a libvirt daemon's unix socket needs Linux or macOS, but this is ${process.platform}`;
    throw new InvalidUriError('ERR_UNSUPPORTED_URI', uri.text, problem);
  }
  if (uri.path === '/embed') {
    const problem =
      "embedded drivers run inside a program that loads libvirt's C library, which this one doesn't; use qemu:///system or qemu:///session";
    throw new InvalidUriError('ERR_UNSUPPORTED_URI', uri.text, problem);
  }
  const location = locateSocket(uri, options, environment);
  const { chosen, candidates, isSession } = location;
  if (chosen === undefined) {
    throw new OpenError(uri.text, missing(candidates, isSession, options));
  }
  const fault = findFault(chosen, location, options, environment);
  if (fault !== undefined) {
    throw new OpenError(uri.text, fault);
  }
  try {
    const transport = SocketTransport.toPath(chosen.path);
    return { transport, name: chosen.name, host: 'localhost', isPrivate: true, warnings: [] };
  } catch (cause) {
    // Between the look and the connection the socket may have gone.
    const problem = findFault(chosen, location, options, environment) ?? unconnected(chosen, location, options, cause);
    throw new OpenError(uri.text, problem, { cause });
  }
}

/**
 * Makes sure that there may be a socket some day at the place where the daemon's is looked for.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if the URI's parameters make no sense.
 * @throws {OpenError} `ERR_OPEN` if the path is too long, or something else is there.
 */
export function requirePossibleSocket(uri: RemoteUri, options: SocketOptions, environment: Environment): void {
  const location = locateSocket(uri, options, environment);
  let fault: string | undefined;
  try {
    fault = findWrongPath(location.chosen ?? (location.candidates[0] as SocketCandidate), location);
  } catch {
    // Nothing is there, or nobody here may look.
  }
  if (fault !== undefined) {
    throw new OpenError(uri.text, fault);
  }
}

/**
 * Finds what makes a path one where no socket can be.
 *
 * @throws {Error} if there is nothing, or it can't be looked at.
 */
function findWrongPath(candidate: SocketCandidate, location: SocketLocation): string | undefined {
  const path = pathWithPassed(candidate, location);
  const bytes = Buffer.byteLength(candidate.path);
  if (bytes > LONGEST_PATH) {
    return `the path of a unix socket is at most ${LONGEST_PATH} bytes long, but ${path} is ${bytes}; use a symbolic link to its folder`;
  }
  const kind = kindOfPath(candidate.path);
  return kind === 'socket'
    ? undefined
    : `${path} is a ${kind}, not a unix socket; name the daemon's socket, as in ?socket=PATH`;
}

/** Finds, without connecting, what would make connecting fail, since connecting doesn't tell. */
function findFault(
  chosen: SocketCandidate,
  location: SocketLocation,
  options: SocketOptions,
  { uid }: Environment,
): string | undefined {
  try {
    const wrongPath = findWrongPath(chosen, location);
    if (wrongPath !== undefined) {
      return wrongPath;
    }
    // To connect is to write (unix(7)).
    accessSync(chosen.path, constants.W_OK);
    return undefined;
  } catch (error) {
    const path = pathWithPassed(chosen, location);
    const { code, message } = error as NodeJS.ErrnoException;
    switch (code) {
      case 'ENOENT':
      case 'ENOTDIR':
        return missing(location.candidates, location.isSession, options);
      case 'EACCES':
      case 'EPERM':
        return `this user (uid ${uid}) may not use ${path}; ${howToBeAllowed(chosen, location, options)}`;
      default:
        return `${path} cannot be used: ${message}`;
    }
  }
}

/** Why there is no connection to a socket that is there and allowed. */
function unconnected(
  chosen: SocketCandidate,
  location: SocketLocation,
  options: SocketOptions,
  error: unknown,
): string {
  const path = pathWithPassed(chosen, location);
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'ENOTCONN') {
    return `${path} cannot be used: ${message}`;
  }
  const how = howToStart([chosen], location.isSession, options);
  return `${path} takes no connection: its daemon has ended, or more are waiting than it takes; ${how}`;
}

function missing(candidates: readonly SocketCandidate[], isSession: boolean, options: SocketOptions): string {
  const how = howToStart(candidates, isSession, options);
  return `there is no socket of a daemon, looked for at ${pathsOf(candidates)}; ${how}`;
}

/** The path of a socket, and those that were looked at before and aren't there. */
function pathWithPassed(chosen: SocketCandidate, { candidates }: SocketLocation): string {
  const passed = candidates.slice(0, candidates.indexOf(chosen));
  return passed.length === 0 ? chosen.path : `${chosen.path} (there is no ${pathsOf(passed)})`;
}

function pathsOf(candidates: readonly SocketCandidate[]): string {
  return candidates.map(({ path }) => path).join(', ');
}

function howToStart(candidates: readonly SocketCandidate[], isSession: boolean, options: SocketOptions): string {
  const wait =
    options.reconnect === true ? "; or open the connection with { reconnect: 'from-start' }, which waits for it" : '';
  return `${howToStartAny(candidates, isSession, options)}${wait}`;
}

function howToStartAny(
  candidates: readonly SocketCandidate[],
  isSession: boolean,
  { readOnly }: SocketOptions,
): string {
  const possible = candidates.flatMap(({ daemon }) => daemon ?? []);
  // If many would do, the two that most machines have stand for all.
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

function howToBeAllowed(
  { daemon }: SocketCandidate,
  { isSession }: SocketLocation,
  { readOnly }: SocketOptions,
): string {
  if (isSession) {
    return 'it belongs to another user; check XDG_RUNTIME_DIR and HOME';
  }
  const join = "join the group that owns it (often 'libvirt': 'usermod -a -G libvirt USER' by root, then log in again)";
  const hasReadOnlySocket = daemon !== undefined;
  return readOnly || !hasReadOnlySocket ? join : `${join}, or open the connection with { readOnly: true }`;
}
