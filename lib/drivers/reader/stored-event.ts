import { InvalidEventError } from '../../errors';
import { EventRecord } from '../../event/event-record';
import { type ReadEvent, readEvent } from '../../event/read-event';
import type { EventsLostDetail } from '../../event/vocabulary/connection';
import { detailOf } from '../../event/vocabulary/vocabulary';
import type { EventLimits } from '../../xml/limits';
import type { EventSink } from '../driver';

/** How much longer than its source has told it an event may be when it was stored, in bytes: it has the name of its host. */
const LONGEST_STAMP = 512;

/** The caps for events that were stored: for the name of the host, and for what the queue could never hold. */
export function storedEventLimits(limits: EventLimits, { maxBytes }: EventSink['bounds']): EventLimits {
  const eventBytes = Math.min(limits.eventBytes + LONGEST_STAMP, maxBytes);
  return { ...limits, eventBytes, eventAttributes: limits.eventAttributes + 1 };
}

/** An event as it was stored, or why it can't be read. */
export interface StoredEvent {
  readonly event: ReadEvent | InvalidEventError;
  /** How many lost events it tells of, if it is a gap. */
  readonly lost: number;
}

export function readStoredEvent(text: string, limits: EventLimits): StoredEvent {
  try {
    const event = readEvent(text, limits);
    return { event, lost: lostIn(event) };
  } catch (error) {
    if (error instanceof InvalidEventError) {
      return { event: error, lost: 0 };
    }
    throw error;
  }
}

function lostIn(event: ReadEvent): number {
  if (event.type !== 'events-lost') {
    return 0;
  }
  const detail = detailOf(event.type, new EventRecord(event).tree) as EventsLostDetail | undefined;
  return detail?.count ?? 0;
}
