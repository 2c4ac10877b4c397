import { isPlainObject } from '../../arguments';

/**
 * An event as plain data, fit for `JSON.stringify`; what `event.toJSON()` returns, and the form of the command line's
 * `--format json`.
 */
export interface EventJson {
  readonly sequence: number;
  /** `event.key`; `undefined`, so that `JSON.stringify` leaves it out, for everything but events of a journal. */
  readonly key: string | undefined;
  readonly type: string;
  readonly timestamp: string;
  /** `event.detail`, with its whole numbers of 64 bits as decimal strings; `undefined` if the event has no detail. */
  readonly detail: Readonly<Record<string, unknown>> | undefined;
  readonly xml: string;
}

/** A copy of a detail in which every `bigint` is a decimal string: JSON has none, and its readers round large numbers. */
export function jsonDetail(detail: object | undefined): EventJson['detail'] {
  return jsonValue(detail) as EventJson['detail'];
}

function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return String(value);
  }
  if (Array.isArray(value)) {
    return value.map(jsonValue);
  }
  // What a program's decoder makes may have a form of its own in JSON, as a date has.
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, jsonValue(inner)]));
  }
  return value;
}
