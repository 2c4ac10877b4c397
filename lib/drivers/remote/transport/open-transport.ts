import { InvalidUriError } from '../../../errors';
import type { Environment } from '../environment';
import type { RemoteUri } from '../uri';
import { connectTcp } from './connect-tcp';
import { connectTls } from './connect-tls';
import { openExtTransport } from './open-ext-transport';
import { openSshTransport } from './open-ssh-transport';
import { openUnixTransport } from './open-unix-transport';
import { openRelayed } from './relay';
import type { SocketMode } from './socket-path';
import type { OpenedTransport } from './transport';

/** How a transport is opened, besides what its URI says. */
export interface TransportOptions {
  readonly readOnly: boolean;
  /** `remote_mode` of the client configuration. */
  readonly remoteMode: SocketMode | undefined;
  /** Whether tcp and tls go through a child process. */
  readonly relay: boolean;
}

/** Whether the transport of a URI opens without a turn of the event loop. */
export function opensSynchronously({ transport }: RemoteUri, { relay }: TransportOptions): boolean {
  return relay || (transport !== 'tcp' && transport !== 'tls');
}

/**
 * Connects to the daemon that a URI means, without a turn of the event loop.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` where its parameters make no sense, `ERR_UNSUPPORTED_URI` where its transport
 *   needs the event loop.
 * @throws {OpenError} `ERR_OPEN` where the daemon cannot be connected to; with what to do.
 */
export function openTransport(uri: RemoteUri, options: TransportOptions, environment: Environment): OpenedTransport {
  switch (uri.transport) {
    case 'unix':
      return openUnixTransport(uri, options, environment);
    case 'tcp':
    case 'tls':
      requireSynchronous(uri, options);
      return openRelayed(uri, environment);
    case 'ssh':
    case 'libssh':
    case 'libssh2':
      return openSshTransport(uri, options, environment);
    case 'ext':
      return openExtTransport(uri, environment);
  }
}

/** Does what `openTransport` does in the event loop, and with every transport. */
export async function openTransportAsync(
  uri: RemoteUri,
  options: TransportOptions,
  environment: Environment,
): Promise<OpenedTransport> {
  if (opensSynchronously(uri, options)) {
    return openTransport(uri, options, environment);
  }
  return uri.transport === 'tcp' ? connectTcp(uri) : connectTls(uri, environment);
}

/** @throws {InvalidUriError} `ERR_UNSUPPORTED_URI` */
function requireSynchronous(uri: RemoteUri, options: TransportOptions): void {
  if (opensSynchronously(uri, options)) {
    return;
  }
  const { text, driver = 'remote', transport, host, path } = uri;
  let problem = `${transport} connects in the event loop: use openConnectionAsync, or the option { relay: true }`;
  const isImplied = !/^[^:]*\+/.test(text);
  if (isImplied) {
    problem = `a host without a transport means tls, and ${problem}`;
    if (path === '' && (host === 'system' || host === 'session')) {
      problem = `did you mean "${driver}:///${host}"? ${problem}`;
    }
  }
  throw new InvalidUriError('ERR_UNSUPPORTED_URI', text, problem);
}
