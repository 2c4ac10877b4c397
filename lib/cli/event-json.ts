import type { QueuedEvent } from '../index';

/** An event as a JSON object on one line; numbers of 64 bits are strings. */
export function eventJson(event: QueuedEvent): string {
  const { sequence, type, timestamp, detail, xml } = event;
  return JSON.stringify({ sequence, type, timestamp, detail, xml }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
