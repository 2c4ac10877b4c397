import type { NetworkAddress } from './network-address';
import type { TlsTarget } from './tls-target';

/** What a relay is told in its first line, in JSON: whom to connect to, and for how long to try. */
export type RelayJob = { readonly timeoutMs: number } & (
  | { readonly transport: 'tcp'; readonly target: NetworkAddress }
  | { readonly transport: 'tls'; readonly target: TlsTarget }
);

/** What a relay says in its first line, in JSON: that it is connected, or why it is not. */
export type RelayOutcome = { readonly isConnected: true } | { readonly isConnected: false; readonly problem: string };
