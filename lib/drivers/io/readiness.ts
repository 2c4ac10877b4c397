import { constants, fstatSync } from 'node:fs';
import { sleep } from '../../clock';

/** Pauses that double from 1 ms up to a longest one, for what can only be looked at again and again. */
export class BackOff {
  readonly #longest: number;
  #pause = 1;

  /** @param longest The longest pause, in milliseconds. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  next(): number {
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, this.#longest);
    return pause;
  }

  /** Begins again at the shortest pause, because something has happened. */
  reset(): void {
    this.#pause = 1;
  }
}

/** The longest pause if a descriptor can't be polled: 5 ms of latency for about 1.5 % of a processor. */
const LONGEST_PAUSE = 5;

/**
 * Waits until a descriptor is ready, without an event loop: in a true poll(2) if there is one, otherwise in short pauses.
 *
 * The poll is `poll_oneoff` of `node:wasi` (WASI preview 1), called directly: no WebAssembly program runs. If Node
 * has no WASI, denies it (`--permission` without `--allow-wasi`), or the descriptor can't be polled, each wait is one
 * pause of 1 to 5 ms instead.
 */
class Waiter {
  readonly #fd: number;
  readonly #tag: ReadinessTag;
  readonly #backOff = new BackOff(LONGEST_PAUSE);
  #poll: Poll | undefined;
  #wasReady = false;

  constructor(fd: number, tag: ReadinessTag) {
    this.#fd = fd;
    this.#tag = tag;
  }

  /**
   * Blocks until the descriptor is ready or hung up, or the time is up; it may return early.
   *
   * @param milliseconds A positive number; fractions are rounded up to whole milliseconds.
   * @returns Whether the descriptor is known to be ready or hung up.
   */
  wait(milliseconds: number): boolean {
    this.#poll ??= pollOf(this.#fd);
    const ready = this.#poll(this.#tag, milliseconds);
    if (ready === undefined) {
      this.#poll = cannotPoll;
    }
    // A descriptor that is ready twice with no progress in between (hung up, say) would make callers spin.
    if (ready === undefined || (ready && this.#wasReady)) {
      sleep(Math.min(milliseconds, this.#backOff.next()));
    }
    this.#wasReady = ready === true;
    return this.#wasReady;
  }

  /** Says that something was read or written, so that the next wait is as attentive as the first. */
  progress(): void {
    this.#wasReady = false;
    this.#backOff.reset();
  }
}

/**
 * Waits until a descriptor can be read, without an event loop.
 *
 * It watches one descriptor, which must be a pipe, a FIFO, a socket or a terminal, and sets it non-blocking. It owns
 * nothing: it must be dropped before the descriptor is closed.
 *
 * ```
 * const waiter = new ReadableWaiter(fd);
 * while (nothingRead()) {
 *   waiter.wait(deadline - now());
 * }
 * ```
 */
export class ReadableWaiter extends Waiter {
  constructor(fd: number) {
    super(fd, TAG_FD_READ);
  }
}

/** Waits until a descriptor takes more bytes, as `ReadableWaiter` waits until it has some. */
export class WritableWaiter extends Waiter {
  constructor(fd: number) {
    super(fd, TAG_FD_WRITE);
  }
}

/** Blocks until ready (true) or until the time is up (false); `undefined` at once if that can't be told. */
type Poll = (tag: ReadinessTag, milliseconds: number) => boolean | undefined;

const cannotPoll: Poll = () => undefined;

// The types of Node 20 don't know WebAssembly; this is what is used of it here.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => { readonly exports: { readonly memory: { readonly buffer: ArrayBuffer } } };
};

// A module that has one page of memory, exported as "memory", and nothing else: (module (memory (export "memory") 1)).
const memoryModule = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x05, 0x03, 0x01, 0x00, 0x01],
  ...[0x07, 0x0a, 0x01, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00],
);

// Where things lie in that memory, in bytes, as WASI preview 1 lays out `subscription` and `event`: two subscriptions
// (the descriptor, which is number 0 inside, and the clock), then room for two events, then the number of events.
const CLOCK = 48;
const EVENTS = 96;
const EVENT_COUNT = 160;
const TAG = 8;
const CLOCK_ID = 16;
const CLOCK_TIMEOUT = 24;
const EVENT_TYPE = 10;
const TAG_CLOCK = 0;
const TAG_FD_READ = 1;
const TAG_FD_WRITE = 2;
const CLOCK_MONOTONIC = 1;
type ReadinessTag = typeof TAG_FD_READ | typeof TAG_FD_WRITE;
/** The longest poll in milliseconds, some 24 days: a wait may return early. */
const LONGEST_POLL = 2 ** 31 - 1;

const KEPT_POLLS = 64;
const keptPolls = new Map<string, Poll>();

/**
 * The poll of a descriptor: one for each number and kind of file, whatever it stands for later.
 *
 * A poll knows nothing but the number. Node frees a WASI, some 40 kB each, only when the event loop has a turn, which in a
 * synchronous program that opens one connection after another never comes.
 */
function pollOf(fd: number): Poll {
  let key: string;
  try {
    key = `${fd} ${fstatSync(fd).mode & constants.S_IFMT}`;
  } catch {
    return cannotPoll;
  }
  const known = keptPolls.get(key);
  if (known !== undefined) {
    return known;
  }
  const poll = openPoll(fd);
  keptPolls.set(key, poll);
  if (keptPolls.size > KEPT_POLLS) {
    keptPolls.delete(keptPolls.keys().next().value as string);
  }
  return poll;
}

function openPoll(fd: number): Poll {
  let view: DataView;
  let pollOneoff: (subscriptions: number, events: number, subscriptionCount: number, eventCount: number) => number;
  try {
    const WASI = loadWasi();
    // The descriptor stands in for all three standard ones: nothing then depends on whether 1 and 2 are open.
    const wasi = new WASI({ version: 'preview1', stdin: fd, stdout: fd, stderr: fd, returnOnExit: true });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(memoryModule));
    wasi.initialize(instance);
    view = new DataView(instance.exports.memory.buffer);
    pollOneoff = (wasi.wasiImport as { poll_oneoff: typeof pollOneoff }).poll_oneoff;
  } catch {
    return cannotPoll;
  }
  view.setUint8(CLOCK + TAG, TAG_CLOCK);
  view.setUint32(CLOCK + CLOCK_ID, CLOCK_MONOTONIC, true);
  return (tag, milliseconds) => {
    view.setUint8(TAG, tag);
    // Less than a millisecond would become none, and a poll of no time at all finds nothing ready.
    const whole = BigInt(Math.min(Math.ceil(milliseconds), LONGEST_POLL));
    view.setBigUint64(CLOCK + CLOCK_TIMEOUT, whole * 1_000_000n, true);
    if (pollOneoff(0, EVENTS, 2, EVENT_COUNT) !== 0) {
      return undefined;
    }
    return view.getUint32(EVENT_COUNT, true) > 1 || view.getUint8(EVENTS + EVENT_TYPE) === tag;
  };
}

/** Loads `node:wasi` without the warning that it is experimental: nothing that is experimental in it is used. */
function loadWasi(): typeof import('node:wasi').WASI {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule('node:wasi').WASI;
  } finally {
    process.emitWarning = emitWarning;
  }
}
