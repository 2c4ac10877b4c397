/** The caps on a single event's text; what exceeds one is refused with an error that names it. */
export interface EventLimits {
  /** The longest event, in bytes of UTF-8. */
  readonly eventBytes: number;
  /** The most elements in an event. */
  readonly eventElements: number;
  /** The deepest nesting of elements, the `event` element being 1. */
  readonly eventDepth: number;
  /** The most attributes on one element, namespace declarations included. */
  readonly eventAttributes: number;
}

/** The caps that hold if a program sets none. */
export const defaultEventLimits: EventLimits = {
  eventBytes: 4 * 1024 * 1024,
  eventElements: 100_000,
  eventDepth: 256,
  eventAttributes: 256,
};

/** For texts that were checked before. */
export const noEventLimits: EventLimits = {
  eventBytes: Number.POSITIVE_INFINITY,
  eventElements: Number.POSITIVE_INFINITY,
  eventDepth: Number.POSITIVE_INFINITY,
  eventAttributes: Number.POSITIVE_INFINITY,
};
