import { type Clock, setImmediateNow, systemClock } from '../../../clock';
import { DaemonGoneError } from '../../../errors';
import type { Reading } from '../../io/byte-source';
import { type Dialogue, waitFor } from '../../io/dialogue';
import type { TimeLimit } from '../../io/time-limit';
import type { Transport } from '../../io/transport';
import { BarrenTraffic } from './barren-traffic';
import { Deframer } from './deframer';
import { KEEPALIVE_WRITE_MS, KeepAlive, type KeepAliveOptions, keepAlivePacket } from './keepalive';
import { encodePacket, type Packet, unexpectedPacket } from './packet';
import { keepAliveProcedure, PROGRAM_VERSION, packetType, program } from './protocol';

export interface ChannelOptions {
  /** What pings are timed by. Calls are timed by the machine's own clock, which is the one that daemons live by. */
  readonly clock: Clock;
  /** Whether there is room for what comes; while there is none, only a call reads, since it awaits its reply. */
  readonly mayRead: () => boolean;
  /**
   * Called with each message of the daemon, in order; what it throws fails the channel.
   *
   * @returns `false` if the message brings no event: a pump doesn't take in such messages without end.
   */
  readonly onMessage: (message: Packet) => unknown;
  /** Called once, when the channel has failed and all that came before was handed over. */
  readonly onFailure: (cause: Error) => void;
}

/** How many pings of one chunk are answered: one answer would do to show that we are there. */
const PONGS_A_CHUNK = 16;

/** The time between two looks if the event loop can't tell when something comes, in milliseconds. */
const PAUSE_BETWEEN_LOOKS = 20;

/**
 * Packets to a daemon and from it, and the pings of both sides, over one transport.
 *
 * It reads when it is pumped, while something is awaited and, between `listen()` and `unlisten()`, from the event loop.
 *
 * What libvirt's protocol doesn't allow fails the channel, as the end of its transport does. A channel that has failed
 * has closed its transport, and throws the cause whenever something is awaited.
 */
export abstract class PacketChannel {
  /** Whether nothing can come or go while the thread is blocked. */
  readonly isSilentWhileBlocked: boolean;
  readonly #transport: Transport;
  readonly #options: ChannelOptions;
  readonly #deframer = new Deframer();
  #keepAlive: KeepAlive | undefined;
  /** Why nothing can be written any more; what the daemon has sent before is still read. */
  #unwritable: Error | undefined;
  #failure: Error | undefined;
  /** Whether nothing is handed over any more. */
  #isLeaving = false;
  #isListening = false;
  #isWatching = false;
  #stopTimer: () => void = () => {};
  /** What wakes those who await something in the event loop, when there is a reply or no more to come. */
  readonly #wakers = new Set<() => void>();
  readonly #barren = new BarrenTraffic();
  /** Whether it has waited since the last pump, or that has brought something: then there will be another one soon. */
  #isInFlow = false;
  #pongsLeft = PONGS_A_CHUNK;
  /** Whether the event loop hasn't had its turn since much came that brought no event. */
  #isResting = false;

  constructor(transport: Transport, options: ChannelOptions) {
    this.isSilentWhileBlocked = transport.isSilentWhileBlocked === true;
    this.#transport = transport;
    this.#options = options;
  }

  /**
   * Takes in what the transport holds, a chunk at a time, without waiting: until it is empty, there is no room, or
   * `shouldContinue` says no, which is asked after each chunk. After a wait, and after a pump that has brought something, what
   * follows a chunk at once is left to the next pump.
   */
  pump(shouldContinue?: () => boolean): void {
    const isInFlow = this.#isInFlow;
    this.#isInFlow = false;
    this.#barren.reset();
    if (this.#dispatch(this.#mayRead)) {
      let reading: Reading;
      do {
        reading = this.#transport.read();
        this.#isInFlow ||= reading.kind === 'bytes';
      } while (
        this.#take(reading, this.#mayRead) &&
        !(isInFlow && this.#wasAll(reading)) &&
        !this.#barren.isTiring &&
        (shouldContinue === undefined || shouldContinue())
      );
    } else {
      // While nobody listens to the daemon its silence means nothing.
      this.#keepAlive?.restart();
    }
    this.#attend();
  }

  /** Blocks the thread until there may be something to pump, a ping is due, or the time is up; it may return early. */
  wait(milliseconds: number): void {
    this.#isInFlow = true;
    this.#block(milliseconds);
  }

  /**
   * Takes in what comes, whether there is room for it or not, until something is done or its time is up.
   *
   * @param limit The time, which may have become longer whenever it is asked for.
   * @returns Whether it is done.
   * @throws {DaemonGoneError} `ERR_DAEMON_GONE` if the channel fails meanwhile, or has failed.
   * @throws {ProtocolError} `ERR_PROTOCOL` likewise.
   */
  *awaitUntil(isDone: () => boolean, limit: () => TimeLimit): Dialogue<boolean> {
    try {
      while (!isDone()) {
        if (limit().isOver()) {
          return false;
        }
        yield* waitFor({ now: () => this.#advance(limit().left), inLoop: () => this.#untilAwoken(limit().left) });
        this.requireWorking();
      }
      return true;
    } finally {
      this.#attend();
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

  /** Leaves the event loop alone, except for what is awaited in it. */
  unlisten(): void {
    this.#isListening = false;
    this.#attend();
  }

  /** Begins to ping the daemon when it is silent; the channel fails when too many pings stay without any answer. */
  startKeepAlive(options: KeepAliveOptions): void {
    this.#keepAlive = new KeepAlive(this.#options.clock, options, this.isSilentWhileBlocked);
    this.#attend();
  }

  /** Closes the transport. This isn't a failure, and nothing is handed over any more. */
  close(): void {
    this.unlisten();
    if (this.#failure === undefined) {
      this.#end(new DaemonGoneError('client', 'the connection to the daemon was closed'), false);
    }
  }

  /** Takes a reply in; what it throws fails the channel. */
  protected abstract onReply(packet: Packet): void;

  protected get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Hands nothing over any more. */
  protected beginToLeave(): void {
    this.#isLeaving = true;
    this.#keepAlive = undefined;
    this.unlisten();
  }

  protected get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  protected requireWorking(): void {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }

  /** Writes a packet, unless nothing can be written any more, which the next reading tells. */
  protected write(packet: Packet, timeoutMs: number): void {
    const bytes = encodePacket(packet);
    if (this.#unwritable === undefined) {
      try {
        this.#transport.write(bytes, timeoutMs);
      } catch (cause) {
        this.#unwritable = brokenBy('writing to', cause as Error);
      }
    }
  }

  /** Whether there is room for what comes, or a call awaits its reply behind it. */
  readonly #mayRead = (): boolean => this.#wakers.size > 0 || this.#options.mayRead();

  /** Takes in what is there, or else blocks the thread until something may be, or the time is up. */
  #advance(milliseconds: number): void {
    if (this.#dispatch() && !this.#take(this.#transport.read())) {
      this.#block(milliseconds);
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

  #wake(): void {
    const wakers = [...this.#wakers];
    this.#wakers.clear();
    for (const wake of wakers) {
      wake();
    }
  }

  /** Takes in what a look at the transport brought; says whether another may bring more and there is room for it. */
  #take(reading: Reading, mayContinue?: () => boolean): boolean {
    switch (reading.kind) {
      case 'bytes':
        this.#keepAlive?.restart();
        this.#barren.chunk(reading.bytes.length);
        this.#pongsLeft = PONGS_A_CHUNK;
        this.#deframer.push(reading.bytes);
        return this.#dispatch(mayContinue);
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

  /**
   * Whether another look at once would find nothing. To be told so takes longer than an event that was waited for takes to its
   * handler; but if nothing can be written any more, it is what fails the channel.
   */
  #wasAll(reading: Reading): boolean {
    return reading.kind === 'bytes' && reading.isAll === true && this.#unwritable === undefined;
  }

  #block(milliseconds: number): void {
    const pause = Math.min(milliseconds, this.#keepAlive?.untilDue() ?? milliseconds);
    if (this.#failure === undefined && pause > 0) {
      this.#transport.wait(pause);
    }
  }

  /** Deals with the packets that are complete, in order; says whether that was all of them and the channel works. */
  #dispatch(mayContinue?: () => boolean): boolean {
    try {
      while (this.#failure === undefined && (mayContinue === undefined || mayContinue())) {
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
      this.onReply(packet);
      this.#wake();
    } else if (packet.type !== packetType.message) {
      throw unexpectedPacket(packet, 'must be a reply or a message');
    } else if (packet.program === program.keepAlive) {
      if (packet.procedure === keepAliveProcedure.ping && this.#pongsLeft > 0) {
        this.#pongsLeft -= 1;
        this.write(keepAlivePacket(keepAliveProcedure.pong), KEEPALIVE_WRITE_MS);
      }
    } else if (packet.program === program.remote || packet.program === program.qemu) {
      if (this.#isLeaving || this.#options.onMessage(packet) === false) {
        this.#barren.message();
      } else {
        this.#barren.reset();
      }
    } else {
      throw unexpectedPacket(packet, 'must be of a program that has messages');
    }
  }

  /** There is nothing to read: whether the channel works at all depends on what can be written, and on pings. */
  #onSilence(): void {
    if (this.#unwritable !== undefined) {
      this.#fail(this.#unwritable);
      return;
    }
    switch (this.#keepAlive?.verdict()) {
      case 'ping':
        this.write(keepAlivePacket(keepAliveProcedure.ping), KEEPALIVE_WRITE_MS);
        break;
      case 'dead':
        this.#fail(new DaemonGoneError('keepalive', 'the daemon does not answer pings any more'));
    }
  }

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
    const look = () => this.pump();
    if (!isDrained || this.#isResting) {
      this.#unwatch();
    } else if (!this.#watch()) {
      this.#stopTimer = systemClock.schedule(PAUSE_BETWEEN_LOOKS, look);
    } else if (this.#keepAlive !== undefined) {
      this.#stopTimer = this.#options.clock.schedule(this.#keepAlive.untilDue(), look);
    }
  }

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
    if (this.#barren.isTiring) {
      this.#rest();
    }
    if (!mayBringMore) {
      this.#attend();
    }
  }

  /** Leaves the transport alone for a turn of the event loop, even if the channel is to listen meanwhile. */
  #rest(): void {
    this.#unwatch();
    if (!this.#isResting) {
      this.#isResting = true;
      setImmediateNow(() => {
        this.#isResting = false;
        this.#barren.reset();
        this.#attend();
      }).unref();
    }
  }

  #fail(cause: Error): void {
    if (this.#failure === undefined) {
      this.#end(cause, !this.#isLeaving);
    }
  }

  #end(cause: Error, isToldOf: boolean): void {
    this.#failure = cause;
    this.#stopTimer();
    this.#transport.close();
    if (isToldOf) {
      this.#options.onFailure(cause);
    }
    this.#wake();
  }
}

function brokenBy(what: string, cause: Error): DaemonGoneError {
  return new DaemonGoneError('error', `${what} the daemon failed: ${cause.message}`, { cause });
}
