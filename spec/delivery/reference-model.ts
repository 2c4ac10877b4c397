/** What a handler does when it is called. */
export type Deed =
  | 'nothing'
  | 'throw'
  | 'retry'
  | 'break'
  | 'remove itself'
  | 'remove the next'
  | 'add another'
  | 'send'
  | 'renew its filter'
  | 'look at the counts'
  | 'nest'
  | 'close';

/** How a handler is registered: which types it takes, and what it does on its first, second … call. */
export interface HandlerPlan {
  readonly types: readonly string[] | null;
  readonly once: boolean;
  readonly maxAttempts: number;
  readonly deeds: readonly Deed[];
}

export type Overflow = 'refuse' | 'drop-oldest' | 'drop-newest';

interface ModelEvent {
  readonly type: string;
  readonly first: number;
  last: number;
  count: number;
}

interface ModelHandler extends HandlerPlan {
  readonly id: number;
  calls: number;
  throws: number;
  active: boolean;
}

export interface ModelResult {
  events: number;
  handlerCalls: number;
  unmatched: number;
  failed: number;
  lost: number;
  remaining: number;
  stoppedBy: string;
}

/**
 * The rules of delivery, written down as plainly as possible: arrays, no thought of speed.
 *
 * The property test compares it with the library, step by step.
 */
export class ReferenceModel {
  readonly log: string[] = [];
  closed = false;
  #handlers: ModelHandler[] = [];
  #queue: ModelEvent[] = [];
  #sequence = 0;
  #ids = 0;
  #hand: { round: ModelHandler[]; again: ModelHandler[]; attempt: number; matched: boolean } | undefined;

  readonly #maxEvents: number;
  readonly #overflow: Overflow;

  constructor(maxEvents: number, overflow: Overflow) {
    this.#maxEvents = maxEvents;
    this.#overflow = overflow;
  }

  get queue(): string[] {
    return this.#queue.map(({ type, first, last, count }) => `${type} ${first}-${last} x${count}`);
  }

  add(plan: HandlerPlan): void {
    this.#ids += 1;
    this.#handlers.push({ ...plan, id: this.#ids, calls: 0, throws: 0, active: true });
  }

  remove(place: number): void {
    const handler = this.#handlers[place];
    if (handler !== undefined) {
      this.#drop(handler);
    }
  }

  send(type: string): 'queued' | 'refused' {
    const isFull = this.#queue.filter((event) => event.type !== 'events-lost').length >= this.#maxEvents;
    if (isFull && this.#overflow === 'refuse') {
      return 'refused';
    }
    this.#sequence += 1;
    this.#queue.push({ type, first: this.#sequence, last: this.#sequence, count: 0 });
    if (isFull) {
      this.#lose();
    }
    return 'queued';
  }

  take(limit: number): string[] {
    if (this.#hand !== undefined) {
      return [];
    }
    return this.#queue.splice(0, limit).map(({ type, last }) => `${type} ${last}`);
  }

  deliver(limit: number): ModelResult {
    const result = { events: 0, handlerCalls: 0, unmatched: 0, failed: 0, lost: 0, remaining: 0, stoppedBy: 'drained' };
    const until = this.#sequence;
    for (let offers = 0; ; offers += 1) {
      const event = this.#queue[0];
      if (event === undefined || event.last > until) {
        break;
      }
      if (offers >= limit) {
        result.stoppedBy = 'limit';
        break;
      }
      const reason = this.#offer(event, result);
      if (reason !== undefined) {
        result.stoppedBy = reason;
        break;
      }
    }
    result.remaining = this.#queue.length;
    return result;
  }

  #offer(event: ModelEvent, result: ModelResult): string | undefined {
    if (this.#hand === undefined) {
      const round = this.#handlers.filter(({ types }) => types === null || types.includes(event.type));
      for (const handler of round) {
        handler.throws = 0;
      }
      this.#hand = { round, again: [], attempt: 1, matched: round.length > 0 };
    } else {
      this.#hand = { ...this.#hand, round: this.#hand.again, again: [], attempt: this.#hand.attempt + 1 };
    }
    const hand = this.#hand;
    let breaks = false;
    for (const [place, handler] of hand.round.entries()) {
      if (!handler.active) {
        continue;
      }
      result.handlerCalls += 1;
      breaks = this.#call(handler, event, hand.attempt, result) || breaks;
      if (this.closed) {
        const left = [...hand.round.slice(place + 1), ...hand.again];
        if (!left.some(({ active }) => active)) {
          result.events += 1;
          result.lost += event.count;
        }
        return 'ended';
      }
    }
    if (hand.again.some(({ active }) => active)) {
      return 'retry';
    }
    this.#hand = undefined;
    this.#queue.shift();
    result.events += 1;
    result.lost += event.count;
    result.unmatched += hand.matched ? 0 : 1;
    return breaks ? 'break' : undefined;
  }

  /** How many times each handler that is registered was called. */
  get calls(): number[] {
    return this.#handlers.map(({ calls }) => calls);
  }

  #call(handler: ModelHandler, event: ModelEvent, attempt: number, result: ModelResult): boolean {
    const deed = handler.deeds[handler.calls] ?? 'nothing';
    handler.calls += 1;
    this.log.push(`${handler.id} ${deed} ${event.type} ${event.last} attempt ${attempt}`);
    let again = deed === 'retry';
    if (deed === 'throw' || deed === 'nest') {
      handler.throws += 1;
      again = handler.throws < handler.maxAttempts;
      result.failed += again ? 0 : 1;
    } else if (deed === 'remove itself') {
      this.#drop(handler);
    } else if (deed === 'remove the next') {
      const next = this.#handlers[this.#handlers.indexOf(handler) + 1];
      if (next !== undefined) {
        this.#drop(next);
      }
    } else if (deed === 'add another') {
      this.add({ types: null, once: false, maxAttempts: 1, deeds: [] });
    } else if (deed === 'send') {
      this.log.push(this.send('sent'));
    } else if (deed === 'close') {
      this.closed = true;
      this.#queue = [];
    }
    if (again) {
      this.#hand?.again.push(handler);
    } else if (handler.once) {
      this.#drop(handler);
    }
    return deed === 'break';
  }

  #drop(handler: ModelHandler): void {
    handler.active = false;
    this.#handlers = this.#handlers.filter((other) => other !== handler);
  }

  /** Turns one event into a gap, the oldest that may be dropped or the newest, and merges it with its neighbours. */
  #lose(): void {
    const offered = this.#hand === undefined ? 0 : 1;
    const newest = this.#queue.length - 1;
    const oldest = this.#queue.findIndex((event, place) => place >= offered && event.type !== 'events-lost');
    const place = this.#overflow === 'drop-newest' ? newest : oldest;
    const { first, last } = this.#queue[place] as ModelEvent;
    this.#queue[place] = { type: 'events-lost', first, last, count: 1 };
    for (let index = this.#queue.length - 1; index > offered; index -= 1) {
      const [left, right] = [this.#queue[index - 1] as ModelEvent, this.#queue[index] as ModelEvent];
      if (left.type === 'events-lost' && right.type === 'events-lost') {
        left.last = right.last;
        left.count += right.count;
        this.#queue.splice(index, 1);
      }
    }
  }
}
