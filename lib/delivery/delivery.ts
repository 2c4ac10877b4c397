import { formatValue } from '../arguments';
import { HandlerResultError } from '../errors';
import type { OneOrList } from '../filter/router/route';
import type { ConnectionCore } from './connection-core';
import type { DeliveryFailure } from './delivery-errors';
import type { DeliveryPlan } from './delivery-options';
import { type ConnectionDelivery, type StopReason, sumDeliveries, Tally } from './delivery-result';
import type { QueueEntry } from './queue/queued-event';
import { Registration } from './registration';
import { waitSynchronously } from './synchronous-wait';

/** One connection's part in a delivery. */
interface Part {
  readonly core: ConnectionCore;
  readonly tally: Tally;
  /** The newest event that this delivery may deliver. */
  lastSequence: number;
  /** Why its turns are over, once they are. */
  stoppedBy: StopReason | undefined;
}

let turns = 0;

/** One call of `deliverEvents`: it pumps, waits, then offers events to handlers until there is a reason to stop. */
export class Delivery {
  readonly #plan: DeliveryPlan;
  readonly #parts: readonly Part[];
  readonly #failures: DeliveryFailure[] = [];
  #offers = 0;
  /** Until when the budget lasts, on the first connection's clock. */
  #deadline = Number.POSITIVE_INFINITY;
  /** Why the whole call is to end, once there is a reason. */
  #stoppedBy: 'limit' | 'budget' | 'break' | undefined;
  #lost: ConnectionCore | undefined;

  constructor(cores: readonly ConnectionCore[], plan: DeliveryPlan) {
    this.#plan = plan;
    this.#parts = cores.map((core) => ({ core, tally: new Tally(), lastSequence: 0, stoppedBy: undefined }));
  }

  /** Delivers; nothing that a handler does is thrown from here. */
  run(): void {
    if (this.#parts.length === 0) {
      return;
    }
    if (this.#plan.budgetMs !== Number.POSITIVE_INFINITY) {
      this.#deadline = this.#now() + this.#plan.budgetMs;
    }
    this.#pump();
    this.#wait();
    for (const part of this.#parts) {
      part.lastSequence = part.core.queue.lastSequence;
    }
    // A loss is told by the delivery after the one that took the last event, so that no result is lost with it.
    this.#lost = this.#parts.find((part) => part.core.hasLossToReport)?.core;
    const [first, ...others] = this.#parts as [Part, ...Part[]];
    if (others.length === 0) {
      while (first.stoppedBy === undefined && this.#stoppedBy === undefined) {
        this.#serve(first);
      }
    } else {
      this.#takeTurns();
    }
  }

  /** Serves several connections in turn. */
  #takeTurns(): void {
    let waiting = this.#byTurn();
    while (waiting.length > 0 && this.#stoppedBy === undefined) {
      let areFewer = false;
      for (const part of waiting) {
        this.#serve(part);
        areFewer ||= part.stoppedBy !== undefined;
        if (this.#stoppedBy !== undefined) {
          break;
        }
      }
      if (areFewer) {
        waiting = waiting.filter((part) => part.stoppedBy === undefined);
      }
    }
  }

  /** What was done, as a whole. */
  get result(): ConnectionDelivery {
    const [first, ...others] = this.results;
    if (first !== undefined && others.length === 0) {
      return first;
    }
    return sumDeliveries(this.results, this.#stoppedBy ?? heaviestReason(this.results));
  }

  /** What was done, for each connection. */
  get results(): ConnectionDelivery[] {
    return this.#parts.map((part) => this.#resultOf(part));
  }

  /** A connection whose loss is to be reported when the delivery is over. */
  get lost(): ConnectionCore | undefined {
    return this.#lost;
  }

  get failures(): readonly DeliveryFailure[] {
    return this.#failures;
  }

  #now(): number {
    return (this.#parts[0] as Part).core.clock.monotonic();
  }

  /** Whether the time of the budget is over. */
  #isOverBudget(): boolean {
    return this.#deadline !== Number.POSITIVE_INFINITY && this.#now() >= this.#deadline;
  }

  /** Whether a handler was called: one is in any case, or a budget that is too small would let nothing get on. */
  get #hasCalled(): boolean {
    return this.#parts.some((part) => part.tally.handlerCalls > 0);
  }

  readonly #shouldContinue = () => !this.#isOverBudget();

  /** Pumps in the order of the turns, until a chunk was taken that the budget did not cover. */
  #pump(): void {
    let isOver = false;
    const shouldContinue = () => {
      isOver = this.#isOverBudget();
      return !isOver;
    };
    for (const { core } of this.#byTurn()) {
      core.pump(shouldContinue, this.#plan.limit);
      if (isOver) {
        return;
      }
    }
  }

  #wait(): void {
    if (this.#plan.waitMs > 0) {
      waitSynchronously(
        this.#parts.map((part) => part.core),
        this.#plan.waitMs,
        {
          wanted: this.#plan.limit,
          isOver: (core) => core.isDeliverable,
          shouldContinue: this.#shouldContinue,
          onSlept: (milliseconds) => {
            this.#deadline += milliseconds;
          },
        },
      );
    }
  }

  /** The parts in the order of their turns: the connection that was served longest ago comes first. */
  #byTurn(): Part[] {
    return [...this.#parts].sort((one, other) => one.core.lastServed - other.core.lastServed);
  }

  /** Gives a connection its turn: one event, or the reason why it gets none. */
  #serve(part: Part): void {
    const { core } = part;
    if (core.queue.headSequence > part.lastSequence) {
      part.stoppedBy = core.hasEnded ? 'ended' : 'drained';
    } else if (this.#plan.heedsRetryDelay && core.headIsDeferred) {
      part.stoppedBy = 'retry';
    } else if (this.#offers >= this.#plan.limit) {
      this.#stoppedBy = 'limit';
    } else if (this.#offers > 0 && this.#isOverBudget()) {
      this.#stoppedBy = 'budget';
    } else {
      turns += 1;
      core.lastServed = turns;
      this.#offers += 1;
      this.#offer(part);
    }
  }

  /** Shows the event at the head of the queue to the handlers that match it, or to those that are not done with it. */
  #offer(part: Part): void {
    const { core } = part;
    const { head } = core;
    const event = core.queue.pinHead() as QueueEntry;
    if (head.holds(event)) {
      head.resume();
    } else {
      this.#match(part, event);
      if (core.isClosed) {
        // By a function of the program's own in a filter.
        part.stoppedBy = 'ended';
        return;
      }
      if (head.hasNext) {
        core.completion?.offer(event);
      }
    }
    let breaks = false;
    const isTimed = this.#deadline !== Number.POSITIVE_INFINITY;
    while (head.hasNext) {
      if (isTimed && this.#isOverBudget() && this.#hasCalled) {
        this.#stoppedBy = 'budget';
        // What was put off once is not now: handlers are left that were not called yet.
        core.deferredUntil = Number.NEGATIVE_INFINITY;
        return;
      }
      const outcome = this.#call(part, event, isTimed);
      if (outcome === 'break') {
        breaks = true;
      }
      if (core.isClosed) {
        if (outcome !== 'again' && core.closedByLast) {
          this.#complete(part, event);
        }
        part.stoppedBy = 'ended';
        this.#stoppedBy = breaks ? 'break' : undefined;
        return;
      }
    }
    if (head.isWantedAgain) {
      core.monitor.putOff(event);
      core.completion?.putOff(event);
      core.deferHead(this.#plan.retryDelayMs);
      part.stoppedBy = 'retry';
      return;
    }
    this.#complete(part, event);
    if (breaks) {
      this.#stoppedBy = 'break';
    }
  }

  /** Decides which handlers receive an event; those registered while it does so are not among them. */
  #match(part: Part, event: QueueEntry): void {
    const { handlers, head } = part.core;
    head.begin(event);
    for (const found of handlers.find(event)) {
      const { holders } = found;
      // The program's own functions may have removed them, called by another filter.
      if (!hasRegistered(holders)) {
        continue;
      }
      try {
        const verdict = found.evaluate(event);
        if (verdict === 'matched') {
          head.add(found);
        } else if (verdict === 'suppressed') {
          this.#suppress(found.entries, event);
        }
      } catch (error) {
        this.#failFilter(part, found.entries, event, error);
      }
    }
    head.beginRound();
  }

  #suppress(handlers: readonly Registration[], event: QueueEntry): void {
    for (const handler of handlers) {
      if (handler.active) {
        handler.noteSuppressed(event);
      }
    }
  }

  #failFilter(part: Part, handlers: readonly Registration[], event: QueueEntry, cause: unknown): void {
    for (const handler of handlers) {
      if (handler.active) {
        part.core.head.noteFailure();
        this.#fail(part, handler, event, cause);
      }
    }
  }

  /**
   * Calls the next handlers, and acts on what came of the last one: it has finished with the event, also with a `'break'`, or
   * wants it again. The others have finished with it, and there is nothing to do for them.
   */
  #call(part: Part, event: QueueEntry, isOne: boolean): 'finished' | 'break' | 'again' {
    const { core, tally } = part;
    const { head } = core;
    let finished = true;
    let result: unknown;
    try {
      result = head.run(core.connection, isOne);
      if (result === 'retry') {
        finished = false;
      } else if (result !== undefined) {
        requireHandlerResult(result);
      }
    } catch (error) {
      const { last } = head;
      const { completion } = core;
      if (!(error instanceof HandlerResultError) && last.hasThrown(event, completion?.earlierThrows ?? 0)) {
        finished = false;
        completion?.noteThrow(last.throws);
      } else {
        this.#fail(part, last, event, error);
      }
    }
    const handler = head.last;
    tally.handlerCalls += head.endRun();
    if (!finished) {
      head.requeueFor(handler);
    }
    if (!handler.active || (finished && handler.once)) {
      this.#letGo(part, handler, event);
    }
    if (!finished) {
      return 'again';
    }
    return result === 'break' ? 'break' : 'finished';
  }

  /** Removes a handler, or has it released if it was removed while it ran. */
  #letGo(part: Part, handler: Registration, event: QueueEntry): void {
    try {
      handler.remove();
    } catch (error) {
      this.#fail(part, handler, event, error);
    }
  }

  #complete(part: Part, event: QueueEntry): void {
    const { core, tally } = part;
    const unmatched = core.head.wasUnmatched;
    if (unmatched) {
      tally.unmatched += 1;
    }
    tally.events += 1;
    tally.lost += event.lost;
    core.deferredUntil = Number.NEGATIVE_INFINITY;
    core.head.end();
    core.queue.take();
    core.monitor.delivered(event, unmatched);
    if (core.completion !== undefined) {
      core.completion.complete(event, !unmatched);
      if (core.completion.problem !== undefined) {
        this.#stoppedBy = 'break';
      }
    }
  }

  #fail(part: Part, handler: Registration, event: QueueEntry, cause: unknown): void {
    part.tally.failed += 1;
    handler.noteFailure();
    this.#failures.push({ handler, event: event.asQueuedEvent(), cause });
    part.core.monitor.failed(handler, event, cause);
  }

  #resultOf(part: Part): ConnectionDelivery {
    return part.tally.finish(part.core.queue.length, (part.stoppedBy ?? this.#stoppedBy) as StopReason);
  }
}

/** Why a delivery on several connections ended, if nothing ended it as a whole: what is worth a further call comes first. */
const BY_WEIGHT: readonly StopReason[] = ['retry', 'drained'];

function heaviestReason(parts: readonly ConnectionDelivery[]): StopReason {
  return BY_WEIGHT.find((reason) => parts.some((part) => part.stoppedBy === reason)) ?? 'ended';
}

function hasRegistered(holders: OneOrList<Registration>): boolean {
  return holders instanceof Registration ? holders.active : holders.some(({ active }) => active);
}

/** @throws {HandlerResultError} `ERR_HANDLER_RESULT` if what a handler returned, not `'retry'`, is a promise, or a string without meaning. */
function requireHandlerResult(result: unknown): void {
  if (result === 'break') {
    return;
  }
  if (typeof result === 'string') {
    const problem = `a handler returned ${formatValue(result)}; it must return 'break', 'retry' or nothing`;
    throw new HandlerResultError(result, problem);
  }
  if (typeof result === 'object' && result !== null && typeof (result as PromiseLike<unknown>).then === 'function') {
    const problem = "a handler returned a promise; handlers are synchronous and return 'break', 'retry' or nothing";
    throw new HandlerResultError(result, problem);
  }
}
