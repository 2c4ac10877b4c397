import { InvalidUriError } from '../../../errors';
import type { Environment } from '../environment';
import type { RemoteUri } from '../uri';
import { startChild } from './start-child';
import type { OpenedTransport } from './transport';

/**
 * Starts the program that the parameter `command` of a URI names, whose standard input and output are the connection.
 *
 * It is started as it is, without arguments and without a shell, as libvirt does. The connection is taken for a private one:
 * what carries the bytes from there on is the user's own choice. Linux and macOS only.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` where no program is named, `ERR_UNSUPPORTED_URI` on other systems.
 * @throws {OpenError} `ERR_OPEN` where the program cannot be started.
 */
export function openExtTransport(uri: RemoteUri, environment: Environment): OpenedTransport {
  const { command } = uri.parameters;
  if (!command) {
    const problem = 'the transport ext needs the parameter command, the program whose standard input and output it is';
    throw new InvalidUriError('ERR_INVALID_URI', uri.text, problem);
  }
  const remedy = 'the parameter command is a program without arguments; put what needs some into a script';
  const transport = startChild(uri, { program: command, args: [] }, remedy, environment);
  return { transport, name: uri.name, host: 'localhost', isPrivate: true, warnings: [] };
}
