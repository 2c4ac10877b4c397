import { InvalidUriError } from '../../../errors';
import type { Environment } from '../environment';
import type { RemoteUri } from '../uri';
import { connectTcp } from './connect-tcp';
import { connectTls } from './connect-tls';
import { DIAL_TIMEOUT } from './dial-tcp';
import { openExtTransport } from './open-ext-transport';
import { openSshTransport } from './open-ssh-transport';
import { openUnixTransport } from './open-unix-transport';
import { openRelayed, openRelayedAsync } from './relay';
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
      refuseMistakenHost(uri);
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

/**
 * Does what `openTransport` does in the event loop, and with every transport.
 *
 * @param signal Gives it up: nothing is left of it then.
 */
export async function openTransportAsync(
  uri: RemoteUri,
  options: TransportOptions,
  environment: Environment,
  signal?: AbortSignal,
): Promise<OpenedTransport> {
  if (uri.transport !== 'tcp' && uri.transport !== 'tls') {
    return openTransport(uri, options, environment);
  }
  refuseMistakenHost(uri);
  if (options.relay) {
    return openRelayedAsync(uri, environment, DIAL_TIMEOUT, signal);
  }
  return uri.transport === 'tcp'
    ? connectTcp(uri, DIAL_TIMEOUT, signal)
    : connectTls(uri, environment, DIAL_TIMEOUT, signal);
}

/** @throws {InvalidUriError} `ERR_UNSUPPORTED_URI` */
function requireSynchronous(uri: RemoteUri, options: TransportOptions): void {
  if (!opensSynchronously(uri, options)) {
    const { text, transport } = uri;
    const problem = `${transport} connects in the event loop: use openConnectionAsync, or the option { relay: true }`;
    const why = isTlsImplied(uri) ? 'a host without a transport means tls, and ' : '';
    throw new InvalidUriError('ERR_UNSUPPORTED_URI', text, `${why}${problem}`);
  }
}

/**
 * Refuses what is a slip of the pen: `qemu://system`, where `system` is a host and there is no path.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI`
 */
function refuseMistakenHost(uri: RemoteUri): void {
  const { text, driver = 'remote', host, path } = uri;
  if (isTlsImplied(uri) && path === '' && (host === 'system' || host === 'session')) {
    const problem = `did you mean "${driver}:///${host}"? With two slashes ${host} is a host, to be reached by tls`;
    throw new InvalidUriError('ERR_INVALID_URI', text, problem);
  }
}

/** Whether a URI's transport is tls only because there is a host. */
function isTlsImplied({ text, transport }: RemoteUri): boolean {
  return transport === 'tls' && !/^[^:]*\+/.test(text);
}
