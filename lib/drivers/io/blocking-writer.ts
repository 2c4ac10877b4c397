import { writeSync } from 'node:fs';
import { systemClock } from '../../clock';
import { WritableWaiter } from './readiness';

/**
 * Writes to a pipe or socket whose descriptor doesn't block, and blocks the thread while the other end takes nothing.
 *
 * It owns nothing: it mustn't be used any more once the descriptor is closed.
 */
export class BlockingWriter {
  readonly #fd: number;
  readonly #writable: WritableWaiter;

  constructor(fd: number) {
    this.#fd = fd;
    this.#writable = new WritableWaiter(fd);
  }

  /**
   * Writes all of the bytes.
   *
   * @param timeoutMs For how many milliseconds it blocks at most.
   * @throws {Error} with a `code` of the system's if the other end is gone, and without one if the time is up; some
   *   of the bytes may have been written.
   */
  write(bytes: Uint8Array, timeoutMs: number): void {
    const deadline = systemClock.monotonic() + timeoutMs;
    let written = 0;
    while (true) {
      const some = this.#writeSome(bytes.subarray(written));
      written += some;
      if (written === bytes.length) {
        return;
      }
      if (some > 0) {
        this.#writable.progress();
        continue;
      }
      const left = deadline - systemClock.monotonic();
      if (left <= 0) {
        throw new Error(`the other end took ${written} of ${bytes.length} bytes within ${timeoutMs} ms`);
      }
      this.#writable.wait(left);
    }
  }

  /** Writes what the other end takes now, which may be nothing. */
  #writeSome(bytes: Uint8Array): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN' || code === 'EINTR') {
        return 0;
      }
      throw error;
    }
  }
}
