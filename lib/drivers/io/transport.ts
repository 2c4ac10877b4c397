import type { ByteSource } from './byte-source';

/**
 * A stream of bytes to another process and back, usable without an event loop and beside one.
 *
 * Reading from the event loop and reading by `read()` may alternate in any way; the bytes keep their order. An open
 * transport doesn't keep the process alive. It is never `restarted`, and what the other end still sends when it is closed is lost.
 */
export interface Transport extends ByteSource {
  /**
   * Writes all of the bytes; blocks the thread while the other end doesn't take them.
   *
   * @param timeoutMs For how many milliseconds it blocks at most.
   * @throws {Error} if the other end is gone, or the time is up; some of the bytes may have been written.
   */
  write(bytes: Uint8Array, timeoutMs: number): void;
  /** Whether nothing can come or go while the thread is blocked; then `wait()` is no more than a pause. */
  readonly isSilentWhileBlocked?: boolean;
}
