import type { Clock } from '../clock';

/**
 * How a connection stands: `open`; `lost`, its other end went away and a delivery has said so; `ended`, no event will
 * come any more and all are delivered; `closed`, by the program.
 */
export type ConnectionState = 'open' | 'lost' | 'ended' | 'closed';

/**
 * A connection: one driver, one queue of events, and the handlers that the program registered.
 *
 * It is opened by `openConnection` and does nothing by itself: the functions of the library take it as their first
 * argument. An open connection does not keep the process alive.
 *
 * @example
 * ```js
 * import { openConnection } from 'virdeliver';
 *
 * const conn = openConnection('test:///default');
 * console.log(conn.uri, conn.state);
 * conn.close();
 * ```
 */
export interface Connection extends Disposable {
  /** The URI it was opened with. */
  readonly uri: string;
  /** Where it takes the time from. */
  readonly clock: Clock;
  /** How it stands; it is `ended` or `lost` only when all that had arrived is delivered. */
  readonly state: ConnectionState;
  /** Closes it, as `closeConnection` does. */
  close(): void;
  /** Closes it, as `close()` does. */
  [Symbol.dispose](): void;
}
