import { optionNames, readBoolean, readNumber, requireOptions } from '../arguments';

/** The options of `deliverEvents`. */
export interface DeliveryOptions {
  /** The most offers: how many events are shown to their handlers, matched or not; default no limit. */
  readonly limit?: number | undefined;
  /**
   * How many milliseconds the pump, the filters and the handlers may take; default no limit.
   *
   * It is looked at between handler calls and between chunks of the pump, so that it may be exceeded by one of them;
   * one handler call is made in any case. Waiting does not count.
   */
  readonly budgetMs?: number | undefined;
  /** How many milliseconds to wait for the first event if nothing is queued; default 0. No JavaScript runs meanwhile. */
  readonly waitMs?: number | undefined;
  /** After a `'retry'`: for how many milliseconds waits treat the event as absent; default 100. */
  readonly retryDelayMs?: number | undefined;
  /** Whether failures of handlers are thrown at the end, as one `DeliveryError`; default `true`. */
  readonly throwOnError?: boolean | undefined;
}

/** The options of a delivery, with the defaults filled in. */
export interface DeliveryPlan {
  readonly limit: number;
  readonly budgetMs: number;
  readonly waitMs: number;
  readonly retryDelayMs: number;
  readonly throwOnError: boolean;
  /** Whether an event that a handler wants again is left alone until its pause has passed. */
  readonly heedsRetryDelay: boolean;
}

const DELIVERY_OPTIONS = optionNames<DeliveryOptions>({
  limit: true,
  budgetMs: true,
  waitMs: true,
  retryDelayMs: true,
  throwOnError: true,
});

const UNLIMITED = Number.POSITIVE_INFINITY;
const RETRY_DELAY = 100;

const PLAIN: DeliveryPlan = {
  limit: UNLIMITED,
  budgetMs: UNLIMITED,
  waitMs: 0,
  retryDelayMs: RETRY_DELAY,
  throwOnError: true,
  heedsRetryDelay: false,
};

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` naming the option that is wrong. */
export function readDeliveryOptions(options: DeliveryOptions | undefined): DeliveryPlan {
  if (options === undefined) {
    return PLAIN;
  }
  requireOptions('options', options, DELIVERY_OPTIONS);
  const waitMs = readNumber('options.waitMs', options.waitMs, 0, { least: 0, whole: false });
  return {
    limit: readNumber('options.limit', options.limit, UNLIMITED, { least: 0, whole: true }),
    budgetMs: readNumber('options.budgetMs', options.budgetMs, UNLIMITED, { least: 0, whole: false }),
    waitMs,
    retryDelayMs: readNumber('options.retryDelayMs', options.retryDelayMs, RETRY_DELAY, { least: 0, whole: false }),
    throwOnError: readBoolean('options.throwOnError', options.throwOnError, true),
    heedsRetryDelay: waitMs > 0,
  };
}
