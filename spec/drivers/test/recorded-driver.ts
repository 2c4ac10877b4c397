import { ManualClock } from '../../../lib/clock';
import type { DriverContext } from '../../../lib/drivers/driver';
import { openTest, type TestDriver } from '../../../lib/drivers/test/driver';
import type { TestDomains } from '../../../lib/drivers/test/hypervisor';
import { QueueFullError } from '../../../lib/errors';
import { EventRecord } from '../../../lib/event/event-record';
import type { ReadEvent } from '../../../lib/event/read-event';
import type { DomainStateTransitionDetail } from '../../../lib/event/vocabulary/domain';
import { detailOf } from '../../../lib/event/vocabulary/vocabulary';
import { defaultEventLimits } from '../../../lib/xml/limits';

interface Options {
  readonly uri?: string;
  readonly seed?: number;
  readonly clock?: DriverContext['clock'];
}

/** A test driver whose events go into a list that refuses what it has no room for. */
export class RecordedDriver {
  readonly driver: TestDriver;
  readonly events: ReadEvent[] = [];
  /** How many more events fit. */
  room = Number.POSITIVE_INFINITY;
  /** How often there was no room. */
  refusals = 0;
  #taken = 0;

  constructor({ uri = 'test:///default', clock = new ManualClock('2026-01-02T03:04:05Z'), seed }: Options = {}) {
    const hasRoomFor = (events: number) => events <= this.room;
    this.driver = openTest({
      uri,
      clock,
      limits: defaultEventLimits,
      options: { seed },
      sink: {
        bounds: { maxEvents: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY, overflow: 'refuse' },
        hasRoomFor: () => hasRoomFor(1),
        requireRoomFor: (_, events) => {
          if (!hasRoomFor(events)) {
            this.refusals += 1;
            throw new QueueFullError('everything', 'less');
          }
        },
        event: (event) => {
          this.events.push(event);
          this.room -= 1;
        },
        invalid: (error) => {
          throw error;
        },
        missing: () => {
          throw new Error('the test driver has all events');
        },
        ended: () => {
          throw new Error('the test driver never ends');
        },
        lost: (cause) => {
          throw cause;
        },
        interrupted: (cause) => {
          throw cause;
        },
        connected: () => {},
      },
    });
  }

  get domains(): TestDomains {
    return this.driver.domains;
  }

  /** The events since this was last asked for. */
  newEvents(): ReadEvent[] {
    const events = this.events.slice(this.#taken);
    this.#taken = this.events.length;
    return events;
  }

  /** The same in short: `web running -> paused, suspended paused` for a transition, `web domain-reboot` for another. */
  news(): string[] {
    return this.newEvents().map((event) => {
      const detail = detailOfEvent(event);
      return 'from' in detail
        ? `${detail.domain.name} ${detail.from} -> ${detail.to}, ${detail.event} ${detail.detail}`
        : `${detail.domain.name} ${event.type}`;
    });
  }
}

/** What an event of a domain says; throws where it does not fit its type. */
export function detailOfEvent(
  event: ReadEvent,
): DomainStateTransitionDetail | Pick<DomainStateTransitionDetail, 'domain'> {
  const detail = detailOf(event.type, new EventRecord(event).tree);
  if (detail === undefined || !('domain' in detail)) {
    throw new Error(`the detail of this event cannot be decoded: ${event.xml}`);
  }
  return detail;
}
