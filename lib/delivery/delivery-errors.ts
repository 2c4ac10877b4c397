import type * as errors from '../errors';
import { VirdeliverError } from '../errors';
import { shownUri } from '../shown-uri';
import type { DeliveryResult } from './delivery-result';
import type { HandlerRegistration } from './event-handler';
import type { QueuedEvent } from './queue/queued-event';

/**
 * The other end of a connection went away.
 *
 * Thrown once, by the delivery that comes after the last queued event; from then on the connection's state is `lost`
 * and deliveries find nothing.
 */
export class ConnectionLostError extends VirdeliverError {
  override get name(): 'ConnectionLostError' {
    return 'ConnectionLostError';
  }
  readonly code = 'ERR_CONNECTION_LOST';
  /** What the delivery that throws this did on its other connections. */
  readonly result: DeliveryResult | undefined;
  constructor(uri: string, cause: Error, result?: DeliveryResult) {
    super(`the connection to ${JSON.stringify(shownUri(uri))} is lost: ${cause.message}`, { cause });
    this.result = result;
  }
}

/** One handler's failure in a delivery: which handler, on which event, and why. */
export interface DeliveryFailure {
  /** The registration whose handler (or filter) failed. */
  readonly handler: HandlerRegistration;
  /** The event it failed on. */
  readonly event: QueuedEvent;
  /** What was thrown. */
  readonly cause: unknown;
}

/** One or more handlers failed; all the others were called all the same. */
export class DeliveryError extends VirdeliverError {
  override get name(): 'DeliveryError' {
    return 'DeliveryError';
  }
  readonly code = 'ERR_DELIVERY';
  readonly #failures: readonly DeliveryFailure[];
  /** What the delivery did, as it would have been returned with `throwOnError: false`. */
  readonly result: DeliveryResult;
  constructor(message: string, failures: readonly DeliveryFailure[], result: DeliveryResult) {
    super(message, { cause: failures[0]?.cause });
    this.#failures = failures;
    this.result = result;
  }
  /** Each failure, in the order in which they came. */
  get failures(): readonly DeliveryFailure[] {
    return this.#failures;
  }
}

/** What a test expected of a connection's events did not come about. Thrown by `virdeliver/testing`. */
export class ExpectationError extends VirdeliverError {
  override get name(): 'ExpectationError' {
    return 'ExpectationError';
  }
  readonly code = 'ERR_EXPECTATION';
  readonly #events: readonly QueuedEvent[];
  constructor(message: string, events: readonly QueuedEvent[], options?: ErrorOptions) {
    super(message, options);
    this.#events = events;
  }
  /** The events that came meanwhile; if they were many, the last of them. */
  get events(): readonly QueuedEvent[] {
    return this.#events;
  }
}

type Errors = typeof errors;
type ErrorClass = Errors[Exclude<keyof Errors, 'VirdeliverError'>];

/** The code of every error that the library throws. */
export type ErrorCode = (InstanceType<ErrorClass> | ConnectionLostError | DeliveryError | ExpectationError)['code'];
