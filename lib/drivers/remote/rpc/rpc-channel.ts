import { CallTimeoutError } from '../../../errors';
import { type Dialogue, runInLoop, runNow } from '../../io/dialogue';
import { TimeLimit } from '../../io/time-limit';
import { type Answer, MOST_REPLY_BYTES, OutstandingCalls, type SentCall } from './outstanding-calls';
import { noPayload, type Packet } from './packet';
import { PacketChannel } from './packet-channel';
import { PROGRAM_VERSION, type Procedure, packetStatus, packetType } from './protocol';

export interface Call {
  readonly procedure: Procedure;
  readonly payload: Uint8Array;
}

/** A call whose answer is handed over when it is there. */
interface PostedCall extends Call {
  readonly onAnswer: (answer: Answer) => void;
}

/**
 * How many calls are under way at most. A daemon works on five of one client, stops reading at the fifth, and writes that
 * into its log (`max_client_requests` in libvirt's libvirtd.conf).
 */
const CALLS_AT_A_TIME = 4;

/** How many of them may be posted ones: those may stay without an answer for long, and mustn't keep others from being made. */
const POSTED_AT_A_TIME = 3;

/** For how many milliseconds a posted call may wait until the other end takes it. */
const POSTED_WRITE_MS = 1000;

/** For how many milliseconds closing waits at most for the other end to answer a goodbye: it does within one, as a rule. */
const GOODBYE_MS = 1000;

/**
 * Calls to a daemon, beside the packets that come by themselves.
 *
 * While a call awaits its reply, events that come before it are handed over, and pings answered.
 *
 * ```
 * const channel = new RpcChannel(transport, { clock, mayRead, onMessage, onFailure });
 * const [answer] = runNow(channel.callAll([{ procedure: calls.authList, payload: noPayload }], 5000));
 * ```
 */
export class RpcChannel extends PacketChannel {
  readonly #outstanding = new OutstandingCalls();
  /** The posted calls that are under way, and those that wait for one of them to be answered. */
  #posted: { readonly sent: SentCall; readonly onAnswer: PostedCall['onAnswer'] }[] = [];
  readonly #unposted: PostedCall[] = [];

  /**
   * Makes calls without awaiting one reply before the next call; the replies may come in any order.
   *
   * @param timeoutMs The time for all of them together.
   * @returns The answers in the order of the calls.
   * @throws {CallTimeoutError} `ERR_CALL_TIMEOUT` if a reply isn't there in time; the channel goes on.
   * @throws What `awaitUntil` throws.
   */
  *callAll(calls: readonly Call[], timeoutMs: number): Dialogue<Answer[]> {
    const limit = new TimeLimit(timeoutMs);
    const room = { bytes: MOST_REPLY_BYTES };
    const sent: SentCall[] = [];
    let answered = 0;
    const sendAndCheck = (): boolean => {
      this.requireWorking();
      while (sent[answered]?.answer !== undefined) {
        answered += 1;
      }
      while (sent.length < calls.length && this.#outstanding.count < CALLS_AT_A_TIME && limit.left > 0) {
        const { procedure, payload } = calls[sent.length] as Call;
        const call = this.#outstanding.begin(procedure, room);
        try {
          this.#send(call, payload, limit.left);
        } catch (error) {
          this.#outstanding.withdraw(call);
          throw error;
        }
        sent.push(call);
      }
      return answered === calls.length;
    };
    try {
      if (!(yield* this.awaitUntil(sendAndCheck, () => limit))) {
        throw new CallTimeoutError((calls[answered] as Call).procedure.name, timeoutMs);
      }
      return sent.map(({ answer }) => answer as Answer);
    } finally {
      this.#outstanding.giveUp(sent);
      this.#sendPosted();
    }
  }

  /**
   * Makes a call as soon as there is room for it, and returns at once. However long it takes, the answer is handed over by
   * whatever reads it: a call, a pump, or the event loop.
   *
   * @param onAnswer Called once, in turn with the events, unless the channel fails before; what it throws fails the channel.
   */
  post({ procedure, payload }: Call, onAnswer: (answer: Answer) => void): void {
    this.#unposted.push({ procedure, payload, onAnswer });
    this.#sendPosted();
  }

  /**
   * Says goodbye by a last call and closes the transport when that is answered, or after a moment without an answer.
   *
   * It blocks the thread for that moment, unless nothing can come while the thread is blocked; then the event loop sees to
   * it. Nothing is handed over any more.
   */
  leave(goodbye: Procedure): void {
    if (this.isLeaving) {
      return;
    }
    this.beginToLeave();
    const farewell = this.callAll([{ procedure: goodbye, payload: noPayload }], GOODBYE_MS);
    if (this.isSilentWhileBlocked) {
      void runInLoop(farewell)
        .catch(() => {})
        .then(() => this.close());
      return;
    }
    try {
      runNow(farewell);
    } catch {
      // The other end is gone, or doesn't answer: there is nobody to say goodbye to.
    }
    this.close();
  }

  /** Settles the call that is answered; hands the answer over if the call was posted, and makes the next. */
  protected onReply(packet: Packet): void {
    this.#outstanding.settle(packet);
    const answered = this.#posted.find(({ sent }) => sent.answer !== undefined);
    if (answered !== undefined) {
      this.#posted = this.#posted.filter((each) => each !== answered);
      if (!this.isLeaving) {
        answered.onAnswer(answered.sent.answer as Answer);
      }
    }
    this.#sendPosted();
  }

  /** Makes as many of the posted calls as may be under way. */
  #sendPosted(): void {
    while (
      !this.hasFailed &&
      !this.isLeaving &&
      this.#posted.length < POSTED_AT_A_TIME &&
      this.#outstanding.count < CALLS_AT_A_TIME &&
      this.#unposted.length > 0
    ) {
      const { procedure, payload, onAnswer } = this.#unposted.shift() as PostedCall;
      const sent = this.#outstanding.begin(procedure);
      this.#posted.push({ sent, onAnswer });
      this.#send(sent, payload, POSTED_WRITE_MS);
    }
  }

  #send({ procedure, serial }: SentCall, payload: Uint8Array, timeoutMs: number): void {
    const packet = {
      program: procedure.program,
      version: PROGRAM_VERSION,
      procedure: procedure.number,
      type: packetType.call,
      serial,
      status: packetStatus.ok,
      payload,
    };
    this.write(packet, timeoutMs);
  }
}
