import { readSync } from 'node:fs';

/** What one look at a source brings. */
export type Reading =
  /**
   * Bytes, which hold until the next reading; `isAll` if there were no more of them, so that looking again at once isn't worth its
   * while. Whether that was the end, too, is for the next look to find.
   */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly isAll?: boolean }
  /** Nothing now, perhaps later. */
  | { readonly kind: 'nothing' }
  /** The bytes from here on begin anew: a followed file is another one, or was truncated, and then some may have been missed. */
  | { readonly kind: 'restarted'; readonly missed: boolean }
  /** No more bytes, in good order. */
  | { readonly kind: 'ended' }
  /** No more bytes, because reading failed. */
  | { readonly kind: 'failed'; readonly error: Error };

/** Where the bytes of a stream come from, one kind of descriptor each. It isn't used any more once it is closed. */
export interface ByteSource {
  /** Whether what isn't read yet stays there for as long as that takes. */
  readonly keepsUnread?: boolean;
  /** Reads what is there now; never blocks. */
  read(): Reading;
  /** Blocks the thread until there may be something to read, or the time is up; it may return early. */
  wait(milliseconds: number): void;
  /**
   * Has the event loop hand over what comes, until `unwatch()`; watching twice is the same as once.
   *
   * @returns `false` if the event loop can't tell (yet): then `read()` must be called now and then.
   */
  watch(take: (reading: Reading) => void): boolean;
  /** Has the event loop leave the source alone. */
  unwatch(): void;
  /** Lets go of the descriptor: closes it, unless it is one of the standard three. */
  close(): void;
}

/** How much is read at once, in bytes: what a pipe holds. */
const CHUNK_SIZE = 64 * 1024;

const MOST_SPARE = 16;
const spare: Uint8Array[] = [];

export function makeChunkBuffer(): Uint8Array {
  return spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_SIZE);
}

/**
 * Takes back a buffer that nothing reads into any more, once.
 *
 * Node keeps a handle that was closed, and the buffer it was made with, until the event loop has a turn, which in a synchronous
 * program never comes.
 */
export function giveBackChunkBuffer(buffer: Uint8Array): void {
  if (spare.length < MOST_SPARE) {
    spare.push(buffer);
  }
}

/**
 * Reads a descriptor that doesn't block, once.
 *
 * @param position Where to read in a file; `null` reads on from where the descriptor stands.
 * @returns `ended` if 0 bytes were read: what that means is for the kind of descriptor to say.
 */
export function readOnce(fd: number, buffer: Uint8Array, position: number | null = null): Reading {
  // That there is nothing comes as an error, too. To note down where takes most of its time, and is of no use to anybody.
  const { stackTraceLimit } = Error;
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    const length = readSync(fd, buffer, 0, buffer.length, position);
    if (length === 0) {
      return { kind: 'ended' };
    }
    return { kind: 'bytes', bytes: buffer.subarray(0, length), isAll: length < buffer.length };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EAGAIN' || code === 'EINTR' ? { kind: 'nothing' } : { kind: 'failed', error: error as Error };
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}
