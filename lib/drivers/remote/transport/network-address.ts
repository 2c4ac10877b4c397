import type { RemoteUri } from '../uri';

/** Where on the network a daemon is to be found. */
export interface NetworkAddress {
  /** A name, or an IPv4 or IPv6 address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The address in a URI; without a host it is this machine. */
export function addressIn({ host = 'localhost', port }: RemoteUri, defaultPort: number): NetworkAddress {
  return { host, port: port ?? defaultPort };
}

/** Writes an address as people do: `host:port`, an IPv6 address in brackets. */
export function formatAddress({ host, port }: NetworkAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
