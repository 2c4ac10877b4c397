import { systemClock } from '../../../lib/clock';
import type { Driver, DriverContext, EventSink, MissingEvents } from '../../../lib/drivers/driver';
import { openStream } from '../../../lib/drivers/stream/open-stream';
import type { InvalidEventError } from '../../../lib/errors';
import type { ReadEvent } from '../../../lib/event/read-event';
import { defaultEventLimits } from '../../../lib/xml/limits';

/** A sink that writes down what it gets: an event's type, and a word for everything else. */
export class RecordingSink implements EventSink {
  readonly bounds = { maxEvents: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY, overflow: 'refuse' };
  readonly log: string[] = [];
  readonly events: ReadEvent[] = [];
  readonly losses: Error[] = [];
  /** How many more events there is room for. */
  room: number = Number.POSITIVE_INFINITY;
  /** Called after each thing that is put in. */
  onChange: () => void = () => {};

  hasRoomFor(): boolean {
    return this.room > 0;
  }

  requireRoomFor(): void {}

  event(event: ReadEvent): void {
    this.room -= 1;
    this.events.push(event);
    this.#note(event.type);
  }

  invalid(error: InvalidEventError): void {
    this.#note(`invalid ${error.code}`);
  }

  missing({ cause, count }: MissingEvents): void {
    this.#note(`missing ${count} ${cause}`);
  }

  ended(): void {
    this.#note('ended');
  }

  lost(cause: Error): void {
    this.losses.push(cause);
    this.#note('lost');
  }

  interrupted(): void {
    this.#note('interrupted');
  }

  connected(): void {
    this.#note('connected');
  }

  /** Resolves when the log holds something that satisfies a condition; the event loop runs meanwhile. */
  until(condition: (log: readonly string[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.onChange = () => {
        if (condition(this.log)) {
          this.onChange = () => {};
          resolve();
        }
      };
      this.onChange();
    });
  }

  #note(what: string): void {
    this.log.push(what);
    this.onChange();
  }
}

/** What `openConnection` would hand to a driver. */
export function contextFor(uri: string, sink: EventSink = new RecordingSink()): DriverContext {
  return { uri, sink, clock: systemClock, limits: defaultEventLimits, options: {} };
}

/** A driver that feeds a sink of its own. */
export function openRecorded(uri: string): { driver: Driver; sink: RecordingSink } {
  const sink = new RecordingSink();
  return { driver: openStream(contextFor(uri, sink)), sink };
}

/** Pumps as long as there is something, as a delivery without a budget does. */
export function pumpAll(driver: Driver): void {
  driver.pump(() => true);
}

/** Waits and pumps, as a delivery with `waitMs` does, until a condition holds; gives up after ten seconds. */
export function waitUntil(driver: Driver, condition: () => boolean): void {
  const deadline = systemClock.monotonic() + 10_000;
  pumpAll(driver);
  while (!condition()) {
    const left = deadline - systemClock.monotonic();
    if (left <= 0) {
      throw new Error('waited for ten seconds in vain');
    }
    driver.wait(left);
    pumpAll(driver);
  }
}

/** The text of a small event. */
export function eventText(type: string | number, content = ''): string {
  return `<event type="${type}" timestamp="2026-01-01T00:00:00.000000Z">${content}</event>\n`;
}
