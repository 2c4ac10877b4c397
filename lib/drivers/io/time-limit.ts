import { systemClock } from '../../clock';

/** A time that begins when this is made, and that several steps may share. */
export class TimeLimit {
  readonly #timeoutMs: number;
  readonly #deadline: number;
  /** Aborts when nobody wants the outcome any more. */
  readonly signal: AbortSignal | undefined;
  #wasUp = false;

  constructor(timeoutMs: number, signal?: AbortSignal) {
    this.signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#deadline = systemClock.monotonic() + timeoutMs;
  }

  /** How many milliseconds are left; 0 when it is over. */
  get left(): number {
    return Math.max(this.#deadline - systemClock.monotonic(), 0);
  }

  /**
   * Whether the time was up when this was asked before: then whoever asks has looked once more since, and if it was this process
   * that stood still, what it waits for has come by now.
   */
  isOver(): boolean {
    const wasUp = this.#wasUp;
    this.#wasUp = this.left === 0;
    return wasUp;
  }

  toString(): string {
    return `${this.#timeoutMs / 1000} s`;
  }
}

export class TimeIsUp extends Error {}

/**
 * Waits in the event loop for what calls back.
 *
 * @param listen Begins to listen, and returns what stops it.
 * @throws {TimeIsUp} if nothing has called back within the time.
 * @throws {Error} if it is given up: the reason of the limit's signal.
 */
export async function within<Result>(
  { left, signal }: TimeLimit,
  listen: (resolve: (result: Result) => void, reject: (error: unknown) => void) => () => void,
): Promise<Result> {
  signal?.throwIfAborted();
  let stop = (): void => {};
  try {
    return await new Promise<Result>((resolve, reject) => {
      const onAbort = () => reject(signal?.reason);
      const stopTimer = systemClock.schedule(left, () => reject(new TimeIsUp()));
      signal?.addEventListener('abort', onAbort);
      const stopListening = listen(resolve, reject);
      stop = () => {
        stopTimer();
        signal?.removeEventListener('abort', onAbort);
        stopListening();
      };
    });
  } finally {
    stop();
  }
}
