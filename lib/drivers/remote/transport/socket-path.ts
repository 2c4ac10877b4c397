import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Environment, sessionSocketFolder } from '../environment';
import { invalidUri, type RemoteUri } from '../uri';

/**
 * Whose sockets are tried: `direct`, the daemon's of one driver (virtqemud, …); `legacy`, the one daemon's for all
 * (libvirtd, or virtproxyd in its place); `auto`, the first, and if it has none the second.
 */
export type SocketMode = 'auto' | 'legacy' | 'direct';

/** How a daemon's socket is chosen, besides what its URI says. */
export interface SocketOptions {
  readonly readOnly: boolean;
  /** `remote_mode` of the client configuration. */
  readonly remoteMode: SocketMode | undefined;
  /** The option `reconnect`, for messages; waiting is the driver's. */
  readonly reconnect?: boolean | 'from-start' | undefined;
}

export interface SocketCandidate {
  readonly path: string;
  /** The daemon that makes it; `undefined` if the URI names the socket. */
  readonly daemon: string | undefined;
  /** What the call `connect open` asks the daemon at this socket for. */
  readonly name: string;
}

/** Where the daemon of a URI is to be found. */
export interface SocketLocation {
  /** The first of the candidates that exists, or may. */
  readonly chosen: SocketCandidate | undefined;
  /** All that were looked for, in the order of preference. */
  readonly candidates: readonly SocketCandidate[];
  /** Whether it is the user's own daemon, not the system's. */
  readonly isSession: boolean;
}

/** The drivers whose daemons are looked for, in this order, if no driver is named and there is no daemon for all. */
const PROBED_DRIVERS = ['xen', 'qemu', 'lxc', 'vbox', 'bhyve', 'vz'];

export function readSocketMode(text: string): SocketMode | undefined {
  return text === 'auto' || text === 'legacy' || text === 'direct' ? text : undefined;
}

/**
 * Finds the socket of the daemon that a URI means, by the rules of libvirt's own client.
 *
 * - The parameter `socket=PATH` names it, relative to the working directory. Otherwise:
 * - The folder is `/var/run/libvirt`. Users other than root have daemons of their own for the path `/session`, for
 *   `test+unix:` and for the empty URI; their folder is `libvirt` in `$XDG_RUNTIME_DIR`, or else in `~/.cache`.
 * - The file is `virtqemud-sock` for the driver `qemu` and so on, or `libvirt-sock`, as the mode has it: that of the URI,
 *   or else that of the client configuration. The system's read-only sockets end in `-ro`; a session has none, so that
 *   read-only is up to the flag of `connect open` there.
 * - If no driver is named the daemon at `libvirt-sock` finds one. If there is no such socket (libvirt gives up then), those
 *   of the drivers are tried.
 *
 * No daemon is ever started.
 *
 * @param remoteMode `remote_mode` of the client configuration.
 * @throws {InvalidUriError} `ERR_INVALID_URI` if the parameters `mode` or `socket` make no sense.
 */
export function locateSocket(
  uri: RemoteUri,
  { readOnly, remoteMode }: SocketOptions,
  environment: Environment,
): SocketLocation {
  const mode = modeOf(uri) ?? remoteMode ?? 'auto';
  const isSession = environment.uid !== 0 && wantsSession(uri);
  const folder = isSession ? sessionSocketFolder(environment) : environment.systemSocketFolder;
  const ending = readOnly && !isSession ? 'sock-ro' : 'sock';
  const direct = (driver: string, name: string): SocketCandidate => ({
    path: join(folder, `virt${driver}d-${ending}`),
    daemon: `virt${driver}d`,
    name,
  });
  const legacy: SocketCandidate = { path: join(folder, `libvirt-${ending}`), daemon: 'libvirtd', name: uri.name };

  let candidates: SocketCandidate[];
  const { socket } = uri.parameters;
  if (socket !== undefined) {
    candidates = [{ path: pathOf(uri, socket), daemon: undefined, name: uri.name }];
  } else if (uri.driver !== undefined) {
    const own = direct(uri.driver, uri.name);
    candidates = { auto: [own, legacy], direct: [own], legacy: [legacy] }[mode];
  } else {
    const level = isSession ? 'session' : 'system';
    const probed = PROBED_DRIVERS.map((driver) => direct(driver, uri.name || `${driver}:///${level}`));
    candidates = mode === 'auto' ? [legacy, ...probed] : [legacy];
  }
  return { chosen: candidates.find(({ path }) => mayExist(path)), candidates, isSession };
}

/**
 * Reads the parameter `mode` of a URI.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if it isn't one.
 */
export function modeOf({ text, parameters }: RemoteUri): SocketMode | undefined {
  const written = parameters.mode;
  if (written === undefined) {
    return undefined;
  }
  const mode = readSocketMode(written);
  if (mode === undefined) {
    const problem = `the parameter mode must be auto, legacy or direct, but is ${JSON.stringify(written)}`;
    throw invalidUri(text, problem);
  }
  return mode;
}

function pathOf({ text }: RemoteUri, socket: string): string {
  if (socket === '') {
    const problem = 'the parameter socket must be the path of a unix socket, but is empty';
    throw invalidUri(text, problem);
  }
  return resolve(socket);
}

function wantsSession({ text, driver, path }: RemoteUri): boolean {
  return text === '' || path === '/session' || driver === 'test';
}

/** Whether something is there, or can't be told to be missing: what is hidden by permissions is found out later. */
function mayExist(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOTDIR';
  }
}
