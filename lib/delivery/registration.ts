import { inspect } from 'node:util';
import { readBoolean, readNumber, readString } from '../arguments';
import { compileFilter, type FilterOptions } from '../filter/compile-filter';
import type { Filter, FilterSource } from '../filter/filter';
import { RouterEntry } from '../filter/router/route';
import type { FilterLimits } from '../xpath/limits';
import type { DeliveryError } from './delivery-errors';
import type { HandlerCounts } from './event-counts';
import type { EventHandler, HandlerJson, HandlerOptions, HandlerRegistration } from './event-handler';
import type { QueueEntry } from './queue/queued-event';
import { whenAborted } from './signal-watch';

/** What a registration needs of the connection that it belongs to. */
export interface HandlerOwner {
  readonly filterLimits: FilterLimits;
  readonly monitor: { suppressed(event: QueueEntry): void; registered(registration: Registration): void };
  readonly handlers: {
    delete(registration: Registration): void;
    filterChanged(registration: Registration): void;
  };
  readonly head: {
    isRunning(registration: Registration): boolean;
    countCalls(): void;
  };
  /** Says that a handler is gone, for whom an event may have been kept. */
  handlerRemoved(): void;
}

/** A registered handler, as the delivery sees it. */
export class Registration extends RouterEntry implements HandlerRegistration {
  // What an event touches stands side by side, in the order of declaration: of thousands of handlers hardly one is in a cache.
  #active = true;
  readonly #once: boolean;
  readonly #handler: EventHandler<unknown>;
  readonly #arg: unknown;
  /** How many times it was called, less the calls together with all others of its filter. */
  #calls = 0;

  readonly #owner: HandlerOwner;
  readonly #filterOptions: FilterOptions;
  readonly #name: string | undefined;
  /** Says that its signal, if it has one, is of no more interest. */
  readonly #forgetSignal: (() => void) | undefined;
  #onRelease: ((arg: unknown) => void) | undefined;
  #filter: Filter;
  readonly #maxAttempts: number;
  /** How many times it threw, and on which event: those on another event count no more. */
  #throws = 0;
  #threwOn = 0;
  #suppressed = 0;
  #failed = 0;
  #retries = 0;
  /** How the handler's owner is told what it failed with, if that is not the program but a consumer: an iteration, a pipe. */
  onFailure: ((error: DeliveryError) => void) | undefined;
  /** For how many milliseconds waits may leave an event alone that this handler wants again, should the delivery allow more. */
  longestPause = Number.POSITIVE_INFINITY;

  constructor(
    owner: HandlerOwner,
    filter: FilterSource,
    handler: EventHandler<unknown>,
    arg: unknown,
    options: HandlerOptions<unknown>,
  ) {
    super();
    this.#owner = owner;
    this.#handler = handler;
    this.#arg = arg;
    this.#once = readBoolean('options.once', options.once, false);
    this.#maxAttempts = readNumber('options.maxAttempts', options.maxAttempts, 1, { least: 1, whole: true });
    this.#name = readString('options.name', options.name);
    this.#onRelease = options.onRelease;
    const { namespaces, variables, functions, signal } = options;
    this.#filterOptions = { namespaces, variables, functions, limits: this.#owner.filterLimits };
    this.#filter = compileFilter(filter, this.#filterOptions);
    this.#forgetSignal = signal && whenAborted(signal, () => this.remove());
  }

  /** What it did. */
  get counts(): HandlerCounts {
    this.#owner.head.countCalls();
    return {
      matched: this.matched,
      calls: this.#calls + this.called,
      suppressed: this.#suppressed,
      failed: this.#failed,
      retries: this.#retries,
    };
  }

  get once(): boolean {
    return this.#once;
  }

  /** The handler's name, for messages; empty if it has none. */
  get name(): string {
    return this.#name ?? this.#handler.name;
  }

  get handler(): EventHandler<unknown> {
    return this.#handler;
  }

  /** What the handler is handed as its third argument. */
  get arg(): unknown {
    return this.#arg;
  }

  get active(): boolean {
    return this.#active;
  }

  get filter(): Filter {
    return this.#filter;
  }

  setFilter(filter: FilterSource): void {
    this.#filter = compileFilter(filter, this.#filterOptions);
    this.#owner.handlers.filterChanged(this);
    this.#owner.monitor.registered(this);
  }

  /** Counts a call of the handler alone. */
  noteCall(): void {
    this.#calls += 1;
  }

  /** Counts that the handler was kept from an event. */
  noteSuppressed(event: QueueEntry): void {
    this.#suppressed += 1;
    this.#owner.monitor.suppressed(event);
  }

  /**
   * Counts a throw on an event; says whether the handler is to be called with it again.
   *
   * @param earlier How many times it has thrown on the event before this process.
   */
  hasThrown(event: QueueEntry, earlier: number): boolean {
    this.#throws = 1 + (this.#threwOn === event.sequence ? this.#throws : earlier);
    this.#threwOn = event.sequence;
    return this.#throws < this.#maxAttempts;
  }

  /** How many times it has thrown on the event that it threw on last. */
  get throws(): number {
    return this.#throws;
  }

  /** Counts a failure of the handler, or of its filter. */
  noteFailure(): void {
    this.#failed += 1;
  }

  /** Counts that the handler is to be offered an event again. */
  noteRetry(): void {
    this.#retries += 1;
  }

  /** Whether it is one of this connection's. */
  belongsTo(owner: HandlerOwner): boolean {
    return this.#owner === owner;
  }

  /**
   * Takes the handler off the list, so that it is never called again, and calls `onRelease`, once; if the handler runs just
   * now, it does that when it is called again afterwards.
   */
  remove(): void {
    if (this.#active) {
      this.#active = false;
      this.#owner.handlers.delete(this);
      this.#forgetSignal?.();
      this.#owner.handlerRemoved();
    }
    if (!this.#owner.head.isRunning(this)) {
      const onRelease = this.#onRelease;
      this.#onRelease = undefined;
      onRelease?.(this.#arg);
    }
  }

  [Symbol.dispose](): void {
    this.remove();
  }

  toJSON(): HandlerJson {
    return { name: this.name, filter: this.#filter.source, active: this.#active };
  }

  [inspect.custom](): string {
    const name = this.name === '' ? '' : `name: ${inspect(this.name)}, `;
    return `HandlerRegistration { ${name}filter: ${inspect(this.#filter.source)}, active: ${this.#active} }`;
  }
}
