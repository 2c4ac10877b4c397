import { type Clock, sleep, systemClock } from '../../lib/clock';
import type { Connection } from '../../lib/delivery/connection';
import { ConnectionCore, OpenedConnection } from '../../lib/delivery/connection-core';
import type { QueueBounds } from '../../lib/delivery/queue/queue';
import type { Driver, DriverContext, EventSink } from '../../lib/drivers/driver';
import { readEvent } from '../../lib/event/read-event';
import { defaultEventLimits } from '../../lib/xml/limits';
import { defaultFilterLimits } from '../../lib/xpath/limits';

/** A driver whose transport the test fills: a list of events, each taken as one chunk, and how the transport ends. */
export class ScriptedDriver implements Driver {
  /** What the transport holds. */
  readonly transport: string[] = [];
  /** How the transport ends when it is empty. */
  end: 'not at all' | 'in good order' | Error = 'not at all';
  /** Called before each wait, so that a test can let something arrive "meanwhile". */
  onWait: (milliseconds: number) => void = sleep;
  /** Called before each chunk is taken. */
  onChunk: () => void = () => {};
  isListening = false;
  isClosed = false;
  readonly #sink: EventSink;

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  /** Lets events arrive; in the event loop they are read at once, as a driver that listens would. */
  arrive(...events: string[]): void {
    this.transport.push(...events);
    if (this.isListening) {
      this.pump(() => true);
    }
  }

  /** Queues events whether there is room or not, as a driver does while a call awaits its reply. */
  force(...events: string[]): void {
    for (const event of events) {
      this.#sink.event(readEvent(event, defaultEventLimits));
    }
  }

  pump(shouldContinue: () => boolean): void {
    while (this.transport.length > 0) {
      const event = readEvent(this.transport[0] as string, defaultEventLimits);
      if (!this.#sink.hasRoomFor(event.bytes)) {
        return;
      }
      this.onChunk();
      this.transport.shift();
      this.#sink.event(event);
      if (!shouldContinue()) {
        return;
      }
    }
    if (this.end === 'in good order') {
      this.#sink.ended();
    } else if (this.end instanceof Error) {
      this.#sink.lost(this.end);
    }
  }

  wait(milliseconds: number): void {
    this.onWait(milliseconds);
  }

  listen(): void {
    this.isListening = true;
    this.pump(() => true);
  }

  unlisten(): void {
    this.isListening = false;
  }

  close(): void {
    this.isClosed = true;
  }
}

/** How a connection is opened on a driver of a test's own. */
export interface OpenOptions {
  readonly clock?: Clock;
  readonly queue?: Partial<QueueBounds>;
}

/** Opens a connection on a scripted driver. */
export function openScripted(options: OpenOptions = {}): { conn: Connection; driver: ScriptedDriver } {
  return openOn('scripted:', ({ sink }) => new ScriptedDriver(sink), options);
}

/** Opens a connection on the driver that a test makes. */
export function openOn<Made extends Driver>(
  uri: string,
  makeDriver: (context: DriverContext) => Made,
  { clock = systemClock, queue }: OpenOptions = {},
): { conn: Connection; driver: Made } {
  const bounds: QueueBounds = { maxEvents: 1000, maxBytes: 1_000_000, overflow: 'refuse', ...queue };
  const limits = { event: defaultEventLimits, filter: defaultFilterLimits };
  const core = new ConnectionCore(uri, clock, bounds, limits);
  const driver = makeDriver({ uri, sink: core.sink(), clock, limits: limits.event, options: {} });
  const conn = new OpenedConnection(core);
  core.attach(driver);
  return { conn, driver };
}

/** An event's XML: its type, and a number by which tests tell events apart. */
export function eventXml(type: string, number: number | string = 0): string {
  return `<event type="${type}" timestamp="2026-01-01T00:00:00.000000Z"><n>${number}</n></event>`;
}
