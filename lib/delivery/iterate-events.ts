import { optionNames, readNumber, requireOptions } from '../arguments';
import { nextTurn } from '../clock';
import { Deque } from '../deque';
import type { FilterSource } from '../filter/filter';
import type { Connection } from './connection';
import { type ConnectionCore, coreOf } from './connection-core';
import { deliver } from './deliver-events';
import { type ConnectionLostError, DeliveryError } from './delivery-errors';
import { type DeliveryOptions, type DeliveryPlan, readDeliveryOptions } from './delivery-options';
import type { HandlerOptions } from './event-handler';
import { addEventHandler } from './handlers';
import { HeldEvents, HIGH_WATER_MARK, readOverflow } from './held-events';
import type { QueuedEvent, QueuedEventMatching, QueuedEventOf } from './queue/queued-event';
import type { Registration } from './registration';
import { waitUntilDeliverable } from './wait-for-events';

/** The options of `iterateEvents`: those of its handler, and those of the deliveries that it makes. */
export interface IterateOptions
  extends Pick<HandlerOptions, 'name' | 'signal' | 'namespaces' | 'variables' | 'functions'>,
    Pick<DeliveryOptions, 'budgetMs' | 'retryDelayMs' | 'throwOnError'> {
  /** The most events held for a consumer that has not asked for them yet, from 1 on; default 64. */
  readonly highWaterMark?: number | undefined;
  /**
   * What happens when so many are held and another one is delivered: `'refuse'` (the default) has the queue wait for the consumer, so that
   * nothing is lost; `'drop-oldest'` loses the oldest that is held, for this iteration alone, which leaves a gap in its place.
   */
  readonly overflow?: 'refuse' | 'drop-oldest' | undefined;
}

/** What an iteration hands out: gaps, too, if its overflow drops events. */
type IteratedEvent<Source, Options> =
  | QueuedEventMatching<Source>
  | (Options extends { readonly overflow: 'drop-oldest' } ? QueuedEventOf<'events-lost'> : never);

/** The events of a connection, one at a time; what `iterateEvents` returns. */
export interface EventIterator<Event = QueuedEvent> extends AsyncIterator<Event, undefined, void>, AsyncDisposable {
  /** The next event: one that is held, or else the next that a delivery brings. It may be asked for several at once. */
  next(): Promise<IteratorResult<Event, undefined>>;
  /**
   * Removes the handler and ends the iteration, for those as well who wait for an event; what was held is dropped.
   *
   * It is rejected with the `DeliveryError` of the delivery that brought the last event, if that has not been told yet.
   */
  return(): Promise<IteratorResult<Event, undefined>>;
  [Symbol.asyncIterator](): EventIterator<Event>;
  /** Ends the iteration, as `return()` does. */
  [Symbol.asyncDispose](): Promise<void>;
}

const DELIVERY_OPTIONS = ['budgetMs', 'retryDelayMs', 'throwOnError'] as const;
const OPTIONS = optionNames<IterateOptions>({
  name: true,
  overflow: true,
  signal: true,
  highWaterMark: true,
  namespaces: true,
  variables: true,
  functions: true,
  budgetMs: true,
  retryDelayMs: true,
  throwOnError: true,
});

/**
 * Hands out the events that match a filter to `for await`: waits for them and delivers them in the event loop.
 *
 * It registers a handler, which meets the same events as any other and is removed when the loop is left, in whatever way.
 * Whenever an event is asked for and none is held, it delivers up to the next one that matches, and the connection's
 * other handlers run meanwhile: it takes no more from the queue than was asked for. What others deliver meanwhile is held,
 * up to `highWaterMark` events; then the handler answers `'retry'`, so that the queue waits for the consumer. An iterator
 * that is never asked, or not any more, holds up its connection until its `return()` is called.
 *
 * With `overflow: 'drop-oldest'` it never holds up anybody: a consumer that is too slow loses the oldest of the events held for it,
 * and is handed an `events-lost` in their place, whatever its filter. A connection to a journal, where the consumer's place is kept,
 * refuses that.
 *
 * An event of a journal is completed when the next one is asked for: one whose loop was left is offered again to the next process, and
 * so is everything that came after it on this connection.
 *
 * It ends when the connection has ended or is closed. It is rejected, after the events that came before, if its filter
 * fails, whoever delivers and whatever `throwOnError` says; if the connection is lost; with what the connection's plain
 * handlers fail with in its own deliveries; and when the signal aborts, with the signal's reason. What other iterations and
 * pipes fail with is theirs to hear of. Nothing that is still queued is lost by that.
 *
 * @throws {FilterError} with the code that says why the filter is refused, from the call itself.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`, from the call itself.
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`, from the call itself.
 * @throws {DeliveryError} `ERR_DELIVERY`, from the iteration, if its filter failed, or handlers did and `throwOnError` is
 *   not `false`.
 * @throws {ConnectionLostError} `ERR_CONNECTION_LOST`, from the iteration, unless the program knew of it before it began.
 * @example
 * ```js
 * import { iterateEvents, openConnection } from 'virdeliver';
 *
 * const conn = openConnection('test:///default', { seed: 42 });
 * for await (const event of iterateEvents(conn, ['domain-state-transition'])) {
 *   console.log(event.detail?.domain.name, event.detail?.to);
 *   break;
 * }
 * conn.close();
 * ```
 */
export function iterateEvents<const Source extends FilterSource, const Options extends IterateOptions = IterateOptions>(
  conn: Connection,
  filter: Source,
  options?: Options,
): EventIterator<IteratedEvent<Source, Options>>;
export function iterateEvents(conn: Connection, filter: FilterSource, options: IterateOptions = {}): EventIterator {
  requireOptions('options', options, OPTIONS);
  const mark = readNumber('options.highWaterMark', options.highWaterMark, HIGH_WATER_MARK, { least: 1, whole: true });
  const plan = readDeliveryOptions(Object.fromEntries(DELIVERY_OPTIONS.map((name) => [name, options[name]])));
  const drops = readOverflow(options.overflow, conn);
  const { name, signal, namespaces, variables, functions } = options;
  const handlerOptions = { name, signal, namespaces, variables, functions };
  return new Iteration(conn, filter, handlerOptions, { ...plan, heedsRetryDelay: true }, mark, drops);
}

/** One who has asked for an event, and waits for it. */
interface Request {
  resolve(result: IteratorResult<QueuedEvent, undefined>): void;
  reject(reason: unknown): void;
}

/** A consumer's handler, the events held for it, and what it has asked for. */
class Iteration implements EventIterator {
  readonly #conn: Connection;
  readonly #core: ConnectionCore;
  readonly #plan: DeliveryPlan;
  readonly #registration: Registration;
  readonly #missedLoss: () => ConnectionLostError | undefined;
  readonly #held: HeldEvents;
  readonly #drops: boolean;
  /** What was handed out, and isn't done with for all one knows: nothing more was asked for since. */
  readonly #inHand: QueuedEvent[] = [];
  readonly #requests = new Deque<Request>();
  /** What the iteration has failed with, until someone is told. */
  #failure: { readonly reason: unknown } | undefined;
  #isOver = false;
  #isServing = false;
  #isDelivering = false;
  /** Calls off the wait for news. */
  #wait: AbortController | undefined;

  constructor(
    conn: Connection,
    filter: FilterSource,
    options: HandlerOptions,
    plan: DeliveryPlan,
    mark: number,
    drops: boolean,
  ) {
    this.#conn = conn;
    this.#core = coreOf(conn);
    this.#plan = plan;
    this.#held = new HeldEvents(this.#core.clock, mark);
    this.#drops = drops;
    const { signal } = options;
    const onRelease = () => this.#end(signal?.aborted ? { reason: signal.reason } : undefined);
    const iterateEvents = (_: Connection, event: QueuedEvent) => this.#receive(event);
    const registration = addEventHandler(conn, filter, iterateEvents, undefined, { ...options, onRelease });
    this.#registration = registration as Registration;
    this.#registration.onFailure = (reason) => this.#fail(reason);
    this.#missedLoss = this.#core.watchLoss();
  }

  next(): Promise<IteratorResult<QueuedEvent, undefined>> {
    this.#release();
    const event = this.#held.shift();
    if (event !== undefined) {
      this.#handOut(event);
      this.#registration.longestPause = 0;
      this.#core.handlerReady();
      return Promise.resolve({ done: false, value: event });
    }
    if (this.#failure !== undefined) {
      const { reason } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(reason);
    }
    if (this.#isOver) {
      return Promise.resolve({ done: true, value: undefined });
    }
    return new Promise((resolve, reject) => {
      this.#requests.push({ resolve, reject });
      this.#serve();
    });
  }

  return(): Promise<IteratorResult<QueuedEvent, undefined>> {
    this.#registration.remove();
    this.#held.clear();
    const failure = this.#failure;
    this.#failure = undefined;
    // The signal's reason isn't news to who leaves; that handlers failed is, and nothing else will say so.
    if (failure?.reason instanceof DeliveryError) {
      return Promise.reject(failure.reason);
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Takes an event from a delivery; the iteration's own delivery ends if nobody asks for more. */
  #receive(event: QueuedEvent): 'retry' | 'break' | undefined {
    const request = this.#requests.shift();
    if (request !== undefined) {
      this.#handOut(event);
      request.resolve({ done: false, value: event });
    } else if (this.#drops || !this.#held.isFull) {
      this.#held.push(event);
    } else {
      this.#registration.longestPause = Number.POSITIVE_INFINITY;
      return 'retry';
    }
    this.#core.completion?.hold(event);
    if (this.#requests.length > 0) {
      return undefined;
    }
    this.#wait?.abort();
    return this.#isDelivering ? 'break' : undefined;
  }

  #handOut(event: QueuedEvent): void {
    if (this.#core.completion !== undefined) {
      this.#inHand.push(event);
    }
  }

  /** Takes the consumer, who asks for more, to be done with what it had. */
  #release(): void {
    for (let event = this.#inHand.shift(); event !== undefined; event = this.#inHand.shift()) {
      this.#core.completion?.release(event);
    }
  }

  /** Delivers while someone asks for an event; the event loop has its turn before each delivery. */
  async #serve(): Promise<void> {
    if (this.#isServing) {
      return;
    }
    this.#isServing = true;
    try {
      while (this.#requests.length > 0) {
        if (!this.#core.isDeliverable && !(await this.#waitUntilDeliverable())) {
          const loss = this.#missedLoss();
          if (loss !== undefined) {
            throw loss;
          }
          this.#registration.remove();
        }
        await nextTurn();
        if (this.#requests.length > 0) {
          this.#deliver();
        }
      }
    } catch (reason) {
      this.#fail(reason);
    } finally {
      this.#isServing = false;
    }
  }

  #fail(reason: unknown): void {
    this.#end({ reason });
    this.#registration.remove();
  }

  /** Waits until there is news, or nobody asks for an event any more; no, if no event will ever come. */
  async #waitUntilDeliverable(): Promise<boolean> {
    const wait = new AbortController();
    this.#wait = wait;
    try {
      return await waitUntilDeliverable([this.#core], Number.POSITIVE_INFINITY, wait.signal);
    } catch (error) {
      if (wait.signal.aborted) {
        return true;
      }
      throw error;
    } finally {
      this.#wait = undefined;
    }
  }

  #deliver(): void {
    this.#isDelivering = true;
    try {
      deliver(this.#conn, this.#plan, 'iterateEvents', this.#registration);
    } finally {
      this.#isDelivering = false;
    }
  }

  /** Ends the iteration, once: events that are held are handed out first, then the failure, if there is one. */
  #end(failure: { readonly reason: unknown } | undefined): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    this.#failure = failure;
    this.#wait?.abort();
    for (let request = this.#requests.shift(); request !== undefined; request = this.#requests.shift()) {
      if (this.#failure === undefined) {
        request.resolve({ done: true, value: undefined });
      } else {
        request.reject(this.#failure.reason);
        this.#failure = undefined;
      }
    }
  }
}
