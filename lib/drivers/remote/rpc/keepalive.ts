import type { Clock } from '../../../clock';
import { LoopTurns } from '../../io/loop-turns';
import { noPayload, type Packet } from './packet';
import { PROGRAM_VERSION, packetStatus, packetType, program } from './protocol';

/** How a peer is watched that says nothing by itself. */
export interface KeepAliveOptions {
  /** After how many milliseconds of silence it is pinged, and pinged again. */
  readonly intervalMs: number;
  readonly count: number;
}

/**
 * For how many milliseconds a ping, or the answer to one, may wait until the other end takes it. It waits only if hundreds of
 * packets are on the way that the other end hasn't read.
 */
export const KEEPALIVE_WRITE_MS = 100;

/**
 * Says when to ping a peer, and when it has to be taken for dead.
 *
 * Time in which nobody listens doesn't count: a peer is only found dead by asking again and again, and each time it
 * had a whole interval to answer the ping before.
 */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #options: KeepAliveOptions;
  /** Asked at each look if nothing comes without turns of the event loop. */
  readonly #turns: LoopTurns | undefined;
  /** Begun when the peer seems to be dead: its answer may only have had no turn to be brought. */
  #lastTurn: LoopTurns | undefined;
  /** When it began anew or the peer was last pinged, on the clock's monotonic time. */
  #since: number;
  #unanswered = 0;

  /** @param needsTurns Whether nothing comes from the peer without turns of the event loop. */
  constructor(clock: Clock, options: KeepAliveOptions, needsTurns = false) {
    this.#clock = clock;
    this.#options = options;
    this.#turns = needsTurns ? new LoopTurns() : undefined;
    this.#since = clock.monotonic();
  }

  /** Begins anew: something came from the peer, whatever it was, or nobody listened to it. */
  restart(): void {
    this.#since = this.#clock.monotonic();
    this.#unanswered = 0;
  }

  /** In how many milliseconds something is to be done; 0 or less if it is now. */
  untilDue(): number {
    return this.#since + this.#options.intervalMs - this.#clock.monotonic();
  }

  /** What is to be done now, when all that has come from the peer is read. */
  verdict(): 'nothing' | 'ping' | 'dead' {
    if (this.#turns?.hasTurned() === false) {
      this.restart();
      return 'nothing';
    }
    if (this.untilDue() > 0) {
      return 'nothing';
    }
    if (this.#unanswered >= this.#options.count) {
      return this.#hadLastTurn() ? 'dead' : 'nothing';
    }
    this.#since = this.#clock.monotonic();
    this.#unanswered += 1;
    this.#lastTurn = undefined;
    return 'ping';
  }

  /** Whether the event loop, if it is needed, had a turn since the time was up for the peer to answer. */
  #hadLastTurn(): boolean {
    if (this.#turns === undefined || this.#lastTurn?.hasTurned() === true) {
      return true;
    }
    if (this.#lastTurn === undefined) {
      this.#lastTurn = new LoopTurns();
      // From now on.
      this.#lastTurn.hasTurned();
    }
    return false;
  }
}

export function keepAlivePacket(procedure: number): Packet {
  return {
    program: program.keepAlive,
    version: PROGRAM_VERSION,
    procedure,
    type: packetType.message,
    serial: 0,
    status: packetStatus.ok,
    payload: noPayload,
  };
}
