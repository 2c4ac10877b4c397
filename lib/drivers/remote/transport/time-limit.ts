import { systemClock } from '../../../clock';

/** A time that begins when this is made, and that several steps share; what comes of them may be given up before. */
export class TimeLimit {
  readonly #timeoutMs: number;
  readonly #deadline: number;
  /** Aborts when nobody wants the outcome any more. */
  readonly signal: AbortSignal | undefined;

  constructor(timeoutMs: number, signal?: AbortSignal) {
    this.signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#deadline = systemClock.monotonic() + timeoutMs;
  }

  /** How many milliseconds are left; 0 when it is over. */
  get left(): number {
    return Math.max(this.#deadline - systemClock.monotonic(), 0);
  }

  /** How long it is, for messages. */
  toString(): string {
    return `${this.#timeoutMs / 1000} s`;
  }
}
