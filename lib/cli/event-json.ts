import type { QueuedEvent } from '../index';

/** An event as a JSON object on one line; numbers of 64 bits are strings. */
export function eventJson(event: QueuedEvent): string {
  return JSON.stringify(event);
}
