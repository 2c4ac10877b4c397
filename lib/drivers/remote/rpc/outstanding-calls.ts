import { DaemonError } from '../../../errors';
import { type Packet, unexpectedPacket } from './packet';
import { type Procedure, packetStatus } from './protocol';
import { XdrReader } from './xdr-reader';

/** A call's result in XDR, or why the daemon refused it. */
export type Answer = Uint8Array | DaemonError;

export interface SentCall {
  readonly procedure: Procedure;
  readonly serial: number;
  /** Not there until its reply is. */
  answer: Answer | undefined;
  /** What the replies of the calls that are made together may still take. */
  readonly room: ReplyRoom;
}

/** How many bytes the results of calls that are made together may still have, since all of them are kept. */
export interface ReplyRoom {
  bytes: number;
}

/** How many bytes the results of calls that are made together may have: twice the longest packet. */
export const MOST_REPLY_BYTES: number = 64 * 1024 * 1024;

/** The last number that a serial can be, before they begin anew. */
const LAST_SERIAL = 2 ** 32 - 1;

/** The calls of one connection that await their replies, which may come in any order. */
export class OutstandingCalls {
  readonly #awaited = new Map<number, SentCall>();
  /** The serials of calls whose time was up; replies to them may still come. */
  readonly #givenUp = new Set<number>();
  #serial: number;

  /** @param serial The serial before the first. */
  constructor(serial = 0) {
    this.#serial = serial;
  }

  /** How many calls the daemon hasn't answered yet, those among them whose time was up. */
  get count(): number {
    return this.#awaited.size + this.#givenUp.size;
  }

  /** Takes a call in, under a serial of its own. */
  begin(procedure: Procedure, room: ReplyRoom = { bytes: MOST_REPLY_BYTES }): SentCall {
    this.#serial = this.#serial === LAST_SERIAL ? 1 : this.#serial + 1;
    const call: SentCall = { procedure, serial: this.#serial, answer: undefined, room };
    this.#awaited.set(call.serial, call);
    return call;
  }

  withdraw({ serial }: SentCall): void {
    this.#awaited.delete(serial);
  }

  /** Awaits these calls no longer, as far as they aren't answered. */
  giveUp(calls: readonly SentCall[]): void {
    for (const { serial } of calls) {
      if (this.#awaited.delete(serial)) {
        this.#givenUp.add(serial);
      }
    }
  }

  /**
   * Gives the call that a reply belongs to its answer.
   *
   * @throws {ProtocolError} `ERR_PROTOCOL` if there is no such call, or it isn't the one that is answered.
   */
  settle(reply: Packet): void {
    const call = this.#awaited.get(reply.serial);
    if (call === undefined) {
      if (!this.#givenUp.delete(reply.serial)) {
        throw unexpectedPacket(reply, 'must reply to a call that was made');
      }
      return;
    }
    const { procedure } = call;
    if (reply.program !== procedure.program || reply.procedure !== procedure.number) {
      throw unexpectedPacket(reply, `must reply to ${procedure.name}, procedure ${procedure.number}`);
    }
    if (reply.status !== packetStatus.ok && reply.status !== packetStatus.error) {
      throw unexpectedPacket(reply, `must say how ${procedure.name} went, but its status is ${reply.status}`);
    }
    call.room.bytes -= reply.payload.length;
    if (call.room.bytes < 0) {
      const most = MOST_REPLY_BYTES / 1024 / 1024;
      throw unexpectedPacket(reply, `must not bring the results of calls that are made together above ${most} MiB`);
    }
    this.#awaited.delete(reply.serial);
    // A copy: a view would keep all that came with it in memory, which may be much more.
    call.answer =
      reply.status === packetStatus.ok ? Buffer.from(reply.payload) : decodeError(reply.payload, procedure.name);
  }
}

/**
 * Reads why a daemon refused a call (`virNetMessageError` of libvirt's virnetprotocol.x).
 *
 * What follows the level repeats the message in pieces, and is left alone.
 *
 * @param call The call's name, for error messages.
 * @throws {ProtocolError} `ERR_PROTOCOL` if the payload can't be read.
 */
export function decodeError(payload: Uint8Array, call: string): DaemonError {
  const reader = new XdrReader(payload, `the error of ${call}`);
  const number = reader.int('code');
  const domain = reader.int('domain');
  const message = reader.optional('message', (inner) => inner.message('message'));
  const level = reader.int('level');
  return new DaemonError(message || `error ${number} in part ${domain}, without a message`, { number, domain, level });
}
