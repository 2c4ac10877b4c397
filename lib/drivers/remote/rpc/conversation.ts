import { systemClock } from '../../../clock';
import type { Dialogue } from '../../io/dialogue';
import type { Answer } from './outstanding-calls';
import type { Procedure } from './protocol';
import type { Call, RpcChannel } from './rpc-channel';
import { XdrReader } from './xdr-reader';

/** How long a daemon may take to answer a call, in milliseconds. */
export const CALL_TIMEOUT = 10_000;

/** What has more time than this by itself is a step in which a person may be asked for something, in milliseconds. */
const LONGEST_COUNTED = 30_000;

/**
 * Calls to a daemon, each made when the one before it is answered.
 *
 * The daemon has a time for all of its answers together: each may come just in time, or piece by piece, but not all of them. A
 * step in which a person may be asked for something has its own time, and doesn't count.
 */
export class Conversation {
  readonly #channel: RpcChannel;
  #left: number;

  constructor(channel: RpcChannel, timeoutMs: number) {
    this.#channel = channel;
    this.#left = timeoutMs;
  }

  /**
   * Makes a call.
   *
   * @param timeoutMs How long its answer may take by itself.
   * @returns A reader of its result.
   * @throws {DaemonError} `ERR_DAEMON` if the daemon refuses it.
   * @throws What `RpcChannel.callAll` throws.
   */
  *call(procedure: Procedure, payload: Uint8Array, timeoutMs: number = CALL_TIMEOUT): Dialogue<XdrReader> {
    const [answer] = (yield* this.callAll([{ procedure, payload }], timeoutMs)) as [Answer];
    if (answer instanceof Error) {
      throw answer;
    }
    return new XdrReader(answer, `the reply to ${procedure.name}`);
  }

  /** Makes calls without awaiting one reply before the next call; see `RpcChannel.callAll`. */
  *callAll(calls: readonly Call[], timeoutMs: number = CALL_TIMEOUT): Dialogue<Answer[]> {
    if (timeoutMs > LONGEST_COUNTED) {
      return yield* this.#channel.callAll(calls, timeoutMs);
    }
    const start = systemClock.monotonic();
    try {
      return yield* this.#channel.callAll(calls, Math.min(timeoutMs, Math.max(Math.ceil(this.#left), 1)));
    } finally {
      this.#left -= systemClock.monotonic() - start;
    }
  }
}
