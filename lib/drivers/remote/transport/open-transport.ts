import { InvalidUriError, OpenError } from '../../../errors';
import { ChildTransport } from '../../io/child-transport';
import type { Dialogue } from '../../io/dialogue';
import type { Environment } from '../environment';
import { invalidUri, type RemoteUri } from '../uri';
import { DIAL_TIMEOUT } from './dial-tcp';
import { openNetworkTransport } from './open-network-transport';
import { openUnixTransport } from './open-unix-transport';
import type { OpenedTransport } from './opened-transport';
import type { SocketOptions } from './socket-path';
import { composeSshCommand } from './ssh-command';

export interface TransportOptions extends SocketOptions {
  /** Whether tcp and tls go through a child process. */
  readonly relay: boolean;
}

/** Whether the transport of a URI opens without a turn of the event loop. */
export function opensSynchronously({ transport }: RemoteUri, { relay }: TransportOptions): boolean {
  return relay || (transport !== 'tcp' && transport !== 'tls');
}

/**
 * Connects to the daemon that a URI means.
 *
 * @param signal Gives it up: nothing is left of it then.
 * @throws {InvalidUriError} `ERR_INVALID_URI` if its parameters make no sense, `ERR_UNSUPPORTED_URI` if the thread is blocked
 *   for it, but its transport needs the event loop.
 * @throws {OpenError} `ERR_OPEN` if the daemon can't be connected to; with what to do.
 */
export function* openTransport(
  uri: RemoteUri,
  options: TransportOptions,
  environment: Environment,
  signal?: AbortSignal,
): Dialogue<OpenedTransport> {
  switch (uri.transport) {
    case 'unix':
      return openUnixTransport(uri, options, environment);
    case 'tcp':
    case 'tls':
      return yield* openNetworkTransport(uri, options, environment, DIAL_TIMEOUT, signal);
    case 'ssh':
    case 'libssh':
    case 'libssh2':
      return openSshTransport(uri, options, environment);
    case 'ext':
      return openExtTransport(uri, environment);
  }
}

/**
 * Starts the ssh that connects to the daemon that a URI means; see `composeSshCommand` for the rules.
 *
 * It returns before ssh has connected: if that fails, what ssh said is in the error that the transport ends with.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if its parts or parameters make no sense.
 * @throws What `startChild` throws.
 */
export function openSshTransport(uri: RemoteUri, options: SocketOptions, environment: Environment): OpenedTransport {
  const { program, args, host, isVerified: isPrivate, warnings } = composeSshCommand(uri, options);
  const remedy = "install OpenSSH's client, or name a program by the parameter command";
  return { transport: startChild(uri, program, args, remedy, environment), name: uri.name, host, isPrivate, warnings };
}

/**
 * Starts the program that the parameter `command` of a URI names, whose standard input and output are the connection.
 *
 * It is started as it is, without arguments and without a shell, as libvirt does. The connection is taken for a private one:
 * what carries the bytes from there on is the user's own choice.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if no program is named.
 * @throws What `startChild` throws.
 */
export function openExtTransport(uri: RemoteUri, environment: Environment): OpenedTransport {
  const { command } = uri.parameters;
  if (!command) {
    const problem = 'the transport ext needs the parameter command, the program whose standard input and output it is';
    throw invalidUri(uri.text, problem);
  }
  const remedy = 'the parameter command is a program without arguments; put what needs some into a script';
  const transport = startChild(uri, command, [], remedy, environment);
  return { transport, name: uri.name, host: 'localhost', isPrivate: true, warnings: [] };
}

/**
 * Starts a program that connects to the daemon that a URI means. Linux and macOS only.
 *
 * @param remedy What to do if it can't be started.
 * @throws {InvalidUriError} `ERR_UNSUPPORTED_URI` on other systems.
 * @throws {OpenError} `ERR_OPEN` if the program can't be started.
 */
function startChild(
  { text }: RemoteUri,
  program: string,
  args: readonly string[],
  remedy: string,
  { variables }: Environment,
): ChildTransport {
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    const problem = `the pipes of a child process need Linux or macOS, but this is ${process.platform}`;
    throw new InvalidUriError('ERR_UNSUPPORTED_URI', text, problem);
  }
  try {
    return new ChildTransport(program, args, { environment: variables });
  } catch (cause) {
    throw new OpenError(text, `${(cause as Error).message}; ${remedy}`, { cause });
  }
}
