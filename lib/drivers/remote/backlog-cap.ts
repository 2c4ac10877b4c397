import { ProtocolError } from '../../errors';

/** What a backlog may hold in any case: as much as a queue does by default. */
const FEWEST_EVENTS = 65_536;
const FEWEST_BYTES = 64 * 1024 * 1024;

/**
 * Counts what is kept outside of a connection's queue because it may not be queued yet: messages that come before a connection
 * is open, and events that come while the queue is full and a call awaits its reply.
 *
 * There may be as much of it as the queue may hold, and more than a daemon sends meanwhile in any case. A daemon that sends
 * without end and never replies mustn't fill up the memory.
 */
export class BacklogCap {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  #events = 0;
  #bytes = 0;

  constructor({ maxEvents, maxBytes }: { readonly maxEvents: number; readonly maxBytes: number }) {
    this.#maxEvents = Math.max(maxEvents, FEWEST_EVENTS);
    this.#maxBytes = Math.max(maxBytes, FEWEST_BYTES);
  }

  add(bytes: number): void {
    this.#events += 1;
    this.#bytes += bytes;
  }

  /**
   * Makes sure that what the daemon has sent isn't too much.
   *
   * @param when When it has, for the error.
   * @throws {ProtocolError} `ERR_PROTOCOL`
   */
  require(when: string): void {
    if (this.#events > this.#maxEvents || this.#bytes > this.#maxBytes) {
      const most = `${this.#maxEvents} events or ${this.#maxBytes} bytes of them`;
      throw new ProtocolError(`the daemon has sent more than ${most} ${when}`);
    }
  }

  remove(bytes: number): void {
    this.#events -= 1;
    this.#bytes -= bytes;
  }
}
