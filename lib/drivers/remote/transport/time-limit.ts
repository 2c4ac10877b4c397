import { systemClock } from '../../../clock';

/** A time that begins when this is made, and that several steps share. */
export class TimeLimit {
  readonly #timeoutMs: number;
  readonly #deadline: number;

  constructor(timeoutMs: number) {
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
