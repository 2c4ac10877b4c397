import type { Environment } from '../environment';
import type { RemoteUri } from '../uri';
import { composeSshCommand } from './ssh-command';
import type { SshOptions } from './ssh-remote-command';
import { startChild } from './start-child';
import type { OpenedTransport } from './transport';

/**
 * Starts the ssh that connects to the daemon that a URI means; see `composeSshCommand` for the rules.
 *
 * It takes no turn of the event loop, and returns before ssh has connected: where that fails, what ssh said is in the error
 * that the transport ends with. Linux and macOS only.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` where its parts or parameters make no sense, `ERR_UNSUPPORTED_URI` on other
 *   systems.
 * @throws {OpenError} `ERR_OPEN` where ssh cannot be started.
 */
export function openSshTransport(uri: RemoteUri, options: SshOptions, environment: Environment): OpenedTransport {
  const command = composeSshCommand(uri, options);
  const remedy = "install OpenSSH's client, or name a program by the parameter command";
  const transport = startChild(uri, command, remedy, environment);
  return { transport, name: uri.name, host: command.host, isPrivate: command.isVerified, warnings: command.warnings };
}
