import { formatValue } from '../arguments';
import { type Clock, formatTimestamp } from '../clock';
import { Deque } from '../deque';
import { InvalidArgumentError } from '../errors';
import type { Connection } from './connection';
import { coreOf } from './connection-core';
import { Gap } from './queue/gap';
import { entryOfGap } from './queue/queue';
import type { EventFields, QueuedEvent, QueueEntry } from './queue/queued-event';

/** The most events that are held for a consumer, by default. */
export const HIGH_WATER_MARK = 64;

const OVERFLOWS: readonly unknown[] = ['refuse', 'drop-oldest', undefined];

/**
 * Whether a consumer is to lose what it is too slow for, instead of having the queue wait.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 */
export function readOverflow(overflow: unknown, conn: Connection): boolean {
  if (!OVERFLOWS.includes(overflow)) {
    throw new InvalidArgumentError(
      'options.overflow',
      `must be 'refuse' or 'drop-oldest', but is ${formatValue(overflow)}`,
    );
  }
  const drops = overflow === 'drop-oldest';
  if (drops && coreOf(conn).completion !== undefined) {
    throw new InvalidArgumentError(
      'options.overflow',
      "cannot be 'drop-oldest' on this connection: its source keeps the events until they are completed, and waits",
    );
  }
  return drops;
}

/** The events that a consumer has not taken yet; should there be too many, those dropped are a gap in front of the others. */
export class HeldEvents {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #events = new Deque<QueuedEvent>();
  #gap: Gap | undefined;

  /** @param most How many are held before the oldest is dropped. */
  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#most = most;
  }

  /** Whether the next one that is put in drops another. */
  get isFull(): boolean {
    return this.#events.length >= this.#most;
  }

  push(event: QueuedEvent): void {
    if (this.isFull) {
      this.#drop(this.#events.shift() as QueuedEvent);
    }
    this.#events.push(event);
  }

  /** Takes the oldest, or what tells of those that were before it. */
  shift(): QueuedEvent | undefined {
    const gap = this.#gap;
    this.#gap = undefined;
    return gap === undefined ? this.#events.shift() : entryOfGap(gap).asQueuedEvent();
  }

  clear(): void {
    this.#events.clear();
    this.#gap = undefined;
  }

  #drop(event: QueuedEvent): void {
    const { sequence, type, isGap, lost } = event as EventFields as QueueEntry;
    const first = (event.type === 'events-lost' && event.detail?.first) || sequence;
    this.#gap ??= new Gap('overflow', first, formatTimestamp(this.#clock.now()));
    if (isGap) {
      this.#gap.addMissing(sequence, lost === 0 ? undefined : lost);
    } else {
      this.#gap.addOverflowed(sequence, type);
    }
  }
}
