import { type Clock, setImmediateNow, systemClock } from '../../../clock';
import { CallTimeoutError, DaemonGoneError } from '../../../errors';
import type { Reading } from '../../io/byte-source';
import type { Transport } from '../transport/transport';
import { Deframer } from './deframer';
import { KeepAlive, type KeepAliveOptions } from './keepalive';
import { LoopTurns } from './loop-turns';
import { type Answer, MOST_REPLY_BYTES, OutstandingCalls, type ReplyRoom, type SentCall } from './outstanding-calls';
import { encodePacket, type Packet, unexpectedPacket } from './packet';
import { keepAliveProcedure, PROGRAM_VERSION, type Procedure, packetStatus, packetType, program } from './protocol';

/** What a channel works with besides its transport. */
export interface RpcChannelOptions {
  /** What pings are timed by. Calls are timed by the machine's own clock, which is the one that daemons live by. */
  readonly clock: Clock;
  /** Whether there is room for what comes; while there is none, only a call reads, since it awaits its reply. */
  readonly mayRead: () => boolean;
  /**
   * Called with each message of the daemon, in order; what it throws fails the channel.
   *
   * @returns `false` where the message brings no event: a pump does not take in such messages without end.
   */
  readonly onMessage: (message: Packet) => unknown;
  /** Called once, when the channel has failed and all that came before was handed over. */
  readonly onFailure: (cause: Error) => void;
}

export type { Answer } from './outstanding-calls';

/** A call, and its arguments in XDR. */
export interface Call {
  readonly procedure: Procedure;
  readonly payload: Uint8Array;
}

/** Calls that are made and awaited together. */
interface Batch {
  readonly calls: readonly Call[];
  readonly sent: SentCall[];
  /** How many from the first on are answered. */
  answered: number;
  readonly room: ReplyRoom;
  readonly timeoutMs: number;
  /** On the machine's monotonic clock. */
  readonly deadline: number;
  /** Whether the time was up at the last look. */
  isOverdue: boolean;
}

/** A call whose answer is handed over when it is there. */
interface PostedCall extends Call {
  readonly onAnswer: (answer: Answer) => void;
}

/** The payload of a packet that has nothing to say beyond its header. */
export const noPayload: Uint8Array = new Uint8Array(0);

/**
 * How many calls are under way at most. A daemon works on five of one client, stops reading at the fifth, and writes that
 * into its log (`max_client_requests` in libvirt's libvirtd.conf).
 */
const CALLS_AT_A_TIME = 4;

/** How many of them may be posted ones: those may stay without an answer for long, and must not keep others from being made. */
const POSTED_AT_A_TIME = 3;

/**
 * For how many milliseconds a ping, or the answer to one, may wait until the other end takes it. It waits only if hundreds of
 * packets are on the way that the other end has not read.
 */
const KEEPALIVE_WRITE_MS = 100;

/** How many pings of one chunk are answered: one answer would do to show that we are there. */
const PONGS_A_CHUNK = 16;

/**
 * How much that brings no event (pings, messages that are not known, pieces of a packet) is taken in at a time, in bytes and in
 * chunks. Then a pump ends, and the event loop has a turn: however fast a daemon sends it, waits end in time, and timers run.
 */
const BARREN_BYTES = 256 * 1024;
const BARREN_CHUNKS = 1024;

/** As how many more bytes a message without an event counts: to find out that it cannot be read takes its time. */
const WEIGHT_OF_MESSAGE = 1024;

/** For how many milliseconds closing waits at most for the other end to answer a goodbye: it does within one, as a rule. */
const GOODBYE_MS = 1000;

/** For how many milliseconds a posted call may wait until the other end takes it. */
const POSTED_WRITE_MS = 1000;

/** The time between two looks where the event loop cannot tell when something comes, in milliseconds. */
const PAUSE_BETWEEN_LOOKS = 20;

const always = () => true;

/**
 * Calls to a daemon, events from it, and the pings of both sides, over one transport.
 *
 * A call blocks the thread until its reply is there; events that come before it are handed over meanwhile, and pings
 * answered. Apart from calls the channel reads when it is pumped and, between `listen()` and `unlisten()`, from the
 * event loop.
 *
 * What libvirt's protocol does not allow fails the channel, as the end of its transport does. A channel that has failed
 * has closed its transport, and throws the cause whenever it is called.
 *
 * ```
 * const channel = new RpcChannel(transport, { clock, mayRead, onMessage, onFailure });
 * const uri = new XdrReader(channel.call(calls.getUri, noPayload, 5000), 'the URI').text('uri');
 * ```
 */
export class RpcChannel {
  readonly #transport: Transport;
  readonly #options: RpcChannelOptions;
  readonly #deframer = new Deframer();
  readonly #outstanding = new OutstandingCalls();
  #keepAlive: KeepAlive | undefined;
  /** Why nothing can be written any more; what the daemon has sent before is still read. */
  #unwritable: Error | undefined;
  #failure: Error | undefined;
  /** Whether it has said goodbye, and hands nothing over any more. */
  #isLeaving = false;
  #isListening = false;
  #isWatching = false;
  #stopTimer: () => void = () => {};
  /** What wakes the calls that are awaited in the event loop, when there is a reply or no more to come. */
  readonly #wakers = new Set<() => void>();
  /** How many bytes and chunks have come since the last event, or since the last rest from them. */
  #barrenBytes = 0;
  #barrenChunks = 0;
  #pongsLeft = PONGS_A_CHUNK;
  /** Whether the event loop has not had its turn since much came that brought no event. */
  #isResting = false;
  /** The posted calls that are under way, and those that wait for one of them to be answered. */
  #posted: { readonly sent: SentCall; readonly onAnswer: PostedCall['onAnswer'] }[] = [];
  readonly #unposted: PostedCall[] = [];
  /** Asked at each look at a transport that needs the event loop. */
  readonly #loopTurns = new LoopTurns();
  /** Begun when such a transport's peer seems to be dead: what has come may only have had no turn to be brought. */
  #lastTurn: LoopTurns | undefined;

  constructor(transport: Transport, options: RpcChannelOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /**
   * Makes a call and returns its result, in XDR.
   *
   * @throws {DaemonError} `ERR_DAEMON` where the daemon refuses it.
   * @throws {CallTimeoutError} `ERR_CALL_TIMEOUT` where the reply is not there in time; the channel goes on.
   * @throws {DaemonGoneError} `ERR_DAEMON_GONE` where the channel fails meanwhile, or has failed.
   * @throws {ProtocolError} `ERR_PROTOCOL` likewise.
   */
  call(procedure: Procedure, payload: Uint8Array, timeoutMs: number): Uint8Array {
    const answer = this.callAll([{ procedure, payload }], timeoutMs)[0] as Answer;
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  }

  /**
   * Makes calls without awaiting one reply before the next call; the replies may come in any order.
   *
   * @param timeoutMs The time for all of them together.
   * @returns The answers in the order of the calls.
   * @throws What `call` throws, but for `DaemonError`.
   */
  callAll(calls: readonly Call[], timeoutMs: number): Answer[] {
    const batch = this.#begin(calls, timeoutMs);
    try {
      while (!this.#advance(batch)) {
        if (!this.#take(this.#transport.read(), always)) {
          this.wait(batch.deadline - systemClock.monotonic());
        }
      }
      return answersOf(batch);
    } finally {
      this.#outstanding.giveUp(batch.sent);
      this.#sendPosted();
    }
  }

  /** Does what `callAll` does from the event loop, whether the channel listens or not; others may call meanwhile. */
  async callAllAsync(calls: readonly Call[], timeoutMs: number): Promise<Answer[]> {
    const batch = this.#begin(calls, timeoutMs);
    try {
      while (!this.#advance(batch)) {
        await this.#untilAwoken(Math.max(batch.deadline - systemClock.monotonic(), 0));
      }
      return answersOf(batch);
    } finally {
      this.#outstanding.giveUp(batch.sent);
      this.#sendPosted();
      this.#attend();
    }
  }

  /** Waits in the event loop, which is to bring what comes meanwhile, until there is a reply, the channel fails, or the time is up. */
  async #untilAwoken(milliseconds: number): Promise<void> {
    let stopWaiting = (): void => {};
    try {
      await new Promise<void>((resolve) => {
        const stopTimer = systemClock.schedule(milliseconds, resolve);
        stopWaiting = () => {
          stopTimer();
          this.#wakers.delete(resolve);
        };
        this.#wakers.add(resolve);
        this.#attend();
      });
    } finally {
      stopWaiting();
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
   * Takes in what is there, or else waits until something may be, blocking the thread; there need not be room for it.
   *
   * @param milliseconds How long it waits at most; it may return early.
   * @throws What `call` throws if the channel fails.
   */
  advance(milliseconds: number): void {
    if (this.#dispatch(always) && !this.#take(this.#transport.read(), always)) {
      this.wait(milliseconds);
    }
    this.#requireWorking();
  }

  /** Does what `advance` does from the event loop, whether the channel listens or not. */
  async advanceAsync(milliseconds: number): Promise<void> {
    await this.#untilAwoken(milliseconds);
    this.#attend();
    this.#requireWorking();
  }

  /**
   * Takes in what the transport holds, a chunk at a time, without waiting: until it is empty, there is no room, or
   * `goOn` says no, which is asked after each chunk.
   */
  pump(goOn: () => boolean): void {
    this.#rested();
    if (this.#dispatch(this.#mayRead)) {
      while (this.#take(this.#transport.read(), this.#mayRead) && !this.#isTiring && goOn()) {
        // Chunk after chunk.
      }
    } else {
      // While nobody listens to the daemon its silence means nothing.
      this.#keepAlive?.restart();
    }
    this.#attend();
  }

  /** Blocks the thread until there may be something to pump, a ping is due, or the time is up; it may return early. */
  wait(milliseconds: number): void {
    const pause = Math.min(milliseconds, this.#keepAlive?.untilDue() ?? milliseconds);
    if (this.#failure === undefined && pause > 0) {
      this.#transport.wait(pause);
    }
  }

  /**
   * Begins to take in what comes from the event loop, while there is room, until `unlisten()`. It is to be called again
   * when there may be room after there was none.
   */
  listen(): void {
    this.#isListening = true;
    this.#attend();
  }

  /** Leaves the event loop alone, but for calls that are awaited in it. */
  unlisten(): void {
    this.#isListening = false;
    this.#attend();
  }

  /** Begins to ping the daemon when it is silent; the channel fails when too many pings stay without any answer. */
  startKeepAlive(options: KeepAliveOptions): void {
    this.#keepAlive = new KeepAlive(this.#options.clock, options);
    this.#attend();
  }

  /**
   * Says goodbye by a last call and closes the transport when that is answered, or after a moment without an answer.
   *
   * It blocks the thread for that moment, unless nothing can come while the thread is blocked; then the event loop sees to
   * it. Nothing is handed over any more.
   */
  leave(goodbye: Procedure): void {
    if (this.#isLeaving) {
      return;
    }
    this.#isLeaving = true;
    this.#keepAlive = undefined;
    this.unlisten();
    const calls = [{ procedure: goodbye, payload: noPayload }];
    if (this.#transport.needsEventLoop === true) {
      void this.callAllAsync(calls, GOODBYE_MS)
        .catch(() => {})
        .then(() => this.close());
      return;
    }
    try {
      this.callAll(calls, GOODBYE_MS);
    } catch {
      // The other end is gone, or doesn't answer: there is nobody to say goodbye to.
    }
    this.close();
  }

  /** Closes the transport. This is no failure, and nothing is handed over any more. */
  close(): void {
    this.unlisten();
    if (this.#failure === undefined) {
      this.#failure = new DaemonGoneError('client', 'the connection to the daemon was closed');
      this.#stopTimer();
      this.#transport.close();
      this.#wake();
    }
  }

  /** Whether there is room for what comes, or a call awaits its reply behind it. */
  readonly #mayRead = () => this.#wakers.size > 0 || this.#options.mayRead();

  #begin(calls: readonly Call[], timeoutMs: number): Batch {
    this.#dispatch(always);
    return {
      calls,
      sent: [],
      answered: 0,
      room: { bytes: MOST_REPLY_BYTES },
      timeoutMs,
      deadline: systemClock.monotonic() + timeoutMs,
      isOverdue: false,
    };
  }

  /** Makes as many of the calls as may be under way; says whether all of them are answered. */
  #advance(batch: Batch): boolean {
    const { calls, sent, timeoutMs, deadline } = batch;
    this.#requireWorking();
    while (sent[batch.answered]?.answer !== undefined) {
      batch.answered += 1;
    }
    if (batch.answered === calls.length) {
      return true;
    }
    const left = deadline - systemClock.monotonic();
    if (left <= 0) {
      if (batch.isOverdue) {
        throw new CallTimeoutError((calls[batch.answered] as Call).procedure.name, timeoutMs);
      }
      // If it was this process that stood still, the answer is there by now.
      batch.isOverdue = true;
      return false;
    }
    while (sent.length < calls.length && this.#outstanding.count < CALLS_AT_A_TIME) {
      const { procedure, payload } = calls[sent.length] as Call;
      const call = this.#outstanding.begin(procedure, batch.room);
      try {
        this.#send(call, payload, left);
      } catch (error) {
        this.#outstanding.withdraw(call);
        throw error;
      }
      sent.push(call);
    }
    return false;
  }

  /** Makes as many of the posted calls as may be under way. */
  #sendPosted(): void {
    while (
      this.#failure === undefined &&
      !this.#isLeaving &&
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

  /** After a reply: hands over the answer to a posted call, if it is one, and makes the next. */
  #handOverPosted(): void {
    const answered = this.#posted.find(({ sent }) => sent.answer !== undefined);
    if (answered !== undefined) {
      this.#posted = this.#posted.filter((each) => each !== answered);
      if (!this.#isLeaving) {
        answered.onAnswer(answered.sent.answer as Answer);
      }
    }
    this.#sendPosted();
  }

  #wake(): void {
    const wakers = [...this.#wakers];
    this.#wakers.clear();
    for (const wake of wakers) {
      wake();
    }
  }

  #requireWorking(): void {
    if (this.#failure !== undefined) {
      throw this.#failure;
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
    this.#write(encodePacket(packet), timeoutMs);
  }

  #write(bytes: Uint8Array, timeoutMs: number): void {
    if (this.#unwritable === undefined) {
      try {
        this.#transport.write(bytes, timeoutMs);
      } catch (cause) {
        this.#unwritable = brokenBy('writing to', cause as Error);
      }
    }
  }

  /** Takes in what a look at the transport brought; says whether another may bring more and there is room for it. */
  #take(reading: Reading, mayGoOn: () => boolean): boolean {
    switch (reading.kind) {
      case 'bytes':
        this.#keepAlive?.restart();
        this.#barrenBytes += reading.bytes.length;
        this.#barrenChunks += 1;
        this.#pongsLeft = PONGS_A_CHUNK;
        this.#deframer.push(reading.bytes);
        return this.#dispatch(mayGoOn);
      case 'ended': {
        const where = this.#deframer.pending > 0 ? ' in the middle of a packet' : '';
        this.#fail(new DaemonGoneError('eof', `the daemon closed the connection${where}`));
        return false;
      }
      case 'failed':
        this.#fail(brokenBy('reading from', reading.error));
        return false;
      default:
        this.#onSilence();
        return false;
    }
  }

  /** Deals with the packets that are complete, in order; says whether that was all of them and the channel works. */
  #dispatch(mayGoOn: () => boolean): boolean {
    try {
      while (this.#failure === undefined && mayGoOn()) {
        const packet = this.#deframer.next();
        if (packet === undefined) {
          return true;
        }
        this.#receive(packet);
      }
    } catch (error) {
      this.#fail(error as Error);
    }
    return false;
  }

  #receive(packet: Packet): void {
    if (packet.version !== PROGRAM_VERSION) {
      throw unexpectedPacket(packet, `must be of version ${PROGRAM_VERSION}`);
    }
    if (packet.type === packetType.reply) {
      this.#outstanding.settle(packet);
      this.#handOverPosted();
      this.#wake();
    } else if (packet.type !== packetType.message) {
      throw unexpectedPacket(packet, 'must be a reply or a message');
    } else if (packet.program === program.keepAlive) {
      this.#onKeepAlive(packet);
    } else if (packet.program === program.remote || packet.program === program.qemu) {
      if (this.#isLeaving || this.#options.onMessage(packet) === false) {
        this.#barrenBytes += WEIGHT_OF_MESSAGE;
      } else {
        this.#rested();
      }
    } else {
      throw unexpectedPacket(packet, 'must be of a program that has messages');
    }
  }

  #onKeepAlive({ procedure }: Packet): void {
    if (procedure === keepAliveProcedure.ping && this.#pongsLeft > 0) {
      this.#pongsLeft -= 1;
      this.#write(keepAlivePacket(keepAliveProcedure.pong), KEEPALIVE_WRITE_MS);
    }
  }

  /** Whether much has come that brought no event, so that others should have their turn. */
  get #isTiring(): boolean {
    return this.#barrenBytes > BARREN_BYTES || this.#barrenChunks > BARREN_CHUNKS;
  }

  #rested(): void {
    this.#barrenBytes = 0;
    this.#barrenChunks = 0;
  }

  /** There is nothing to read: whether the channel works at all depends on what can be written, and on pings. */
  #onSilence(): void {
    if (this.#unwritable !== undefined) {
      this.#fail(this.#unwritable);
      return;
    }
    if (!this.#isHeard()) {
      this.#keepAlive?.restart();
      return;
    }
    switch (this.#keepAlive?.judge()) {
      case 'ping':
        this.#lastTurn = undefined;
        this.#write(keepAlivePacket(keepAliveProcedure.ping), KEEPALIVE_WRITE_MS);
        break;
      case 'dead':
        if (this.#hadLastTurn()) {
          this.#fail(new DaemonGoneError('keepalive', 'the daemon does not answer pings any more'));
        }
    }
  }

  /** Whether the daemon could have been heard since the last look: without its turns the event loop brings nothing. */
  #isHeard(): boolean {
    return this.#transport.needsEventLoop !== true || this.#loopTurns.hasTurned();
  }

  /** Whether the event loop, where it is needed, had a turn since the time was up for the daemon to answer. */
  #hadLastTurn(): boolean {
    if (this.#transport.needsEventLoop !== true || this.#lastTurn?.hasTurned() === true) {
      return true;
    }
    if (this.#lastTurn === undefined) {
      this.#lastTurn = new LoopTurns();
      // From now on.
      this.#lastTurn.hasTurned();
    }
    return false;
  }

  /** Whether the event loop is to bring what comes. */
  get #usesLoop(): boolean {
    return this.#isListening || this.#wakers.size > 0;
  }

  /** While the event loop is to bring what comes: has it do so, and a timer look when a ping is due. */
  #attend(): void {
    const isDrained = this.#usesLoop && this.#dispatch(this.#mayRead);
    this.#stopTimer();
    if (this.#failure !== undefined) {
      return;
    }
    // What was handed over may have made the program stop listening.
    if (!this.#usesLoop) {
      this.#unwatch();
      return;
    }
    const look = () => this.pump(always);
    if (!isDrained || this.#isResting) {
      this.#unwatch();
    } else if (!this.#watch()) {
      this.#stopTimer = systemClock.schedule(PAUSE_BETWEEN_LOOKS, look);
    } else if (this.#keepAlive !== undefined) {
      this.#stopTimer = this.#options.clock.schedule(this.#keepAlive.untilDue(), look);
    }
  }

  /** Says whether the event loop can tell when something comes. */
  #watch(): boolean {
    this.#isWatching = true;
    return this.#transport.watch((reading) => this.#onReading(reading));
  }

  #unwatch(): void {
    if (this.#isWatching) {
      this.#isWatching = false;
      this.#transport.unwatch();
    }
  }

  #onReading(reading: Reading): void {
    const mayBringMore = this.#take(reading, this.#mayRead);
    if (this.#isTiring) {
      this.#rest();
    }
    if (!mayBringMore) {
      this.#attend();
    }
  }

  /** Leaves the transport alone for a turn of the event loop, though somebody may listen anew meanwhile. */
  #rest(): void {
    this.#unwatch();
    if (!this.#isResting) {
      this.#isResting = true;
      setImmediateNow(() => {
        this.#isResting = false;
        this.#rested();
        this.#attend();
      }).unref();
    }
  }

  #fail(cause: Error): void {
    if (this.#failure === undefined) {
      this.#failure = cause;
      this.#stopTimer();
      this.#transport.close();
      if (!this.#isLeaving) {
        this.#options.onFailure(cause);
      }
      this.#wake();
    }
  }
}

function answersOf({ sent }: Batch): Answer[] {
  return sent.map(({ answer }) => answer as Answer);
}

function brokenBy(what: string, cause: Error): DaemonGoneError {
  return new DaemonGoneError('error', `${what} the daemon failed: ${cause.message}`, { cause });
}

function keepAlivePacket(procedure: number): Uint8Array {
  return encodePacket({
    program: program.keepAlive,
    version: PROGRAM_VERSION,
    procedure,
    type: packetType.message,
    serial: 0,
    status: packetStatus.ok,
    payload: noPayload,
  });
}
