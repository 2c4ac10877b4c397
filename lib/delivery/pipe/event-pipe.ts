import { inspect } from 'node:util';
import { optionNames, readNumber, requireOptions } from '../../arguments';
import { EventPipeError } from '../../errors';
import type { FilterSource } from '../../filter/filter';
import type { Durable } from '../completion';
import type { Connection } from '../connection';
import { type ConnectionCore, coreOf } from '../connection-core';
import type { DeliveryError } from '../delivery-errors';
import type { HandlerOptions } from '../event-handler';
import { addEventHandler } from '../handlers';
import { HeldEvents, HIGH_WATER_MARK, readOverflow } from '../held-events';
import type { QueuedEvent } from '../queue/queued-event';
import { ReadEnd } from '../read-end';
import type { Registration } from '../registration';
import { openPipe } from './fifo';
import { PipeWriter } from './pipe-writer';

/** The options of `openEventPipe`: those of its handler, and what happens when its reader is too slow. */
export interface EventPipeOptions
  extends Pick<HandlerOptions, 'name' | 'signal' | 'namespaces' | 'variables' | 'functions'> {
  /**
   * What happens to events that a full pipe does not take: `'refuse'` (the default) has the queue wait for the reader, so that nothing is
   * lost; `'drop-oldest'` holds them, and loses the oldest of too many, for this pipe alone, which leaves a gap in its place.
   */
  readonly overflow?: 'refuse' | 'drop-oldest' | undefined;
  /** The most events that are held with `overflow: 'drop-oldest'`, from 1 on; default 64. */
  readonly highWaterMark?: number | undefined;
}

/** A pipe that events are written into; what `openEventPipe` returns. */
export interface EventPipe extends Disposable {
  /** The read end: a descriptor of this process, to be handed to a child or opened as `fd:N`. */
  readonly fd: number;
  /** Whether events still go into the pipe: it is not closed, its connection is not, and its reader was not found gone. */
  readonly active: boolean;
  /**
   * What the pipe has failed with, if it has: the last `DeliveryError` of its own, whose `cause` is an `EventPipeError` if
   * the reader has gone away, or says why its filter could not be evaluated on an event, which the pipe then lacks.
   */
  readonly error: DeliveryError | undefined;
  /**
   * Closes both ends; who has a copy of the read end still reads what is in the pipe, then its end.
   *
   * Bytes that the system's pipe has not taken are dropped: to keep them, deliver first until `remaining` is 0. A read end
   * that the program has closed, or that a connection to `fd:N` has taken over, is left alone.
   */
  close(): void;
  /** Closes it, as `close()` does. */
  [Symbol.dispose](): void;
}

const OPTIONS = optionNames<EventPipeOptions>({
  name: true,
  overflow: true,
  highWaterMark: true,
  signal: true,
  namespaces: true,
  variables: true,
  functions: true,
});
/** The pauses before a full pipe is tried again, in milliseconds: they double while it takes nothing. */
const SHORTEST_PAUSE = 1;
const LONGEST_PAUSE = 100;

/**
 * Opens a pipe of the operating system, out of which another program reads the events that match a filter, as XML.
 *
 * It registers a handler, which writes each event and a newline. Bytes move only inside a delivery, and never make it wait:
 * what the pipe does not take of an event (the system's own buffer holds 64 KiB on Linux) is written first by the next
 * delivery, and until then the handler answers `'retry'`, so that a slow reader holds the queue up and loses nothing. Deliveries that wait try a full pipe again after 1 ms, then
 * at growing pauses of up to 100 ms (or `retryDelayMs`, if that is less).
 *
 * With `overflow: 'drop-oldest'` a slow reader holds up nobody: what a full pipe does not take is held, up to `highWaterMark` events, and
 * written by the next deliveries, or in the event loop between them. Of too many the oldest are lost, and the reader finds an
 * `events-lost` in their place, whatever the filter. A connection to a journal, where the reader's place is kept, refuses that.
 *
 * For its reader the pipe is blocking, and ends when the pipe or its connection is closed. Hand `fd` to a child and close
 * it here (`fs.closeSync(pipe.fd)`): that the reader has gone away shows only if nobody else has the read end open. It is
 * a failure of the handler on the event that could not be written (`ERR_PIPE_BROKEN` in the `DeliveryError`), once; the
 * pipe is closed by that, and everything else goes on.
 *
 * Linux and macOS only. It runs `mkfifo` once.
 *
 * @throws {EventPipeError} `ERR_PIPE_OPEN` if the pipe cannot be made.
 * @throws {FilterError} with the code that says why the filter is refused.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @example
 * ```js
 * import { spawn } from 'node:child_process';
 * import { closeSync } from 'node:fs';
 * import { deliverEvents, openConnection, openEventPipe, sendEvent } from 'virdeliver';
 *
 * const conn = openConnection();
 * const pipe = openEventPipe(conn, ['backup-done']);
 * spawn('cat', { stdio: [pipe.fd, 'inherit', 'inherit'] });
 * closeSync(pipe.fd);
 * sendEvent(conn, { type: 'backup-done' });
 * deliverEvents(conn);
 * pipe.close();
 * conn.close();
 * ```
 */
export function openEventPipe(conn: Connection, filter: FilterSource, options: EventPipeOptions = {}): EventPipe {
  coreOf(conn).requireOpen();
  requireOptions('options', options, OPTIONS);
  const { name, signal, namespaces, variables, functions, highWaterMark } = options;
  const mark = readNumber('options.highWaterMark', highWaterMark, HIGH_WATER_MARK, { least: 1, whole: true });
  const held = readOverflow(options.overflow, conn) ? new HeldEvents(coreOf(conn).clock, mark) : undefined;
  return new WrittenPipe(conn, filter, { name, signal, namespaces, variables, functions }, held);
}

/** A pipe and the handler that writes into it. */
class WrittenPipe implements EventPipe, Durable {
  readonly #core: ConnectionCore;
  readonly #readEnd: ReadEnd;
  readonly #writer: PipeWriter;
  readonly #registration: Registration;
  /** What the pipe has no room for yet; `undefined` if the queue waits instead. */
  readonly #held: HeldEvents | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextPause = SHORTEST_PAUSE;
  #error: DeliveryError | undefined;

  constructor(conn: Connection, filter: FilterSource, options: HandlerOptions, held: HeldEvents | undefined) {
    this.#core = coreOf(conn);
    this.#held = held;
    const { readEnd, writeEnd } = openPipe();
    this.#readEnd = new ReadEnd(readEnd);
    this.#writer = new PipeWriter(writeEnd);
    const eventPipe = (_: Connection, event: QueuedEvent) =>
      held === undefined ? this.#receive(event) : this.#receiveOrHold(event, held);
    const onRelease = () => this.#release();
    try {
      const registration = addEventHandler(conn, filter, eventPipe, undefined, { ...options, onRelease });
      this.#registration = registration as Registration;
      this.#registration.onFailure = (error) => {
        this.#error = error;
      };
      if (held !== undefined) {
        this.#core.durables.add(this);
      }
    } catch (error) {
      this.#readEnd.close();
      this.#writer.close();
      throw error;
    }
  }

  get fd(): number {
    return this.#readEnd.fd;
  }

  get active(): boolean {
    return this.#registration.active;
  }

  get error(): DeliveryError | undefined {
    return this.#error;
  }

  close(): void {
    this.#registration.remove();
    this.#readEnd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [inspect.custom](): string {
    return `EventPipe { fd: ${this.fd}, active: ${this.active} }`;
  }

  /** At the end of a delivery: writes of what is held what the pipe takes by now. */
  settle(): void {
    this.#writeQuietly();
  }

  #release(): void {
    this.#core.durables.delete(this);
    clearTimeout(this.#timer);
    this.#held?.clear();
    this.#writer.close();
  }

  /** Takes an event in any case: what the pipe has no room for is held, and written when it has. */
  #receiveOrHold(event: QueuedEvent, held: HeldEvents): void {
    try {
      this.#writeHeld();
      held.push(event);
      this.#writeHeld();
    } catch (cause) {
      this.#registration.remove();
      throw broken(cause as NodeJS.ErrnoException);
    }
  }

  /** Writes what is held, one event after another, as far as the pipe takes it; says whether it took anything. */
  #writeHeld(): boolean {
    let hasWritten = this.#writer.flush();
    while (this.#writer.isDone) {
      const next = this.#held?.shift();
      if (next === undefined) {
        break;
      }
      this.#writer.begin(`${next.xml}\n`);
      hasWritten = this.#writer.flush() || hasWritten;
    }
    return hasWritten;
  }

  /** Does the same where there is nobody to be told of a reader that has gone; the next event tells. */
  #writeQuietly(): void {
    clearTimeout(this.#timer);
    try {
      this.#nextPause = this.#writeHeld() ? SHORTEST_PAUSE : Math.min(this.#nextPause * 2, LONGEST_PAUSE);
    } catch {
      return;
    }
    if (!this.#writer.isDone) {
      // It doesn't keep the process alive, as the connection doesn't.
      this.#timer = setTimeout(() => this.#writeQuietly(), this.#nextPause).unref();
    }
  }

  /** Writes an event, or goes on with it; it leaves the queue when the pipe has taken all of it. */
  #receive(event: QueuedEvent): 'retry' | undefined {
    const registration = this.#registration;
    const writer = this.#writer;
    if (event.attempt === 1) {
      writer.begin(`${event.xml}\n`);
      this.#nextPause = SHORTEST_PAUSE;
    }
    try {
      if (writer.flush()) {
        this.#nextPause = SHORTEST_PAUSE;
      }
    } catch (cause) {
      registration.remove();
      throw broken(cause as NodeJS.ErrnoException);
    }
    if (writer.isDone) {
      return undefined;
    }
    registration.longestPause = this.#nextPause;
    this.#nextPause = Math.min(this.#nextPause * 2, LONGEST_PAUSE);
    return 'retry';
  }
}

function broken(cause: NodeJS.ErrnoException): EventPipeError {
  const problem =
    cause.code === 'EPIPE' ? 'nobody reads the pipe any more' : `the pipe cannot be written to: ${cause.message}`;
  return new EventPipeError('ERR_PIPE_BROKEN', problem, { cause });
}
