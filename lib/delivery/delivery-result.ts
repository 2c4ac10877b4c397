import type { Connection } from './connection';

/**
 * Why a delivery ended: nothing was left to deliver; the `limit` or the `budgetMs` was reached; a handler said
 * `'break'`; a handler wants its event again; or nothing is left and nothing will ever come.
 */
export type StopReason = 'drained' | 'limit' | 'budget' | 'break' | 'retry' | 'ended';

/** What a delivery did on one connection. */
export interface ConnectionDelivery {
  /** Events that are completed and off the queue, gaps included. */
  readonly events: number;
  /** How many times a handler was called. */
  readonly handlerCalls: number;
  /** Events, of those completed, that no handler's filter matched, and on which none failed. */
  readonly unmatched: number;
  /** How many times a handler, or its filter, failed. */
  readonly failed: number;
  /** Lost events that the gaps among the completed events stand for. */
  readonly lost: number;
  /** Events still queued, those included that were queued by handlers. */
  readonly remaining: number;
  readonly stoppedBy: StopReason;
}

/** What a delivery did. */
export interface DeliveryResult extends ConnectionDelivery {
  /** The same for each connection, in the order given, if a list of them was given. */
  readonly connections?: readonly (ConnectionDelivery & { readonly connection: Connection })[];
}

/** The counts of one connection's part while a delivery goes on. */
export class Tally {
  events = 0;
  handlerCalls = 0;
  unmatched = 0;
  failed = 0;
  lost = 0;

  finish(remaining: number, stoppedBy: StopReason): ConnectionDelivery {
    const { events, handlerCalls, unmatched, failed, lost } = this;
    return { events, handlerCalls, unmatched, failed, lost, remaining, stoppedBy };
  }
}

const COUNTS = ['events', 'handlerCalls', 'unmatched', 'failed', 'lost', 'remaining'] as const;

/** Adds up what a delivery did on several connections. */
export function sumDeliveries(parts: readonly ConnectionDelivery[], stoppedBy: StopReason): ConnectionDelivery {
  const sum = { events: 0, handlerCalls: 0, unmatched: 0, failed: 0, lost: 0, remaining: 0, stoppedBy };
  for (const part of parts) {
    for (const count of COUNTS) {
      sum[count] += part[count];
    }
  }
  return sum;
}
