import { OpenError } from '../../../errors';
import type { RemoteUri } from '../uri';
import { DIAL_TIMEOUT } from './dial-tcp';
import { addressIn, type NetworkAddress } from './network-address';
import { SocketTransport } from './socket-transport';
import { TimeLimit } from './time-limit';
import type { OpenedTransport } from './transport';

/** The port of a URI for tcp; 16509, libvirt's own, where it names none. */
export function tcpAddress(uri: RemoteUri): NetworkAddress {
  return addressIn(uri, 16_509);
}

/**
 * Connects to a daemon by TCP, in the event loop. What it gives needs no event loop any more.
 *
 * Nothing is encrypted: whoever is on the way can read everything, and take the daemon's place.
 *
 * @param signal Gives it up: nothing is left of it then.
 * @throws {OpenError} `ERR_OPEN` where it cannot be connected to within the time; with what to do.
 */
export async function connectTcp(
  uri: RemoteUri,
  timeoutMs: number = DIAL_TIMEOUT,
  signal?: AbortSignal,
): Promise<OpenedTransport> {
  const address = tcpAddress(uri);
  try {
    const transport = await SocketTransport.toAddress(address, new TimeLimit(timeoutMs, signal));
    return { transport, name: uri.name, host: address.host, isPrivate: false, warnings: [] };
  } catch (cause) {
    throw new OpenError(uri.text, (cause as Error).message, { cause });
  }
}
