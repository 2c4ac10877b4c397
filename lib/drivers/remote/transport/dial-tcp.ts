import type { Socket } from 'node:net';
import { TimeIsUp, type TimeLimit, within } from '../../io/time-limit';
import type { RemoteUri } from '../uri';

/** Where on the network a daemon is to be found. */
export interface NetworkAddress {
  /** A name, or an IPv4 or IPv6 address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
}

/** What tells a daemon's two ports apart. */
type PortKind = 'tcp' | 'tls';

/** libvirt's own ports. */
const PORTS: Readonly<Record<PortKind, number>> = { tcp: 16_509, tls: 16_514 };

/** The address in a URI; without a host it is this machine. */
export function addressIn({ host = 'localhost', port }: RemoteUri, kind: PortKind): NetworkAddress {
  return { host, port: port ?? PORTS[kind] };
}

/** Writes an address as people do: `host:port`, an IPv6 address in brackets. */
export function formatAddress({ host, port }: NetworkAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Waits until a socket emits one of some events.
 *
 * The socket needs a listener for `error` besides, for the time when nobody waits.
 *
 * @throws {TimeIsUp} if none of them comes within the time.
 * @throws {Error} if the socket fails, its own error; if it is given up, the reason of the limit's signal.
 */
export function socketEvent(socket: Socket, events: readonly string[], limit: TimeLimit): Promise<void> {
  return within(limit, (resolve, reject) => {
    socket.on('error', reject);
    for (const event of events) {
      socket.on(event, resolve);
    }
    return () => {
      for (const event of events) {
        socket.removeListener(event, resolve);
      }
      socket.removeListener('error', reject);
    };
  });
}

/** For how many milliseconds a daemon on the network may be connected to, all that comes before the first call included. */
export const DIAL_TIMEOUT = 20_000;

/** What is done about it if nothing listens. */
const HOW_TO_LISTEN: Readonly<Record<PortKind, string>> = {
  tcp: "start virtproxyd-tcp.socket there, or libvirtd-tcp.socket; without systemd set 'listen_tcp = 1' in libvirtd.conf and start libvirtd with --listen",
  tls: 'start virtproxyd-tls.socket there, or libvirtd-tls.socket; without systemd start libvirtd with --listen',
};

/**
 * Connects a socket to a daemon on the network, in the event loop; if a name has several addresses they are tried
 * in turn.
 *
 * @param kind Which of a daemon's ports it is, for what to do if nothing listens.
 * @throws {Error} if it can't be connected within the time; the message says why, and what to do. The socket is closed.
 */
export async function dialTcp(
  socket: Socket,
  kind: PortKind,
  address: NetworkAddress,
  limit: TimeLimit,
): Promise<void> {
  // An 'error' that nobody listens to would be thrown at the program, in the time after this, too.
  socket.on('error', () => {});
  try {
    socket.setNoDelay(true);
    socket.connect({ host: address.host, port: address.port });
    await socketEvent(socket, ['connect'], limit);
  } catch (cause) {
    socket.destroy();
    throw new Error(describe(cause as NodeJS.ErrnoException, kind, address, limit), { cause });
  }
}

function describe(error: NodeJS.ErrnoException, kind: PortKind, address: NetworkAddress, limit: TimeLimit): string {
  const where = formatAddress(address);
  const host = JSON.stringify(address.host);
  if (error instanceof TimeIsUp) {
    return `${where} does not answer within ${limit}; check that the machine is up, and firewalls in between`;
  }
  switch (error.code) {
    case 'ECONNREFUSED':
      return `nothing listens at ${where}; ${HOW_TO_LISTEN[kind]}`;
    case 'ENOTFOUND':
      return `the host name ${host} is not known; check how it is written, and this machine's name service`;
    case 'EAI_AGAIN':
      return `the host name ${host} cannot be looked up now; check this machine's name service`;
    case 'ETIMEDOUT':
      return `${where} does not answer; check that the machine is up, and firewalls in between`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return `${where} cannot be reached from this machine (${error.code}); check its network, and firewalls in between`;
    default:
      return `${where} cannot be connected to: ${error.message || error.code}`;
  }
}
