import { InvalidUriError, OpenError } from '../../../errors';
import type { Environment } from '../environment';
import type { RemoteUri } from '../uri';
import { describeFault, findSocketFault, type SocketFault } from './socket-fault';
import { locateSocket, type SocketMode } from './socket-path';
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
