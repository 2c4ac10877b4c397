import type { Transport } from '../../io/transport';

/** A connection to a daemon that is made, before the first call. */
export interface OpenedTransport {
  readonly transport: Transport;
  /** What the call `connect open` asks the daemon for. */
  readonly name: string;
  /** The daemon's host, as far as credentials depend on it; `localhost` on this machine. */
  readonly host: string;
  /** Whether nobody but the daemon can read the bytes, so that a password may be among them. */
  readonly isPrivate: boolean;
  /** What the program's user should know, such as that the other end wasn't verified; the driver makes events of them. */
  readonly warnings: readonly string[];
}
