import { formatValue } from '../arguments';
import { DeliveryError, type DeliveryFailure } from './delivery-errors';
import type { DeliveryResult } from './delivery-result';
import type { Registration } from './registration';

/** Who has a delivery made: the program, or a consumer (an iteration), by its own handler. */
export interface Deliverer {
  readonly consumer: Registration | undefined;
  readonly throwOnError: boolean;
}

/**
 * Tells each consumer but the one that delivers what it failed with, and gives the error for who delivers.
 *
 * A consumer is told of its own failures in any case, of those of plain handlers unless `throwOnError` is false, and never
 * of another consumer's. The program is told of all, or of none.
 */
export function reportFailures(
  failures: readonly DeliveryFailure[],
  result: DeliveryResult,
  { consumer, throwOnError }: Deliverer,
): DeliveryError | undefined {
  const ofConsumers = new Map<Registration, DeliveryFailure[]>();
  const told: DeliveryFailure[] = [];
  for (const failure of failures) {
    const handler = failure.handler as Registration;
    if (handler.onFailure !== undefined && handler !== consumer) {
      const own = ofConsumers.get(handler);
      if (own === undefined) {
        ofConsumers.set(handler, [failure]);
      } else {
        own.push(failure);
      }
    }
    const isOwn = handler === consumer;
    const isAnothers = handler.onFailure !== undefined && consumer !== undefined;
    if (isOwn || (throwOnError && !isAnothers)) {
      told.push(failure);
    }
  }
  for (const [handler, own] of ofConsumers) {
    handler.onFailure?.(errorOf(own, result));
  }
  return told.length === 0 ? undefined : errorOf(told, result);
}

function errorOf(failures: readonly DeliveryFailure[], result: DeliveryResult): DeliveryError {
  return new DeliveryError(describeFailures(failures), failures, result);
}

function describeFailures(failures: readonly DeliveryFailure[]): string {
  const { handler, event, cause } = failures[0] as DeliveryFailure;
  const { name } = handler as Registration;
  const who = name === '' ? 'a handler' : `the handler ${name}`;
  const where = `event ${event.sequence} (${event.type})`;
  const what = cause instanceof Error ? cause.message : formatValue(cause);
  return failures.length === 1
    ? `${who} failed on ${where}: ${what}`
    : `${failures.length} handler calls failed; first, ${who} on ${where}: ${what}`;
}
